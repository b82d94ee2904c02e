"""What is known of names: tables/naming.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from decom_nb import knowledge
from decom_nb.knowledge import Row

Layer = Literal["raw", "staging", "intermediate", "fact", "dimension", "metric", "snapshot", "mart"]
"""What a table is; `mart` is one of fact, dimension and metric, and nobody says which."""

Family = Literal["boolean", "timestamp", "date", "time", "whole", "decimal", "float", "text", "other", ""]
"""What a declared type is; empty where none is declared."""

MART: tuple[Layer, ...] = ("fact", "dimension", "metric")
"""The three kinds of a mart's tables."""


class Turn(BaseModel):
    """A leading word that says which of several patterns a corrected name has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: tuple[str, ...]
    pattern: str


class ConventionRow(Row):
    """One convention: what it is about, and the patterns of which a name has one.

    A convention about columns is about those of its `types`; where it lists words (`told_first`, `told_last`, or `kept_last`
    for the `kept_types`), only about those whose name has one of them there. Words to `drop_first` and `drop_last` are left
    out of a corrected name.
    """

    object: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    kind: Literal["table", "column"]
    layer: Layer | None = None
    types: tuple[Family, ...] = ()
    patterns: tuple[str, ...] = Field(min_length=1)
    examples: tuple[str, ...] = ()
    told_first: tuple[str, ...] = ()
    told_last: tuple[str, ...] = ()
    kept_last: tuple[str, ...] = ()
    kept_types: tuple[Family, ...] = ()
    drop_first: tuple[str, ...] = ()
    drop_last: tuple[str, ...] = ()
    meant_last: tuple[str, ...] = Field(
        (),
        description="words that say by themselves what the convention's ending would: a name of several is left as it is",
    )
    days: tuple[str, ...] = Field((), description="words of what is a day, so that a moment's type is probably wrong")
    beside: tuple[str, ...] = Field(
        (),
        description="words of which a table has one in some column, where the convention's words have a second meaning",
    )
    between: tuple[str, ...] = Field((), description="words that say nothing once those before or after them are gone")
    glued: tuple[str, ...] = Field(
        (),
        description="endings without an underscore: taken off a corrected name, and telling of a column in declared keys only",
    )
    turns: tuple[Turn, ...] = ()
    singular: bool = False


class LayerRow(Row):
    """What tells of a layer."""

    layer: Layer
    prefixes: tuple[str, ...]
    folders: tuple[str, ...]
    schemas: tuple[str, ...]


class MadeElsewhere(Row):
    """Columns whose names are not the engagement's to choose."""

    columns: tuple[str, ...]
    layers: tuple[Layer, ...]


class _Words(Row):
    words: frozenset[str]


class NamingTable(BaseModel):
    """tables/naming.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conventions: tuple[ConventionRow, ...]
    layers: tuple[LayerRow, ...]
    made_elsewhere: tuple[MadeElsewhere, ...]
    reserved: _Words


@cache
def naming_table() -> NamingTable:
    """Read tables/naming.yaml."""
    return knowledge.load(NamingTable, Path(__file__).parent.parent / "tables" / "naming.yaml")
