"""What a person starts in the notebook: have a model drafted from what exists, hold the written one against the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from decom_nb.engagement import Engagement
from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.tables import FoundTables, combined, sources_in
from decom_nb.phase import Cancelled, Report
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.draft.draft_view import draft_view
from decom_nb.view import View

if TYPE_CHECKING:
    from decom_nb.phases.modeling.draft.from_tables import Step


def draft_model(
    table_sources: Any | None,
    tables: FoundTables | None,
    dbt: Dbt | None,
    engagement: Engagement,
    report: Report,
    cancelled: Cancelled,
    *,
    write: bool = False,
) -> View | str:
    """Draft a dimensional model from the tables, the DDL or the dbt project that are at hand, each proposal with its evidence.

    With `write` it becomes the model, while there is none; a model that people wrote stays, and the draft lies beside it.
    """
    from decom_nb.phases.modeling.draft.draft_file import keep
    from decom_nb.phases.modeling.draft.drafted import drafted
    from decom_nb.phases.modeling.draft.gathered import gathered, of_engagement

    places = of_engagement(engagement, table_sources, tables, dbt)
    try:
        with gathered(places, step=_step(report, cancelled, 0.0, 0.4)) as (seen, asking, notes):
            made = drafted(seen, asking, notes=notes, step=_step(report, cancelled, 0.4, 1.0))
    except _StoppedError:
        return "Stopped; nothing was kept."
    return draft_view(made, keep(engagement, made.model) if write else None)


def check_model_on_data(
    dimensional_model: DimensionalModel | None,
    table_sources: Any | None,
    tables: FoundTables | None,
    engagement: Engagement,
    report: Report,
    cancelled: Cancelled,
) -> str:
    """Hold the written model against the tables: is the grain unique, do levels lie within each other, are keys found.

    What is found is kept as evidence, and the findings below follow it.
    """
    from decom_nb.phases.modeling.data.data_round import checked, keep, summary

    sources = combined(table_sources.sources if table_sources else (), sources_in(tables))
    try:
        found = checked(engagement, dimensional_model, sources, _step(report, cancelled, 0.0, 1.0))
    except _StoppedError:
        return "Stopped; nothing was kept."
    kept = keep(found, engagement.evidence_path)
    return f"{summary(found)} Kept as {kept.relative_to(engagement.path).as_posix()}."


class _StoppedError(Exception):
    """Somebody stopped what takes long."""


def _step(report: Report, cancelled: Cancelled, start: float, end: float) -> Step:
    """Give what moves the bar within a stretch of it, and stops where somebody wishes that."""

    def step(done: float, what: str) -> None:
        if cancelled():
            raise _StoppedError
        report(start + (end - start) * done, what)

    return step


ACTIONS = (draft_model, check_model_on_data)
