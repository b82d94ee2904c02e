"""A pipeline's load as a case for the proof: the load, the tables it reads and writes, what it claims, what must come out.

What must come out is asked in one SELECT over the source and over what earlier loads saw of it, written apart from the load: it
knows nothing of positions, staging or merges.
"""

# ruff: noqa: S608 - writing SQL is what this is for; names go through sql/text.py, what people wrote through sql/guard.py

from __future__ import annotations

from datetime import timedelta
from typing import Any

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.pipelines.load.control import set_up
from decom_nb.phases.pipelines.load.gate import removes
from decom_nb.phases.pipelines.load.plan import Plan, plan
from decom_nb.phases.pipelines.load.script import of_plan
from decom_nb.phases.pipelines.load.words import asked, cast, comparable
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.proof.case import SEEN, Claims, Deletes, LoadCase
from decom_nb.sql import guard
from decom_nb.sql.table_definition import ColumnDefinition, TableDefinition
from decom_nb.sql.text import name, names, string, value

_NUMBERS = (0, 1, 2, 3, 5, 10, 25, 50, 100, -1, -10)
_TEXTS = ("a", "b", "c", "de", "abc", "A", "B", "C", "DE", "ABC", "1", "2", "3")
_MOST = 8
"""How many values of a column are tried; three are the least that scenarios need."""


def case(pipeline: Pipeline, dialect: str, source: TableDefinition | None = None) -> LoadCase:
    """Give the case of a pipeline's load; `source` tells the source's columns where the document does not say enough."""
    made = plan(pipeline, dialect)
    if not made.keys:
        what = "a proof follows rows by their key, and there is none"
        raise InputError(Mistake("", 0, "load.merge_keys", what, "name merge_keys, or extract.natural_keys"))
    read = source or _source(made, pipeline)
    where = set_up(made)
    return LoadCase(
        name=made.pipeline,
        script=of_plan(made),
        sources=(read,),
        target=target(made),
        key=made.keys,
        oracle=asked(_oracle(made), dialect),
        source_key=tuple(_plain(made, each) for each in made.keys),
        version=pipeline.extract.incremental_key,
        event=_event(made, pipeline),
        setup=tuple(step.sql for step in where.steps[:-1]),
        claims=_claims(made),
        values=_values(made, read),
    )


def target(made: Plan) -> TableDefinition:
    """Give the table that a load writes."""
    columns = [ColumnDefinition(each.name, each.type, each.name not in made.keys) for each in made.columns]
    if made.deleted_column:
        columns.append(ColumnDefinition(made.deleted_column, "TIMESTAMP"))
    return TableDefinition(_parts(made.target), tuple(columns), primary_key=made.keys)


def _parts(quoted: str) -> tuple[str, ...]:
    return tuple(part.strip('"') for part in quoted.split('"."'))


def _plain(made: Plan, column: str) -> str:
    """Give the source's column that a key is, as it is; raises `InputError` where it is worked out of others."""
    found = next(each for each in made.columns if each.name == column)
    called = found.expression.strip('"')
    if found.expression != name(called):
        what = f"{column} is worked out ({found.expression}), and a proof follows rows by columns of the source"
        raise InputError(Mistake("", 0, "load.merge_keys", what, "prove it with a source that has the column"))
    return called


def _event(made: Plan, pipeline: Pipeline) -> str:
    """Give the source's column that cuts the partitions, if it is one."""
    found = next((each for each in made.columns if each.name == made.partition), None)
    called = found.expression.strip('"') if found else ""
    return called if found and found.expression == name(called) and called != pipeline.extract.incremental_key else ""


def _source(made: Plan, pipeline: Pipeline) -> TableDefinition:
    """Give the source's columns as far as the document tells: plain columns first, then those that expressions use."""
    import sqlglot
    from sqlglot import exp

    found: dict[str, str] = {}
    for each in made.columns:
        called = each.expression[1:-1]
        if each.expression == name(called):
            found[called] = each.type
    for each in made.columns:
        for column in sqlglot.parse_one(each.expression, read="duckdb").find_all(exp.Column):
            found.setdefault(column.name, each.type)
    if made.position:
        found.setdefault(pipeline.extract.incremental_key, made.position.type)
    columns = tuple(ColumnDefinition(each, type_) for each, type_ in found.items())
    return TableDefinition(_parts(made.source), columns)


def _claims(made: Plan) -> Claims:
    lookback: timedelta | int | None = None
    if made.incremental and made.position:
        timed = made.position.kind in ("time", "instant", "day")
        lookback = timedelta(seconds=made.position.lookback_seconds) if timed else 0
    return Claims(
        updates=made.way.takes_updates,
        deletes=_claimed(made),
        lookback=lookback,
        versions=not made.way.keeps_oldest and made.position is not None,
        refuses_empty=removes(made),
    )


def _claimed(made: Plan) -> Deletes:
    """Give what is claimed of rows that are gone; `plan` says the same in its notes."""
    if made.deletes != "ignore":
        return made.deletes
    if made.way.replaces_all:
        return "hard"
    if made.way.needs_partition:  # which partitions are read again is not promised where only what changed is read
        return "ignored" if made.incremental else "hard"
    return "kept"


