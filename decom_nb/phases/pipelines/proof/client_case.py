"""A client's own load as a case for the proof: the pipeline's document says what must come out, the client's SQL does it."""

# ruff: noqa: S608 - writing SQL is what this is for; names and values go through sql/text.py

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.pipelines.load.case import case
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.proof.case import LoadCase
from decom_nb.proof.client_sql import ClientLoad, client_load, parts
from decom_nb.sql.table_definition import ColumnDefinition, TableDefinition
from decom_nb.sql.text import name, value

if TYPE_CHECKING:
    from sqlglot import exp

LATE = timedelta(hours=1)
"""How late a row may come, where the document says nothing: without any lookback, a row that is committed late is lost."""
_BY_NAME = (("_at", "TIMESTAMP"), ("_time", "TIMESTAMP"), ("_on", "DATE"), ("_date", "DATE"), ("is_", "BOOLEAN"))


@dataclass(frozen=True)
class ClientCase:
    """A client's load, ready to be proven, and what had to be assumed."""

    case: LoadCase
    warnings: tuple[str, ...]


def client_case(
    pipeline: Pipeline, text: str, *, dialect: str = "duckdb", setup: str = "", file: str = ""
) -> ClientCase:
    """Give the case of a client's SQL for a pipeline. Raises `InputError` with what cannot be run or is not known."""
    made = case(pipeline, "duckdb")
    load = client_load(text, dialect, setup=setup, file=file)
    source, target = _name(made.sources[0]), _name(made.target)
    used = load.tables | load.made
    wrong = [
        Mistake(
            file,
            0,
            "",
            f"the load never names the {role} {'.'.join(called)} of the pipeline's document",
            "name it there or here",
        )
        for role, called in (("source", source), ("target", target))
        if called not in used
    ]
    if wrong:
        raise InputError(wrong)
    warnings = list(load.warnings)
    own, setup_left = _of_setup(load, setup, dialect, target)
    definition = own or _target(made, load, target, warnings)
    unknown = sorted(load.tables - {source, target} - load.made)
    controls = [_control(load, each, pipeline, warnings, file) for each in unknown]
    claims = made.claims
    if pipeline.extract.strategy != "full" and made.version and pipeline.extract.lookback_minutes is None:
        claims = replace(claims, lookback=LATE)
        warnings.append("the document names no lookback_minutes: an hour is asked for, and 0 takes none")
    compared = {each.name for each in made.target.columns}
    proven = replace(
        made,
        script=load.script,
        target=definition,
        setup=(*setup_left, *(each for made_ in controls for each in made_)),
        claims=claims,
        left_out=tuple(each.name for each in definition.columns if each.name not in compared),
    )
    return ClientCase(proven, tuple(dict.fromkeys(warnings)))


def _name(table: TableDefinition) -> tuple[str, ...]:
    return tuple(each.casefold() for each in table.name)


def _of_setup(
    load: ClientLoad, setup: str, dialect: str, target: tuple[str, ...]
) -> tuple[TableDefinition | None, tuple[str, ...]]:
    """Give the target as the setup makes it, if it does, and the rest of the setup."""
    from sqlglot import exp

    from decom_nb.proof.place import parsed
    from decom_nb.sql.ddl_reading import read_ddl

    def makes_target(sql: str) -> bool:
        tree = parsed(sql, "duckdb")[0]
        table = tree.find(exp.Table) if isinstance(tree, exp.Create) else None
        return table is not None and parts(table) == target

    own = next((each for each in read_ddl(setup, dialect).tables if _name(each) == target), None) if setup else None
    return own, tuple(each for each in load.setup if own is None or not makes_target(each))


def _target(made: LoadCase, load: ClientLoad, target: tuple[str, ...], warnings: list[str]) -> TableDefinition:
    """Give the target as the document says, with the columns that the load fills besides; a key only if it relies on one."""
    known = {each.name.casefold() for each in made.target.columns}
    more = [each for each in _filled(load, target) if each.casefold() not in known]
    columns = [replace(each, nullable=True) for each in made.target.columns]
    for each in dict.fromkeys(more):
        type_ = next((type_ for part, type_ in _BY_NAME if each.endswith(part) or each.startswith(part)), "VARCHAR")
        columns.append(ColumnDefinition(each, type_))
        warnings.append(f"the document has no column {each} of the target: it is taken as {type_}, and not compared")
    conflict = load.conflicts.get(target)
    key = made.key if conflict == () else conflict or ()
    return TableDefinition(made.target.name, tuple(columns), primary_key=key)


