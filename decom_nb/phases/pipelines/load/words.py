"""DuckDB's SQL of a load in the words of the six target engines. The other files of this folder write through here.

A parameter stands in DuckDB's text as a literal of its own (`parameter`) and comes out as ``:name``, whatever sqlglot would make
of it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import get_args

from decom_nb.phases.pipelines.pipeline import TargetDialect
from decom_nb.sql import dialect as words
from decom_nb.sql.dialect import NotSayable
from decom_nb.sql.text import name, string

ENGINES: tuple[str, ...] = get_args(TargetDialect)
"""The engines that a load can be written for."""

_MARK = "decom parameter "
_LITERAL = re.compile(rf"'{_MARK}(\w+)'")
_INSTANT = "'decom instant of this load'"
_WALL_CLOCK = ":loaded_at"
_UTC = {
    "duckdb": "CAST({} AS TIMESTAMP) AT TIME ZONE 'UTC'",
    "postgres": "CAST({} AS TIMESTAMP) AT TIME ZONE 'UTC'",
    "redshift": "CAST({} AS TIMESTAMP) AT TIME ZONE 'UTC'",
    "bigquery": "TIMESTAMP(CAST({} AS DATETIME), 'UTC')",
    "snowflake": (
        "TO_TIMESTAMP_TZ(TO_CHAR(CAST({} AS TIMESTAMP_NTZ), 'YYYY-MM-DD HH24:MI:SS.FF6') || ' +00:00', "
        "'YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM')"
    ),
    "databricks": "CAST(CONCAT(CAST(CAST({} AS TIMESTAMP_NTZ) AS STRING), '+00:00') AS TIMESTAMP)",
}
"""How an engine makes an instant of a wall clock in UTC. A plain cast would take it for one in the session's zone."""
_NOT_ORDERED = ("JSON", "STRUCT", "MAP", "UNION", "VARIANT")
_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)\((\d+)\s*,\s*(\d+)\)", re.IGNORECASE)


def parameter(called: str) -> str:
    """Give a parameter as it stands in DuckDB's text; what no parameter can be called is left out of its name.

    >>> parameter("after_order no")
    "'decom parameter after_order_no'"
    """
    return string(_MARK + re.sub(r"\W+", "_", called))


def moment() -> str:
    """Give the instant of the load as DuckDB's text: one for all of its statements."""
    return f"CAST({parameter('loaded_at')} AS TIMESTAMP)"


def instant() -> str:
    """Give the instant of the load as DuckDB's text, with a time zone: the same whatever zone the session is in."""
    return f"CAST({_INSTANT} AS TIMESTAMP WITH TIME ZONE)"


@lru_cache(4096)
def said(sql: str, dialect: str) -> str:
    """Give one statement that changes something in an engine's words; raises `NotSayable`.

    >>> said(f'UPDATE "t" SET "deleted_at" = {moment()}', "bigquery").replace(chr(10), " ")
    'UPDATE t SET deleted_at = CAST(:loaded_at AS DATETIME)'
    """
    return _filled(words.statement(sql, dialect), dialect)


@lru_cache(4096)
def asked(sql: str, dialect: str) -> str:
    """Give one query in an engine's words; raises `NotSayable`."""
    if dialect == "snowflake":
        return _filled(words.as_dialect(sql, dialect), dialect)
    table = words.statement(f"CREATE TABLE decom_asked AS {sql}", dialect)
    return _filled(table.partition(" AS\n")[2], dialect)


def _filled(text: str, dialect: str) -> str:
    """Put parameters where their literals stand."""
    if _INSTANT in text:
        text = text.replace(_INSTANT, _UTC[dialect].format(_WALL_CLOCK))
    return _LITERAL.sub(r":\1", text)


def qualified(table: str) -> str:
    """Give a table's name as DuckDB's text, each of its parts quoted.

    >>> qualified('raw.orders'), qualified('"raw"."orders"')
    ('"raw"."orders"', '"raw"."orders"')
    """
    return ".".join(name(part.strip()) for part in table.replace('"', "").replace("`", "").split("."))


def cast(expression: str, type_: str, dialect: str) -> str:
    """Give an expression as a type. BigQuery's NUMERIC keeps nine places whatever was asked for, so it is rounded there."""
    written = f"CAST({expression} AS {type_})"
    places = _DECIMAL.fullmatch(type_.strip())
    return f"ROUND({written}, {places[2]})" if places and dialect == "bigquery" else written


def comparable(expression: str, type_: str) -> str:
    """Give an expression that engines can order and compare: nested values and JSON as text."""
    nested = type_.strip().upper().startswith(_NOT_ORDERED) or type_.strip().endswith("]")
    return f"CAST({expression} AS VARCHAR)" if nested else expression


def together(conditions: list[str] | tuple[str, ...], word: str = "AND") -> str:
    """Give conditions as one."""
    return f" {word} ".join(conditions)


__all__ = [
    "ENGINES", "NotSayable", "asked", "cast", "comparable", "instant", "moment", "parameter", "qualified", "said", "together",
]  # fmt: skip
