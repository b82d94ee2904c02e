"""dbt artifacts: manifest, run results, catalog and source freshness, of any number of projects and times.

Rules ask for a `Dbt` under the name "dbt". Of each project the newest manifest says what it declares; all invocations
are kept, and `latest` gives the last result of each resource.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from decom_nb.evidence.dbt_manifest import DataTest, Exposure, Key, Manifest, Model, Resource, SourceTable, UnitTest
from decom_nb.evidence.dbt_results import CatalogTable, Freshness, Invocation, Result

__all__ = [
    "CatalogTable",
    "DataTest",
    "Dbt",
    "Exposure",
    "Freshness",
    "Invocation",
    "Key",
    "Manifest",
    "Model",
    "Result",
    "SourceTable",
    "UnitTest",
]

if TYPE_CHECKING:
    from decom_nb.evidence.store import Store

R = TypeVar("R", bound=Resource)

EARLIEST = datetime.min.replace(tzinfo=UTC)
"""Stands for the time of an artifact that does not tell its own."""


DECLARED = ("model", "seed", "snapshot", "test", "unit_test")
"""The types of resource that leave results and that every manifest lists."""


@dataclass(frozen=True)
class Dbt:
    """Everything read from dbt artifacts; what belongs to several projects is told apart by `project`."""

    manifests: tuple[Manifest, ...] = ()
    invocations: tuple[Invocation, ...] = ()
    freshness: tuple[Freshness, ...] = ()
    catalog: tuple[CatalogTable, ...] = ()
    store: Store | None = field(default=None, compare=False, repr=False)
    """Where a history of its invocations is told, should it have any that executed something; `collect` gives it."""

    @cached_property
    def ran(self) -> tuple[Invocation, ...]:
        """The invocations that executed something."""
        return tuple(each for each in self.invocations if each.executed)

    @cached_property
    def current(self) -> tuple[Manifest, ...]:
        """The newest manifest of each project, by name: what `models`, `tests` and the like are read from."""
        newest: dict[str, Manifest] = {}
        for manifest in sorted(self.manifests, key=lambda each: (each.generated_at or EARLIEST, each.origin)):
            newest[manifest.project] = manifest
        return tuple(newest[project] for project in sorted(newest))

    @cached_property
    def projects(self) -> tuple[str, ...]:
        """The names of all projects, those without a manifest included."""
        told: list[Sequence[Manifest | Invocation | Freshness | CatalogTable]]
        told = [self.manifests, self.invocations, self.freshness, self.catalog]
        return tuple(sorted({each.project for group in told for each in group}))

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """All enabled models, packages' included; `own` tells them apart."""
        return self._declared(lambda manifest: manifest.models)

    @cached_property
    def seeds(self) -> tuple[Model, ...]:
        """All enabled seeds."""
        return self._declared(lambda manifest: manifest.seeds)

    @cached_property
    def snapshots(self) -> tuple[Model, ...]:
        """All enabled snapshots."""
        return self._declared(lambda manifest: manifest.snapshots)

    @cached_property
    def tests(self) -> tuple[DataTest, ...]:
        """All enabled data tests."""
        return self._declared(lambda manifest: manifest.tests)

    @cached_property
    def unit_tests(self) -> tuple[UnitTest, ...]:
        """All enabled unit tests."""
        return self._declared(lambda manifest: manifest.unit_tests)

    @cached_property
    def sources(self) -> tuple[SourceTable, ...]:
        """All enabled source tables."""
        return self._declared(lambda manifest: manifest.sources)

    @cached_property
    def exposures(self) -> tuple[Exposure, ...]:
        """All enabled exposures."""
        return self._declared(lambda manifest: manifest.exposures)

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """All results of all invocations, those that only compiled included."""
        return tuple(result for invocation in self.invocations for result in invocation.results)

    @cached_property
    def executed(self) -> tuple[Result, ...]:
        """The results of invocations that ran what they report on."""
        return tuple(result for result in self.results if result.executed)

    @cached_property
    def latest(self) -> Mapping[Key, Result]:
        """The last executed result of each resource, by `key`; not of what a newer manifest no longer declares."""
        last = {result.key: result for result in sorted(self.executed, key=lambda each: each.at or EARLIEST)}
        told_at = {manifest.project: manifest.generated_at or EARLIEST for manifest in self.current}
        declared: set[Key] = set()
        for group in (self.models, self.seeds, self.snapshots, self.tests, self.unit_tests):
            declared.update(each.key for each in group)
        return {
            key: result
            for key, result in last.items()
            if key in declared
            or result.resource_type not in DECLARED
            or told_at.get(result.project, EARLIEST) <= (result.at or EARLIEST)
        }

    @cached_property
    def history(self) -> Mapping[Key, tuple[Result, ...]]:
        """All executed results of each resource, by `key`, the oldest first."""
        told: dict[Key, list[Result]] = {}
        for result in sorted(self.executed, key=lambda each: (each.at or EARLIEST, each.origin)):
            told.setdefault(result.key, []).append(result)
        return {key: tuple(results) for key, results in sorted(told.items())}

    @cached_property
    def parents(self) -> Mapping[Key, tuple[Key, ...]]:
        """What each resource reads or is about, by `key`: models, tests, sources, exposures and all others; none is left out."""
        groups: tuple[tuple[Resource, ...], ...]
        groups = (self.models, self.seeds, self.snapshots, self.sources, self.tests, self.unit_tests, self.exposures)
        return {
            each.key: tuple(dict.fromkeys((each.project, parent) for parent in each.depends_on))
            for group in groups
            for each in group
        }

    @cached_property
    def children(self) -> Mapping[Key, tuple[Key, ...]]:
        """What reads each resource or is about it, by `key`, in order; what nothing reads has none."""
        read_by: dict[Key, list[Key]] = {key: [] for key in self.parents}
        for child, parents in self.parents.items():
            for parent in parents:
                read_by.setdefault(parent, []).append(child)
        return {key: tuple(sorted(children)) for key, children in read_by.items()}

    def downstream(self, key: Key) -> tuple[Key, ...]:
        """Give all that a resource leads to, through whatever lies between, the nearest first."""
        found: dict[Key, None] = {}
        nearest = list(self.children.get(key, ()))
        while nearest:
            found.update(dict.fromkeys(nearest))
            nearest = [
                each for near in nearest for each in self.children.get(near, ()) if each not in found and each != key
            ]
            nearest = list(dict.fromkeys(nearest))
        return tuple(found)

    @cached_property
    def tests_of(self) -> Mapping[Key, tuple[DataTest, ...]]:
        """The data tests attached to each model or source, by `key`; one without any is not in it."""
        attached: dict[Key, list[DataTest]] = {}
        for test in self.tests:
            if test.model:
                attached.setdefault((test.project, test.model), []).append(test)
        return {key: tuple(tests) for key, tests in attached.items()}

    def _declared(self, section: Callable[[Manifest], tuple[R, ...]]) -> tuple[R, ...]:
        return tuple(each for manifest in self.current for each in section(manifest))
