"""``decom modeling check``: the dimensional model against the rules, and against data where there is some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from decom_nb.errors import GateFailed, InputError, Mistake
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.finding import Finding, Severity


def check(
    context: typer.Context,
    folder: Dir,
    fail_on: Annotated[
        str, typer.Option(help="exit 1 if a rule of this severity or worse does not hold or failed to run")
    ] = "",
    data: Annotated[
        bool,
        typer.Option("--data", help="first hold grain, keys and levels against the tables, and keep that as evidence"),
    ] = False,
    as_json: Json = False,
) -> None:
    """Hold the dimensional model to its rules: grain, measures, keys, joins, history, names, and data where there is some."""
    from decom_nb.finding import SEVERITIES
    from decom_nb.phases.modeling.model_summary import model_summary
    from decom_nb.suggest import instead

    if fail_on and fail_on not in SEVERITIES:
        raise InputError(Mistake("", 0, "--fail-on", f"{fail_on} is no severity", instead(fail_on, SEVERITIES)))
    book: Book = context.obj(folder)
    if wrong := [each for each in book.mistakes() if each.file.endswith("dimensional_model.yaml")]:
        raise InputError(wrong)
    if not (model := book.documents["dimensional_model"]):
        place = str(book.engagement.documents_path / "dimensional_model.yaml")
        hint = "fill it in, or begin with: decom modeling draft DIR --write"
        raise InputError(Mistake(place, 0, "", "no dimensional model is described", hint))
    if data:
        from decom_nb.phases.modeling.data.data_round import of_book

        book = of_book(book)
    found = _findings(book)
    worst = SEVERITIES[: SEVERITIES.index(_severity(fail_on)) + 1] if fail_on else ()
    failures = [
        f"{each.rule} ({each.severity}): {each.message}"
        for each in found
        if each.outcome in ("false", "error") and each.severity in worst
    ]
    out = Out(as_json)
    told = [each.model_dump(mode="json", exclude={"points", "waived", "phase"}) for each in found]
    out.data({"model": model_summary(model), "findings": told, "gate": failures})
    for each in sorted(found, key=lambda each: _ORDER.get(each.outcome, len(_ORDER))):
        _tell(out, each)
    held = sum(each.outcome == "true" for each in found)
    idle = sum(each.outcome == "not_applicable" for each in found)
    out.line(f"{held} of {len(found)} rules hold; {idle} have nothing to judge here.")
    if failures:
        raise GateFailed("\n".join(failures))


_ORDER = {"error": 0, "false": 1, "not_known": 2}
_STYLES = {"false": "red", "error": "bold red", "not_known": "yellow"}
SHOWN = 10
"""How many rows of a finding are printed; --json has them all."""


def _findings(book: Book) -> list[Finding]:
    from datetime import UTC, datetime

    from decom_nb.phase import Phase
    from decom_nb.rule import run

    room = Phase(__name__.rpartition(".")[0])
    return run(room.rules, book.supply(datetime.now(UTC).date()), {})


def _severity(name: str) -> Severity:
    from decom_nb.finding import SEVERITIES

    return next(each for each in SEVERITIES if each == name)


def _tell(out: Out, finding: Finding) -> None:
    if finding.outcome not in _ORDER:
        return
    out.line(f"{finding.message} ({finding.rule}, {finding.severity})", _STYLES[finding.outcome])
    if finding.outcome != "false":
        return
    for row in finding.evidence[:SHOWN]:
        out.line("  " + "  ".join(f"{key}: {value}" for key, value in row.items() if value not in (None, "")))
    if finding.rows_total > SHOWN:
        out.line(f"  and {finding.rows_total - SHOWN} more")
    out.line(f"  To do: {finding.remedy}")
