"""What the decisions of this room ask, answered from the brief's signals and from this room's documents."""

from __future__ import annotations

from typing import Any

from decom_nb import knowledge
from decom_nb.condition import Answer
from decom_nb.decide.reading import Reading
from decom_nb.phases.patterns.connector.capture_document import Capture
from decom_nb.phases.patterns.mesh.mesh_document import DataMesh
from decom_nb.phases.patterns.mesh.readiness import TABLES, readiness


def answers(brief: Any | None, data_mesh: DataMesh | None, capture: Capture | None = None) -> dict[str, Answer]:
    """Give every answer of the room's answer sheet by name; None where nobody answered."""
    return {name: reading.value for name, reading in readings(brief, data_mesh, capture).items()}


def readings(brief: Any | None, data_mesh: DataMesh | None, capture: Capture | None = None) -> dict[str, Reading]:
    """Give every answer of the room's answer sheet with where it comes from; `brief` is the architecture's document."""
    levels = {row["principle"]: row["level"] for row in readiness(data_mesh)}
    groups = {"brief": getattr(brief, "signals", None), "data_mesh": data_mesh, "capture": capture}
    return {
        each.name: _reading(groups[each.fields[0].partition(".")[0]], levels, each.name, each.fields[0])
        for each in knowledge.answer_sheet(TABLES).answers
    }


def _reading(group: Any | None, levels: dict[str, str | None], name: str, field: str) -> Reading:
    if name in levels:
        return Reading(levels[name], "derived", field) if levels[name] else Reading(None, "open", "")
    said = getattr(group, name, None)
    # A count of none is the zero of an untouched form.
    if said is None or (said == 0 and not isinstance(said, bool)):
        return Reading(None, "open", "")
    return Reading(said, "said", field)
