"""The verb ``decom modeling draft``. `commands.py` puts it among the room's verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.phases.modeling.source_option import DdlDialect, From, known_dialect
from decom_nb.terminal import Dir, Json, Out
from decom_nb.wording import counted

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.phases.modeling.draft.gathered import Places
    from decom_nb.phases.modeling.draft.reason import Draft, Reason

SHOWN = 80
"""Proposals after which a person is shown no further table; --all and --json have every one."""
_MATTERS = ("table", "grain", "natural key", "foreign key", "measure", "hierarchy", "SCD type")
"""Kinds of proposals that are shown without --all."""


def draft(
    context: typer.Context,
    folder: Dir,
    source: From = None,
    dialect: DdlDialect = "",
    everything: Annotated[bool, typer.Option("--all", help="show every proposal, and what was left out")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="save it as documents/dimensional_model.yaml, or beside one that is there")
    ] = False,
    as_json: Json = False,
) -> None:
    """Draft a dimensional model from what exists: facts, dimensions, grain, measures, keys and levels, each with its evidence.

    Tables are only read. What is proposed is for a person to correct: `decom lab DIR` shows it in a form.
    """
    from decom_nb.phases.modeling.draft.draft_file import keep
    from decom_nb.phases.modeling.draft.drafted import drafted, summary
    from decom_nb.phases.modeling.draft.gathered import gathered, of_files

    known_dialect(dialect)
    book: Book = context.obj(folder)
    places = of_files(source) if source else _of_book(book)
    with gathered(places, dialect) as (seen, asking, notes):
        made = drafted(seen, asking, notes=notes)
    kept = keep(book.engagement, made.model) if write else None
    out = Out(as_json)
    told: dict[str, Any] = made.row()
    if kept:
        told["written"] = {"file": str(kept.path), "outcome": kept.outcome, "is_the_model": kept.is_document}
    out.data(told)
    _print(out, made, everything)
    out.line(summary(made))
    if kept and kept.is_document:
        out.line(f"The model: {kept.path}. Correct it in the form: decom lab {folder}")
    elif kept:
        out.line(f"{book.engagement.document_path(type(made.model))} has tables already and stays as it is; the draft lies in "
                 f"{kept.path}")  # fmt: skip


def _of_book(book: Book) -> Places:
    from decom_nb.evidence.collect import collect
    from decom_nb.phases.modeling.draft.gathered import of_engagement

    lying = collect(book.engagement.evidence_pointers(), book.engagement.path, only=("tables", "dbt")).values
    return of_engagement(book.engagement, book.documents.get("table_sources"), lying.get("tables"), lying.get("dbt"))


def _print(out: Out, made: Draft, everything: bool) -> None:
    """Print each table with what is proposed of it; what is told of and not drafted stands in brackets."""
    by_table: dict[str, list[Reason]] = {}
    names = sorted((str(each["table"]) for each in made.tables), key=len, reverse=True)
    for each in made.reasons:
        table = next(
            (name for name in names if each.subject == name or each.subject.startswith(f"{name}.")), each.subject
        )
        by_table.setdefault(table, []).append(each)
    printed, shown = 0, 0
    for told in made.tables:
        if printed >= SHOWN and not everything:
            break
        table, shown = str(told["table"]), shown + 1
        rows = "" if told["rows"] is None else f", {counted(told['rows'], 'row')}"
        out.line(f"{table} → {told['drafted_as']}{rows}", "bold")
        for reason in by_table.get(table, ()):
            if everything or reason.what in _MATTERS:
                out.line(_line(table, reason))
                printed += 1
    if shown < len(made.tables):
        out.line(f"… and {len(made.tables) - shown:,} more of {len(made.tables):,} tables; all with --all or --json.")
    out.line()
    for note in made.notes:
        out.line(f"Not read: {note}", "yellow")


def _line(table: str, reason: Reason) -> str:
    about = reason.subject.removeprefix(f"{table}.") if reason.subject != table else ""
    proposed = f"{about} → {reason.proposed}" if about else reason.proposed
    if not reason.drafted:
        proposed = f"({proposed})"
    return f"  {reason.what}: {proposed} [{reason.confidence}] {reason.because}"
