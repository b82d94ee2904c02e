"""``decom patterns timing``: how late the rows of a table come, and by which clock its columns are written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.evidence.timings import Timing

EPILOG = "Example: decom patterns timing acme orders --event ordered_at --arrived loaded_at --zone Europe/Berlin"
FOLDER = "timings"
"""Where under an engagement's evidence looks are kept."""


def timing(
    context: typer.Context,
    folder: Dir,
    table: Annotated[str, typer.Argument(help="a table of the engagement", show_default=False)],
    event: Annotated[str, typer.Option(help="the column that says when it happened", show_default=False)] = "",
    arrived: Annotated[str, typer.Option(help="the column that says when the row was there", show_default=False)] = "",
    zone: Annotated[str, typer.Option(help="the zone whose clock may have written them", show_default=False)] = "",
    write: Annotated[bool, typer.Option("--write", help="keep it as evidence, for the audit's rules on time")] = False,
    as_json: Json = False,
) -> None:
    """Measure how late rows come, and hold columns without a zone against the changes of a zone's clocks."""
    from decom_nb.evidence.tables import Tables, combined, sources_in
    from decom_nb.phases.patterns.timing.look import look

    book: Book = context.obj(folder)
    document = book.documents.get("table_sources")
    sources = combined(document.sources if document else (), sources_in(book.evidence.values.get("tables")))
    with Tables(sources, book.engagement.path) as tables:
        found = look(tables, table, event=event, arrived=arrived, zone=zone)
    kept = keep(found, book.engagement.evidence_path) if write else None
    out = Out(as_json)
    out.data({**found.model_dump(mode="json"), "kept": str(kept) if kept else None})
    show(found, out)
    if kept:
        out.line(f"Kept: {kept}")


def keep(found: Timing, evidence: Path) -> Path:
    """Write a look as evidence, under the moment it was taken."""
    from decom_nb.evidence import own_file

    return own_file.keep(found, found.taken_at, evidence / FOLDER)


def show(found: Timing, out: Out) -> None:
    """Say what was found on the terminal."""
    from decom_nb.phases.patterns.timing.timing_rule import said

    if late := found.lateness:
        out.line(
            f"{late.compared:,} of {found.rows:,} rows of {found.table} have both {late.event} and {late.arrived}."
        )
        rows = [(said(each.seconds), f"{each.late:,}") for each in late.windows]
        out.table(("a window of", "leaves late"), rows, right=("leaves late",))
        if late.early:
            out.line(f"{late.early:,} rows arrive before their event: two clocks disagree.", "yellow")
        proposed = late.proposed_seconds
        out.line(
            f"Proposed window: {said(proposed)}."
            if proposed
            else "No window tried keeps as many rows as are asked for."
        )
    for each in found.clocks:
        out.line(each.says)
