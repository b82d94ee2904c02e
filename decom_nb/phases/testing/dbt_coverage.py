"""Checks of what a dbt project's resources come with: tests, descriptions, contracts, a promise of freshness.

Defined as dbt-project-evaluator documents them; the figures of the two coverages are rounded as there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from decom_nb.evidence.dbt import Model, SourceTable
from decom_nb.evidence.dbt_keys import key_tested_by
from decom_nb.phases.testing.dbt_graph import DbtGraph, Node

Rows = Iterable[dict[str, Any]]


def missing_primary_key_tests(graph: DbtGraph) -> Rows:
    """Give the models in which nothing is tested as a key."""
    for node in graph.of("model"):
        tests = graph.tests.get(node.id, ())
        if isinstance(model := node.resource, Model) and not key_tested_by(tests, model.columns):
            tested = {test.column for test in tests}
            yield {
                "resource_name": node.name,
                "is_primary_key_tested": False,
                "number_of_tests_on_model": len(tests),
                "number_of_constraints_on_model": sum(
                    len(column.constraints) for column in model.columns if column.name in tested
                ),
            }


def test_coverage(graph: DbtGraph) -> Rows:
    """Give how many models have a test, of all and of each layer."""
    models = graph.of("model")
    if not models:
        return
    tests = sum(len(graph.tests.get(node.id, ())) for node in models)
    yield {
        "total_models": len(models),
        "total_tests": tests,
        "tested_models": sum(node.id in graph.tests for node in models),
        **_shares(graph, models, "test_coverage_pct", lambda node: node.id in graph.tests),
        "test_to_model_ratio": round(tests / len(models), 4),
    }


def sources_without_freshness(graph: DbtGraph) -> Rows:
    """Give the source tables that do not say after how long they are stale."""
    for node in graph.of("source"):
        if isinstance(source := node.resource, SourceTable) and not source.freshness_declared:
            yield {"resource_name": node.name}


def documentation_coverage(graph: DbtGraph) -> Rows:
    """Give how many models have a description, of all and of each layer."""
    models = graph.of("model")
    if not models:
        return
    yield {
        "total_models": len(models),
        "documented_models": sum(map(_described, models)),
        **_shares(graph, models, "documentation_coverage_pct", _described),
    }


def undocumented_models(graph: DbtGraph) -> Rows:
    """Give the models without a description."""
    for node in graph.of("model"):
        if not _described(node):
            yield {"resource_name": node.name, "model_type": node.layer}


def undocumented_source_tables(graph: DbtGraph) -> Rows:
    """Give the source tables without a description."""
    for node in graph.of("source"):
        if not _described(node):
            yield {"resource_name": node.name}


def undocumented_sources(graph: DbtGraph) -> Rows:
    """Give the sources without a description, each once."""
    bare = {
        source.source_name
        for node in graph.of("source")
        if isinstance(source := node.resource, SourceTable) and not source.source_description
    }
    for name in sorted(bare):
        yield {"source_name": name}


def undocumented_public_models(graph: DbtGraph) -> Rows:
    """Give the public models of which something is not described, or no column is named."""
    for node in graph.of("model"):
        if node.public and isinstance(model := node.resource, Model):
            described = sum(bool(column.description) for column in model.columns)
            if not _described(node) or described < len(model.columns) or not model.columns:
                yield {
                    "resource_name": node.name,
                    "access": node.access,
                    "is_described": _described(node),
                    "total_defined_columns": len(model.columns),
                    "total_described_columns": described,
                }


def public_models_without_contract(graph: DbtGraph) -> Rows:
    """Give the public models whose contract dbt does not enforce."""
    for node in graph.of("model"):
        if node.public and isinstance(model := node.resource, Model) and not model.contract_enforced:
            yield {"resource_name": node.name, "is_public": True, "is_contract_enforced": False}


def _described(node: Node) -> bool:
    return bool(node.resource.description)


def _shares(
    graph: DbtGraph, models: list[Node], name: str, holds: Callable[[Node], bool]
) -> Mapping[str, float | None]:
    """Give in how many of a hundred models something holds, of all and of each layer; ``None`` for a layer without models."""
    all_models, good = Counter(node.layer for node in models), Counter(node.layer for node in models if holds(node))
    layers = {
        f"{layer.name}_{name}": round(100 * good[layer.name] / all_models[layer.name], 2)
        if all_models[layer.name]
        else None
        for layer in graph.standard.layers
    }
    return {name: round(100 * good.total() / all_models.total(), 2), **layers}
