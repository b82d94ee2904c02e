"""What the page shows of proofs: which load stood which scenario, and where a target first was not what it must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.chart import Figure
from decom_nb.phases.pipelines.proof.chart import MOST_LOADS, label, proof_chart, proof_rows
from decom_nb.view import View, render, view
from decom_nb.wording import counted, listed

_ROOM = "decom_nb.phases.pipelines"
_NONE = "No load was proven yet: the button above does it, or decom pipelines prove DIR --write."


def proofs(proven_loads: Mapping[str, Any] | None) -> View:
    """Show each load that was proven against what was tried with it, and the first difference of each that was refuted."""
    if not proven_loads or not proven_loads["proofs"]:
        return view(render(_ROOM, "note.html", text=_NONE))
    shown = proven_loads["proofs"]
    rows = proof_rows(shown)
    refuted = [{**each, "load": label(each)} for each in shown if not each["passed"]]
    said = "Refuted: " + listed(each["load"] for each in refuted) + "." if refuted else "None was refuted."
    told = [{key: row[key] for key in ("load", "scenario", "outcome", "loads", "note")} for row in rows]
    figure = Figure(
        proof_chart(rows),
        "Loads by what was tried with them",
        f"{counted(min(len(shown), MOST_LOADS), 'load')} by scenario. {said}",
        told,
        "✓ held; ✕ refuted; empty: the load does not claim it, so it was not tried.",
    )
    table = render(
        _ROOM,
        "proofs.html",
        lead=_lead(proven_loads),
        refuted=refuted,
        stale=_stale(shown, "document"),
        older=_stale(shown, "load"),
    )
    return view(table, figure)


def _stale(shown: Sequence[Mapping[str, Any]], changed: str) -> list[str]:
    """Give the pipelines of which that changed since they were proven."""
    return sorted({each["pipeline"] for each in shown if each.get("changed_since") == changed})


def _lead(told: Mapping[str, Any]) -> str:
    held = told["total"] - told["refuted"]
    said = f"{held} of {counted(told['total'], 'proven load')} held in all that was tried"
    if told["refuted"]:
        said += f"; {told['refuted']} {'was' if told['refuted'] == 1 else 'were'} refuted"
    if told["unproven"]:
        said += f". Not proven yet: {listed(told['unproven'])}"
    return f"{said}."
