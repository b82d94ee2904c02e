"""What a profile knows beforehand: words for nothing, forms of dates, the look of personal data. Read from words.yaml."""

from __future__ import annotations

import re
from functools import cache, cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from decom_nb import knowledge
from decom_nb.knowledge import Row

_FILE = Path(__file__).parent / "words.yaml"


class Placeholder(Row):
    """Words that stand for nothing, in small letters."""

    words: tuple[str, ...] = Field(min_length=1)


class Sentinel(Row):
    """Numbers or dates that stand for nothing."""

    numbers: tuple[int, ...] = ()
    dates: tuple[str, ...] = ()


class Format(Row):
    """Forms of a date or time, as strptime knows them."""

    type: str
    forms: tuple[str, ...] = Field(min_length=1)


class Personal(Row):
    """A kind of personal data: what its columns are called, and what its values look like."""

    kind: str
    name: str
    form: str
    luhn: bool = False


class Words(BaseModel):
    """All of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    placeholders: tuple[Placeholder, ...]
    sentinels: tuple[Sentinel, ...]
    formats: tuple[Format, ...]
    personal: tuple[Personal, ...]

    @cached_property
    def nothing(self) -> tuple[str, ...]:
        """Give every word for nothing, in small letters."""
        return tuple(dict.fromkeys(word.casefold() for row in self.placeholders for word in row.words))

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Give every number for nothing."""
        return tuple(dict.fromkeys(number for row in self.sentinels for number in row.numbers))

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """Give every date for nothing."""
        return tuple(dict.fromkeys(each for row in self.sentinels for each in row.dates))

    @cached_property
    def forms(self) -> tuple[tuple[str, str], ...]:
        """Give type and format of every form of a date or time."""
        return tuple((row.type, form) for row in self.formats for form in row.forms)

    def named_personal(self, column: str) -> str:
        """Give the kind of personal data that a column of this name holds as a rule; empty if none.

        >>> words().named_personal("customerEmail"), words().named_personal("total")
        ('email', '')
        """
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column)
        snake = re.sub(r"[^a-z0-9]+", "_", snake.lower())
        return next((row.kind for row in self.personal if re.search(row.name, snake)), "")


@cache
def words() -> Words:
    """Give what is known beforehand."""
    return knowledge.load(Words, _FILE, sources={})
