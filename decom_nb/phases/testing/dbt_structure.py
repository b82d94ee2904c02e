"""Checks of how a dbt project's files are named and where they lie, as dbt-project-evaluator defines them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from decom_nb.evidence.dbt import Model, SourceTable
from decom_nb.phases.testing.dbt_graph import DbtGraph, Node, prefix

Rows = Iterable[dict[str, Any]]


def model_naming_conventions(graph: DbtGraph) -> Rows:
    """Give the models whose names do not begin as those of their layer do, time spines aside."""
    told = {layer.name: ", ".join(sorted(layer.prefixes)) for layer in graph.standard.layers}
    for node in graph.of("model"):
        model = node.resource
        if (
            isinstance(model, Model)
            and not model.time_spine
            and graph.standard.prefixes.get(prefix(model.name)) != node.layer
        ):
            yield {
                "resource_name": node.name,
                "model_type": node.layer,
                "appropriate_prefixes": told.get(node.layer, ""),
            }


def model_directories(graph: DbtGraph) -> Rows:
    """Give the models that do not lie where they belong: staging models by their source, others by their layer's folder."""
    folders = {layer.name: layer.folder for layer in graph.standard.layers}
    staging = folders.get("staging", "staging")
    for node in graph.of("model", "snapshot"):
        if node.layer == "staging" and node.kind == "model":
            for source in sorted(_sources_above(node)):
                if not _like(source, node.directory):
                    yield _moved(node, f"models/{staging}/{source}/{node.file}")
    for node in graph.of("model", "snapshot"):
        if node.folder_layer and node.folder_layer != node.layer:
            yield _moved(node, f"models/.../{folders.get(node.layer, '')}/.../{node.file}")


def source_directories(graph: DbtGraph) -> Rows:
    """Give the sources that are not declared in a folder of their own."""
    staging = next((layer.folder for layer in graph.standard.layers if layer.name == "staging"), "staging")
    for node in graph.of("source"):
        if isinstance(source := node.resource, SourceTable) and not _like(source.source_name, node.directory):
            yield _moved(node, f"models/{staging}/{source.source_name}/{node.file}")


def test_directories(graph: DbtGraph) -> Rows:
    """Give the generic tests that are declared in another folder than their model."""
    for node in graph.of("model"):
        for test in sorted(graph.tests.get(node.id, ()), key=lambda each: each.name):
            path = test.path.replace("\\", "/")
            directory = path[: path.rfind("/") + 1]
            if test.generic and directory != node.directory:
                yield {
                    "test_name": test.name,
                    "model_name": node.name,
                    "current_test_directory": directory,
                    "change_test_directory_to": node.directory,
                }


def _moved(node: Node, to: str) -> dict[str, Any]:
    return {"resource_name": node.name, "current_file_path": node.path, "change_file_path_to": to}


def _sources_above(node: Node) -> Iterator[str]:
    """Give the names of all sources that a model comes from, directly or not, those that are left out included."""
    seen, waiting, found = {node.id}, list(node.parents), set()
    while waiting:
        above = waiting.pop()
        if above.id not in seen:
            seen.add(above.id)
            waiting += above.parents
            if isinstance(above.resource, SourceTable):
                found.add(above.resource.source_name)
    return iter(found)


def _like(name: str, directory: str) -> bool:
    """Tell whether a directory has the name in it; an underscore stands for any character, as it does in SQL's LIKE.

    >>> _like("web_shop", "models/staging/web-shop/"), _like("shop", "models/staging/crm/")
    (True, False)
    """
    return bool(_pattern(name).search(directory))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name).replace("_", "."))
