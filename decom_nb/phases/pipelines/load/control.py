"""The control table: how far each pipeline has read, kept outside the code and written together with the data."""

# ruff: noqa: S608 - writing SQL is what this is for; names go through sql/text.py, what people wrote through sql/guard.py

from __future__ import annotations

from decom_nb.phases.pipelines.load.plan import Kind, Plan
from decom_nb.phases.pipelines.load.staging import made
from decom_nb.phases.pipelines.load.words import instant, moment, said
from decom_nb.sql.script import Block, Script, Step
from decom_nb.sql.text import name, names, string

POSITIONS: dict[Kind, tuple[str, str]] = {
    "time": ("position_time", "TIMESTAMP"),
    "day": ("position_time", "TIMESTAMP"),
    "instant": ("position_instant", "TIMESTAMP WITH TIME ZONE"),
    "number": ("position_number", "DECIMAL(38, 9)"),
    "text": ("position_text", "VARCHAR"),
}
"""The column of the control table that holds a position, and its type: kept as what it is, for text loses digits."""


def set_up(plan: Plan) -> Script:
    """Give what is done once before the first load: the control table, and the target where it is not there yet."""
    steps = [
        Step(said(f"CREATE SCHEMA IF NOT EXISTS {schema}", plan.dialect), "Make the schema")
        for schema in dict.fromkeys(each.rpartition(".")[0] for each in (plan.control, plan.target))
        if schema
    ]
    return Script(plan.dialect, (Block((*steps, _control(plan), _target(plan))),))


def _control(plan: Plan) -> Step:
    columns = dict(POSITIONS.values())
    positions = ", ".join(f"{name(each)} {type_}" for each, type_ in columns.items())
    table = (
        f'CREATE TABLE IF NOT EXISTS {plan.control} ("pipeline" VARCHAR NOT NULL, {positions}, "loaded_at" TIMESTAMP)'
    )
    return Step(said(table, plan.dialect), "Make the table that says how far each pipeline has read")


def _target(plan: Plan) -> Step:
    columns = [f"{name(each.name)} {each.type}{' NOT NULL' if each.name in plan.keys else ''}" for each in plan.columns]
    if plan.deleted_column:
        columns.append(f"{name(plan.deleted_column)} TIMESTAMP")
    if plan.keys and plan.dialect not in ("bigquery", "databricks"):  # whose keys say nothing to the engine
        columns.append(f"PRIMARY KEY ({names(plan.keys)})")
    table = f"CREATE TABLE IF NOT EXISTS {plan.target} ({', '.join(columns)})"
    return Step(said(table, plan.dialect), "Make the target, where it is not there yet")


def advanced(plan: Plan) -> Step:
    """Move the position to where this load has read."""
    if plan.incremental and plan.position:
        column = name(POSITIONS[plan.position.kind][0])
        moved, last = f"{column} = b.{column}, ", f", b.{column}"
        listed = f'"pipeline", "loaded_at", {column}'
    else:
        moved, last, listed = "", "", '"pipeline", "loaded_at"'
    called = plan.control.rpartition(".")[2]
    merged = (
        f'MERGE INTO {plan.control} USING {plan.table("bounds")} AS b ON {called}."pipeline" = b."pipeline"'
        f' WHEN MATCHED THEN UPDATE SET {moved}"loaded_at" = b."loaded_at"'
        f' WHEN NOT MATCHED THEN INSERT ({listed}) VALUES (b."pipeline", b."loaded_at"{last})'
    )
    return Step(said(merged, plan.dialect), "Move the position to where this load has read")


def bounds(plan: Plan) -> tuple[Step, ...]:
    """Fix from where to where this load reads, once for all that follows.

    The position never moves past the instant of the load, so that one row stamped in the future does not hide all that
    comes after it, and never back.
    """
    what = "Fix from where to where this load reads" if plan.incremental else "Fix the instant of this load"
    return made(plan, "bounds", _bounds(plan), what)


def _bounds(plan: Plan) -> str:
    own = f'CAST({string(plan.pipeline)} AS VARCHAR) AS "pipeline"'
    position = plan.position
    if not plan.incremental or position is None:
        return f'SELECT {own}, {moment()} AS "loaded_at"'
    column, type_ = POSITIONS[position.kind]
    kept = f"c.{name(column)}"
    read, source = (name("load_position"), plan.table("landing")) if plan.landed else (position.expression, plan.source)
    first, last = f'CAST(s."first_position" AS {position.type})', f'CAST(s."last_position" AS {position.type})'
    back = f"{kept} - INTERVAL {position.lookback_seconds} SECOND" if position.lookback_seconds else kept
    low = f"CASE WHEN {kept} IS NULL THEN {first} ELSE CAST({back} AS {position.type}) END"
    reached = last if position.type == type_ else f"CAST({last} AS {type_})"
    if position.kind in ("time", "day", "instant"):
        now = instant() if position.kind == "instant" else moment()
        reached = f"CASE WHEN {reached} > {now} THEN {now} ELSE {reached} END"
    moved = f"CASE WHEN {kept} IS NULL OR {kept} < {reached} THEN {reached} ELSE {kept} END"
    return (
        f'SELECT s."pipeline", {moment()} AS "loaded_at", {low} AS "low_bound", {last} AS "high_bound", '
        f"{moved} AS {name(column)} "
        f'FROM (SELECT {own}, MIN({read}) AS "first_position", MAX({read}) AS "last_position" FROM {source}) AS s '
        f'LEFT JOIN {plan.control} AS c ON c."pipeline" = s."pipeline"'
    )
