"""The verb ``decom modeling draft``. `commands.py` puts it among the room's verbs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.phases.modeling.draft.gathered import Places
    from decom_nb.phases.modeling.draft.reason import Draft

SHOWN = 60
"""Proposals that a person is shown of a draft; --all and --json have every one."""
_MATTERS = ("table", "grain", "natural key", "foreign key", "measure", "hierarchy", "SCD type")
"""Kinds of proposals that are shown without --all."""


def draft(
    context: typer.Context,
    folder: Dir,
    source: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            help="instead of what the engagement points to: a table, a database, DDL, dbt artifacts, or a folder of them",
            show_default=False,
        ),
    ] = None,
    dialect: Annotated[
        str, typer.Option(help="whose SQL a file of DDL is; guessed if left out", show_default=False)
    ] = "",
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

    _known_dialect(dialect)
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


def _known_dialect(dialect: str) -> None:
    if not dialect:
        return
    from sqlglot.dialects.dialect import Dialects

    from decom_nb.suggest import instead

    known = [each.value for each in Dialects if each.value]
    if dialect not in known:
        raise InputError(Mistake("", 0, "--dialect", f"{dialect} is not known", instead(dialect, known)))


def _print(out: Out, made: Draft, everything: bool) -> None:
    columns = ("table", "drafted as", "rows", "sure", "because")
    why = {each.subject: each.because for each in made.reasons if each.what == "table"}
    rows = [
        (
            each["table"],
            each["drafted_as"],
            "" if each["rows"] is None else f"{each['rows']:,}",
            each["confidence"],
            why.get(str(each["table"]), ""),
        )
        for each in made.tables
    ]
    out.table(columns, rows, right=("rows",))
    out.line()
    chosen = [
        each
        for each in made.reasons
        if everything
        or (each.what in _MATTERS and each.what != "table" and (each.drafted or each.what != "foreign key"))
    ]
    shown = chosen if everything else chosen[:SHOWN]
    out.table(
        ("about", "what", "proposed", "sure", "because"),
        [
            (each.subject, each.what, _said(each.proposed, each.drafted), each.confidence, each.because)
            for each in shown
        ],
    )
    if len(chosen) > len(shown):
        out.line(f"… and {len(chosen) - len(shown):,} more; all with --all or --json.")
    out.line()
    for each in made.notes:
        out.line(f"Not read: {each}", "yellow")


def _said(proposed: str, drafted: bool) -> str:
    return proposed if drafted else f"({proposed})"
