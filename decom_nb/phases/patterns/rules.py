"""What must hold of the patterns in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.contract.model import Contract
from decom_nb.decide import Decision
from decom_nb.evidence.dbt import Dbt
from decom_nb.finding import Finding
from decom_nb.phases.patterns.mesh import mesh_finding
from decom_nb.phases.patterns.mesh.mesh_document import DataMesh
from decom_nb.rule import rule


@rule
def mesh_fits_where_it_is_planned(data_mesh: DataMesh, decisions: Mapping[str, Decision]) -> Finding:
    """No data mesh is planned or built where the facts rule one out."""
    return mesh_finding.fits(data_mesh, decisions)


@rule
def mesh_principles_are_in_place(data_mesh: DataMesh, mesh_readiness: Mapping[str, Any]) -> Finding:
    """A data mesh that stands rests on all four of its principles."""
    return mesh_finding.principles_are_in_place(data_mesh, mesh_readiness["principles"])


@rule
def mesh_claims_agree_with_evidence(
    data_mesh: DataMesh, dbt: Dbt | None, contract: Sequence[Contract] | None, *, least_share: float
) -> Finding:
    """What is claimed of a data mesh is borne out by what can be counted."""
    return mesh_finding.claims_agree(data_mesh, dbt, contract or (), least_share=least_share)
