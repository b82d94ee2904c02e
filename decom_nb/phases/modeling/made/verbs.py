"""The verbs ``decom modeling ddl``, ``erd`` and ``dbt``. `commands.py` puts them among the room's verbs."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.made_file import PLAIN_SQL, tell, written
from decom_nb.option import Engine, Write, one_of
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.evidence.dbt import Dbt
    from decom_nb.phases.modeling.dimensional_model import DimensionalModel
    from decom_nb.phases.modeling.made.tables import Made

FOLDER = "modeling"
"""Where the files lie among an engagement's deliverables."""
SHOWN = 12
"""How many assumed types a person is shown."""

Years = Annotated[str, typer.Option(help="years of the date dimension, as 2015-2035")]
FiscalStart = Annotated[int, typer.Option(help="month in which the fiscal year starts")]
Format = Literal["mermaid", "dbml", "svg"]
FORMATS = get_args(Format)


def ddl(
    context: typer.Context,
    folder: Dir,
    dialect: Engine = "duckdb",
    keys: Annotated[str, typer.Option(help="how surrogate keys are made: number or hash")] = "number",
    open_end: Annotated[
        str, typer.Option(help="the end of a version that still holds: null, or far (9999-12-31)")
    ] = "null",
    years: Years = "",
    fiscal_start: FiscalStart = 1,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Write the dimensional model down as CREATE TABLE of one engine, with the rows of its date dimension if asked."""
    from decom_nb.phases.modeling.made.tables import KEY_TYPES, is_date_dimension, tables
    from decom_nb.sql.date_dimension import fill_dates
    from decom_nb.sql.ddl import ENGINES, create_tables

    book = context.obj(folder)
    one_of("--dialect", dialect, ENGINES)
    one_of("--keys", keys, KEY_TYPES)
    one_of("--open-end", open_end, ("null", "far"))
    if not years and fiscal_start != 1:
        hint = "give --years too, such as 2015-2035, or leave it out"
        raise InputError(
            Mistake("", 0, "--fiscal-start", "it is of the rows of the calendar, and none are asked for", hint)
        )
    model = _model(book)
    made = tables(model, keys, open_end, _known(book, model))  # type: ignore[arg-type]  # checked above
    files = {f"{dialect}.sql": _said(create_tables, made.tables, dialect)}
    if years:
        declared = {each.name: each for each in model.dimensions}
        dates = [each for each in made.tables if is_date_dimension(each.name[-1], declared.get(each.name[-1]))]
        if not dates:
            raise InputError(
                Mistake(
                    "", 0, "--years", "the model has no calendar", "point a foreign key to dim_date, or leave it out"
                )
            )
        first, last = _years(years)
        files[f"{dates[0].name[-1]}.{dialect}.sql"] = fill_dates(
            dialect, first, last, fiscal_start=fiscal_start, table=dates[0]
        )
    typed = f"decom modeling ddl DIR --dialect {dialect}"
    typed += f" --keys {keys}" if keys != "number" else ""
    typed += f" --open-end {open_end}" if open_end != "null" else ""
    typed += f" --years {years}" + (f" --fiscal-start {fiscal_start}" if fiscal_start != 1 else "") if years else ""
    _give(book, "ddl", files, typed, made, write, as_json)


def erd(
    context: typer.Context,
    folder: Dir,
    as_what: Annotated[
        str, typer.Option("--format", help="mermaid, dbml, or svg: a drawing of facts and dimensions")
    ] = "mermaid",
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Draw the dimensional model: as Mermaid, which GitHub shows, as DBML for dbdiagram and dbdocs, or as SVG."""
    from decom_nb.phases.modeling.made import erd as drawn
    from decom_nb.phases.modeling.made.star import star, star_rows
    from decom_nb.phases.modeling.made.tables import tables

    book = context.obj(folder)
    one_of("--format", as_what, FORMATS)
    model = _model(book)
    made = tables(model, known=_known(book, model))
    if as_what == "svg":
        rows = star_rows(model)
        files = {"star.svg": f"{star(rows, len(rows))}\n"}
    elif as_what == "dbml":
        files = {"model.dbml": drawn.dbml(made.tables)}
    else:
        files = {"model.mmd": drawn.mermaid(made.tables, f"Tables of {book.engagement.name}")}
    _give(book, "erd", files, f"decom modeling erd DIR --format {as_what}", made, write, as_json)


def dbt(
    context: typer.Context,
    folder: Dir,
    dialect: Engine = "duckdb",
    years: Years = "2015-2035",
    fiscal_start: FiscalStart = 1,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Write the dimensional model as dbt models, snapshots, tests and contracts, from the sources that it names."""
    from datetime import UTC, datetime

    from decom_nb.phases.modeling.made.dbt import files, left_out
    from decom_nb.phases.modeling.made.tables import tables
    from decom_nb.sql.ddl import ENGINES

    book = context.obj(folder)
    one_of("--dialect", dialect, ENGINES)
    model = _model(book)
    supplied = book.supply(datetime.now(UTC).date()).get("dbt")
    known = _of_dbt(supplied) | _known(book, model)
    made = tables(model, "hash", known=known)
    told = _said(files, model, made, dialect, supplied, _years(years), fiscal_start, known)
    made = replace(made, notes=(*made.notes, *_unplaced(model, known)))
    if missing := left_out(model):
        notes = tuple(
            f"{each} names no source, or nothing to take from it, so no dbt model is written." for each in missing
        )
        made = replace(made, notes=(*made.notes, *notes))
    typed = f"decom modeling dbt DIR --dialect {dialect} --years {years}"
    typed += f" --fiscal-start {fiscal_start}" if fiscal_start != 1 else ""
    _give(book, "dbt", told, typed, made, write, as_json)


def _give(
    book: Book,
    place: str,
    files: Mapping[str, str],
    typed: str,
    made: Made,
    write: bool,
    as_json: bool,
) -> None:
    """Print the files, or write them and say what became of each."""
    out = Out(as_json)
    documents = [book.engagement.documents_path / f"{each}.yaml" for each in ("dimensional_model", "table_sources")]
    comments = PLAIN_SQL if place == "ddl" else None
    done = written(book.engagement, f"{FOLDER}/{place}", files, typed, documents, comments) if write else []
    out.data(
        {
            "files": dict(files),
            "written": done,
            "tables": [".".join(each.name) for each in made.tables],
            "assumed_types": [{"table": t, "column": c, "type": type_} for t, c, type_ in made.assumed],
            "notes": list(made.notes),
        }
    )
    tell(out, files, done)
    if not write:
        return
    for note in made.notes:
        out.line(note, "yellow")
    if made.assumed:
        told = [f"{table}.{column} {type_}" for table, column, type_ in made.assumed]
        more = f" and {len(told) - SHOWN:,} more (--json has them)" if len(told) > SHOWN else ""
        out.line(f"No data_type was said, so it was assumed by name: {', '.join(told[:SHOWN])}{more}.", "yellow")


def _known(book: Book, model: DimensionalModel) -> dict[tuple[str, str], str]:
    """Give the types of columns of the model's sources, as far as those lie at hand; what cannot be read tells none."""
    written = book.documents.get("table_sources")
    wanted = {each.source for each in model.dimensions} | {each.source for each in model.fact_tables}
    wanted |= {each.table for fact in model.fact_tables for each in fact.joined_sources}
    if written is None or not written.sources:
        return {}
    from decom_nb.evidence.tables import Tables

    known: dict[tuple[str, str], str] = {}
    with Tables(written.sources, book.engagement.path) as tables:
        for name in sorted(wanted.intersection(tables.names)):
            with contextlib.suppress(InputError):
                known |= {(name, each.name): each.type for each in tables.open(name).columns}
    return known


def _unplaced(model: DimensionalModel, known: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    """Say which columns stand in none of the sources that are known: dbt will not find them."""
    from decom_nb.phases.modeling.review.source import looked_up

    columns: dict[str, set[str]] = {}
    for table, column in known:
        columns.setdefault(table.rpartition(".")[2].casefold(), set()).add(column.casefold())
    told = (row for holds, row in looked_up(model, columns) if holds is False)
    return tuple(f"{row['table']}.{row['column']} is taken from {row['source']}: {row['because']}" for row in told)


def _of_dbt(dbt: Dbt | None) -> dict[tuple[str, str], str]:
    """Give the columns of a project's models and sources without their types, which are an engine's own, not DuckDB's."""
    if dbt is None:
        return {}
    called = {each.key: each.name for each in (*dbt.models, *dbt.sources)}
    return {(called[each.key], column): "" for each in dbt.catalog if each.key in called for column, _ in each.columns}


def _said(how: Any, *given: Any) -> Any:
    """Give what a generator of SQL says; what an engine has no word for is a mistake of whoever asked for it."""
    from decom_nb.sql.dialect import NotSayable

    try:
        return how(*given)
    except NotSayable as error:
        what, hint = str(error), "say another data_type in documents/dimensional_model.yaml"
        raise InputError(Mistake("documents/dimensional_model.yaml", 0, "data_type", what, hint)) from None


def _model(book: Book) -> DimensionalModel:
    model: DimensionalModel | None = book.documents.get("dimensional_model")
    if model is None or not (model.fact_tables or model.dimensions):
        path = book.engagement.documents_path / "dimensional_model.yaml"
        what, hint = (
            "there is no dimensional model",
            "fill in documents/dimensional_model.yaml, or draft it from tables",
        )
        raise InputError(Mistake(str(path), 0, "", what, hint))
    return model


def _years(text: str) -> tuple[int, int]:
    """Read a range of years.

    >>> _years("2015-2035"), _years("2020")
    ((2015, 2035), (2020, 2020))
    """
    first, _, last = text.replace(" ", "").partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        raise InputError(Mistake("", 0, "--years", f"{text} is no range of years", "two years, such as 2015-2035"))
    return int(first), int(last or first)
