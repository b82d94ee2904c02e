"""What a person starts in the notebook: the proof of loads, by running them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from decom_nb.engagement import Engagement
from decom_nb.phase import Cancelled, Choices, Report
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.phases.pipelines.proof import view as proof_view
from decom_nb.view import View

ALL = "all pipelines"
"""Chooses every pipeline."""


def described(pipeline: tuple[Pipeline, ...]) -> list[str]:
    """Give the pipelines that a load can be made for, by name."""
    return [ALL, *sorted(each.called for each in pipeline)] if pipeline else []


def prove_loads(
    pipeline: tuple[Pipeline, ...],
    engagement: Engagement,
    report: Report,
    cancelled: Cancelled,
    *,
    chosen: Annotated[str, Choices(described)] = ALL,
) -> View | str:
    """Run generated loads in memory: twice, late, doubled, changed, killed at every statement. The proofs become evidence."""
    from decom_nb.evidence.load_proofs import LoadProofs
    from decom_nb.phases.pipelines.proof.proving import generated, keep, proven
    from decom_nb.phases.pipelines.proof.rows import proven_loads
    from decom_nb.proof.in_duckdb import InDuckDB

    wanted = [each for each in pipeline if chosen in (ALL, each.called)]
    made = proven(generated(wanted, "duckdb"), InDuckDB, datetime.now(UTC), report, cancelled)
    for each in made:
        keep(each, engagement.evidence_path)
    if not made:
        return "Stopped; nothing was kept."
    return proof_view.proofs(proven_loads(LoadProofs(tuple(made)), tuple(wanted)))


ACTIONS = (prove_loads,)