def _trees(load: ClientLoad) -> list[exp.Expr]:
    from decom_nb.proof.place import parsed

    return [tree for step in load.script.steps for tree in parsed(step.sql, "duckdb")]


def _filled(load: ClientLoad, target: tuple[str, ...]) -> Iterable[str]:
    """Give the columns that statements name when they write the target."""
    from sqlglot import exp

    for tree in _trees(load):
        if isinstance(tree, exp.Insert) and isinstance(tree.this, exp.Schema):
            if parts(tree.this.this) == target:
                yield from (each.name for each in tree.this.expressions)
        elif isinstance(tree, exp.Update) and parts(tree.this) == target:
            yield from (each.this.name for each in tree.expressions if isinstance(each, exp.EQ))
        elif isinstance(tree, exp.Merge) and isinstance(tree.this, exp.Table) and parts(tree.this) == target:
            for when in tree.find_all(exp.When):
                then = when.args["then"]
                if isinstance(then, exp.Insert) and isinstance(then.this, exp.Tuple):
                    yield from (each.name for each in then.this.expressions)
                elif isinstance(then, exp.Update):
                    yield from (each.this.name for each in then.expressions if isinstance(each, exp.EQ))


def _control(load: ClientLoad, table: tuple[str, ...], pipeline: Pipeline, warnings: list[str], file: str) -> list[str]:
    """Give statements that make a control table as the load uses it: a name it asks for, a position that begins long ago."""
    from sqlglot import exp

    kept = tuple(pipeline.extract.watermark_storage.casefold().split("."))
    shown = ".".join(table)
    unknown = Mistake(
        file,
        0,
        shown,
        "is no table of the document, and nothing says how it is made",
        "give its CREATE TABLE with --setup FILE",
    )
    if table != kept:
        raise InputError(unknown)
    named: dict[str, str] = {}
    positions: dict[str, None] = {}
    for tree in _trees(load):
        for place in tree.find_all(exp.Table):
            if parts(place) != table:
                continue
            scope = place.find_ancestor(exp.Select, exp.Update, exp.Insert, exp.Merge, exp.Delete) or tree
            calls = {place.alias_or_name.casefold(), ""}
            for column in scope.find_all(exp.Column):
                inner = column.find_ancestor(exp.Select, exp.Update, exp.Insert, exp.Merge, exp.Delete)
                if column.table.casefold() not in calls or (inner is not scope and not column.table):
                    continue
                beside = column.parent
                other = (
                    (beside.expression if beside.this is column else beside.this)
                    if isinstance(beside, exp.EQ)
                    else None
                )
                if isinstance(other, exp.Literal) and other.is_string:
                    named[column.name] = other.this
                else:
                    positions[column.name] = None
            if isinstance(scope, exp.Insert) and isinstance(scope.this, exp.Schema):
                positions.update(dict.fromkeys(each.name for each in scope.this.expressions))
    left = [each for each in positions if each not in named]
    if not named or not left:
        raise InputError(unknown)
    source = case(pipeline, "duckdb")
    grows = next((each for each in source.sources[0].columns if each.name == source.version), None)
    type_ = grows.type if grows else "TIMESTAMP"
    first = (
        value("1970-01-01", type_) if not type_.upper().startswith(("BIG", "INT", "DEC", "SMALL", "DOUBLE")) else "0"
    )
    columns = [*(f"{name(each)} VARCHAR" for each in named), *(f"{name(each)} {type_}" for each in left)]
    values = [*(value(each) for each in named.values()), *(first for _ in left)]
    written = ".".join(name(each) for each in table)
    warnings.append(f"{shown} is made as the load uses it: {', '.join([*named, *left])}, beginning with {first}")
    key = f", PRIMARY KEY ({', '.join(name(each) for each in named)})"
    return [
        f"CREATE TABLE {written} ({', '.join(columns)}{key})",
        f"INSERT INTO {written} VALUES ({', '.join(values)})",
    ]
