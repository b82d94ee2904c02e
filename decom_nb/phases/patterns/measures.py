"""What is worked out of patterns and kept in the audit."""

from __future__ import annotations

from typing import Any

from decom_nb.phases.patterns.mesh.mesh_document import DataMesh
from decom_nb.phases.patterns.mesh.readiness import overall, readiness


def mesh_readiness(data_mesh: DataMesh | None) -> dict[str, Any]:
    """How far the four principles of a data mesh are in place, each and together; empty where nobody was asked."""
    if data_mesh is None:
        return {}
    rows = readiness(data_mesh)
    return {"state": data_mesh.state, "level": overall(rows), "principles": rows}


MEASURES = (mesh_readiness,)
