"""What is known of backfills: tables/backfill.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.knowledge import Row, Setting

Step = Literal[
    "scope", "impact", "communication", "isolation", "validation", "execution", "monitoring", "verification",
    "documentation",
]  # fmt: skip


class StepText(Row):
    """One of the nine steps."""

    step: Step
    title: str
    does: str


class HistoryColumns(Row):
    """Names of columns that, together, tell versions of a row apart."""

    pairs: tuple[tuple[str, ...], ...]


class BackfillTable(BaseModel):
    """tables/backfill.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[StepText, ...]
    rows_differ: Setting
    duration_factor: Setting
    parts_needed: Setting
    most_parts: Setting
    history_columns: HistoryColumns


@cache
def backfill_table() -> BackfillTable:
    """Read tables/backfill.yaml."""
    return knowledge.load(BackfillTable, Path(__file__).parent / "tables" / "backfill.yaml")
