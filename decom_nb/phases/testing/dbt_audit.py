"""The audit of dbt projects: every check of every project, with what it looks for and why. Measures, rules and verbs ask for it.

The checks are those of dbt-project-evaluator, under its names; tables/dbt_checks.yaml says what each is for. What is left out
and what is excepted is settled by `dbt_standard.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.evidence.dbt import Dbt, Model
from decom_nb.knowledge import Row
from decom_nb.phases.testing import dbt_coverage, dbt_lineage, dbt_structure
from decom_nb.phases.testing.dbt_graph import DbtGraph, Kind, Node
from decom_nb.phases.testing.dbt_standard import Standard, standard_of
from decom_nb.phases.testing.documents import DbtStandards

Look = Callable[[DbtGraph], Iterable[dict[str, Any]]]


class CheckText(Row):
    """What is said of one check: its theme, what it looks for, and the column that names what a row is about."""

    check: str
    theme: str
    names: str
    title: str


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    themes: dict[str, str]
    checks: tuple[CheckText, ...]


@cache
def _table() -> _Table:
    return knowledge.load(_Table, Path(__file__).parent / "tables" / "dbt_checks.yaml")


@cache
def checks() -> Mapping[str, tuple[CheckText, Look]]:
    """Give every check with what is said of it and how it is done, in the order of the table."""
    looks = {name: look for part in (dbt_coverage, dbt_lineage, dbt_structure) for name, look in vars(part).items()}
    return {text.check: (text, looks[text.check]) for text in _table().checks}


def themes() -> Mapping[str, str]:
    """Give the themes that checks belong to, with their titles."""
    return _table().themes


@dataclass(frozen=True)
class ProjectAudit:
    """One project with the rows of every check, those that somebody excepted left out."""

    project: str
    origin: str
    graph: DbtGraph
    rows: Mapping[str, tuple[dict[str, Any], ...]]
    excepted: Mapping[str, int]

    @property
    def standard(self) -> Standard:
        """What the project is held to."""
        return self.graph.standard


@dataclass(frozen=True)
class DbtAudit:
    """The audit of all projects."""

    projects: tuple[ProjectAudit, ...]

    def rows(self, check: str) -> list[dict[str, Any]]:
        """Give the rows of a check; where there are several projects, each row ends with its own."""
        if len(self.projects) == 1:
            return list(self.projects[0].rows[check])
        return [{**row, "project": each.project} for each in self.projects for row in each.rows[check]]

    def names(self, check: str) -> list[str]:
        """Give what the rows of a check are about, each once."""
        column = checks()[check][0].names
        return sorted({str(row[column]) for row in self.rows(check)})

    def count(self, *kinds: Kind) -> int:
        """Count the resources of some kinds that were looked at."""
        return len(self.nodes(*kinds))

    def nodes(self, *kinds: Kind) -> list[Node]:
        """Give the resources of some kinds that were looked at."""
        return [node for each in self.projects for node in each.graph.of(*kinds)]

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """The models that were looked at."""
        return tuple(node.resource for node in self.nodes("model") if isinstance(node.resource, Model))

    @cached_property
    def public(self) -> list[Node]:
        """The public models that were looked at."""
        return [node for node in self.nodes("model") if node.public]

    @cached_property
    def exposed(self) -> list[Node]:
        """The models that exposures read."""
        return [node for node in self.nodes("model") if any(child.kind == "exposure" for child in node.children)]

    @cached_property
    def read_by_exposures(self) -> int:
        """How many resources exposures read that were looked at."""
        return len(
            {(use.project, node.id) for use in self.nodes("exposure") for node in use.parents if not node.excluded}
        )

    @cached_property
    def untested(self) -> list[dict[str, Any]]:
        """The models that no data test is about, as rows."""
        return [
            {"resource_name": node.name, "model_type": node.layer, "file_path": node.path}
            for each in self.projects
            for node in each.graph.of("model")
            if node.id not in each.graph.tests
        ]

    @cached_property
    def generic_tests(self) -> int:
        """How many generic tests the models have that were looked at."""
        return sum(
            test.generic
            for each in self.projects
            for node in each.graph.of("model")
            for test in each.graph.tests.get(node.id, ())
        )

    @cached_property
    def source_systems(self) -> int:
        """How many sources there are, as groups of tables."""
        return len({(node.project, node.name.partition(".")[0]) for node in self.nodes("source")})


def audited(dbt: Dbt, standards: DbtStandards | None) -> DbtAudit:
    """Hold every project against what it is held to."""
    return DbtAudit(
        tuple(
            _audited(DbtGraph(manifest, standard_of(manifest.project, standards)), manifest.origin)
            for manifest in dbt.current
        )
    )


def _audited(graph: DbtGraph, origin: str) -> ProjectAudit:
    rows: dict[str, tuple[dict[str, Any], ...]] = {}
    excepted: dict[str, int] = {}
    for name, (_, look) in checks().items():
        found: Sequence[dict[str, Any]] = list(look(graph))
        rows[name] = tuple(row for row in found if not graph.standard.excepts(name, row))
        if len(rows[name]) < len(found):
            excepted[name] = len(found) - len(rows[name])
    return ProjectAudit(graph.project, origin, graph, rows, excepted)
