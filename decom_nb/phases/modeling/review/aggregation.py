"""Which aggregation fits which type of measure: tables/aggregation.yaml."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.knowledge import Row
from decom_nb.phases.modeling.answers import TABLES
from decom_nb.phases.modeling.dimensional_model import Aggregation, MeasureType

Fits = Literal["yes", "not over time", "careful", "no"]


class Pair(Row):
    """A type and an aggregation, and whether they fit."""

    type: MeasureType
    aggregation: Aggregation
    fits: Fits


class Pairs(BaseModel):
    """The table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs: tuple[Pair, ...]


@cache
def pairs() -> dict[tuple[MeasureType, Aggregation], Pair]:
    """Give every pair."""
    table = knowledge.load(Pairs, TABLES / "aggregation.yaml", sources=knowledge.citations(TABLES))
    return {(each.type, each.aggregation): each for each in table.pairs}
