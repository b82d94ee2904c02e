"""What a relation of the evidence store holds: its columns, each with its type and its meaning.

Collectors declare theirs, `docs/relations.md` is written from them (``python -m decom_nb.template``), and tests hold the
tables to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from decom_nb.sql.text import name

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its DuckDB type, and what stands in it, with the unit."""

    name: str
    type: str
    what: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view of the store, named with its schema as in ``billing.charges``; `what` says what a row is."""

    name: str
    what: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> str:
        """The schema it lies in."""
        return self.name.partition(".")[0]

    def ddl(self) -> str:
        """Give the statement that creates it empty.

        >>> Relation("a.b", "", (Column("c", "BIGINT", ""),)).ddl()
        'CREATE TABLE a.b ("c" BIGINT)'
        """
        columns = ", ".join(f"{name(column.name)} {column.type}" for column in self.columns)
        return f"CREATE TABLE {self.name} ({columns})"


def columns(*described: tuple[str, str, str]) -> tuple[Column, ...]:
    """Give columns of (name, type, what) triples."""
    return tuple(Column(*each) for each in described)


def page(relations: Iterable[Relation]) -> str:
    """Give the relations as a page of documentation in Markdown."""
    lines = [
        "# Relations",
        "",
        "What evidence holds in numbers lies in one DuckDB database that a notebook can ask:",
        '`book.query("FROM billing.charges")`.',
        "All timestamps are in UTC and carry no zone. This page is written by `python -m decom_nb.template`.",
    ]
    for each in relations:
        lines += ["", f"## `{each.name}`", "", each.what, "", "| column | type | what |", "| --- | --- | --- |"]
        lines += [f"| `{column.name}` | `{column.type}` | {column.what} |" for column in each.columns]
    return "\n".join(lines) + "\n"
