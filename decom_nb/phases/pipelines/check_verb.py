"""``decom pipelines check``: what of the rules holds for pipelines' designs, all of them or one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from decom_nb.errors import GateFailed, InputError, Mistake
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from datetime import datetime

    from decom_nb.book import Book
    from decom_nb.finding import Finding
    from decom_nb.phases.pipelines.pipeline import Pipeline

Chosen = Annotated[
    str, typer.Option("--pipeline", help="one pipeline, by its name or its file's; else all", show_default=False)
]
_STYLES = {"false": "red", "error": "bold red", "not_known": "yellow"}


def check(
    context: typer.Context,
    folder: Dir,
    pipeline: Chosen = "",
    fail_on: Annotated[
        Literal["critical", "high", "medium", "low"] | None,
        typer.Option(
            help="exit 1 if a rule of this severity or worse does not hold or failed to run", show_default=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold pipelines' designs against the rules: what contradicts itself, and what cannot be run again without harm."""
    from datetime import UTC, datetime

    from decom_nb.phases.pipelines.design import design_row, designs

    book: Book = context.obj(folder)
    if wrong := [each for each in book.mistakes() if "/pipeline/" in each.file.replace("\\", "/")]:
        raise InputError(wrong)
    chosen = chosen_pipelines(book, pipeline)
    found = _findings(book.replace(pipeline=chosen), datetime.now(UTC))
    rows = [design_row(each) for each in designs(chosen)]
    failures = _failures(found, fail_on)
    out = Out(as_json)
    told = [each.model_dump(mode="json", exclude={"points", "waived", "phase"}) for each in found]
    out.data({"pipelines": rows, "findings": told, "gate": failures})
    columns = ("pipeline", "tier", "reads", "tree says", "writes", "reasons say", "can be run again")
    out.table(columns, [_line(row) for row in rows], whole=("pipeline",))
    out.line()
    for each in sorted(
        found, key=lambda each: ("false", "error", "not_known").index(each.outcome) if each.outcome in _STYLES else 9
    ):
        if each.outcome in _STYLES:
            out.line(f"{each.title} ({each.rule}, {each.severity}): {_WORDS[each.outcome]}", _STYLES[each.outcome])
            for row in each.evidence or [{"says": each.message}]:
                out.line("  " + ": ".join(str(value) for value in row.values()))
            if each.outcome == "false":
                out.line(f"  To do: {each.remedy}")
    held = sum(each.outcome == "true" for each in found)
    idle = sum(each.outcome == "not_applicable" for each in found)
    out.line(f"{held} of {len(found)} rules hold; {idle} have nothing to judge here.")
    if failures:
        raise GateFailed("\n".join(failures))


_WORDS = {"false": "no", "error": "could not be run", "not_known": "not known"}


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


def _findings(book: Book, now: datetime) -> list[Finding]:
    """Run the room's rules; of all evidence they ask for the proofs of loads only, so that no other is collected."""
    from decom_nb.evidence.collect import collect
    from decom_nb.phase import Phase
    from decom_nb.rule import run
    from decom_nb.supply import Supply

    room = Phase(__name__.rpartition(".")[0])
    proofs = book.engagement.evidence_path / "proofs"
    given = {**book.documents, "today": now.date(), "deliverables": book.deliverables}
    given |= collect([proofs], book.engagement.path).values if proofs.is_dir() else {}
    return run(room.rules, Supply(given, {**room.readers, **room.measures}), {})


def _failures(found: list[Finding], fail_on: str | None) -> list[str]:
    from decom_nb.finding import SEVERITIES

    worst = SEVERITIES[: list(SEVERITIES).index(fail_on) + 1] if fail_on else ()  # type: ignore[arg-type]  # one of them
    return [
        f"{each.rule} ({each.severity}): {each.message}"
        for each in found
        if each.outcome in ("false", "error") and each.severity in worst
    ]


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
