"""What is known of how engines run a load: tables/load_engines.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.knowledge import Row


class EngineText(Row):
    """One engine."""

    engine: str
    runs: str
    """How a load is run so that it stops at the first error."""
    holds: str
    """What is taken back where it stops."""


class EngineTable(BaseModel):
    """tables/load_engines.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engines: tuple[EngineText, ...]


@cache
def engine_text(dialect: str) -> EngineText:
    """Give what is known of an engine; `KeyError` if nothing is."""
    table = knowledge.load(EngineTable, Path(__file__).parents[1] / "tables" / "load_engines.yaml")
    return {each.engine: each for each in table.engines}[dialect]
