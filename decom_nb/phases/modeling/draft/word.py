"""What a draft knows beforehand: words of names and borders of figures, from tables/draft.yaml; and names taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from decom_nb import knowledge
from decom_nb.knowledge import Row, Setting
from decom_nb.phases.modeling.dimensional_model import Aggregation, MeasureType

FILE = Path(__file__).parents[1] / "tables" / "draft.yaml"


class Words(Row):
    """Words that say something when they are part of a name."""

    words: tuple[str, ...] = Field(min_length=1, description="parts of a name, several as they follow each other")
    ends: tuple[str, ...] = Field((), description="what a part may end with")
    unless: tuple[str, ...] = Field((), description="words beside which these say nothing")
    unless_ends: tuple[str, ...] = Field((), description="ends of parts beside which these say nothing")

    def said_in(self, parts: Sequence[str]) -> str:
        """Give the word that a name, taken apart, holds; empty if it holds none."""
        said = f" {' '.join(parts)} "
        if any(f" {each} " in said for each in self.unless) or any(_ends(parts, each) for each in self.unless_ends):
            return ""
        word = next((each for each in self.words if f" {each} " in said), "")
        return word or next((each for each in self.ends if _ends(parts, each)), "")


class MeasureWords(Words):
    """Words that say what kind of number a column holds."""

    type: MeasureType
    aggregation: Aggregation | None = Field(None, description="none where it is worked out anew from its parts")


class TechnicalWords(Words):
    """Words of columns about the row and not about the thing."""

    history: bool


class TableWords(Words):
    """Words that say what part a table plays."""

    role: Literal["fact", "dimension"]
    sure: bool = False
    periodic: bool = Field(False, description="taken at every end of a period")


class Clue(Row):
    """Something about a table that speaks for a fact table, or against it."""

    clue: str
    points: int


class Knowledge(BaseModel):
    """tables/draft.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: dict[str, Setting]
    keys: tuple[Words, ...]
    sequences: tuple[Words, ...]
    levels: tuple[Words, ...]
    attributes: tuple[Words, ...]
    measures: tuple[MeasureWords, ...]
    technical: tuple[TechnicalWords, ...]
    tables: tuple[TableWords, ...]
    clues: tuple[Clue, ...]
    selves: tuple[Words, ...]
    above: tuple[Words, ...]
    layers: tuple[Words, ...]

    def number(self, setting: str) -> float:
        """Give the value of a setting."""
        return self.settings[setting].value

    def clue(self, name: str) -> Clue:
        """Give a clue by its name."""
        return next(each for each in self.clues if each.clue == name)


W = TypeVar("W", bound=Words)


@cache
def known() -> Knowledge:
    """Give it, read once."""
    return knowledge.load(Knowledge, FILE, sources={})


def first(rows: Iterable[W], parts: Sequence[str]) -> tuple[W, str] | None:
    """Give the first row of words that a name holds, and the word."""
    for row in rows:
        if word := row.said_in(parts):
            return row, word
    return None


@lru_cache(maxsize=100_000)
def parts_of(name: str) -> tuple[str, ...]:
    """Take a name apart, in small letters.

    >>> parts_of("OrderLineID"), parts_of("l_orderkey"), parts_of("concept_id_1")
    (('order', 'line', 'id'), ('l', 'orderkey'), ('concept', 'id', '1'))
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return tuple(part for part in re.split(r"[\W_]+", spaced.casefold()) if part)


def snake(name: str) -> str:
    """Give a name as parts with lines between them; one without any letter or digit stays what it is.

    >>> snake("Order ID"), snake("‹›")
    ('order_id', '‹›')
    """
    return "_".join(parts_of(name)) or name


def singular(word: str) -> str:
    """Give a noun in the singular, as far as its end tells.

    >>> [singular(each) for each in ("orders", "categories", "addresses", "status", "boxes", "purchases", "news")]
    ['order', 'category', 'address', 'status', 'box', 'purchase', 'news']
    """
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes", "tuses")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "ews", "eries")) and len(word) > 3:
        return word[:-1]
    return word


def is_key_word(name: str) -> bool:
    """Tell whether a column is named as something that tells rows apart.

    >>> is_key_word("customerId"), is_key_word("l_orderkey"), is_key_word("paid")
    (True, True, False)
    """
    return first(known().keys, parts_of(name)) is not None


def is_surely_key(name: str) -> bool:
    """Tell whether a column is named an id or key, and not merely a number or code."""
    return bool(known().keys[0].said_in(parts_of(name)))


def _ends(parts: Sequence[str], end: str) -> bool:
    return any(part.endswith(end) for part in parts)
