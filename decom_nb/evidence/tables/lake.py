"""Iceberg and Delta: tables whose metadata say which Parquet files they consist of."""

from __future__ import annotations

from decom_nb.evidence.tables.place import Place
from decom_nb.evidence.tables.reading import Reading
from decom_nb.sql.text import string

EXTENSIONS = {"delta": ("delta",), "iceberg": ("avro", "iceberg")}
"""The extensions of DuckDB that read each, in the order in which they are loaded."""


def read_lake(place: Place) -> Reading:
    """Say how the table is read, as of its newest version."""
    where = place.address or place.top or str(place.files[0])
    if place.kind == "delta":
        return Reading(f"delta_scan({string(where)})")
    # A table whose writer left no version hint is read by the highest version among its metadata files.
    return Reading(f"iceberg_scan({string(where)}, allow_moved_paths = true)")
