"""Upsert: INSERT … ON CONFLICT where the engine has it, safe against others who write at the same time; elsewhere as merge."""

from __future__ import annotations

from decom_nb.phases.pipelines.load import merge, vanished
from decom_nb.phases.pipelines.load.changed import assigned, filled, to_take_over
from decom_nb.phases.pipelines.load.plan import Plan
from decom_nb.phases.pipelines.load.words import said
from decom_nb.sql.script import Step
from decom_nb.sql.text import names

CONFLICT = ("duckdb", "postgres")
"""Engines with ON CONFLICT; it needs a primary key or a unique index over the merge keys."""


def write(plan: Plan) -> tuple[Step, ...]:
    """Write the staged rows over those with the same key, then do with what vanished as the document says."""
    if plan.dialect not in CONFLICT:
        return merge.write(plan)
    found = to_take_over(plan, plan.called, "excluded")
    done = f"UPDATE SET {assigned(plan, 'excluded')} WHERE {found}" if found else "NOTHING"
    sql = f"{filled(plan)} WHERE TRUE ON CONFLICT ({names(plan.keys)}) DO {done}"
    step = Step(said(sql, plan.dialect), "Add the staged rows, or write them over those with the same key")
    return (step, *vanished.write(plan))
