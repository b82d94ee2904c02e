"""The queries that read a source in its own engine, for a source that the target's engine cannot reach.

Where to begin comes from the control table, where to end is asked once; pages follow the incremental key and the keys, so that a
page that is read again is the same page.
"""

# ruff: noqa: S608 - writing SQL is what this is for; names go through sql/text.py, what people wrote through sql/guard.py

from __future__ import annotations

from collections.abc import Iterator

from decom_nb.phases.pipelines.load.control import POSITIONS
from decom_nb.phases.pipelines.load.plan import POSITION, Column, Plan
from decom_nb.phases.pipelines.load.words import asked, cast, parameter
from decom_nb.sql.script import Step
from decom_nb.sql.text import name, string


def begins(plan: Plan) -> Step | None:
    """Give the query of the target's engine for where the next extract begins; None where everything is read."""
    position = plan.position
    if not plan.incremental or position is None:
        return None
    kept = name(POSITIONS[position.kind][0])
    back = f"{kept} - INTERVAL {position.lookback_seconds} SECOND" if position.lookback_seconds else kept
    query = (
        f'SELECT CAST({back} AS {position.type}) AS "low_bound" FROM {plan.control}'
        f' WHERE "pipeline" = {string(plan.pipeline)}'
    )
    return Step(asked(query, plan.dialect), "Where the next extract begins; no row: at the very beginning")


def queries(plan: Plan, dialect: str) -> Iterator[Step]:
    """Give the queries of the source's engine, in order. Raises `NotSayable` where it has no word."""
    listed = ", ".join(f"{cast(each.expression, each.type, dialect)} AS {name(each.name)}" for each in plan.columns)
    position = plan.position
    if position:
        listed += f", CAST({position.expression} AS {position.type}) AS {name(POSITION)}"
    rows = f"SELECT {listed} FROM {plan.source}"
    if position is None or not plan.incremental:
        yield Step(asked(rows, dialect), "Every row")
    else:
        read = position.expression
        yield Step(
            asked(f'SELECT MAX({read}) AS "high_bound" FROM {plan.source}', dialect),
            "Where this extract ends: asked once, before anything is read",
        )
        low = f"{read} >= CAST({parameter('low_bound')} AS {position.type})"
        bounded = f"{low} AND {read} <= CAST({parameter('high_bound')} AS {position.type})"
        if plan.way.needs_partition:
            cut = next(
                cast(each.expression, each.type, dialect) for each in plan.columns if each.name == plan.partition
            )
            chosen = f"{cut} IN (SELECT {cut} FROM {plan.source} WHERE {low}) OR {cut} IS NULL OR {read} IS NULL"
            yield Step(asked(f"{rows} WHERE {chosen}", dialect), "The partitions in which something changed, whole")
        else:
            chosen = f"({bounded}) OR {read} IS NULL"
            yield Step(
                asked(f"{rows} WHERE {chosen}", dialect),
                "What changed, the last position included; rows without the key come too, for a gate to stop the load",
            )
            if plan.keys:
                yield _page(plan, rows, bounded, dialect)
    if plan.compares_keys:
        keys = [each for each in plan.columns if each.name in plan.keys]
        only = ", ".join(f"{cast(each.expression, each.type, dialect)} AS {name(each.name)}" for each in keys)
        yield Step(asked(f"SELECT DISTINCT {only} FROM {plan.source}", dialect), "Every key, read after the rows")


def _page(plan: Plan, rows: str, bounded: str, dialect: str) -> Step:
    """Give the query of one page: what comes after the last row of the page before, in an order that does not change."""
    assert plan.position is not None  # noqa: S101 - pages are of incremental extracts
    keys = [each for each in plan.columns if each.name in plan.keys]
    order = [Column("position", plan.position.type, plan.position.expression), *keys]
    after = ""
    for each in reversed(order):
        given = f"CAST({parameter(f'after_{each.name}')} AS {each.type})"
        more = f" OR ({each.expression} = {given} AND ({after}))" if after else ""
        after = f"{each.expression} > {given}{more}"
    by = ", ".join(each.expression for each in order)
    query = f"{rows} WHERE ({bounded}) AND ({after}) ORDER BY {by} LIMIT 10000"
    return Step(asked(query, dialect), "The same by pages, each beginning after the last row of the one before")
