"""The verb ``decom modeling lint``. `commands.py` puts it among the room's verbs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.modeling.source_option import DdlDialect, From, known_dialect
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.phases.modeling.naming.lint import Linted
    from decom_nb.phases.modeling.naming.named import NamedTable

SHOWN = 40
"""How many findings a person is shown."""


def lint(
    context: typer.Context,
    folder: Dir,
    source: From = None,
    dialect: DdlDialect = "",
    renames: Annotated[
        bool, typer.Option("--renames", help="print the renames as SQL, of --dialect or else DuckDB's")
    ] = False,
    views: Annotated[bool, typer.Option("--views", help="with --renames: views that keep the old names")] = False,
    as_json: Json = False,
) -> None:
    """Hold names of tables and columns to the conventions, and propose corrected ones.

    Without --from the names are those of dbt's models, of the dimensional model and of the tables in table_sources.
    """
    from decom_nb.phases.modeling.naming.naming_measure import summary
    from decom_nb.phases.modeling.naming.rename import dbt_hints, rename_script
    from decom_nb.phases.modeling.naming.rename import renames as renamed
    from decom_nb.sql.script_text import script_text

    book = context.obj(folder)
    found, unread = linted(book, source or (), dialect)
    told: dict[str, Any] = {**summary(found), "told": found.classified(), "unread": unread}
    script = hints = None
    if renames or views:
        script = rename_script(renamed(found), dialect or "duckdb", views=views)
        hints = dbt_hints(renamed(found))
        told["renames"] = [step.sql for step in script.steps]
        told["dbt"] = hints
    out = Out(as_json)
    out.data(told)
    if script is not None:
        for line in script_text(script).splitlines() if script.blocks else ():
            out.line(line)
        for hint in hints or ():
            out.line(f"{hint['file']}: {hint['write']}")
        return
    rows = told["rows"]
    for each in rows[:SHOWN]:  # two lines each, and no table: names and places are copied, and never cut
        kind = f" ({each['type']})" if each["type"] else ""
        out.line(f"{each['name']}{kind} → {each['proposed'] or 'not told'}", "bold")
        place = f"{each['file']}:{each['line']}" if each["line"] else each["file"]
        out.line("  " + "; ".join(part for part in (each["missing"], each["convention"], place) if part))
    if len(rows) > SHOWN:
        out.line(f"… and {len(rows) - SHOWN:,} more; --json has them all.")
    of_all = f"{told['total']:,} of {told['judged']:,} names that a convention is about"
    out.line(f"{of_all} do not follow it, in {told['tables']:,} tables.")
    if found.layer_not_told:
        out.line(f"Of {len(found.layer_not_told):,} tables no layer is told, so their own names are not judged.")
    if found.type_not_told:
        out.line(f"Of {found.type_not_told:,} columns no type is told: only their words could be judged.")
    for each in unread[:SHOWN]:
        out.line(f"not read: {each['file']}:{each['line']}: {each['what']}", "yellow")


def linted(book: Book, sources: list[Path] | tuple[Path, ...], dialect: str) -> tuple[Linted, list[dict[str, Any]]]:
    """Lint what is asked for; what cannot be read of it is told beside."""
    from datetime import UTC, datetime

    from decom_nb.phases.modeling.naming.lint import lint as held
    from decom_nb.phases.modeling.naming.reading import first_told, of_dbt, of_model

    naming = book.documents.get("naming")
    unread: list[dict[str, Any]] = []
    tables: list[NamedTable] = []
    if sources:
        for path in sources:
            read, wrong = _file(path, dialect)
            tables += read
            unread += wrong
        return held(tables, naming), unread
    supply = book.supply(datetime.now(UTC).date())
    dbt, model = supply.get("dbt"), supply.get("dimensional_model")
    told = [*(of_dbt(dbt) if dbt else ()), *(of_model(model) if model else ())]
    live, wrong = _live(book)
    if not told and not live and not wrong:
        what = "no dbt manifest, no dimensional model and no table sources were found"
        raise InputError(Mistake("", 0, "", what, "point at a file with --from"))
    return held(first_told([*told, *live]), naming), wrong


def _file(path: Path, dialect: str) -> tuple[tuple[NamedTable, ...], list[dict[str, Any]]]:
    from decom_nb.phases.modeling.naming.reading import read_file

    if not path.exists():
        raise InputError(Mistake(str(path), 0, "--from", "there is no such file", "name a file of DDL or a database"))
    known_dialect(dialect)
    return read_file(path, str(path), dialect)


def _live(book: Book) -> tuple[tuple[NamedTable, ...], list[dict[str, Any]]]:
    """Read the tables that the engagement points to."""
    from decom_nb.evidence.tables import Tables
    from decom_nb.phases.modeling.naming.reading import of_tables

    written = book.documents.get("table_sources")
    if written is None or not written.sources:
        return (), []
    unread, found = [], []
    with Tables(written.sources, book.engagement.path) as tables:
        for name in tables.names:
            try:
                found.append(tables.open(name))
            except InputError as error:
                unread += [{"file": each.file, "line": each.line, "what": each.what} for each in error.mistakes]
        unread += [{"file": each.file, "line": each.line, "what": each.what} for each in tables.mistakes]
    return of_tables(found), unread
