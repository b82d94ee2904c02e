"""A proof is of one load: when the document or what is generated from it changes, it says so and judges nothing any more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from decom_nb.evidence.load_proofs import LoadProof, LoadProofs, ScenarioProof
from decom_nb.phases.pipelines import law
from decom_nb.phases.pipelines.load.script import script
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.phases.pipelines.proof import outdated as module
from decom_nb.phases.pipelines.proof.document_sum import document_sum
from decom_nb.phases.pipelines.proof.outdated import outdated
from decom_nb.phases.pipelines.proof.rows import proven_loads
from decom_nb.phases.pipelines.proof.view import proofs
from decom_nb.proof.prove import sum_of

DOCUMENT: dict[str, Any] = {
    "pipeline": "load_orders",
    "columns": [{"name": "order_id", "data_type": "BIGINT"}, {"name": "status", "data_type": "VARCHAR"}],
    "extract": {"source_table": "shop.orders", "strategy": "full", "natural_keys": ["order_id"]},
    "load": {"target_table": "raw.orders", "strategy": "merge", "merge_keys": ["order_id"]},
}


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline.model_validate(DOCUMENT)


def proof(pipeline: Pipeline, **more: Any) -> LoadProof:
    made: dict[str, Any] = {
        "taken_at": datetime(2026, 10, 30, tzinfo=UTC),
        "pipeline": "load_orders",
        "dialect": "duckdb",
        "engine": "DuckDB 1.5.5",
        "script_sha256": sum_of(script(pipeline, "duckdb")),
        "document_sha256": document_sum(pipeline),
        "passed": True,
        "scenarios": (ScenarioProof(name="twice", title="Twice in a row", outcome="held", loads=2),),
        "seconds": 0.1,
    }
    return LoadProof(**made | more)


def test_only_a_change_of_document_or_load_outdates_a_proof(pipeline: Pipeline) -> None:
    assert outdated(proof(pipeline), pipeline) == ""
    assert outdated(proof(pipeline, script_sha256="0" * 64), pipeline) == "load"
    assert outdated(proof(pipeline, document_sha256="0" * 64), pipeline) == "document"
    assert outdated(proof(pipeline, origin="load.sql", script_sha256="0" * 64), pipeline) == ""
    assert outdated(proof(pipeline, document_sha256="", script_sha256="0" * 64), pipeline) == ""
    assert outdated(proof(pipeline), None) == ""
    soft = Pipeline.model_validate(DOCUMENT | {"load": DOCUMENT["load"] | {"strategy": "upsert"}})
    assert outdated(proof(pipeline), soft) == "document"


def test_a_load_is_written_again_once(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = proof(pipeline)
    outdated(kept, pipeline)
    monkeypatch.setattr("decom_nb.phases.pipelines.load.script.script", lambda *_: pytest.fail("written again"))
    assert outdated(kept, pipeline) == ""
    module._script_sum.cache_clear()


def test_the_law_and_the_page_say_which_of_both_it_was(pipeline: Pipeline) -> None:
    older = LoadProofs((proof(pipeline, script_sha256="0" * 64),))
    verdict = law.proof_of(pipeline, older)
    assert verdict == law.untold(verdict.says)
    assert "older version of its load" in verdict.says
    assert law.proof_of(pipeline, LoadProofs((proof(pipeline),))) == law.HOLDS
    rows = proven_loads(older, (pipeline,))
    assert [(each["stale"], each["changed_since"]) for each in rows["proofs"]] == [(True, "load")]
    page = proofs(rows)._repr_html_()
    assert "older version of the load" in page
    assert "before the document changed" not in page
