"""Rules that evidence the rubric and belong to no other room: documentation, from dbt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.dbt_keys import columns_by_model
from decom_nb.evidence.dbt_manifest import Key, Model
from decom_nb.finding import Finding, not_applicable, not_known
from decom_nb.rule import rule
from decom_nb.score import Anchors, judged
from decom_nb.wording import floored

# Documentation


LeftOut = frozenset[Key]
"""The models and sources that dbt_standards leaves out, by key."""


def _models(dbt: Dbt, left_out: LeftOut | None) -> list[Model]:
    """Give the project's own models; those of installed packages are not the client's to describe or test."""
    return [model for model in dbt.models if model.own and model.key not in (left_out or ())]


def _covered(
    things: Sequence[Any], lacking: Sequence[dict[str, Any]], what: str, verb: str, anchors: Anchors, subject: str = ""
) -> Finding:
    """Judge how many of the things are as they should be, given the rows of those that are not."""
    good = len(things) - len(lacking)
    share = good / len(things)
    return judged(share, anchors, f"{good} of {len(things)} {what} ({floored(share)}) {verb}.", lacking, subject)


@rule
def models_are_described(dbt: Dbt, dbt_left_out: LeftOut | None, *, anchors: Anchors) -> Finding:
    """Every model says in a sentence what it holds."""
    models = _models(dbt, dbt_left_out)
    if not models:
        return not_known("No manifest with models was found.")
    bare = [{"model": each.name, "path": each.path} for each in models if not each.description.strip()]
    return _covered(models, bare, "models", "have a description", anchors)


@rule
def sources_are_described(dbt: Dbt, dbt_left_out: LeftOut | None, *, anchors: Anchors) -> Finding:
    """Every source table says what it is."""
    if not _models(dbt, dbt_left_out):
        return not_known("No manifest with models was found.")
    sources = [source for source in dbt.sources if source.own and source.key not in (dbt_left_out or ())]
    if not sources:
        return not_applicable("The project declares no sources.")
    bare = [
        {"source": f"{each.source_name}.{each.name}", "path": each.path}
        for each in sources
        if not each.description.strip()
    ]
    return _covered(sources, bare, "source tables", "have a description", anchors)


@rule
def columns_are_described(dbt: Dbt, dbt_left_out: LeftOut | None, *, anchors: Anchors) -> Finding:
    """Every column of a model says what it means."""
    standing = columns_by_model(dbt)
    columns = []
    for model in _models(dbt, dbt_left_out):
        described = {column.name.lower() for column in model.columns if column.description.strip()}
        columns += [(model.name, name, name.lower() in described) for name in standing[model.key]]
    if not columns:
        return not_known("Neither a manifest nor a catalog lists any column.")
    bare = [{"model": model, "column": name} for model, name, described in columns if not described]
    return _covered(columns, bare, "columns", "have a description", anchors)


@rule
def consumers_are_declared(dbt: Dbt, dbt_left_out: LeftOut | None, *, anchors: Anchors) -> Finding:
    """Final models have a declared consumer with an owner."""
    models = _models(dbt, dbt_left_out)
    if not models:
        return not_known("No manifest with models was found.")
    parents = {model.key: [(model.project, parent) for parent in model.depends_on] for model in dbt.models}
    read_by_models = {parent for each in parents.values() for parent in each}
    final = [model for model in models if model.key not in read_by_models]
    consumed: set[tuple[str, str]] = set()
    waiting = [(use.project, parent) for use in dbt.exposures if use.owner for parent in use.depends_on]
    while waiting:
        key = waiting.pop()
        if key not in consumed:
            consumed.add(key)
            waiting += parents.get(key, [])
    bare = [{"model": each.name, "path": each.path} for each in final if each.key not in consumed]
    return _covered(final, bare, "final models", "are read by an exposure that has an owner", anchors)
