"""The numbers that lateness and clocks are measured by, with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from decom_nb import knowledge
from decom_nb.knowledge import Row, Setting

_TABLES = Path(__file__).parent.parent / "tables"


class Windows(Row):
    """Allowed latenesses, the shortest first."""

    seconds: tuple[float, ...]


class Quantiles(Row):
    """The shares of rows of which it is said how long they took."""

    shares: tuple[float, ...]


class TimingTable(BaseModel):
    """tables/timing.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    share: Setting
    windows: Windows
    quantiles: Quantiles
    usual_days: Setting
    usual_rows: Setting
    repeated_share: Setting
    naive_types: Mapping[str, tuple[str, ...]]
    zoned_types: Mapping[str, tuple[str, ...]]
    types_because: str = Field(min_length=1)
    types_source: str


@cache
def timing_table() -> TimingTable:
    """Give the table."""
    return knowledge.load(TimingTable, _TABLES / "timing.yaml", sources=knowledge.citations(_TABLES))
