"""A table as somebody designs it: columns, keys, what it points to. Generators of DDL, dbt, loads and diagrams take these.

Types are DuckDB's words, such as ``BIGINT`` or ``DECIMAL(18,2)``; `ddl.py` says them in other engines' words.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnDefinition:
    """One column."""

    name: str
    type: str
    nullable: bool = True
    description: str = ""
    default: str = ""
    """An expression in DuckDB's SQL; empty where there is none."""
    identity: bool = False
    """Whether the engine numbers it, as it does surrogate keys."""


@dataclass(frozen=True)
class ForeignKeyDefinition:
    """Columns that point to another table's columns."""

    columns: tuple[str, ...]
    table: tuple[str, ...]
    """The other table's name, its schema first where it has one."""
    references: tuple[str, ...]


@dataclass(frozen=True)
class TableDefinition:
    """One table."""

    name: tuple[str, ...]
    """Its name, its schema first where it has one: ``("marts", "fct_orders")``."""
    columns: tuple[ColumnDefinition, ...]
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKeyDefinition, ...] = ()
    description: str = ""

    def column(self, name: str) -> ColumnDefinition:
        """Give a column by name; `KeyError` if there is none."""
        for each in self.columns:
            if each.name == name:
                return each
        raise KeyError(name)
