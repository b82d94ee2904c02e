"""Partition swap: the partitions that were read are exchanged whole, in one transaction; a row that moved leaves its old one.

Delta has no transaction over statements: there one MERGE does it, whose source also names what has to go.
"""

# ruff: noqa: S608 - writing SQL is what this is for; names go through sql/text.py, what people wrote through sql/guard.py

from __future__ import annotations

from decom_nb.phases.pipelines.load import vanished
from decom_nb.phases.pipelines.load.changed import assigned, filled, same_key, to_take_over
from decom_nb.phases.pipelines.load.plan import Plan
from decom_nb.phases.pipelines.load.words import NotSayable, said
from decom_nb.sql.script import Step
from decom_nb.sql.text import name, names

_GONE = "load_gone"


def write(plan: Plan) -> tuple[Step, ...]:
    """Exchange the partitions that were read, then do with what vanished as the document says."""
    if plan.dialect == "databricks":
        return (_merged(plan), *vanished.write(plan))
    staged, cut = plan.table("staged"), name(plan.partition)
    steps = [
        Step(
            said(f"DELETE FROM {plan.target} WHERE {cut} IN (SELECT s.{cut} FROM {staged} AS s)", plan.dialect),
            "Take the partitions that were read out",
        )
    ]
    if plan.keys:
        moved = f"SELECT 1 FROM {staged} AS s WHERE {same_key(plan, 's', plan.called)}"
        sql = f"DELETE FROM {plan.target} WHERE EXISTS ({moved})"
        steps.append(Step(said(sql, plan.dialect), "Take rows out of the partitions from which they moved"))
    steps.append(Step(said(filled(plan), plan.dialect), "Put the staged rows in"))
    return (*steps, *vanished.write(plan))


def _merged(plan: Plan) -> Step:
    if not plan.keys:
        raise NotSayable(
            "databricks swaps partitions by keys, in one MERGE; name load.merge_keys or extract.natural_keys"
        )
    staged, cut = plan.table("staged"), name(plan.partition)
    own = ", ".join(f"t.{name(each)}" for each in plan.names)
    new = ", ".join(f"n.{name(each)}" for each in plan.names)
    here = f"SELECT 1 FROM {staged} AS k WHERE {same_key(plan, 'k', 't')}"
    source = (
        f"SELECT {new}, FALSE AS {name(_GONE)} FROM {staged} AS n UNION ALL "
        f"SELECT {own}, TRUE AS {name(_GONE)} FROM {plan.target} AS t "
        f"WHERE t.{cut} IN (SELECT p.{cut} FROM {staged} AS p) AND NOT EXISTS ({here})"
    )
    found = to_take_over(plan, plan.called, "s")
    changed = f" WHEN MATCHED AND {found} THEN UPDATE SET {assigned(plan, 's')}" if found else ""
    values = ", ".join(f"s.{name(each)}" for each in plan.names)
    sql = (
        f"MERGE INTO {plan.target} USING ({source}) AS s ON {same_key(plan, plan.called, 's')}"
        f" WHEN MATCHED AND s.{name(_GONE)} THEN DELETE{changed}"
        f" WHEN NOT MATCHED AND NOT s.{name(_GONE)} THEN INSERT ({names(plan.names)}) VALUES ({values})"
    )
    return Step(said(sql, plan.dialect), "Exchange the partitions that were read, at once")
