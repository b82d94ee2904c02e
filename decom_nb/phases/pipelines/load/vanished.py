"""What becomes of rows of the target whose key the source no longer has: they go, or are marked."""

# ruff: noqa: S608 - writing SQL is what this is for; names go through sql/text.py, what people wrote through sql/guard.py

from __future__ import annotations

from decom_nb.phases.pipelines.load.changed import same_key
from decom_nb.phases.pipelines.load.gate import removes
from decom_nb.phases.pipelines.load.plan import Plan
from decom_nb.phases.pipelines.load.words import moment, said
from decom_nb.sql.script import Step
from decom_nb.sql.text import name


def write(plan: Plan) -> tuple[Step, ...]:
    """Remove or mark what vanished; nothing where deletes are ignored, or where keys are compared another time."""
    if plan.deletes == "ignore" or not removes(plan):
        return ()
    present = f"SELECT 1 FROM {plan.keys_table} AS k WHERE {same_key(plan, 'k', plan.called)}"
    if plan.deletes == "hard":
        sql = f"DELETE FROM {plan.target} WHERE NOT EXISTS ({present})"
        return (Step(said(sql, plan.dialect), "Remove what is gone from the source"),)
    mark = name(plan.deleted_column)
    own = f"{plan.called}.{mark}"
    marked = f"UPDATE {plan.target} SET {mark} = {moment()} WHERE {own} IS NULL AND NOT EXISTS ({present})"
    steps = [Step(said(marked, plan.dialect), "Mark what is gone from the source, once")]
    if plan.compares_keys:
        back = f"UPDATE {plan.target} SET {mark} = NULL WHERE {own} IS NOT NULL AND EXISTS ({present})"
        steps.append(Step(said(back, plan.dialect), "Take the mark from what is back, however old it is"))
    return tuple(steps)
