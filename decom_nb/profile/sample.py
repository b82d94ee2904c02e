"""A sample of a table as a temporary table: the whole of a small one, evenly spread stretches of rows of a large one.

The same table gives the same sample: nothing is drawn by lot. Stretches are as long as DuckDB's vectors, so that the
rest need not be decoded; rows that lie together may be alike, which a sample of a sorted table inherits in little.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from decom_nb.evidence.tables import Table
from decom_nb.sql.text import name, names, string

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STRETCH = 2048
"""Rows of one stretch: a vector of DuckDB's."""

_numbers = count(1)


@dataclass(frozen=True)
class Sample:
    """Rows of a table in a temporary table."""

    source: str
    """What stands after FROM."""
    rows: int
    whole: bool
    """Whether these are all rows of the table."""


LEAST = 50_000
"""Rows of a sample of a table that is no longer read whole; one in a hundred, if that is more."""
COPIED = 3_000_000
"""Most rows of a file without row groups that are copied, so that its text is parsed once and not for every question."""


@contextmanager
def held(connection: DuckDBPyConnection, table: Table) -> Iterator[Table]:
    """Give a table that can be read several times at little cost: itself, or a temporary copy; the copy is gone afterwards.

    Copied is what has to be parsed or fetched anew for every reading (CSV, JSON, another server), up to `COPIED` rows.
    """
    if table.files or table.kind in ("parquet", "duckdb", "frame"):
        yield table
        return
    made = name(f"decom copy {next(_numbers)}")
    target = f"temp.main.{made}"
    try:
        connection.execute(f"CREATE TEMP TABLE {made} AS SELECT * FROM {table.source} LIMIT {COPIED + 1}")
        if _count(connection, target) <= COPIED:
            yield replace(table, source=target, kind="duckdb", files=())
            return
        connection.execute(f"DROP TABLE {target}")
        yield table
    finally:
        connection.execute(f"DROP TABLE IF EXISTS {target}")


@contextmanager
def sample(connection: DuckDBPyConnection, table: Table, wanted: int, rows: int | None = None) -> Iterator[Sample]:
    """Give all rows, if there are no more than `wanted`, else a hundredth of them, within 50,000 and `wanted`.

    The sample is gone afterwards.

    `rows` is how many the table has, if that is known: it saves reading a part of it in vain.
    """
    made = name(f"decom sample {next(_numbers)}")
    target = f"temp.main.{made}"
    try:
        if rows is None or rows <= wanted:
            connection.execute(f"CREATE TEMP TABLE {made} AS SELECT * FROM {table.source} LIMIT {wanted + 1}")
            got = _count(connection, target)
            if got <= wanted:
                yield Sample(target, got, True)
                return
            connection.execute(f"DROP TABLE {target}")
            rows = _count(connection, table.source)
        every = max(2, rows // min(wanted, max(LEAST, rows // 100)))
        _stretches(connection, table, made, every)
        yield Sample(target, _count(connection, target), False)
    finally:
        connection.execute(f"DROP TABLE IF EXISTS {target}")


def _count(connection: DuckDBPyConnection, source: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {source}").fetchone()
    return int(row[0]) if row else 0


def _stretches(connection: DuckDBPyConnection, table: Table, made: str, every: int) -> None:
    """Make the temporary table of every so manieth stretch, by whichever row number the table has."""
    import duckdb

    columns = names(each.name for each in table.columns)
    ways = []
    if table.files:
        files = ", ".join(string(each) for each in table.files)
        ways.append(
            f"SELECT {columns} FROM read_parquet([{files}], file_row_number = true, union_by_name = true) "
            f"WHERE (file_row_number // {STRETCH}) % {every} = 0"
        )
    if table.kind == "duckdb":
        ways.append(f"SELECT {columns} FROM {table.source} WHERE (rowid // {STRETCH}) % {every} = 0")
    at = name("decom row number")
    ways.append(
        f"SELECT {columns} FROM (SELECT {columns}, row_number() OVER () - 1 AS {at} FROM {table.source}) "
        f"WHERE ({at} // {STRETCH}) % {every} = 0"
    )
    for way in ways[:-1]:
        try:
            connection.execute(f"CREATE TEMP TABLE {made} AS {way}")
        except duckdb.Error:  # a partition column that only stands in the path, a view without row numbers
            continue
        return
    connection.execute(f"CREATE TEMP TABLE {made} AS {ways[-1]}")
