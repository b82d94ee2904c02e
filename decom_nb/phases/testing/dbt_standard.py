"""What a dbt project is held to: its layers, limits and exceptions. Defaults are knowledge, people may write down their own.

`standard_of` puts together what tables/dbt_standards.yaml says of all projects and of this one, and what
documents/dbt_standards.yaml adds; `dbt_graph.py` and the checks read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.knowledge import Row, Setting

if TYPE_CHECKING:
    from decom_nb.phases.testing.documents import DbtStandards

LIMITS = ("models_fanout_threshold", "too_many_joins_threshold", "chained_views_threshold")
"""The limits, by the names that dbt-project-evaluator gives them."""

OTHER = "other"
"""The layer of a model that neither its name nor its folder puts anywhere."""


class _Layer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    layer: str
    folder: str
    prefixes: tuple[str, ...]


class _LayerRow(Row):
    layer: str
    folder: str
    prefixes: tuple[str, ...]


class _Exception(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    check: str
    column: str
    value: str
    because: str


class _Limits(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    models_fanout_threshold: Setting
    too_many_joins_threshold: Setting
    chained_views_threshold: Setting


class _Words(Row):
    words: tuple[str, ...]


class _Project(Row):
    project: str
    models_fanout_threshold: int | None = None
    too_many_joins_threshold: int | None = None
    chained_views_threshold: int | None = None
    layers: tuple[_Layer, ...] = ()
    exclude_packages: tuple[str, ...] = ()
    exclude_paths: tuple[str, ...] = ()
    exceptions: tuple[_Exception, ...] = ()


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    limits: _Limits
    layers: tuple[_LayerRow, ...]
    exclude_packages: _Words
    projects: tuple[_Project, ...]


@cache
def _table() -> _Table:
    return knowledge.load(_Table, Path(__file__).parent / "tables" / "dbt_standards.yaml")


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of models: the folder it lies in, and how the names of its models begin."""

    name: str
    folder: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Excepted:
    """Rows of a check that somebody accepts: those whose `column` is like `value`, in which ``*`` stands for anything."""

    check: str
    column: str
    value: str

    def covers(self, check: str, row: Mapping[str, Any]) -> bool:
        """Tell whether the row of that check is accepted."""
        return self.check in (check, "*") and any(
            fnmatchcase(str(value), self.value) for name, value in row.items() if self.column in (name, "*", "")
        )


@dataclass(frozen=True)
class Standard:
    """What one project is held to."""

    models_fanout_threshold: int
    too_many_joins_threshold: int
    chained_views_threshold: int
    layers: tuple[Layer, ...]
    exclude_packages: tuple[str, ...]
    exclude_paths: tuple[str, ...]
    exceptions: tuple[Excepted, ...]

    @cached_property
    def prefixes(self) -> Mapping[str, str]:
        """Give the layer of each prefix."""
        return {prefix: layer.name for layer in self.layers for prefix in layer.prefixes}

    @cached_property
    def _left_out(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, re.IGNORECASE) for pattern in self.exclude_paths)

    def leaves_out(self, place: str) -> bool:
        """Tell whether a path of the project itself (of a source: ``path:source.table``) is left out."""
        return any(pattern.search(place) for pattern in self._left_out)

    def excepts(self, check: str, row: Mapping[str, Any]) -> bool:
        """Tell whether somebody accepts this row of a check."""
        return any(each.covers(check, row) for each in self.exceptions)


def standard_of(project: str, written: DbtStandards | None) -> Standard:
    """Give what a project is held to: what people wrote down comes before what is known of it, and that before the defaults."""
    table = _table()
    standard = Standard(
        **{name: round(getattr(table.limits, name).value) for name in LIMITS},
        layers=_layers(table.layers),
        exclude_packages=table.exclude_packages.words,
        exclude_paths=(),
        exceptions=(),
    )
    told_of: list[_Project | DbtStandards] = [each for each in table.projects if each.project == project]
    for told in (*told_of, *([written] if written else [])):
        limits = {name: limit for name in LIMITS if (limit := getattr(told, name)) is not None}
        standard = replace(
            standard,
            **limits,
            layers=_layers(told.layers) or standard.layers,
            exclude_packages=told.exclude_packages or standard.exclude_packages,
            exclude_paths=(*standard.exclude_paths, *told.exclude_paths),
            exceptions=(*standard.exceptions, *(Excepted(e.check, e.column, e.value) for e in told.exceptions)),
        )
    return standard


def _layers(told: Iterable[Any]) -> tuple[Layer, ...]:
    return tuple(Layer(each.layer, each.folder, tuple(each.prefixes)) for each in told)
