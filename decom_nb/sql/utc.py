"""A time without a zone and one with a zone as the same kind of time: a TIMESTAMP that stands for UTC, in any session.

Engines compare the two by the session's zone, so that one query gives other rows in New York than in London. The expressions
here read neither the session's zone nor the column's type beforehand: a time with a zone becomes its instant in UTC, a time
without one, or a date, is taken to be in UTC already. `dialect.py` puts each engine's words in the place of DuckDB's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

_WORDS = {
    # Both kinds have an epoch, a time without zone that of the same words in UTC; a double holds microseconds until 2242.
    "postgres": "TO_TIMESTAMP(EXTRACT(EPOCH FROM x)) AT TIME ZONE 'UTC'",
    "snowflake": "DATEADD(MICROSECOND, DATE_PART(EPOCH_MICROSECOND, x), CAST('1970-01-01 00:00:00' AS TIMESTAMPNTZ))",
    # JSON has a TIMESTAMP in UTC with a Z behind it, and a DATETIME as it is; a cast would ask for the session's zone.
    "bigquery": "CAST(NULLIF(TRIM(TO_JSON_STRING(x), '\"Z'), 'null') AS DATETIME)",
    # An epoch has whole seconds here; as text, only a time with a zone ends in an offset.
    "redshift": (
        "CASE WHEN CAST(x AS VARCHAR) LIKE '%:%+%' OR CAST(x AS VARCHAR) LIKE '%:%-%' "
        "THEN CAST(CAST(x AS VARCHAR) AS TIMESTAMP WITH TIME ZONE) AT TIME ZONE 'UTC' "
        "ELSE CAST(CAST(x AS VARCHAR) AS TIMESTAMP) END"
    ),
    "databricks": (
        "CASE WHEN TYPEOF(x) = 'timestamp' THEN CAST('1970-01-01 00:00:00' AS TIMESTAMP_NTZ) + MAKE_DT_INTERVAL(0, 0, 0, "
        "CAST(CAST(UNIX_MICROS(CAST(x AS TIMESTAMP)) AS DECIMAL(18, 0)) / 1000000 AS DECIMAL(18, 6))) "
        "ELSE CAST(x AS TIMESTAMP_NTZ) END"
    ),
}


def utc(sql: str) -> str:
    """Give a time, a date, or a time with a zone as a TIMESTAMP in UTC, in DuckDB's SQL. What is infinite becomes NULL.

    >>> utc("s.seen_at")
    'make_timestamp(epoch_us(s.seen_at))'
    """
    return f"make_timestamp(epoch_us({sql}))"


def is_utc(node: exp.Expr) -> bool:
    """Tell whether a node is what `utc` writes."""
    from sqlglot import exp

    return (
        isinstance(node, exp.UnixToTime) and isinstance(node.this, exp.Anonymous) and _called(node.this) == "epoch_us"
    )


def is_inside_utc(node: exp.Expr) -> bool:
    """Tell whether a node is the inner half of what `utc` writes."""
    return node.parent is not None and is_utc(node.parent)


def utc_in(node: exp.Expr, dialect: str) -> exp.Expr | None:
    """Give what `utc` wrote in another engine's words, None where none are known."""
    import sqlglot
    from sqlglot import exp

    if dialect not in _WORDS:
        return None
    of = node.this.expressions[0]
    made = sqlglot.parse_one(_WORDS[dialect], read=dialect)
    for each in list(made.find_all(exp.Column)):
        if each.name == "x":
            each.replace(of.copy())
    return exp.Paren(this=made) if isinstance(made, exp.AtTimeZone) else made


def _called(node: exp.Expr) -> str:
    return str(node.this).lower()
