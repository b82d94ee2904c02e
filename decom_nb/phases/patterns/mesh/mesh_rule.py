"""What must hold of a data mesh; `rules.py` takes the rules from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.contract.model import Contract
from decom_nb.decide import Decision
from decom_nb.evidence.dbt import Dbt
from decom_nb.finding import Finding, false, not_applicable, not_known, true
from decom_nb.phases.patterns.mesh.mesh_claim import claims
from decom_nb.phases.patterns.mesh.mesh_document import DataMesh
from decom_nb.rule import rule
from decom_nb.wording import counted, listed

QUESTION = "patterns.data_mesh"
MESH = "Data mesh"

_WANTED = ("planned", "being built", "running")
_STANDS = ("being built", "running")


@rule
def mesh_fits_where_it_is_planned(data_mesh: DataMesh, decisions: Mapping[str, Decision]) -> Finding:
    """No data mesh is planned or built where the facts rule one out."""
    if data_mesh.state is None:
        return not_known("Nobody said how far a data mesh has come here.")
    if data_mesh.state not in _WANTED:
        return not_applicable(f"A data mesh is {data_mesh.state}.")
    decision = decisions[QUESTION]
    against = decision.option(MESH).disqualified
    if not against:
        return true(f"The mesh is {data_mesh.state}, and nothing rules one out; recommended: {decision.said}.")
    rows = [{"against": text} for text in against]
    return false(f"The mesh is {data_mesh.state}, though {counted(len(rows), 'fact')} rule one out.", rows=rows)


@rule
def mesh_principles_are_in_place(data_mesh: DataMesh, mesh_readiness: Mapping[str, Any]) -> Finding:
    """A data mesh that stands rests on all four of its principles."""
    if data_mesh.state is None:
        return not_known("Nobody said how far a data mesh has come here.")
    if data_mesh.state not in _STANDS:
        return not_applicable(f"A data mesh is {data_mesh.state}.")
    principles = mesh_readiness["principles"]
    weak = [row for row in principles if row["level"] != "in place"]
    rows = [
        {
            "principle": row["title"],
            "statement": each["statement"],
            "said": each["said"] or "not answered",
            "remedy": each["remedy"],
        }
        for row in weak
        for each in row["statements"]
        if each["said"] != "yes"
    ]
    if not weak:
        return true(f"All {len(principles)} principles are in place.")
    share = 1 - len(weak) / len(principles)
    if all(row["level"] is None for row in weak):
        return not_known(f"Too little is answered of {listed([row['title'].lower() for row in weak])}.")
    lacking = [row["title"].lower() for row in weak if row["level"]]
    message = (
        f"The mesh is {data_mesh.state}; of {len(principles)} principles these are not in place: {listed(lacking)}."
    )
    return false(message, met=share, rows=rows)


@rule
def mesh_claims_agree_with_evidence(
    data_mesh: DataMesh, dbt: Dbt | None, contract: Sequence[Contract] | None, *, least_share: float
) -> Finding:
    """What is claimed of a data mesh is borne out by what can be counted."""
    held = [
        {**row, "share": row["found"] / row["of"]}
        for row in claims(data_mesh, dbt, contract or ())
        if row["said"] == "yes"
    ]
    if not held:
        return not_applicable("Nothing is claimed that evidence could be held against.")
    rows = [row for row in held if row["share"] < least_share]
    if not rows:
        return true(f"Evidence bears out {counted(len(held), 'claim')}.", rows=held)
    told = listed([f"{row['found']} of {row['of']} {row['evidence']}" for row in rows])
    message = f"{len(rows)} of {counted(len(held), 'claim')} stand against what is counted: {told}."
    return false(message, met=1 - len(rows) / len(held), rows=rows)
