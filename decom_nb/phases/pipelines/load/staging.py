"""Tables of a load's own: made anew by each load, so that what an earlier one left does no harm."""

from __future__ import annotations

from decom_nb.phases.pipelines.load.plan import Plan
from decom_nb.phases.pipelines.load.words import said
from decom_nb.sql.script import Step

_REPLACES = ("duckdb", "snowflake", "bigquery", "databricks")
"""Engines with CREATE OR REPLACE TABLE."""


def made(plan: Plan, role: str, query: str, what: str) -> tuple[Step, ...]:
    """Make a table of the load's own from a query in DuckDB's SQL."""
    table = plan.table(role)
    if plan.dialect in _REPLACES:
        return (Step(said(f"CREATE OR REPLACE TABLE {table} AS {query}", plan.dialect), what),)
    return (cleared(plan, role), Step(said(f"CREATE TABLE {table} AS {query}", plan.dialect), what))


def cleared(plan: Plan, role: str) -> Step:
    """Take a table of the load's own away."""
    return Step(said(f"DROP TABLE IF EXISTS {plan.table(role)}", plan.dialect), f"Clear the staging ({role})")
