"""``decom pipelines check``: what of the rules holds for pipelines' designs, all of them or one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.option import FailOn
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from datetime import datetime

    from decom_nb.book import Book
    from decom_nb.finding import Finding
    from decom_nb.phases.pipelines.pipeline import Pipeline
    from decom_nb.supply import Supply

Chosen = Annotated[
    str, typer.Option("--pipeline", help="one pipeline, by its name or its file's; else all", show_default=False)
]


def check(
    context: typer.Context,
    folder: Dir,
    pipeline: Chosen = "",
    fail_on: FailOn = None,
    as_json: Json = False,
) -> None:
    """Hold pipelines' designs against the rules: what contradicts itself, and what cannot be run again without harm."""
    from datetime import UTC, datetime

    from decom_nb.phases.pipelines.design import design_row, designs
    from decom_nb.room_check import judged, tell

    book: Book = context.obj(folder)
    chosen = sound_pipelines(book, pipeline)
    found = judged("decom_nb.phases.pipelines", _supply(book.replace(pipeline=chosen), datetime.now(UTC)))
    rows = [design_row(each) for each in designs(chosen)]
    out = Out(as_json)
    columns = ("pipeline", "tier", "reads", "tree says", "writes", "reasons say", "can be run again")
    out.table(columns, [_line(row) for row in rows], whole=("pipeline",))
    out.line()
    tell(out, found, {"pipelines": rows}, fail_on, _words)


def _words(finding: Finding) -> Iterator[str]:
    said = {"false": "no", "error": "could not be run", "not_known": "not known"}[finding.outcome]
    yield f"{finding.title} ({finding.rule}, {finding.severity}): {said}"
    for row in finding.evidence or ({"says": finding.message},):
        yield ": ".join(str(value) for value in row.values())


def sound_pipelines(book: Book, name: str) -> tuple[Pipeline, ...]:
    """Give the pipelines of that name, else all; `InputError` with what is wrong in any pipeline's document."""
    if wrong := [each for each in book.mistakes() if "/pipeline/" in each.file.replace("\\", "/")]:
        raise InputError(wrong)
    return chosen_pipelines(book, name)


def chosen_pipelines(book: Book, name: str) -> tuple[Pipeline, ...]:
    """Give the pipelines of that name, by its runs' or its file's; all where none is named. `InputError` where there is none."""
    there: tuple[Pipeline, ...] = book.documents["pipeline"] or ()
    if not there:
        place = str(book.engagement.documents_path / "pipeline")
        raise InputError(Mistake(place, 0, "", "no pipeline is described", "begin documents/pipeline/NAME.yaml"))
    found = tuple(each for each in there if name in ("", each.instance, each.called))
    if not found:
        from decom_nb.suggest import instead

        known = sorted({each.called for each in there})
        raise InputError(Mistake("", 0, "--pipeline", f"there is no pipeline {name}", instead(name, known)))
    return found


def _supply(book: Book, now: datetime) -> Supply:
    """Give what the room's rules ask for: of all evidence the proofs of loads only, so that no other is collected."""
    from decom_nb.evidence.collect import collect
    from decom_nb.phase import Phase
    from decom_nb.supply import Supply

    room = Phase("decom_nb.phases.pipelines")
    proofs = book.engagement.evidence_path / "proofs"
    given = {**book.documents, "today": now.date(), "deliverables": book.deliverables}
    given |= collect([proofs], book.engagement.path).values if proofs.is_dir() else {}
    return Supply(given, {**room.readers, **room.measures})


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    again = {"holds": "yes", "broken": "no", "open": "not known"}[row["repeatable"]["how"]]
    tree = row["extraction"]["recommends"] or f"open: {row['extraction']['open']}"
    return (
        row["pipeline"],
        str(row["tier"] or ""),
        row["extraction_said"] or "not said",
        tree,
        row["load_said"] or "not said",
        " or ".join(row["load_recommended"]) or "not known",
        again,
    )
