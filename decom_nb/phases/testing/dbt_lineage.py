"""Checks of how a dbt project's resources hang together: each gives a row for everything that dbt-project-evaluator would name.

All but the chains of views look at each edge a bounded number of times. Columns are named as dbt-project-evaluator names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from decom_nb.evidence.dbt import Model, SourceTable
from decom_nb.phases.testing.dbt_graph import VIRTUAL, DbtGraph, Node

Rows = Iterable[dict[str, Any]]

MOST_STEPS = 500_000
"""How many steps through chains of views are taken; a project with more gets the longest chain of each model, and no others."""


def direct_join_to_source(graph: DbtGraph) -> Rows:
    """Give what a model reads that reads models and sources side by side."""
    for child in graph.of("model"):
        parents = _shown(child.parents)
        kinds = {parent.kind for parent in parents}
        if "model" in kinds and "source" in kinds:
            for parent in parents:
                yield {
                    "parent": parent.name,
                    "parent_resource_type": parent.kind,
                    "child": child.name,
                    "child_resource_type": child.kind,
                    "distance": 1,
                }


def marts_or_intermediate_dependent_on_source(graph: DbtGraph) -> Rows:
    """Give the models of later layers that read a source themselves."""
    for child in graph.of("model", "snapshot"):
        if child.layer in ("marts", "intermediate"):
            for parent in _shown(child.parents, "source"):
                yield {
                    "parent": parent.name,
                    "parent_resource_type": parent.kind,
                    "child": child.name,
                    "child_model_type": child.layer,
                }


def multiple_sources_joined(graph: DbtGraph) -> Rows:
    """Give the models that read more than one source."""
    for child in graph.of("model", "snapshot"):
        sources = _names(_shown(child.parents, "source"))
        if len(sources) > 1:
            yield {"child": child.name, "source_parents": ", ".join(sources)}


def source_fanout(graph: DbtGraph) -> Rows:
    """Give the sources that more than one model reads."""
    for parent in graph.of("source"):
        children = sorted(child.name for child in _shown(parent.children, "model"))
        if len(children) > 1:
            yield {"parent": parent.name, "model_children": ", ".join(children)}


def duplicate_sources(graph: DbtGraph) -> Rows:
    """Give the sources that stand for the same table."""
    places: dict[str, list[str]] = {}
    for node in graph.of("source"):
        if isinstance(source := node.resource, SourceTable):
            place = ".".join(filter(None, (source.database, source.schema, source.identifier)))
            places.setdefault(place, []).append(node.name)
    for place, names in sorted(places.items()):
        if len(names) > 1:
            yield {"source_names": ", ".join(sorted(names)), "source_db_location": place}


def unused_sources(graph: DbtGraph) -> Rows:
    """Give the sources that no model and no snapshot reads."""
    for parent in graph.of("source"):
        if not _shown(parent.children, "model", "snapshot"):
            yield {"parent": parent.name}


def hard_coded_references(graph: DbtGraph) -> Rows:
    """Give the models whose SQL names tables instead of asking dbt for them."""
    for node in graph.of("model"):
        if isinstance(model := node.resource, Model) and model.hard_coded:
            yield {"model": node.name, "hard_coded_references": ", ".join(model.hard_coded)}


def root_models(graph: DbtGraph) -> Rows:
    """Give the models that read nothing that dbt knows of, time spines aside."""
    spines = {node.resource.name for node in graph.nodes.values() if _is_spine(node)}
    for child in graph.of("model"):
        if not child.parents and child.name not in spines:
            yield {"child": child.name}


def model_fanout(graph: DbtGraph) -> Rows:
    """Give what many models read that themselves are the end."""
    for parent in sorted(graph.nodes.values(), key=lambda each: each.name):
        if parent.excluded or parent.kind == "exposure":
            continue
        leaves = {
            child.name for child in _shown(parent.children, "model") if not _shown(child.children, "model", "snapshot")
        }
        if len(leaves) >= graph.standard.models_fanout_threshold:
            yield {
                "parent": parent.name,
                "parent_model_type": parent.layer,
                "leaf_children": ", ".join(sorted(leaves)),
            }


def too_many_joins(graph: DbtGraph) -> Rows:
    """Give the models that read many things at once."""
    for child in graph.of("model"):
        count = len({parent.name for parent in child.parents})
        if count >= graph.standard.too_many_joins_threshold:
            yield {"resource_name": child.name, "file_path": child.path, "join_count": count}


def rejoining_of_upstream_concepts(graph: DbtGraph) -> Rows:
    """Give the models that are read by one other only, which reads their own parent besides."""
    found = []
    for between in graph.of("model", "snapshot"):
        readers = _shown(between.children, "model", "snapshot")
        if len(readers) != 1:
            continue
        beside = {parent.id for parent in readers[0].parents}
        found += [
            {
                "parent": parent.name,
                "child": readers[0].name,
                "parent_and_child": between.name,
                "is_loop_independent": True,
            }
            for parent in _shown(between.parents)
            if parent.id in beside
        ]
    return sorted(found, key=lambda row: (row["parent"], row["child"], row["parent_and_child"]))


def staging_dependent_on_staging(graph: DbtGraph) -> Rows:
    """Give the staging models that read one another."""
    return _against_the_stream(graph, ("model", "snapshot"), ("staging",))


def staging_dependent_on_marts_or_intermediate(graph: DbtGraph) -> Rows:
    """Give the staging models that read what comes after them."""
    return _against_the_stream(graph, ("model",), ("marts", "intermediate"))


def chained_views_dependencies(graph: DbtGraph) -> Rows:
    """Give both ends of each chain of views that is too long, and its length in steps.

    Where chains branch so much that there would be too many to walk, only the longest one of each model is given.
    """
    limit = graph.standard.chained_views_threshold
    depth = _depths(graph)
    ends = [node for node in graph.of("model") if depth[node.id] > limit]
    found: list[dict[str, Any]] = []
    steps = 0
    for child in ends:
        level, distance = {parent.id: parent for parent in child.parents if parent.materialized in VIRTUAL}, 1
        while level and steps <= MOST_STEPS:
            if distance > limit:
                found += _chains(level.values(), child, distance)
            steps += len(level)
            level = {
                parent.id: parent
                for node in level.values()
                for parent in node.parents
                if parent.materialized in VIRTUAL and distance + 1 + depth[parent.id] > limit
            }
            distance += 1
    if steps > MOST_STEPS:
        found = [row for child in ends for row in _longest(child, depth)]
    return sorted(found, key=lambda row: (-row["distance"], row["parent"], row["child"]))


def exposure_parents_materializations(graph: DbtGraph) -> Rows:
    """Give what an exposure reads that is computed anew each time, or is raw."""
    for use in graph.of("exposure"):
        for parent in _shown(use.parents):
            if parent.kind == "source" or (parent.kind == "model" and parent.materialized in VIRTUAL):
                yield {
                    "parent_resource_type": parent.kind,
                    "parent_resource_name": parent.name,
                    "exposure_name": use.name,
                    "parent_model_materialization": parent.materialized,
                }


def exposures_dependent_on_private_models(graph: DbtGraph) -> Rows:
    """Give what an exposure reads that is no public model."""
    for use in graph.of("exposure"):
        for parent in _shown(use.parents):
            if not parent.public:
                yield {
                    "exposure_name": use.name,
                    "parent_resource_name": parent.name,
                    "parent_access": parent.access,
                    "parent_resource_type": parent.kind,
                }


def _shown(nodes: Iterable[Node], *kinds: str) -> list[Node]:
    """Give those of the nodes that are not left out, of some kinds or of all."""
    return sorted(
        (node for node in nodes if not node.excluded and (not kinds or node.kind in kinds)), key=lambda node: node.name
    )


def _names(nodes: Iterable[Node]) -> Sequence[str]:
    return sorted({node.name for node in nodes})


def _is_spine(node: Node) -> bool:
    return isinstance(node.resource, Model) and node.resource.time_spine


def _against_the_stream(graph: DbtGraph, kinds: tuple[Any, ...], layers: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for child in graph.of(*kinds):
        if child.layer == "staging":
            for parent in _shown(child.parents, *kinds):
                if parent.layer in layers:
                    yield {
                        "parent": parent.name,
                        "parent_model_type": parent.layer,
                        "child": child.name,
                        "child_model_type": child.layer,
                    }


def _depths(graph: DbtGraph) -> dict[str, int]:
    """Give how long the longest chain of views is that ends at each node; a manifest that goes in circles counts once."""
    depth: dict[str, int] = {}
    for start in graph.nodes.values():
        waiting = [start]
        while waiting:
            node = waiting[-1]
            if node.id in depth and depth[node.id] >= 0:
                waiting.pop()
                continue
            views = [parent for parent in node.parents if parent.materialized in VIRTUAL]
            if node.id not in depth:
                depth[node.id] = -1
                waiting += [parent for parent in views if parent.id not in depth]
                if waiting[-1] is not node:
                    continue
            depth[node.id] = max((1 + max(depth[parent.id], 0) for parent in views), default=0)
            waiting.pop()
    return depth


def _chains(starts: Iterable[Node], child: Node, distance: int) -> Iterator[dict[str, Any]]:
    for start in starts:
        if not start.excluded:
            yield {"parent": start.name, "child": child.name, "distance": distance}


def _longest(child: Node, depth: dict[str, int]) -> Iterator[dict[str, Any]]:
    """Give the longest chain that ends at a node."""
    node, distance = child, 0
    while views := [parent for parent in node.parents if parent.materialized in VIRTUAL]:
        node = max(views, key=lambda each: (depth[each.id], each.name))
        distance += 1
        if distance > depth[child.id]:
            break
    return _chains([node], child, distance)
