"""The methodology's eight ways to save, as knowledge: what each saves of what, at what effort. `lever.py` applies them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from decom_nb import knowledge
from decom_nb.finding import Effort
from decom_nb.knowledge import Row, Setting

Lever = Literal[
    "eliminate_unused",
    "lifecycle_policies",
    "compress_data",
    "prune_partitions",
    "cache_queries",
    "right_size",
    "spot_for_batch",
    "reserve_steady_state",
]
LEVER_NAMES: tuple[Lever, ...] = get_args(Lever)
"""In the order in which they are applied."""


class LeverText(Row):
    """One way to save."""

    lever: Lever
    title: str = Field(min_length=1)
    saves_percent: tuple[float, float] = Field(description="of what it touches: the methodology's range")
    of: Literal["all", "compute", "storage"] = Field(description="the spend that it can touch")
    touches: str = Field(min_length=1, description="which part of that it touches here, in words")
    effort: Effort
    remedy: str = Field(min_length=1, description="what to do, as a line of a backlog")
    order_because: str = Field(min_length=1, description="why it stands at this place of the order")


class Efforts(Row):
    """How many times the smallest effort each effort counts, where savings are ranked."""

    low: float
    medium: float
    high: float

    def of(self, effort: Effort) -> float:
        """Give the number for an effort."""
        return float(getattr(self, effort))


class LeverTable(BaseModel):
    """tables/levers.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    draws: Setting
    seed: Setting
    efforts: Efforts
    levers: tuple[LeverText, ...]

    @model_validator(mode="after")
    def _whole_and_in_order(self) -> Self:
        given = tuple(each.lever for each in self.levers)
        if given != LEVER_NAMES:
            raise ValueError(f"the levers stand in the order of Lever: {', '.join(LEVER_NAMES)}")
        return self


@cache
def lever_table() -> LeverTable:
    """Give the knowledge, read once."""
    tables = Path(__file__).parent / "tables"
    return knowledge.load(LeverTable, tables / "levers.yaml", sources=knowledge.citations(tables))
