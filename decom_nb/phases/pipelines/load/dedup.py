"""One row for each key: the newest by the incremental key, ties decided by what the rows hold, so that each run decides alike."""

# ruff: noqa: S608 - writing SQL is what this is for; names go through sql/text.py, what people wrote through sql/guard.py

from __future__ import annotations

from decom_nb.phases.pipelines.load.plan import POSITION, Plan
from decom_nb.phases.pipelines.load.staging import made
from decom_nb.phases.pipelines.load.words import comparable
from decom_nb.sql.script import Step
from decom_nb.sql.text import name, names

_RANK = "load_rank"


def staged(plan: Plan) -> tuple[Step, ...]:
    """Stage one row for each key; without keys, one of each row.

    For append the oldest counts, as what is there already is never changed: whether two versions come in one load or in two
    makes no difference then.
    """
    read = plan.table("read")
    listed = [*plan.names, *((POSITION,) if plan.position else ())]
    if plan.keys:
        ranked = f"ROW_NUMBER() OVER (PARTITION BY {names(plan.keys)} ORDER BY {order(plan)})"
        inner = f"SELECT {names(listed)}, {ranked} AS {name(_RANK)} FROM {read}"
        query = f"SELECT {names(listed)} FROM ({inner}) AS ranked WHERE {name(_RANK)} = 1"
        kept = "oldest" if plan.way.keeps_oldest else "newest"
        what = f"Keep one row of each key, the {kept}"
    else:
        query, what = f"SELECT DISTINCT {names(plan.names)} FROM {read}", "Keep one of each row"
    return made(plan, "staged", query, what)


def order(plan: Plan) -> str:
    """Give the order in which the rows of one key come, the one to keep first."""
    way = "ASC" if plan.way.keeps_oldest else "DESC"
    first = [f"{name(POSITION)} {way} NULLS LAST"] if plan.position else []
    rest = [f"{comparable(name(each.name), each.type)} DESC NULLS LAST" for each in plan.values]
    return ", ".join([*first, *rest] or [names(plan.keys)])
