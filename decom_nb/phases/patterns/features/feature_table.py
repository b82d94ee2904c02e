"""What is known of feature stores: tables/features.yaml."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.knowledge import Row

Leak = Literal["future", "late", "same_instant", "restated", "expired", "announced", "none"]

_UNITS = {"second": 1 / 3600, "minute": 1 / 60, "hour": 1.0, "day": 24.0, "week": 168.0}
_EVERY = re.compile(r"(?:every\s+)?(\d+(?:\.\d+)?)?\s*(second|minute|min|hour|h|day|d|week)s?", re.IGNORECASE)
_SHORT = {"min": "minute", "h": "hour", "d": "day"}


class Freshness(Row):
    """How often a word says that a value is made anew."""

    word: str
    hours: float


class LeakText(Row):
    """One way in which a training set knows too much."""

    leak: Leak
    title: str
    says: str


class FeastType(Row):
    """What a type is called in Feast."""

    types: tuple[str, ...]
    feast: Literal["Int64", "Float64", "Bool", "UnixTimestamp", "String"]


class FeatureTable(BaseModel):
    """tables/features.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    freshness: tuple[Freshness, ...]
    leaks: tuple[LeakText, ...]
    feast_types: tuple[FeastType, ...]


@cache
def feature_table() -> FeatureTable:
    """Read tables/features.yaml."""
    return knowledge.load(FeatureTable, Path(__file__).parent.parent / "tables" / "features.yaml")


def period_hours(freshness: str) -> float | None:
    """Give how many hours lie between two values of a feature, None if the words do not tell.

    >>> period_hours("daily"), period_hours("every 15 minutes"), period_hours("real-time"), period_hours("soon")
    (24.0, 0.25, 0.0, None)
    """
    told = " ".join(freshness.lower().replace("_", "-").split())
    for row in feature_table().freshness:
        if told in (row.word, row.word.replace("-", " "), row.word.replace("-", "")):
            return row.hours
    found = _EVERY.fullmatch(told)
    if not found:
        return None
    unit = _SHORT.get(found[2].lower(), found[2].lower())
    return float(found[1] or 1) * _UNITS[unit]