def _oracle(made: Plan) -> str:
    """Give the SELECT of what the target must hold after a load."""
    now = _newest(made, made.source, "", "")
    if made.way.needs_partition and made.deletes == "ignore" and not made.incremental:
        return _swapped(made)
    if made.deletes == "hard" or made.way.replaces_all or made.way.needs_partition:
        return f"SELECT {names(made.names)} FROM ({now}) AS now_there"
    way = "ASC" if made.way.keeps_oldest else "DESC"
    seen = _newest(made, _seen(made.source), f'"seen_in" {way}, ', ', "seen_in"')
    if made.deletes != "soft":
        return f"SELECT {names(made.names)} FROM ({seen}) AS ever_there"
    same = " AND ".join(f"n.{name(each)} = s.{name(each)}" for each in made.keys)
    missed = f'(SELECT MIN(l."seen_at") FROM {_seen(made.source)} AS l WHERE l."seen_in" > s."seen_in")'
    gone = f"CASE WHEN EXISTS (SELECT 1 FROM ({now}) AS n WHERE {same}) THEN NULL ELSE {missed} END"
    listed = ", ".join(f"s.{name(each)}" for each in made.names)
    return f"SELECT {listed}, {gone} AS {name(made.deleted_column)} FROM ({seen}) AS s"


def _swapped(made: Plan) -> str:
    """Give what is left where each load exchanges all partitions that the source has: what the last load of each brought.

    A row is gone as soon as its partition is read without it. It stays where the source has no row of its partition any more.
    """
    each_load = _newest(made, _seen(made.source), "", ', "seen_in"', also=("seen_in",))
    last = ", ".join(
        f'MAX("seen_in") OVER (PARTITION BY {by}) AS {name(called)}'
        for called, by in (("decom_of_key", names(made.keys)), ("decom_of_partition", name(made.partition)))
    )
    found = f'SELECT {names(made.names)}, "seen_in", {last} FROM ({each_load}) AS each_load'
    kept = '"seen_in" = "decom_of_key" AND "seen_in" = "decom_of_partition"'
    return f"SELECT {names(made.names)} FROM ({found}) AS every_load WHERE {kept}"


def _seen(quoted: str) -> str:
    return f'{quoted[:-1]}{SEEN}"'


def _newest(made: Plan, source: str, first: str, more: str, also: tuple[str, ...] = ()) -> str:
    """Give one row for each key: by what is said first, then the newest version, then by what the row holds.

    `also`: one for each key and each value of these columns.
    """
    listed = ", ".join(
        f"{cast(each.expression, each.type, made.dialect)} AS {name(each.name)}" for each in made.columns
    )
    position = f', {made.position.expression} AS "decom_version"' if made.position else ""
    way = "ASC" if made.way.keeps_oldest else "DESC"
    order = [f'"decom_version" {way} NULLS LAST'] if made.position else []
    order += [f"{comparable(name(each.name), each.type)} DESC NULLS LAST" for each in made.values]
    cut, by = names((*made.keys, *also)), ", ".join(order) or names(made.keys)
    ranked = f"ROW_NUMBER() OVER (PARTITION BY {cut} ORDER BY {first}{by})"
    inner = f"SELECT {listed}{position}{more} FROM {source}"
    outer = f'SELECT {names(made.names)}{more}, {ranked} AS "decom_rank" FROM ({inner}) AS every_row'
    return f'SELECT {names(made.names)}{more} FROM ({outer}) AS ranked_rows WHERE "decom_rank" = 1'


def _values(made: Plan, source: TableDefinition) -> dict[str, tuple[Any, ...]]:
    """Give values that the load's gates let pass, for the columns that a gate asks of and nothing else."""
    import sqlglot
    from sqlglot import exp

    found: dict[str, tuple[Any, ...]] = {}
    gates = [sqlglot.parse_one(each.sql, read="duckdb") for each in (*made.pre_load, *made.post_load)]
    for column in made.columns:
        called = column.expression.strip('"')
        own = [gate for gate in gates if {each.name for each in gate.find_all(exp.Column)} == {column.name}]
        if not own or column.expression != name(called) or column.name in made.keys:
            continue
        offered = [literal.to_py() for gate in own for literal in gate.find_all(exp.Literal)]
        upper = guard.canonical_type(column.type).upper()
        if upper.startswith("VARCHAR"):
            offered = [*map(str, offered), *_TEXTS]
        elif "INT" in upper or upper.startswith(("DECIMAL", "DOUBLE", "FLOAT")):
            offered = [*offered, *_NUMBERS]
        else:
            continue
        passing = _passing(column.name, column.type, offered, [gate.sql(dialect="duckdb") for gate in own])
        if passing and any(each.name == called for each in source.columns):
            found[called] = passing
    return found


def _passing(column: str, type_: str, offered: list[Any], gates: list[str]) -> tuple[Any, ...]:
    """Give those of the offered values for which every gate is true."""
    from decom_nb.sql import tree

    listed = ", ".join(
        f"({value(str(each)) if isinstance(each, str) else string(str(each))})" for each in dict.fromkeys(offered)
    )
    tried = f"SELECT TRY_CAST(v AS {type_}) AS {name(column)} FROM (VALUES {listed}) AS offered(v)"
    true = " AND ".join(f"({gate})" for gate in gates)
    with tree.connection().cursor() as cursor:
        rows = cursor.execute(
            f"SELECT DISTINCT {name(column)} FROM ({tried}) AS t WHERE {name(column)} IS NOT NULL AND {true} ORDER BY 1"
        )
        return tuple(row[0] for row in rows.fetchall())[:_MOST]
