"""The JSON Schemas of ODCS by version: that of 3.2 from the package of its models, older ones by their differences.

`odcs_validity.py` calls it. The differences are knowledge, in `tables/odcs_versions.yaml`; a test holds the outcome against the
official schemas.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from decom_nb.knowledge import Row, citations, load

TABLES = Path(__file__).parent / "tables"

OdcsVersion = Literal["3.0", "3.1", "3.2"]
"""Which schema a contract is judged by."""

NEWEST: OdcsVersion = "3.2"


class _VersionChange(Row):
    """How a version differs from the next newer one, in one respect."""

    version: Literal["3.0", "3.1"]
    remove: tuple[str, ...] = ()
    put: dict[str, Any] = Field(default_factory=dict, alias="set")
    without: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class _VersionChanges(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    changes: tuple[_VersionChange, ...]


def version_of(api_version: object) -> OdcsVersion:
    """Give the version whose schema judges a contract of that `apiVersion`; an unknown one is judged by the newest.

    >>> version_of("v3.0.2"), version_of("v3.1.0"), version_of(None), version_of("v2.2.2")
    ('3.0', '3.1', '3.2', '3.0')
    """
    told = str(api_version).removeprefix("v")
    if told.startswith(("3.0", "2.")):
        return "3.0"
    return "3.1" if told.startswith("3.1") else NEWEST


@cache
def schema(version: OdcsVersion) -> dict[str, Any]:
    """Give the JSON Schema of a version; shared, so not to be changed."""
    shipped = resources.files("open_data_contract_standard").joinpath("schema.json")
    found: dict[str, Any] = json.loads(shipped.read_text(encoding="utf-8"))
    changes = load(_VersionChanges, TABLES / "odcs_versions.yaml", sources=citations(TABLES)).changes
    for older in ("3.1", "3.0"):
        if version <= older:
            for change in changes:
                if change.version == older:
                    _apply(change, found)
    return found


def _apply(change: _VersionChange, found: dict[str, Any]) -> None:
    for path in change.remove:
        for holder, key in _places(found, path):
            del holder[key]
    for path, value in change.put.items():
        for holder, key in _places(found, path):
            holder[key] = value
    for path, entries in change.without.items():
        for holder, key in _places(found, path):
            holder[key] = [each for each in holder[key] if each not in entries]


def _places(found: Any, path: str) -> Iterator[tuple[Any, Any]]:
    """Give what holds the last key of a path, and the key; a path that leads nowhere is a mistake in the table."""
    *above, last = path.split("/")
    holders = [found]
    for part in above:
        if part == "*":
            holders = [below for holder in holders for below in holder.values() if isinstance(below, dict)]
        else:
            holders = [holder[int(part) if isinstance(holder, list) else part] for holder in _with(holders, part)]
    for holder in holders:
        key = int(last) if isinstance(holder, list) else last
        if isinstance(holder, list) or key in holder or "*" not in above:
            yield holder, key


def _with(holders: list[Any], part: str) -> list[Any]:
    """Give the holders that have a key; of several, as behind a `*`, those that do."""
    return holders if len(holders) == 1 else [holder for holder in holders if part in holder]
