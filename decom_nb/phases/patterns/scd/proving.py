"""The generated load of a dimension as cases for the proof, and the proof. ``decom patterns scd2 --prove`` calls it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.patterns.scd.generator import script, setup
from decom_nb.phases.patterns.scd.oracle import oracle
from decom_nb.phases.patterns.scd.specification import ScdSpecification
from decom_nb.proof.case import Claims, Deletes, LoadCase
from decom_nb.proof.sample import made_up
from decom_nb.sql.dialect import NotSayable
from decom_nb.sql.history_columns import INSTANT
from decom_nb.sql.table_definition import ColumnDefinition, TableDefinition
from decom_nb.sql.text import name

if TYPE_CHECKING:
    import duckdb

    from decom_nb.evidence.load_proofs import LoadProof

_ENGINE = "duckdb"
_KEYS = "scd_proof_keys"
"""The sequence that numbers surrogate keys, where the engine does it."""
_GUESSED = ("VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "INTEGER[]")
"""Types that are tried, in this order, for columns that only an expression names."""
_DELETES: dict[str, Deletes] = {"keep": "kept", "close": "hard", "mark": "soft"}


def cases(spec: ScdSpecification) -> list[LoadCase]:
    """Give the cases of a dimension's load: one for the dimension, one for the history table of type 4.

    Raises `InputError` where the specification says something that no proof follows.
    """
    if spec.complete and spec.deleted:
        what = "a source that holds everything and marks deletions as well is not proven here"
        raise InputError(Mistake("", 0, "--prove", what, "leave out deleted, or complete"))
    source, made = _tables(spec)
    load = script(spec, _ENGINE)
    numbered = spec.model_copy(update={"surrogate": "number"}) if spec.surrogate_key else spec
    dimension = LoadCase(
        name=spec.table,
        script=load,
        sources=(source,),
        target=_target(spec, made),
        key=spec.natural_key,
        oracle=oracle(spec),
        source_key=tuple(spec.columns.get(each, each) for each in spec.natural_key),
        version=spec.effective or next(iter(spec.order_by), ""),
        setup=(f"CREATE SEQUENCE {_KEYS}", *_statements(spec)),
        claims=Claims(deletes=_DELETES[spec.deletes]),
        left_out=(spec.surrogate_key,) if spec.surrogate_key else (),
    )
    if not spec.type_4:
        return [dimension]
    history = replace(
        dimension,
        name=spec.history.table,
        target=TableDefinition(_parts(spec.history.table), made[spec.history.table]),
        oracle=oracle(spec.history),
        setup=_statements(numbered),
        left_out=(),
    )
    return [dimension, history]


def proven(specs: Iterable[ScdSpecification], taken_at: datetime) -> list[LoadProof]:
    """Prove the loads of dimensions in DuckDB, each in a database of its own. Raises `InputError`."""
    from decom_nb.proof.in_duckdb import InDuckDB
    from decom_nb.proof.prove import prove
    from decom_nb.proof.scenario import IN_TIME, SCENARIOS

    found = []
    for case in [case for spec in specs for case in cases(spec)]:
        database = InDuckDB()
        try:
            found.append(prove(case, database, taken_at=taken_at, scenarios=(*SCENARIOS, *IN_TIME)))
        finally:
            database.close()
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(dotted.split("."))


def _statements(spec: ScdSpecification) -> tuple[str, ...]:
    return tuple(step.sql for step in setup(spec, _ENGINE).steps)


def _target(spec: ScdSpecification, made: dict[str, tuple[ColumnDefinition, ...]]) -> TableDefinition:
    """Give the dimension's table, its surrogate key made and held unique by the engine."""
    columns = made[spec.table]
    if not spec.surrogate_key:
        return TableDefinition(_parts(spec.table), columns)
    default = f"nextval('{_KEYS}')" if spec.surrogate == "identity" else ""
    keyed = (
        replace(each, nullable=False, default=default) if each.name == spec.surrogate_key else each for each in columns
    )
    return TableDefinition(_parts(spec.table), tuple(keyed), primary_key=(spec.surrogate_key,))


def _tables(spec: ScdSpecification) -> tuple[TableDefinition, dict[str, tuple[ColumnDefinition, ...]]]:
    """Give the source's table, and the columns of the dimension and its history as DuckDB makes them. Raises `InputError`."""
    import duckdb

    known, guessed = _source_columns(spec)
    said = ""
    for type_ in _GUESSED if guessed else ("",):
        columns = tuple(ColumnDefinition(each, of) for each, of in {**known, **dict.fromkeys(guessed, type_)}.items())
        source = TableDefinition(_parts(spec.source), columns)
        with duckdb.connect(":memory:") as connection:
            try:
                for each in columns:
                    made_up(each, 1)
                return source, _made(spec, source, connection)
            except (duckdb.Error, NotSayable, ValueError) as error:
                said = said or str(error).strip().splitlines()[0]
    what = f"the dimension's tables cannot be made from a source of these columns: {said}"
    raise InputError(Mistake("", 0, "types", what, "give the types of the columns, in DuckDB's words"))


def _made(
    spec: ScdSpecification, source: TableDefinition, connection: duckdb.DuckDBPyConnection
) -> dict[str, tuple[ColumnDefinition, ...]]:
    from decom_nb.proof.place import Places
    from decom_nb.proof.table import create

    numbered = spec.model_copy(update={"surrogate": "number"}) if spec.surrogate == "identity" else spec
    tables = [spec.table, *([spec.history.table] if spec.type_4 else [])]
    ledgers = [each.ledger for each in (spec, spec.history) if each.ledger]
    for schema in {each.rpartition(".")[0] for each in (spec.source, *tables, *ledgers)} - {""}:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name(schema)}")
    connection.execute(create(source, _ENGINE, Places(), constrained=False))
    for statement in _statements(numbered):
        connection.execute(statement)
    return {each: _described(each, connection) for each in tables}


def _described(dotted: str, connection: duckdb.DuckDBPyConnection) -> tuple[ColumnDefinition, ...]:
    written = ".".join(map(name, _parts(dotted)))
    return tuple(ColumnDefinition(row[0], row[1]) for row in connection.execute(f"DESCRIBE {written}").fetchall())


def _source_columns(spec: ScdSpecification) -> tuple[dict[str, str], list[str]]:
    """Give the source's columns with their types, and those of which only an expression tells that they are there."""
    import sqlglot
    from sqlglot import exp

    found: dict[str, str] = {}
    for each in spec.stored:
        if each not in spec.expressions:
            found[spec.columns.get(each, each)] = spec.types.get(each, "VARCHAR")
    for each in spec.order_by:
        found.setdefault(each, "BIGINT")
    if spec.effective:
        found.setdefault(spec.effective, INSTANT)
    if spec.deleted:
        found.setdefault(spec.deleted, "BOOLEAN")
    used = (
        column.name
        for each in spec.expressions
        for column in sqlglot.parse_one(spec.in_source("s", each), read=_ENGINE).find_all(exp.Column)
    )
    names = {each.casefold() for each in found}
    return found, list(dict.fromkeys(each for each in used if each.casefold() not in names))
