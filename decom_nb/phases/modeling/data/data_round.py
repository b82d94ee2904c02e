"""One round of checks of the written model: from the engagement to a file of evidence. The command and the button call it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from decom_nb.errors import InputError, Mistake
from decom_nb.evidence import own_file
from decom_nb.evidence.model_checks import ModelCheck
from decom_nb.evidence.tables import TableSource
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.wording import counted

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.engagement import Engagement
    from decom_nb.phases.modeling.data.data_check import Step

FOLDER = "models"
"""Where under an engagement's evidence checks are kept."""


def checked(
    engagement: Engagement,
    model: DimensionalModel | None,
    sources: Sequence[TableSource],
    step: Step | None = None,
) -> ModelCheck:
    """Hold the written model against the tables; raises `InputError` where there is no model or no table."""
    from decom_nb.evidence.tables import Tables
    from decom_nb.phases.modeling.data.data_check import held_against

    path = engagement.document_path(DimensionalModel)
    mistakes = []
    if model is None or not (model.fact_tables or model.dimensions):
        what, hint = "no dimensional model is written yet", "have one drafted: decom modeling draft DIR --write"
        mistakes.append(Mistake(str(path), 0, "", what, hint))
    if not sources:
        what, hint = "no table is at hand", "name tables in documents/table_sources.yaml, or copy them to evidence/"
        mistakes.append(Mistake(str(engagement.documents_path / "table_sources.yaml"), 0, "sources", what, hint))
    if mistakes or model is None:
        raise InputError(mistakes)
    started = time.monotonic()
    with Tables(sources, engagement.path) as tables:
        found = held_against(model, tables, step)
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
    return ModelCheck(
        taken_at=datetime.now(UTC), document_sha256=digest, seconds=round(time.monotonic() - started, 3), checked=found
    )


def of_book(book: Book) -> Book:
    """Check the model of a book, keep that as evidence, and give the book with it."""
    from decom_nb.evidence.collect import collect
    from decom_nb.evidence.tables import combined, sources_in

    lying = collect(book.engagement.evidence_pointers(), book.engagement.path, only=("tables",)).values
    written = book.documents.get("table_sources")
    sources = combined(written.sources if written else (), sources_in(lying.get("tables")))
    keep(checked(book.engagement, book.documents[DimensionalModel.name], sources), book.engagement.evidence_path)
    return book.recollected()


def keep(check: ModelCheck, evidence: Path) -> Path:
    """Write a check as evidence, under the moment it was taken."""
    return own_file.keep(check, check.taken_at, evidence / FOLDER)


def summary(check: ModelCheck) -> str:
    """Say what a check came to.

    >>> summary(ModelCheck(taken_at=datetime(2026, 1, 1), seconds=0, checked=()))
    '0 things of the model were asked of the data: 0 hold, 0 are broken, 0 could not be told.'
    """
    verdicts = [each.verdict for each in check.checked]
    things = counted(len(verdicts), "thing")
    held, broken, open_ = (verdicts.count(each) for each in ("holds", "broken", "not_known"))
    verb = "was" if len(verdicts) == 1 else "were"
    return (
        f"{things} of the model {verb} asked of the data: {held} hold, {broken} are broken, {open_} could not be told."
    )
