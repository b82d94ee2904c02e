"""Where the tables of a load lie while it is proven: in schemas of the proof's own, whatever the load calls theirs.

Only the names of schemas in a statement are written anew, where the parser finds them; the rest is run letter by letter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from decom_nb.errors import InputError, Mistake
from decom_nb.sql.text import name

if TYPE_CHECKING:
    from sqlglot import exp

_LONGEST = 40
"""Characters of a schema's name that are kept: PostgreSQL cuts names at 63 bytes, and says nothing."""


class Places:
    """Gives each schema that statements name one of the proof's own; without a prefix, in a database of one's own, the same."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.without = prefix or "main"
        """Where tables without a schema lie."""
        self.schemas: dict[tuple[str, ...], str] = {}
        """The proof's schema by what statements call it: a schema, or a catalog and a schema."""

    def schema(self, parts: tuple[str, ...]) -> str:
        """Give the proof's schema for one that statements name."""
        if not parts:
            return self.without
        if parts not in self.schemas:
            called = "_".join(parts)
            self.schemas[parts] = f"{self.prefix}_{called[:_LONGEST]}" if self.prefix else called
        return self.schemas[parts]

    def table(self, parts: Sequence[str]) -> str:
        """Give a table's name as it is written in statements that the proof runs itself."""
        schema = self.schema(tuple(parts[:-1]))
        return f"{name(schema)}.{name(parts[-1])}"

    def moved(self, sql: str, dialect: str, key: str = "") -> str:
        """Give a statement with its tables' schemas exchanged for the proof's. Raises `InputError` if it cannot be read.

        >>> Places("own").moved('INSERT INTO raw."t" SELECT raw.a FROM shop.s AS raw', "postgres")
        'INSERT INTO "own_raw"."t" SELECT raw.a FROM "own_shop".s AS raw'
        """
        edits = [
            (start, end, name(self.schema(parts)))
            for parts, start, end in schemas_in(sql, dialect, key)
            if self.schema(parts) != parts[-1] or len(parts) > 1
        ]
        for start, end, text in sorted(set(edits), reverse=True):
            sql = sql[:start] + text + sql[end:]
        return sql


def schemas_in(sql: str, dialect: str, key: str = "") -> list[tuple[tuple[str, ...], int, int]]:
    """Give the schemas that a statement names, and from where to where in its text. Raises `InputError`."""
    found = []
    for tree in parsed(sql, dialect, key):
        for parts in _named(tree):
            spans = [each.meta for each in parts]
            if all("start" in each for each in spans):
                found.append((tuple(each.name for each in parts), spans[0]["start"], spans[-1]["end"] + 1))
    return found


def parsed(sql: str, dialect: str, key: str = "") -> tuple[exp.Expr, ...]:
    """Parse statements; nobody changes what is given. Raises `InputError` with what cannot be read, under that key."""
    import sqlglot

    try:
        return _trees(sql, dialect)
    except sqlglot.errors.SqlglotError as error:
        what = f"cannot be read as SQL of {dialect}: {str(error).splitlines()[0]}"
        raise InputError(Mistake("", 0, key or " ".join(sql.split())[:60], what, "mend the statement")) from None


@lru_cache(1024)
def _trees(sql: str, dialect: str) -> tuple[exp.Expr, ...]:
    import sqlglot

    return tuple(each for each in sqlglot.parse(sql, read=dialect) if each is not None)


def _named(tree: exp.Expr) -> list[list[Any]]:
    """Give the identifiers of every schema that a statement names, the catalog first."""
    from sqlglot import exp

    found = []
    for table in tree.find_all(exp.Table):
        parts = [part for part in (table.args.get("catalog"), table.args.get("db")) if part]
        if parts:
            found.append(parts)
    return found


def arguments_in(values: Mapping[str, Any]) -> dict[str, str]:
    """Give the values of parameters as literals."""
    from decom_nb.sql.text import value

    return {called: value(given, _type(given)) for called, given in values.items()}


def _type(given: Any) -> str:
    from datetime import date, datetime

    if isinstance(given, datetime):
        return "TIMESTAMP WITH TIME ZONE" if given.tzinfo else "TIMESTAMP"
    return "DATE" if isinstance(given, date) else ""
