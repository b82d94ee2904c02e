"""Proofs as rows, which the audit keeps and the page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decom_nb.evidence.load_proofs import LoadProof, LoadProofs
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.phases.pipelines.proof.outdated import outdated

KEPT = 40
"""How many pipelines' proofs the audit keeps for the page; those that were refuted come first."""


def _row(proof: LoadProof, pipelines: Mapping[str, Pipeline]) -> dict[str, Any]:
    since = outdated(proof, pipelines.get(proof.pipeline))
    return {
        "pipeline": proof.pipeline,
        "origin": proof.origin,
        "dialect": proof.dialect,
        "engine": proof.engine,
        "script_sha256": proof.script_sha256,
        "document_sha256": proof.document_sha256,
        "taken_at": proof.taken_at.isoformat(),
        "passed": proof.passed,
        "stale": bool(since),
        "changed_since": since,
        "says": proof.first_difference.says if proof.first_difference else "",
        "scenarios": [
            {"name": each.name, "title": each.title, "outcome": each.outcome, "loads": each.loads, "note": each.note}
            for each in proof.scenarios
        ],
        "first_difference": proof.first_difference.model_dump() if proof.first_difference else None,
    }


def proven_loads(load_proofs: LoadProofs | None, pipeline: tuple[Pipeline, ...] | None) -> dict[str, Any]:
    """Give what the page shows: proofs by scenario, those that were refuted first, and the pipelines without one."""
    called = {each.called: each for each in pipeline or ()}
    rows = [_row(each, called) for each in (load_proofs.latest.values() if load_proofs else ())]
    rows.sort(key=lambda each: (each["passed"], not each["stale"], each["pipeline"], each["engine"]))
    proven = {each["pipeline"] for each in rows}
    return {
        "total": len(rows),
        "refuted": sum(not each["passed"] for each in rows),
        "stale": sum(each["stale"] for each in rows),
        "unproven": sorted(each for each in called if each not in proven)[:KEPT],
        "proofs": rows[:KEPT],
    }
