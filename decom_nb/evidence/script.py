"""Runs SQL scripts that stand beside the collectors, as `openlineage.sql` beside `openlineage.py`, against the evidence store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

WRITTEN = "written.sql"
"""The macros that scripts begin with."""


def run(con: duckdb.DuckDBPyConnection, script: str, values: Mapping[str, Any] | None = None) -> None:
    """Run all statements of a script in this folder, by its name; values go in as ``$name``."""
    import duckdb

    text = Path(__file__).with_name(script).read_text(encoding="utf-8")
    for statement in duckdb.extract_statements(text):
        con.execute(statement, {name: (values or {})[name] for name in statement.named_parameters})
