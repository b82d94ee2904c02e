"""The tables of a case as statements that make them, and rows as statements that fill them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from decom_nb.proof.place import Places
from decom_nb.proof.sample import Row
from decom_nb.sql.table_definition import ColumnDefinition, TableDefinition
from decom_nb.sql.text import name, names, value
from decom_nb.sql.type_word import type_word


def create(
    table: TableDefinition, dialect: str, places: Places, *, constrained: bool = True, called: Sequence[str] = ()
) -> str:
    """Give the statement that makes a table; unless it is to be constrained, any row may be put into it, and twice."""
    parts = [_column(each, dialect, constrained) for each in table.columns]
    if constrained:
        parts += [f"PRIMARY KEY ({names(table.primary_key)})"] if table.primary_key else []
        parts += [f"UNIQUE ({names(each)})" for each in table.unique]
    return f"CREATE TABLE {places.table(called or table.name)} ({', '.join(parts)})"


def _column(column: ColumnDefinition, dialect: str, constrained: bool) -> str:
    said = f"{name(column.name)} {type_word(column.type, dialect)}"
    if constrained and column.default:
        said += f" DEFAULT {_default(column.default, dialect)}"
    return said + (" NOT NULL" if constrained and not column.nullable else "")


def _default(expression: str, dialect: str) -> str:
    import sqlglot

    return sqlglot.transpile(expression, read="duckdb", write=dialect)[0] if dialect != "duckdb" else expression


def insert(written: str, rows: Iterable[Row], types: Sequence[str]) -> str:
    """Give the statement that puts rows into a table; there has to be one."""
    lines = (", ".join(value(each, type_) for each, type_ in zip(row, types, strict=True)) for row in rows)
    return f"INSERT INTO {written} VALUES {', '.join(f'({line})' for line in lines)}"
