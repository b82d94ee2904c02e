"""Merge: one statement changes what differs and adds what is new. Redshift's MERGE takes no conditions, so two do it there."""

# ruff: noqa: S608 - writing SQL is what this is for; names go through sql/text.py, what people wrote through sql/guard.py

from __future__ import annotations

from decom_nb.phases.pipelines.load import vanished
from decom_nb.phases.pipelines.load.changed import added, assigned, same_key, to_take_over
from decom_nb.phases.pipelines.load.plan import Plan
from decom_nb.phases.pipelines.load.words import said
from decom_nb.sql.script import Step
from decom_nb.sql.text import name, names


def write(plan: Plan) -> tuple[Step, ...]:
    """Merge the staged rows, then do with what vanished as the document says."""
    return (*merged(plan), *vanished.write(plan))


def merged(plan: Plan) -> tuple[Step, ...]:
    """Change the rows that differ and add those that are new."""
    if plan.dialect == "redshift":
        return updated_then_added(plan)
    found = to_take_over(plan, plan.called, "s")
    matched = f" WHEN MATCHED AND {found} THEN UPDATE SET {assigned(plan, 's')}" if found else ""
    values = ", ".join(f"s.{name(each)}" for each in plan.names)
    sql = (
        f"MERGE INTO {plan.target} USING {plan.table('staged')} AS s ON {same_key(plan, plan.called, 's')}{matched}"
        f" WHEN NOT MATCHED THEN INSERT ({names(plan.names)}) VALUES ({values})"
    )
    return (Step(said(sql, plan.dialect), "Change the rows that differ, add those that are new"),)


def updated_then_added(plan: Plan) -> tuple[Step, ...]:
    """The same in two statements."""
    steps: list[Step] = []
    if found := to_take_over(plan, plan.called, "s"):
        key = same_key(plan, plan.called, "s")
        sql = f"UPDATE {plan.target} SET {assigned(plan, 's')} FROM {plan.table('staged')} AS s WHERE {key} AND {found}"
        steps.append(Step(said(sql, plan.dialect), "Change the rows that differ"))
    return (*steps, Step(said(added(plan), plan.dialect), "Add the rows whose key is not there yet"))
