"""``decom modeling check``: the dimensional model against the rules, and against data where there is some."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.option import FailOn
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.finding import Finding

WIDE = 96
"""Letters of a line of a row, before it goes on in the next."""
SHOWN = 10
"""How many rows of a finding are printed; --json has them all."""


def check(
    context: typer.Context,
    folder: Dir,
    fail_on: FailOn = None,
    data: Annotated[
        bool,
        typer.Option("--data", help="first hold grain, keys and levels against the tables, and keep that as evidence"),
    ] = False,
    as_json: Json = False,
) -> None:
    """Hold the dimensional model to its rules: grain, measures, keys, joins, history, names, and data where there is some."""
    from datetime import UTC, datetime

    from decom_nb.phases.modeling.model_summary import model_summary
    from decom_nb.room_check import judged, tell

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
    found = judged("decom_nb.phases.modeling", book.supply(datetime.now(UTC).date()))
    tell(Out(as_json), found, {"model": model_summary(model)}, fail_on, _words)


def _row(row: Mapping[str, Any]) -> Iterator[str]:
    """Give a row in lines that a terminal holds, without what it leaves empty; a line of 0 is none."""
    told = (
        f"{key}: {value}"
        for key, value in row.items()
        if value not in (None, "", [], ()) and (key, value) != ("line", 0)
    )
    yield from textwrap.wrap("; ".join(told), WIDE, initial_indent="- ", subsequent_indent="  ", break_long_words=False,
                             break_on_hyphens=False)  # fmt: skip


def _words(finding: Finding) -> Iterator[str]:
    yield f"{finding.message} ({finding.rule}, {finding.severity})"
    if finding.outcome != "false":
        return
    for row in finding.evidence[:SHOWN]:
        yield from _row(row)
    if finding.rows_total > SHOWN:
        yield f"and {finding.rows_total - SHOWN} more"
