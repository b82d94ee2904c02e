"""A pattern of a name, such as ``stg_[source]__[entity]``: whether a name has it, what its parts are, how it is filled. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from decom_nb.phases.modeling.naming.word import CaseStyle, joined, words

_PART = re.compile(r"\[([a-z][a-z_ ]*)\]")
_LITERAL = re.compile(r"[a-z0-9_]*")
_WORDS = r"[^\W_]+(?:_[^\W_]+)*"


@dataclass(frozen=True)
class Pattern:
    """One pattern; it is written in small letters with underscores, whatever the case style of the names."""

    text: str

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Give the names of its parts, in order."""
        return tuple(each.strip() for each in _PART.findall(self.text))

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """Give the words that stand in it as they are."""
        return tuple(words(_PART.sub("_", self.text)))

    @property
    def starts_with(self) -> str:
        """Give the word it starts with, empty if that is a part."""
        return self.text.split("[")[0].strip("_")

    def wrong(self) -> str:
        """Say what is wrong with how it is written, empty if nothing is."""
        if not self.parts:
            return "a pattern has at least one [part]"
        if not all(_LITERAL.fullmatch(each) for each in _PART.split(self.text)[::2]):
            return "beside [parts] a pattern has small letters, digits and underscores"
        if re.search(r"\]\[", self.text):
            return "two [parts] need something between them"
        return ""

    def matches(self, name: str, style: CaseStyle = "snake", kept: Sequence[str] = ()) -> bool:
        """Tell whether a name has the pattern; in snake case letters may be capitals, as engines fold unquoted names.

        >>> Pattern("is_[state]").matches("IS_ACTIVE"), Pattern("is_[state]").matches("isActive", "camel")
        (True, True)
        >>> Pattern("[event]_at").matches("_at"), Pattern("stg_[source]__[entity]").matches("stg_shop_orders")
        (False, False)
        """
        return self.split(name, style, kept) is not None

    def split(self, name: str, style: CaseStyle = "snake", kept: Sequence[str] = ()) -> Mapping[str, str] | None:
        """Give what each part of the pattern is in a name, None if the name has not the pattern."""
        if style == "snake":
            found = _compiled(self.text).fullmatch(name.casefold())
        else:
            cut = words(name, kept)
            if "_" in name or joined(cut, style) != name:
                return None
            found = _compiled(self.text.replace("__", "_")).fullmatch("_".join(cut).casefold())
        return None if found is None else dict(zip(self.parts, found.groups(), strict=True))

    def filled(self, given: Mapping[str, Sequence[str]], style: CaseStyle) -> str:
        """Put words in the place of the parts.

        >>> Pattern("stg_[source]__[entity]").filled({"source": ["shop"], "entity": ["Orders"]}, "snake")
        'stg_shop__orders'
        """
        pieces = _PART.split(self.text)
        if style == "snake":
            filled = (joined(given[part.strip()], style) if at % 2 else part for at, part in enumerate(pieces))
            return "".join(filled)
        cut: list[str] = []
        for at, part in enumerate(pieces):
            cut += list(given[part.strip()]) if at % 2 else words(part)
        return joined(cut, style)


@lru_cache(maxsize=500)
def _compiled(text: str) -> re.Pattern[str]:
    """Turn a pattern into a regular expression; the first of several parts is as short as it can be."""
    pieces = _PART.split(text)
    count = len(pieces) // 2
    made = []
    for at, part in enumerate(pieces):
        if not at % 2:
            made.append(re.escape(part))
        elif at // 2 + 1 < count:
            made.append(r"([^\W_]+(?:_[^\W_]+)*?)")
        else:
            made.append(f"({_WORDS})")
    return re.compile("".join(made))
