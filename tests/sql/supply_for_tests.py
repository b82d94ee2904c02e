"""A supplier for tests: every quantity by the very query that defines it, over tables in an open DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb

from decom_nb.check import Check, Checked, CheckRun
from decom_nb.evidence.tables import Column, Table
from decom_nb.sql.judge import judge
from decom_nb.sql.needs import needs
from decom_nb.sql.quantity import Groups, OwnQuery, Quantity, ValueCounts
from decom_nb.sql.text import name
from decom_nb.sql.undecidable import Undecidable

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


def table_of(connection: duckdb.DuckDBPyConnection, called: str) -> Table:
    rows = connection.execute(f"DESCRIBE SELECT * FROM {name(called)}").fetchall()
    return Table(called, "duckdb", called, name(called), tuple(Column(row[0], row[1]) for row in rows))


def supplied(connection: duckdb.DuckDBPyConnection, quantity: Quantity, *, portable: bool = False) -> Any:
    if isinstance(quantity, OwnQuery):
        query = quantity.query(name(quantity.table), portable=portable)
    else:
        query = quantity.query(name(quantity.table))
    cursor = connection.execute(query)
    columns = [each[0] for each in cursor.description or ()]
    rows = cursor.fetchall()
    width = len(quantity.by)
    if isinstance(quantity, Groups):
        width = len(quantity.group)
        return {row[:width]: row[width:] for row in rows}
    if isinstance(quantity, ValueCounts):
        if not width:
            return dict(rows)
        found: dict[Any, dict[Any, int]] = {}
        for row in rows:
            found.setdefault(row[:width], {})[row[width]] = row[width + 1]
        return found

    def figures(row: Sequence[Any]) -> Any:
        if isinstance(quantity, OwnQuery):
            return dict(zip(columns[width:], row[width:], strict=True))
        return row[width]

    return {row[:width]: figures(row) for row in rows} if width else figures(rows[0])


def decided(
    connection: duckdb.DuckDBPyConnection,
    check: Check,
    called: str = "t",
    *,
    history: Sequence[CheckRun] = (),
    others: Mapping[str, Table] | None = None,
    portable: bool = False,
) -> Checked:
    table = table_of(connection, called)
    try:
        wanted = needs(check, table, others)
    except Undecidable:
        wanted = ()
    known = {each: supplied(connection, each, portable=portable) for each in wanted}
    return judge(check, table, known, now=NOW, history=history, others=others)
