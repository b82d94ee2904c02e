"""What a load reads into its staging tables: the rows since the last position or all, and every key where that is asked for."""

# ruff: noqa: S608 - writing SQL is what this is for; names go through sql/text.py, what people wrote through sql/guard.py

from __future__ import annotations

from decom_nb.phases.pipelines.load.plan import POSITION, Column, Plan
from decom_nb.phases.pipelines.load.staging import made
from decom_nb.phases.pipelines.load.words import cast
from decom_nb.sql.script import Step
from decom_nb.sql.text import name


def rows(plan: Plan) -> tuple[Step, ...]:
    """Read the rows of this load, in one statement and so from one state of the source."""
    listed = ", ".join(f"{_of(plan, each)} AS {name(each.name)}" for each in plan.columns)
    if plan.position:
        read = name(POSITION) if plan.landed else plan.position.expression
        listed += f", CAST({read} AS {plan.position.type}) AS {name(POSITION)}"
    source = plan.table("landing") if plan.landed else plan.source
    query = f"SELECT {listed} FROM {source}{_where(plan)}"
    return made(plan, "read", query, _what(plan))


def keys(plan: Plan) -> tuple[Step, ...]:
    """Read every key the source has now; after the rows, so that no row is missing that was read before."""
    if not plan.compares_keys:
        return ()
    columns = [each for each in plan.columns if each.name in plan.keys]
    listed = ", ".join(f"{_of(plan, each)} AS {name(each.name)}" for each in columns)
    source = plan.table("landing_keys") if plan.landed else plan.source
    return made(plan, "keys", f"SELECT DISTINCT {listed} FROM {source}", "Read every key that the source has now")


def _of(plan: Plan, column: Column) -> str:
    return cast(name(column.name) if plan.landed else column.expression, column.type, plan.dialect)


def _where(plan: Plan) -> str:
    """Give which rows are read. Those without a position are read too: a gate stops the load rather than losing them."""
    if not plan.incremental or plan.landed or plan.position is None:
        return ""
    read, bounds = plan.position.expression, plan.table("bounds")
    low = f'{read} >= (SELECT b."low_bound" FROM {bounds} AS b)'
    if not plan.way.needs_partition:
        high = f'{read} <= (SELECT b."high_bound" FROM {bounds} AS b)'
        return f" WHERE ({low} AND {high}) OR {read} IS NULL"
    cut = next(_of(plan, each) for each in plan.columns if each.name == plan.partition)
    changed = f"SELECT {cut} FROM {plan.source} WHERE {low}"
    return f" WHERE {cut} IN ({changed}) OR {cut} IS NULL OR {read} IS NULL"


def _what(plan: Plan) -> str:
    if plan.landed:
        return "Take what has landed"
    if not plan.incremental:
        return "Read the whole source"
    if plan.way.needs_partition:
        return "Read every partition in which something changed since the last position, whole"
    return "Read what changed since the last position, that position included"
