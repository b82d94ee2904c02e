"""What the words of a brief give away: systems it names, tools in use, complaints. `answers.py` and the rules ask.

The words stand in tables/clues.yaml and tables/tools.yaml. A clue only fills in what nobody answered,
and only where its words stand: what is not mentioned stays open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from decom_nb import knowledge
from decom_nb.condition import Answer
from decom_nb.phases.architecture.documents import Brief

_TABLES = Path(__file__).parent / "tables"
_GAP = r"(?:[\s,;:/&-]+[\w'’-]+){0,6}?[\s,;:/&-]+"

Where = Literal["systems", "stores", "remarks"]


def pattern(words: Iterable[str]) -> re.Pattern[str]:
    r"""Make a pattern of the words of a clue: `*` is the rest of a word, `...` a few words in between.

    >>> bool(pattern(["feature* ... duplicat*"]).search("features are often duplicated"))
    True
    >>> bool(pattern(["emr"]).search("emry"))
    False
    """
    said = []
    for phrase in words:
        parts = [
            r"[\s_-]+".join(re.escape(word).replace(r"\*", r"\w*") for word in part.split())
            for part in phrase.split("...")
        ]
        said.append(_GAP.join(parts))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(said)})(?!\w)", re.IGNORECASE)


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    words: tuple[str, ...] = Field(min_length=1)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The words as one pattern."""
        return pattern(self.words)


class Clue(_Words, knowledge.Row):
    """Words that answer a question where they stand in a certain part of a brief."""

    says: dict[str, Answer]
    where: tuple[Where, ...] = Field(min_length=1)


class Tool(_Words):
    """What one option of a decision is called in briefs."""

    question: str
    option: str


class _Clues(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    clues: tuple[Clue, ...]


class _Tools(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tools: tuple[Tool, ...]


class Found(NamedTuple):
    """An answer read from the words of a brief, and the words it was read from."""

    value: Answer
    words: str


@cache
def clues() -> tuple[Clue, ...]:
    """Give the clues, in the order of their table."""
    return knowledge.load(_Clues, _TABLES / "clues.yaml", sources=knowledge.citations(_TABLES)).clues


@cache
def tools() -> tuple[Tool, ...]:
    """Give what the options are called, in the order of their table."""
    return knowledge.load(_Tools, _TABLES / "tools.yaml").tools


def texts(brief: Brief, where: Where) -> tuple[str, ...]:
    """Give the texts of one part of a brief."""
    state = brief.current_state
    if where == "stores":
        return state.storage
    if where == "systems":
        return (*state.sources, *state.storage, *brief.signals.tools_in_use)
    return (*state.pain_points, brief.business_context)


def read(brief: Brief) -> dict[str, Found]:
    """Give what the words of the brief answer, the first clue of the table winning."""
    found: dict[str, Found] = {}
    for clue in clues():
        for name, value in clue.says.items():
            if name not in found and (text := _first(clue, brief)):
                found[name] = Found(value, text)
    return found


def _first(clue: Clue, brief: Brief) -> str:
    return next((text for where in clue.where for text in texts(brief, where) if clue.pattern.search(text)), "")


def tools_in_use(brief: Brief) -> dict[str, tuple[str, ...]]:
    """Give the options that the brief names as in use, by question."""
    said = (*texts(brief, "systems"), *texts(brief, "remarks"))
    found: dict[str, list[str]] = {}
    for tool in tools():
        if any(tool.pattern.search(text) for text in said):
            found.setdefault(tool.question, []).append(tool.option)
    return {question: tuple(options) for question, options in found.items()}
