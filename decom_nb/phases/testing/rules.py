"""What must hold of tests: that models have them and they pass, and that the models stand in an order that can be tested."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.dbt_keys import tested_key
from decom_nb.evidence.dbt_manifest import Model
from decom_nb.finding import Finding, not_applicable, not_known
from decom_nb.rule import rule
from decom_nb.score import judged
from decom_nb.wording import floored

Anchors = Sequence[tuple[float, float]]


def _models(dbt: Dbt) -> list[Model]:
    """Give the project's own models; those of installed packages are not the client's to test."""
    return [model for model in dbt.models if model.own]


def _covered(
    things: Sequence[Any], lacking: Sequence[dict[str, Any]], what: str, verb: str, anchors: Anchors, subject: str = ""
) -> Finding:
    """Judge how many of the things are as they should be, given the rows of those that are not."""
    good = len(things) - len(lacking)
    share = good / len(things)
    return judged(share, anchors, f"{good} of {len(things)} {what} ({floored(share)}) {verb}.", lacking, subject)


# What dbt tests


@rule
def models_have_a_tested_key(dbt: Dbt, *, anchors: Anchors) -> Finding:
    """Every model has a key that is tested."""
    models = _models(dbt)
    if not models:
        return not_known("No manifest with models was found.")
    bare = [{"model": each.name, "path": each.path} for each in models if not tested_key(dbt, each)]
    return _covered(models, bare, "models", "have a key tested for uniqueness and nulls", anchors)


@rule
def tests_passed_when_last_run(dbt: Dbt, *, anchors: Anchors, warn_counts: float) -> Finding:
    """Tests passed when they were last run."""
    results = [each for each in dbt.latest.values() if each.resource_type in ("test", "unit_test")]
    if not results:
        return not_known(
            "No run results of a command that runs tests were found; dbt compile and docs generate run none."
        )
    worth = {"pass": 1.0, "warn": warn_counts}
    share = sum(worth.get(each.status, 0.0) for each in results) / len(results)
    counts = {
        status: sum(each.status == status for each in results) for status in sorted({each.status for each in results})
    }
    told = ", ".join(f"{count} {status}" for status, count in counts.items())
    names = {test.key: test.name for test in (*dbt.tests, *dbt.unit_tests)}
    rows = [
        {
            "test": names.get(each.key, each.unique_id),
            "status": each.status,
            "failures": each.failures,
            "message": each.message,
        }
        for each in sorted(results, key=lambda each: each.key)
        if each.status != "pass"
    ]
    return judged(share, anchors, f"Of {len(results)} tests, when last run: {told}.", rows)


def _copies(model: Model) -> bool:
    """Tell whether the model reads one source or seed only, as staging models do: it renames rather than computes."""
    return len(model.depends_on) == 1 and model.depends_on[0].startswith(("source.", "seed."))


@rule
def unit_tests_exist(dbt: Dbt, *, anchors: Anchors) -> Finding:
    """Models with logic of their own have unit tests."""
    models = [model for model in _models(dbt) if not _copies(model)]
    if not models:
        return not_known("No manifest with models that have logic of their own was found.")
    tested = {(test.project, test.model) for test in dbt.unit_tests}
    bare = [{"model": each.name, "path": each.path} for each in models if each.key not in tested]
    good = len(models) - len(bare)
    message = f"{good} of {len(models)} models with logic have a unit test; all points from {floored(anchors[-1][0])}."
    return judged(good / len(models), anchors, message, bare)


@rule
def public_models_have_contracts(dbt: Dbt, *, anchors: Anchors) -> Finding:
    """Models that others read have a contract that dbt enforces."""
    if not _models(dbt):
        return not_known("No manifest with models was found.")
    exposed = {(use.project, parent) for use in dbt.exposures for parent in use.depends_on}
    public = [model for model in _models(dbt) if model.access == "public" or model.key in exposed]
    if not public:
        return not_applicable("No model is public or read by an exposure.")
    bare = [
        {"model": each.name, "access": each.access, "path": each.path} for each in public if not each.contract_enforced
    ]
    return _covered(public, bare, "models that others read", "have an enforced contract", anchors)
