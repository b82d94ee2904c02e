"""Iceberg and Delta: tables whose metadata say which Parquet files they consist of."""

from __future__ import annotations

import re
from pathlib import Path

from decom_nb.evidence.tables.place import Place
from decom_nb.evidence.tables.reading import NotReadableError, Reading
from decom_nb.sql.text import string

EXTENSIONS = {"delta": ("delta",), "iceberg": ("avro", "iceberg")}
"""The extensions of DuckDB that read each, in the order in which they are loaded."""


_VERSION = re.compile(r"v?(\d+)(?:-.*)?\.(?:gz\.)?metadata\.json")


def read_lake(place: Place) -> Reading:
    """Say how the table is read, as of its newest version."""
    where = place.address or place.top or str(place.files[0])
    if place.kind == "delta":
        return Reading(f"delta_scan({string(where)})")
    hint = Path(where) / "metadata" / "version-hint.text"
    if place.is_remote or hint.is_file():
        return Reading(f"iceberg_scan({string(where)}, allow_moved_paths = true)")
    # Catalogues keep the current version to themselves, and leave no hint beside the files.
    newest = max(hint.parent.glob("*.metadata.json"), key=_version, default=None)
    if newest is None:
        raise NotReadableError("this folder holds no metadata of an Iceberg table", key="path")
    note = f"which version is the current one is known to its catalogue only; this is {newest.name}, the highest"
    return Reading(f"iceberg_scan({string(str(newest))})", notes=(note,))


def _version(path: Path) -> tuple[int, str]:
    found = _VERSION.fullmatch(path.name)
    return (int(found[1]) if found else -1, path.name)
