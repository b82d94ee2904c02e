"""What is worked out of patterns and kept in the audit."""

from __future__ import annotations

from typing import Any

from decom_nb.evidence.timings import Timings
from decom_nb.phases.patterns.features.features_measure import feature_stores
from decom_nb.phases.patterns.lake.dataset import Dataset, LakeListing
from decom_nb.phases.patterns.lake.lake_document import DataLake, LakeArea
from decom_nb.phases.patterns.mesh.mesh_document import DataMesh
from decom_nb.phases.patterns.mesh.readiness import overall, readiness

SHOWN = 20
"""How many datasets of a lake the audit keeps, the largest first."""


def mesh_readiness(data_mesh: DataMesh | None) -> dict[str, Any]:
    """How far the four principles of a data mesh are in place, each and together; empty where nobody was asked."""
    if data_mesh is None:
        return {}
    rows = readiness(data_mesh)
    return {"state": data_mesh.state, "level": overall(rows), "principles": rows}


def lake_datasets(lake_listing: LakeListing | None, data_lake: DataLake | None) -> dict[str, Any]:
    """The datasets of the object listing in numbers, and the largest of them; empty without a listing."""
    if lake_listing is None:
        return {}
    found = lake_listing.datasets
    largest = sorted(found, key=lambda each: (-each.bytes, each.place))[:SHOWN]
    return {
        "datasets": len(found),
        "files": sum(each.files for each in found),
        "bytes": sum(each.bytes for each in found),
        "small": sum(each.small for each in found),
        "small_mb": lake_listing.small_mb,
        "largest": [_dataset(each, each.area(data_lake)) for each in largest],
    }


def _dataset(dataset: Dataset, area: LakeArea | None) -> dict[str, Any]:
    return {
        "dataset": dataset.place,
        "formats": list(dataset.formats),
        "table_format": dataset.table_format,
        "files": dataset.files,
        "small": dataset.small,
        "bytes": dataset.bytes,
        "median_bytes": dataset.median,
        "modified_at": dataset.modified_at.isoformat() if dataset.modified_at else None,
        "purpose": area.purpose if area else None,
        "owner": area.owner if area else "",
        "consumers": list(area.consumers) if area else [],
    }


def scd_dimensions(dimensional_model: Any) -> list[dict[str, Any]]:
    """Each dimension that is made from a source: how its columns are kept, and what a load of it lacks."""
    from decom_nb.phases.patterns.scd.scd_view import dimension_rows

    return dimension_rows(dimensional_model) if dimensional_model is not None else []


def timing_looks(timings: Timings | None) -> list[dict[str, Any]]:
    """The newest look at the times of each table: how late its rows came, and by which clocks it is written."""
    return [each.model_dump(mode="json", exclude={"format"}) for each in timings.latest.values()] if timings else []


MEASURES = (
    scd_dimensions,
    mesh_readiness,
    lake_datasets,
    timing_looks,
    feature_stores,
)
