"""What a model's columns are, by type and by name: quantities, categories, moments, names of things. The checklist asks it.

A type tells where there is a catalog or a declared type; words in names are knowledge, in tables/dbt_checklist.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.contract.model import Dialect
from decom_nb.contract.types import understood
from decom_nb.knowledge import Row

Kind = Literal["number", "text", "boolean", "date", "moment", "other", ""]
"""What a type is, as far as tests care; empty where no type is told."""

ItemName = Literal["key", "reference", "range", "values", "recency"]
"""The items of the checklist."""

_KINDS: dict[str, Kind] = {
    "integer": "number",
    "decimal": "number",
    "float": "number",
    "text": "text",
    "padded": "text",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "moment",
    "instant": "moment",
    "instant_offset": "moment",
}
_DIALECTS: dict[str, Dialect] = {
    "duckdb": "duckdb",
    "postgres": "postgres",
    "redshift": "redshift",
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "databricks": "databricks",
    "spark": "databricks",
    "trino": "trino",
    "athena": "trino",
}
"""In which dialect an adapter of dbt writes types."""


class ItemText(Row):
    """One item of the checklist, and the generic tests that answer it."""

    item: ItemName
    title: str
    short: str
    tests: tuple[str, ...]


class _Words(Row):
    words: frozenset[str]


class _AllWords(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    key: _Words
    category: _Words
    not_category: _Words
    not_number: _Words
    not_moment: _Words


class Moment(Row):
    """A kind of column by which the age of a table is told."""

    moment: str
    ends: tuple[str, ...]
    of_dimensions: bool


class ChecklistTable(BaseModel):
    """tables/dbt_checklist.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: tuple[ItemText, ...]
    words: _AllWords
    moments: tuple[Moment, ...]

    def item(self, name: ItemName) -> ItemText:
        """Give one item."""
        return next(each for each in self.items if each.item == name)


@cache
def checklist_table() -> ChecklistTable:
    """Read the table."""
    return knowledge.load(ChecklistTable, Path(__file__).parent / "tables" / "dbt_checklist.yaml")


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """A column with what its type is."""

    name: str
    type: str
    kind: Kind

    @property
    def words(self) -> list[str]:
        """The parts of its name, in small letters."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name).lower().split("_")

    @property
    def names_a_thing(self) -> bool:
        """Tell whether its name says that it identifies something."""
        return self.words[-1] in checklist_table().words.key.words

    @property
    def is_quantity(self) -> bool:
        """Tell whether it is a number that can be too large or too small."""
        return self.kind == "number" and not checklist_table().words.not_number.words.intersection(self.words)

    @property
    def is_category(self) -> bool:
        """Tell whether it holds one of a few values, by its name."""
        words = checklist_table().words
        told = words.category.words.intersection(self.words) and not words.not_category.words.intersection(self.words)
        return self.kind in ("text", "") and bool(told)


def kind_of(type_: str, adapter: str) -> Kind:
    """Say what a type is in the words of a dbt adapter.

    >>> kind_of("NUMBER(38,0)", "snowflake"), kind_of("timestamp without time zone", "postgres"), kind_of("", "duckdb")
    ('number', 'moment', '')
    """
    if not type_:
        return ""
    known = understood(type_, _DIALECTS.get(adapter, "duckdb")) or understood(type_, "duckdb")
    return _KINDS.get(known.kind, "other") if known else "other"


def moment_column(columns: Sequence[TypedColumn], *, dimension: bool) -> TypedColumn | None:
    """Give the column by which the age of the table is told, ``None`` where none is."""
    without = checklist_table().words.not_moment.words
    told = [each for each in columns if each.kind in ("moment", "date") and not without.intersection(each.words)]
    for moment in checklist_table().moments:
        for column in told if moment.of_dimensions or not dimension else ():
            if column.name.lower().endswith(moment.ends):
                return column
    return None


def names_of(entity: Iterable[str]) -> list[str]:
    """Give the names that the key of a thing may have, the likeliest first.

    >>> names_of(["order", "items"])[:2]
    ['order_item_id', 'order_item_key']
    """
    words = list(entity)
    words[-1] = _singular(words[-1])
    ends = ("id", "key", "sk", "pk", "uuid", "guid")
    return ["_".join([*words, end]) for end in ends]


def _singular(word: str) -> str:
    """Give the singular of an English plural, as far as table names need it.

    >>> [_singular(word) for word in ("orders", "categories", "addresses", "status", "boxes", "sales")]
    ['order', 'category', 'address', 'status', 'box', 'sale']
    """
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
