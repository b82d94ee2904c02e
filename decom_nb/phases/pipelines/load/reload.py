"""Truncate and reload without an empty moment: all is staged first and exchanged in one transaction.

TRUNCATE is not used: it commits by itself in Redshift and shows PostgreSQL's older snapshots an empty table. Renaming the
staged table into the target's place would take its grants, keys and views away.
"""

# ruff: noqa: S608 - writing SQL is what this is for; names go through sql/text.py, what people wrote through sql/guard.py

from __future__ import annotations

from decom_nb.phases.pipelines.load.changed import filled
from decom_nb.phases.pipelines.load.plan import Plan
from decom_nb.phases.pipelines.load.words import said
from decom_nb.sql.script import Step


def write(plan: Plan) -> tuple[Step, ...]:
    """Put the staged rows in the place of all that is there."""
    if plan.dialect == "databricks":
        sql = filled(plan).replace("INSERT INTO", "INSERT OVERWRITE", 1)
        return (Step(said(sql, plan.dialect), "Put the staged rows in the place of all that is there, at once"),)
    return (
        Step(
            said(f"DELETE FROM {plan.target} WHERE TRUE", plan.dialect),
            "Take out all that is there; readers still see it",
        ),
        Step(said(filled(plan), plan.dialect), "Put the staged rows in"),
    )
