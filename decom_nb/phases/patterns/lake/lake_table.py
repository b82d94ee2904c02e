"""The number that files of a lake are measured by, with its reason."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.knowledge import Setting

_TABLES = Path(__file__).parent.parent / "tables"


class LakeTable(BaseModel):
    """tables/lake.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    small_mb: Setting


@cache
def lake_table() -> LakeTable:
    """Give the table."""
    return knowledge.load(LakeTable, _TABLES / "lake.yaml", sources=knowledge.citations(_TABLES))
