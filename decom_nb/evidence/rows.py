"""Rows of a query as dictionaries, for whoever asks DuckDB about evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def rows_of(answer: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Give what a query answered as rows by column name; timestamps without a zone are in UTC, and say so then."""
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, map(_in_utc, row), strict=True)) for row in answer.fetchall()]


def _in_utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
