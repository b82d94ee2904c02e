"""What is worked out of pipelines and kept in the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.evidence.load_proofs import LoadProofs
from decom_nb.phases.pipelines.design import Design, design_row, limits
from decom_nb.phases.pipelines.load.written import written_loads
from decom_nb.phases.pipelines.proof.rows import proven_loads


def pipeline_designs(
    designed_pipelines: Sequence[Design],
    load_proofs: LoadProofs | None,
    edited_loads: Mapping[str, Sequence[str]] | None,
) -> dict[str, Any]:
    """Give every pipeline's design beside what its answers recommend, and how many there are; the critical ones come first."""
    found = sorted(designed_pipelines, key=lambda each: (each.pipeline.tier or 9, each.pipeline.called))
    agreement = {
        part: {
            "agree": sum(each is True for each in said),
            "differ": sum(each is False for each in said),
            "open": sum(each is None for each in said),
        }
        for part, said in (
            ("extraction", [each.extraction_agrees for each in found]),
            ("load", [each.load_agrees for each in found]),
        )
    }
    kept = found[: int(limits().pipelines_kept.value)]
    rows = [design_row(each, load_proofs, edited_loads) for each in kept]
    return {"total": len(found), "agreement": agreement, "pipelines": rows}


MEASURES = (
    pipeline_designs,
    proven_loads,
    written_loads,
)
