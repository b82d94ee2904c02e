"""What is known of changes to contracts: `tables/changes.yaml`, a row for each sort of change. `judgement.py` looks there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from decom_nb.contract.odcs_schema import TABLES
from decom_nb.knowledge import Row, citations, load

Verdict = Literal["breaking", "compatible", "needs a look"]
Part = Literal["major", "minor", "patch"]


class ChangeRow(Row):
    """What one sort of change is to those who read the data (`because`) and to those who deliver it."""

    change: str
    consumer: Verdict
    producer: Verdict
    producer_because: str
    bump: Part


class _Level(Row):
    property: str
    better: Literal["more", "less"]


class KeyRow(Row):
    """A key whose change is of one sort wherever it stands."""

    keys: tuple[str, ...]
    told: str
    change: str


class _Changes(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    changes: tuple[ChangeRow, ...]
    levels: tuple[_Level, ...]
    keys: tuple[KeyRow, ...]


@cache
def _table() -> _Changes:
    return load(_Changes, TABLES / "changes.yaml", sources=citations(TABLES))


@cache
def rows() -> Mapping[str, ChangeRow]:
    """Give the sorts of change by name."""
    return {row.change: row for row in _table().changes}


@cache
def levels() -> Mapping[str, str]:
    """Give the properties of a service level by name, each with what is better: more or less of it."""
    return {row.property: row.better for row in _table().levels}


@cache
def by_key() -> Mapping[str, KeyRow]:
    """Give the rows of keys whose change is of one sort wherever they stand."""
    return {key: row for row in _table().keys for key in row.keys}
