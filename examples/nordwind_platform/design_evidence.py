"""Holds the engagement's model against its tables and proves its pipelines' loads, the morning after the last extract.

It needs decom_nb itself. What comes out is what was found; only durations, which differ every time, are left out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from decom_nb.document import load
from decom_nb.engagement import Engagement
from decom_nb.evidence.load_proofs import LoadProof
from decom_nb.phases.modeling.data import data_round
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.phases.pipelines.proof import proving
from decom_nb.phases.quality.documents import TableSources
from decom_nb.proof.in_duckdb import InDuckDB

HELD_AT = datetime(2026, 10, 30, 6, 10, tzinfo=UTC)


def make(folder: Path, evidence: Path) -> None:
    """Write what was found below `evidence`: one check of the model, one proof for each pipeline."""
    engagement = Engagement.open(folder)
    sources = load(TableSources, engagement.document_path(TableSources)).sources
    model = load(DimensionalModel, engagement.document_path(DimensionalModel))
    found = data_round.checked(engagement, model, sources)
    data_round.keep(found.model_copy(update={"taken_at": HELD_AT, "seconds": 0}), evidence)
    jobs = proving.generated(engagement.instances(Pipeline), "duckdb")
    for proof in proving.proven(jobs, InDuckDB, HELD_AT):
        proving.keep(_timeless(proof), evidence)


def _timeless(proof: LoadProof) -> LoadProof:
    return proof.model_copy(update={"seconds": 0})
