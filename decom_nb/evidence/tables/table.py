"""A table that was found and can be read: its name, its columns, and what stands after FROM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Column:
    """A column as DuckDB sees it."""

    name: str
    type: str


@dataclass(frozen=True)
class Table:
    """A table in an open `Tables`; it is read through that connection."""

    name: str
    kind: str
    """parquet, csv, jsonl, duckdb, sqlite, postgres, iceberg, delta, or frame for an object of a notebook."""
    shown: str
    """Where it lies, as it may be shown: never with a secret."""
    source: str
    """What stands after FROM: a quoted view, or a table function over quoted paths."""
    columns: tuple[Column, ...]
    files: tuple[str, ...] = ()
    """The Parquet files it consists of, if their footers can be read; empty otherwise. They are as DuckDB has to be told
    them: characters of patterns in their names are escaped."""
    notes: tuple[str, ...] = ()
    """What one should know of how it is read, in words: files that lack columns, rows that were filled up."""
    same_columns: bool = True
    """Whether all files have the same columns with the same types; if not, the footers of one do not speak for all."""
    partitions: tuple[str, ...] = ()
    """Columns that come from the names of folders (``day=2026-01-31/``) and stand in no file."""

    @cached_property
    def types(self) -> Mapping[str, str]:
        """Give the type of each column, by name."""
        return {each.name: each.type for each in self.columns}
