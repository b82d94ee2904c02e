"""Append with deduplication: what is there stays, what has a new key is added."""

# ruff: noqa: S608 - writing SQL is what this is for; names go through sql/text.py, what people wrote through sql/guard.py

from __future__ import annotations

from decom_nb.phases.pipelines.load.changed import added
from decom_nb.phases.pipelines.load.plan import Plan
from decom_nb.phases.pipelines.load.words import said
from decom_nb.sql.script import Step
from decom_nb.sql.text import names


def write(plan: Plan) -> tuple[Step, ...]:
    """Add what is not there yet; without keys, a row is there if one like it is, missing values included."""
    if plan.keys:
        return (Step(said(added(plan), plan.dialect), "Add the rows whose key is not there yet"),)
    listed = names(plan.names)
    new = f"SELECT {listed} FROM {plan.table('staged')} EXCEPT SELECT {listed} FROM {plan.target}"
    made = f"INSERT INTO {plan.target} ({listed}) {new}"
    return (Step(said(made, plan.dialect), "Add the rows that are not there yet"),)
