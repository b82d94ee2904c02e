"""What is known of the test pyramid: tables/pyramid.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from decom_nb import knowledge
from decom_nb.knowledge import Row, Setting

Layer = Literal["unit", "integration", "contract", "data_quality", "e2e", "performance"]

LAYERS: tuple[Layer, ...] = ("unit", "integration", "contract", "data_quality", "e2e", "performance")
"""From the base of the pyramid to its top."""


class Need(BaseModel):
    """When a layer has to run: on an event of the repository, within so many days, or with each run of a pipeline."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: Literal["pull_request", "release"] | None = None
    within_days: float | None = Field(None, gt=0)
    with_: Literal["pipeline_runs"] | None = Field(None, alias="with")

    @model_validator(mode="after")
    def _one(self) -> Need:
        if sum(each is not None for each in (self.on, self.within_days, self.with_)) != 1:
            raise ValueError("a need is one of `on`, `within_days` and `with`")
        return self

    @property
    def words(self) -> str:
        """The need as it stands in a sentence: "daily", "on every pull request"."""
        if self.on:
            return {"pull_request": "on every pull request", "release": "before every release"}[self.on]
        if self.within_days:
            return {1: "daily", 7: "weekly"}.get(int(self.within_days), f"every {self.within_days:g} days")
        return "with every pipeline run"


class LayerText(Row):
    """One layer: the methodology's row, and the signs by which a test is put into it."""

    layer: Layer
    title: str
    tests: str
    how: str
    when: str
    needs: tuple[Need, ...] = Field(min_length=1)
    remedy: str
    markers: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    fixtures: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


class Names(Row):
    """Names that are recognised."""

    names: tuple[str, ...]


class Precedence(Row):
    """In which order the layers are tried."""

    order: tuple[Layer, ...]


class PyramidTable(BaseModel):
    """tables/pyramid.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layers: tuple[LayerText, ...]
    precedence: Precedence
    schema_tests: Names
    golden_tests: Names
    staging_targets: Names
    slack: Setting
    runs_needed: Setting

    @model_validator(mode="after")
    def _all_layers(self) -> PyramidTable:
        if tuple(each.layer for each in self.layers) != LAYERS or set(self.precedence.order) != set(LAYERS):
            raise ValueError(f"layers and precedence have to name all of {', '.join(LAYERS)}, layers in this order")
        return self

    def text(self, layer: Layer) -> LayerText:
        """Give what is said of a layer."""
        return self.layers[LAYERS.index(layer)]


@cache
def pyramid_table() -> PyramidTable:
    """Read tables/pyramid.yaml."""
    return knowledge.load(PyramidTable, Path(__file__).parent / "tables" / "pyramid.yaml")
