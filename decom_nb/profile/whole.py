"""The one pass over all rows: counts, bounds, means. One SELECT; of very wide tables one for each run of columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from decom_nb.evidence.tables import Column
from decom_nb.profile.column import Family, Figure
from decom_nb.sql.text import name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WIDE = 250
"""Columns of one SELECT; DuckDB takes longer than in proportion to plan more."""

_NUMBERS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "FLOAT", "DOUBLE",
)  # fmt: skip


def family(type_: str) -> Family:
    """Give what kind of type that is.

    >>> family("DECIMAL(18,2)"), family("TIMESTAMP WITH TIME ZONE"), family("INTEGER[]"), family("ENUM('a')")
    ('number', 'time', 'nested', 'text')
    """
    upper = type_.upper()
    if upper.endswith("]") or upper.startswith(("STRUCT", "MAP", "UNION")):
        return "nested"
    if upper.startswith(("DECIMAL", "NUMERIC")) or upper in _NUMBERS:
        return "number"
    if upper.startswith(("DATE", "TIME")):
        return "time"
    if upper.startswith(("VARCHAR", "ENUM", "CHAR", "TEXT")):
        return "text"
    return "boolean" if upper == "BOOLEAN" else "other"


def figure(value: Any) -> Figure:
    """Give a value as JSON can hold it.

    >>> figure(math.inf), figure(date(2026, 3, 31)), figure(b"a")
    ('inf', '2026-03-31', "b'a'")
    """
    if value is None or (isinstance(value, int | str) and not isinstance(value, bool)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _asked(column: Column, *, exact: bool) -> dict[str, str]:
    """Give the figures of one column, as aggregates by name; what may overflow stands last."""
    what, kind = name(column.name), family(column.type)
    asked = {"filled": f"count({what})"}
    if kind == "nested":
        return asked | {"distinct": f"approx_count_distinct(CAST({what} AS VARCHAR))"}
    asked["distinct"] = f"count(DISTINCT {what})" if exact else f"approx_count_distinct({what})"
    if kind == "other":
        return asked
    bounds = f"CAST({what} AS VARCHAR)" if column.type.upper().startswith("ENUM") else what
    # dates and times come as DuckDB writes them: a moment with a zone could not be fetched without a further package
    least, most = f"min({bounds})", f"max({bounds})"
    if kind == "time":
        least, most = f"CAST({least} AS VARCHAR)", f"CAST({most} AS VARCHAR)"
    asked |= {"min": least, "max": most}
    if kind == "number":
        asked |= {"zeros": f"count(*) FILTER ({what} = 0)", "negatives": f"count(*) FILTER ({what} < 0)"}
        finite = ""
        if column.type in ("DOUBLE", "FLOAT"):
            asked["nans"] = f"count(*) FILTER (isnan({what}))"
            asked["infinities"] = f"count(*) FILTER (isinf({what}))"
            finite = f" FILTER (isfinite({what}))"
        asked |= {"mean": f"avg({what}){finite}", "stddev": f"stddev_samp({what}){finite}"}
    elif kind == "text":
        length = f"length({bounds})"
        asked |= {"min_length": f"min({length})", "max_length": f"max({length})", "mean_length": f"avg({length})"}
    return asked


def figures(
    connection: DuckDBPyConnection,
    source: str,
    columns: Sequence[Column],
    *,
    exact: bool = False,
    step: Callable[[int], None] = lambda done: None,
) -> tuple[int, list[dict[str, Any]]]:
    """Give the number of rows and the figures of each column; a figure that overflows is missing. `step` is told columns."""
    rows, found = 0, []
    for at in range(0, max(len(columns), 1), WIDE):
        part = columns[at : at + WIDE]
        rows, some = _of(connection, source, part, exact)
        found += some
        step(at + len(part))
    return rows, found


def _of(
    connection: DuckDBPyConnection,
    source: str,
    columns: Sequence[Column],
    exact: bool,
    without: frozenset[str] = frozenset(),
) -> tuple[int, list[dict[str, Any]]]:
    import duckdb

    asked = [{key: sql for key, sql in _asked(each, exact=exact).items() if key not in without} for each in columns]
    select = ", ".join(["count(*)", *(sql for each in asked for sql in each.values())])
    try:
        row = connection.execute(f"SELECT {select} FROM {source}").fetchone()
    except (duckdb.OutOfRangeException, duckdb.ConversionException):
        # a sum of squares beyond what a number holds: find the column, and leave that figure out
        if len(columns) > 1:
            half = len(columns) // 2
            rows, left = _of(connection, source, columns[:half], exact)
            return rows, left + _of(connection, source, columns[half:], exact)[1]
        if "stddev" not in without:
            return _of(connection, source, columns, exact, without | {"stddev"})
        if "mean" not in without:
            return _of(connection, source, columns, exact, without | {"mean"})
        raise
    assert row is not None  # noqa: S101 - an aggregate always gives a row
    values = iter(row[1:])
    return int(row[0]), [{key: next(values) for key in each} for each in asked]
