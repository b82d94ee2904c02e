"""How a staged row is held against the one in the target: by key, by what differs, by which is newer. Strategies call it."""

# ruff: noqa: S608 - writing SQL is what this is for; names go through sql/text.py, what people wrote through sql/guard.py

from __future__ import annotations

from decom_nb.phases.pipelines.load.plan import POSITION, Plan
from decom_nb.phases.pipelines.load.words import comparable, together
from decom_nb.sql.text import name, names


def same_key(plan: Plan, left: str, right: str) -> str:
    """Give the condition that two rows have one key. No key is missing: a gate has seen to it."""
    return together([f"{left}.{name(each)} = {right}.{name(each)}" for each in plan.keys])


def to_take_over(plan: Plan, there: str, new: str) -> str:
    """Give the condition that a staged row changes the one that is there; empty where there is nothing to change.

    Missing values count: NULL and 1 differ, NULL and NULL do not. In an incremental load what is older than what is there
    changes nothing; what is exactly as old does, for a time says nothing about the order of two changes within it.
    """
    differing = [
        f"{comparable(f'{there}.{name(each.name)}', each.type)} IS DISTINCT FROM "
        f"{comparable(f'{new}.{name(each.name)}', each.type)}"
        for each in plan.values
    ]
    found = f"({together(differing, 'OR')})" if differing else ""
    position = plan.position
    if found and plan.incremental and position and position.column:
        own = f"{there}.{name(position.column)}"
        where = POSITION if new != "excluded" else position.column
        found = f"({own} IS NULL OR {new}.{name(where)} >= {own}) AND {found}"
    if plan.deleted_column:
        marked = f"{there}.{name(plan.deleted_column)} IS NOT NULL"
        found = f"({marked} OR ({found}))" if found else marked
    return found


def assigned(plan: Plan, new: str) -> str:
    """Give the assignments that take a staged row over."""
    values = [f"{name(each.name)} = {new}.{name(each.name)}" for each in plan.values]
    if plan.deleted_column:
        values.append(f"{name(plan.deleted_column)} = NULL")
    return ", ".join(values)


def added(plan: Plan) -> str:
    """Give the INSERT of the staged rows whose key is not there."""
    there = f"SELECT 1 FROM {plan.target} AS t WHERE {same_key(plan, 't', 's')}"
    return f"{filled(plan)} WHERE NOT EXISTS ({there})"


def filled(plan: Plan) -> str:
    """Give the INSERT of all staged rows, by the names of the columns."""
    listed = ", ".join(f"s.{name(each)}" for each in plan.names)
    return f"INSERT INTO {plan.target} ({names(plan.names)}) SELECT {listed} FROM {plan.table('staged')} AS s"
