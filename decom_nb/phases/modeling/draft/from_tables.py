"""Looks at tables at hand: rows, and of each column how many values, how many different ones, and between which bounds.

One scan a table. What has to be parsed anew for every reading is copied once, up to a size; of a very large table a sample
is looked at, and every figure says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from decom_nb.phases.modeling.draft.seen import Figures, SeenTable
from decom_nb.phases.modeling.draft.word import known
from decom_nb.sql import column_type
from decom_nb.sql.table_definition import ColumnDefinition, TableDefinition
from decom_nb.sql.text import name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from decom_nb.evidence.tables import Table, Tables

Step = Callable[[float, str], None]
"""Is told how far it is, from 0 to 1, and what it is at."""

_REDUCE = "draft from the table that they are applied to, which decom patterns cdc makes"
_AT_ONCE = 40
"""Columns looked at in one scan."""
_COUNTED = 7_000
"""Different values, as a sketch has it, up to which they are counted exactly: flags, codes, and whatever may be a level."""


@contextmanager
def from_tables(
    tables: Tables, names: Sequence[str], told: list[str], step: Step | None = None
) -> Iterator[tuple[SeenTable, ...]]:
    """Give what a look at each table shows; they can be asked further until this ends.

    A table that cannot be read is left out, and why is put to `told`.
    """
    from decom_nb.errors import InputError
    from decom_nb.profile import held

    most = int(known().number("most_tables"))
    if len(names) > most:
        told.append(f"{len(names):,} tables are at hand; the first {most:,} were looked at.")
    with ExitStack() as stack:
        seen = []
        for at, each in enumerate(names[:most]):
            if step:
                step(at / max(1, len(names)), each)
            try:
                table = tables.open(each)
            except InputError as error:
                told.extend(str(mistake) for mistake in error.mistakes)
                continue
            if _holds_changes(each.name for each in table.columns):
                told.append(
                    f"{each}: its rows are change events as Debezium writes them, and no rows of a table; {_REDUCE}."
                )
                continue
            kept = stack.enter_context(held(tables.connection, table))
            seen.append(_seen(tables.connection, kept, stack))
        yield tuple(seen)


def _holds_changes(columns: Iterable[str]) -> bool:
    """Tell whether a table's columns are those of a Debezium envelope, with or without its schema beside it."""
    names = {each.casefold() for each in columns}
    return ({"op", "after"} <= names and bool(names & {"before", "source", "ts_ms"})) or names == {"schema", "payload"}


def _seen(connection: DuckDBPyConnection, table: Table, stack: ExitStack) -> SeenTable:
    from decom_nb.profile import sample

    definition = TableDefinition(
        tuple(table.name.split(".")) if table.kind == "duckdb" else (table.name,),
        tuple(ColumnDefinition(each.name, each.type) for each in table.columns),
    )
    seen = SeenTable(definition, "data", table.shown, source=table.source)
    rows = _one(connection, f"SELECT count(*) FROM {table.source}")[0]
    if rows > known().number("all_rows"):
        drawn = stack.enter_context(sample(connection, table, int(known().number("sample_rows")), rows))
        seen = replace(seen, source=drawn.source, whole=False)
        rows = drawn.rows
    return replace(seen, rows=rows, figures=_figures(connection, seen, rows))


def _figures(connection: DuckDBPyConnection, table: SeenTable, rows: int) -> dict[str, Figures]:
    found: dict[str, Figures] = {}
    columns = table.columns
    for at in range(0, len(columns), _AT_ONCE):
        part = columns[at : at + _AT_ONCE]
        asked = ", ".join(piece for each in part for piece in _asked(table, each))
        told = iter(_one(connection, f"SELECT {asked} FROM {table.source}"))
        for each in part:
            filled, distinct, low, high, fractions, length = (next(told) for _ in range(6))
            found[each] = Figures(
                int(filled),
                min(int(distinct), int(filled)),
                rows == 0,
                low,
                high,
                int(fractions or 0),
                float(length or 0),
            )
    few = [
        each for each in columns
        if table.family(each) not in ("other", "float") and 0 < found[each].distinct <= _COUNTED and rows
    ]  # fmt: skip
    if few:
        asked = ", ".join(f"count(DISTINCT {name(each)})" for each in few)
        for each, distinct in zip(few, _one(connection, f"SELECT {asked} FROM {table.source}"), strict=True):
            found[each] = replace(found[each], distinct=int(distinct), exact=True)
    return found


def _asked(table: SeenTable, column: str) -> tuple[str, ...]:
    """Give what is asked of one column: filled, about how many different, low, high, fractions, mean length."""
    what, kind = name(column), table.family(column)
    filled = f"count({what})"
    if kind == "other":
        return filled, filled, "NULL", "NULL", "0", "0"
    bounds = (f"min({what})", f"max({what})") if kind in column_type.NUMBERS else ("NULL", "NULL")
    fractions = f"count(*) FILTER ({what} <> floor({what}))" if kind in ("decimal", "float") else "0"
    length = f"avg(length(CAST({what} AS VARCHAR)))" if kind == "text" else "0"
    return filled, f"approx_count_distinct({what})", *bounds, fractions, length


def _one(connection: DuckDBPyConnection, sql: str) -> Sequence[Any]:
    row = connection.execute(sql).fetchone()
    return row or ()


class Asking:
    """Asks tables that are open what one look does not show; each question is asked once."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection
        self._distinct: dict[tuple[str, tuple[str, ...]], int] = {}

    def one(self, sql: str) -> Sequence[Any]:
        """Give the one row of an answer."""
        return _one(self._connection, sql)

    def rows(self, sql: str) -> list[Any]:
        """Give all rows of an answer."""
        return self._connection.execute(sql).fetchall()

    def run(self, sql: str) -> None:
        """Run what gives no rows."""
        self._connection.execute(sql)

    def distinct(self, table: SeenTable, columns: Sequence[str]) -> int:
        """Count how many different values columns have together, exactly; a missing one counts as a value of its own."""
        key = table.source, tuple(sorted(columns))
        if key not in self._distinct:
            listed = ", ".join(name(each) for each in columns)
            if len(columns) == 1:
                sql = f"SELECT count(DISTINCT {listed}) + max(CASE WHEN {listed} IS NULL THEN 1 ELSE 0 END) FROM {table.source}"
            else:
                sql = f"SELECT count(*) FROM (SELECT 1 FROM {table.source} GROUP BY {listed})"
            self._distinct[key] = int(self.one(sql)[0] or 0)
        return self._distinct[key]
