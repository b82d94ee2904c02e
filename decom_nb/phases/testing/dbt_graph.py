"""A dbt project as a graph: every resource with its layer, its place and its neighbours. The checks of projects are asked of it.

Resources, names and layers are as dbt-project-evaluator documents them: a source is ``source.table``, a version of a model is
``model.v1``, a model's layer is told by its prefix and only then by its folder, and resources that are left out are still
neighbours of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from decom_nb.evidence.dbt import DataTest, Exposure, Manifest, Model, SourceTable
from decom_nb.phases.testing.dbt_standard import OTHER, Standard

Kind = Literal["model", "seed", "snapshot", "source", "exposure"]

EVALUATOR = "dbt_project_evaluator"
"""The package whose own models judge a project, and are no part of it."""

VIRTUAL = ("view", "ephemeral")
"""Materializations that compute nothing until somebody reads them."""


@dataclass(slots=True, eq=False)
class Node:
    """A resource in its graph. `excluded` says that nobody wants to hear of it; exposures cannot be left out."""

    id: str
    name: str
    kind: Kind
    resource: Model | SourceTable | Exposure
    path: str
    layer: str = ""
    folder_layer: str = ""
    excluded: bool = False
    parents: list[Node] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    @property
    def directory(self) -> str:
        """The folder its file lies in, with a slash at the end."""
        return self.path[: self.path.rfind("/") + 1]

    @property
    def file(self) -> str:
        """The name of its file."""
        return self.path[self.path.rfind("/") + 1 :]

    @property
    def materialized(self) -> str:
        """How a model is built; empty for what is not built."""
        return self.resource.materialized if isinstance(self.resource, Model) else ""

    @property
    def access(self) -> str:
        """Who may read a model; empty for what is none."""
        return self.resource.access if self.kind == "model" and isinstance(self.resource, Model) else ""

    @property
    def project(self) -> str:
        """The project whose manifest declares it."""
        return self.resource.project

    @property
    def contract_enforced(self) -> bool:
        """Tell whether dbt holds a model to its contract."""
        return isinstance(self.resource, Model) and self.resource.contract_enforced

    @property
    def public(self) -> bool:
        """Tell whether it is a model that everybody may read."""
        return self.access == "public"

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"


class DbtGraph:
    """One project's manifest as a graph, with what the project is held to."""

    def __init__(self, manifest: Manifest, standard: Standard) -> None:
        self.manifest = manifest
        self.standard = standard
        self.nodes: Mapping[str, Node] = {node.id: node for node in self._made()}
        for node in self.nodes.values():
            if node.kind in ("model", "snapshot", "exposure"):
                for parent in dict.fromkeys(node.resource.depends_on):
                    if parent in self.nodes:
                        node.parents.append(self.nodes[parent])
                        self.nodes[parent].children.append(node)

    @property
    def project(self) -> str:
        """The project's name."""
        return self.manifest.project

    def of(self, *kinds: Kind) -> list[Node]:
        """Give the resources of some kinds that are not left out, by name."""
        return [node for kind in kinds for node in self._by_kind.get(kind, ())]

    @cached_property
    def _by_kind(self) -> Mapping[Kind, list[Node]]:
        found: dict[Kind, list[Node]] = {}
        for node in sorted(self.nodes.values(), key=lambda each: (each.name, each.id)):
            if not node.excluded:
                found.setdefault(node.kind, []).append(node)
        return found

    @cached_property
    def excluded(self) -> int:
        """How many models and sources are left out."""
        return sum(node.excluded for node in self.nodes.values())

    @cached_property
    def tests(self) -> Mapping[str, list[DataTest]]:
        """The data tests of each resource that are not left out, by the resource's id.

        A test that reads several and says of none that it is attached to it counts for the last it reads.
        """
        found: dict[str, list[DataTest]] = {}
        for test in self.manifest.tests:
            about = test.model or next(reversed(test.depends_on), "")
            if about and test.package != EVALUATOR and not self._left_out(test.package, test.path):
                found.setdefault(about, []).append(test)
        return found

    def _made(self) -> Iterator[Node]:
        told = self.manifest
        for model in (*told.models, *told.seeds, *told.snapshots):
            if model.package == EVALUATOR:
                continue
            kind: Kind = (
                "seed"
                if model.resource_type == "seed"
                else "snapshot"
                if model.resource_type == "snapshot"
                else "model"
            )
            path = model.path.replace("\\", "/")
            node = Node(
                model.unique_id, versioned(model), kind, model, path, excluded=self._left_out(model.package, path)
            )
            if kind != "seed":
                node.folder_layer = self._folder_layer(node.directory)
                node.layer = self.standard.prefixes.get(prefix(model.name)) or node.folder_layer or OTHER
            yield node
        for source in told.sources:
            if source.package != EVALUATOR:
                name, path = f"{source.source_name}.{source.name}", source.path.replace("\\", "/")
                left_out = self._left_out(source.package, f"{path}:{name}")
                yield Node(source.unique_id, name, "source", source, path, excluded=left_out)
        for use in told.exposures:
            if use.package != EVALUATOR:
                yield Node(use.unique_id, use.name, "exposure", use, use.path.replace("\\", "/"))

    def _left_out(self, package: str, place: str) -> bool:
        if package == self.project:
            return self.standard.leaves_out(place.replace("\\", "/"))
        return package in self.standard.exclude_packages or "all" in self.standard.exclude_packages

    def _folder_layer(self, directory: str) -> str:
        """Give the layer whose folder is nearest to the file; empty where no folder is that of a layer."""
        places = {
            layer.name: f"/{directory}".find(f"/{layer.folder}/") for layer in self.standard.layers if layer.folder
        }
        nearest = max(places, key=lambda name: places[name], default="")
        return nearest if nearest and places[nearest] > 0 else ""


def prefix(name: str) -> str:
    """Give how a name begins, up to its first underscore.

    >>> prefix("stg_orders"), prefix("orders")
    ('stg_', 'orders_')
    """
    return f"{name.split('_', 1)[0]}_"


def versioned(model: Model) -> str:
    """Give a model's name, with its version if it has one."""
    return f"{model.name}.v{model.version}" if model.version else model.name
