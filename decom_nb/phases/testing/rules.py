"""What must hold of tests: that models have them and they pass, and that dbt projects are built so that they can be tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.decide import counted
from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.dbt_manifest import Model
from decom_nb.evidence.dbt_status import NOT_NEEDED, ending
from decom_nb.finding import Finding, between, not_applicable, not_known, true
from decom_nb.phases.testing.dbt_audit import DbtAudit
from decom_nb.phases.testing.dbt_checklist import Checklist
from decom_nb.phases.testing.dbt_column import checklist_table
from decom_nb.phases.testing.dbt_graph import Kind
from decom_nb.phases.testing.pyramid_rule import layer_exists, layers_keep_time
from decom_nb.rule import rule
from decom_nb.score import interpolate, judged
from decom_nb.wording import floored, listed

Anchors = Sequence[tuple[float, float]]

STRAIGHT: Anchors = ((0.0, 0.0), (1.0, 1.0))
"""What a share earns where nothing else is said: itself."""

NAMED = 3
"""How many resources a message names; the rows have them all."""

WITHOUT = "No manifest of a dbt project was found."


def _judged(looked: int, names: Sequence[str], noun: str, fault: str, rows: Sequence[dict[str, Any]]) -> Finding:
    """Judge things by how many of them have a fault: `names` are those that do, `rows` show it."""
    if not looked:
        return not_applicable(f"There is no {noun} to look at.")
    if not names:
        return true(f"{fault[:1].upper()}{fault[1:]}: none of {counted(looked, noun)}.")
    more = [f"{len(names) - NAMED:,} more"] if len(names) > NAMED else []
    message = f"{fault[:1].upper()}{fault[1:]}: {len(names):,} of {counted(looked, noun)} ({listed([*names[:NAMED], *more])})."
    return judged(max(0.0, 1 - len(names) / looked), STRAIGHT, message, rows)


def _audited(audit: DbtAudit | None, check: str, kinds: Sequence[Kind], noun: str, fault: str) -> Finding:
    """Judge resources of some kinds by a check of the audit."""
    if audit is None:
        return not_known(WITHOUT)
    return _judged(audit.count(*kinds), audit.names(check), noun, fault, audit.rows(check))


# What dbt tests


@rule
def models_have_a_tested_key(dbt_audit: DbtAudit | None, *, anchors: Anchors) -> Finding:
    """Every model has a key that is tested."""
    if dbt_audit is None or not dbt_audit.models:
        return not_known("No manifest with models was found.")
    bare, models = dbt_audit.rows("missing_primary_key_tests"), len(dbt_audit.models)
    share = 1 - len(bare) / models
    good = f"{models - len(bare):,} of {counted(models, 'model')} ({floored(share)})"
    message = f"{good} have a key tested for uniqueness and nulls."
    return judged(share, anchors, message, bare)


@rule
def models_have_tests(dbt_audit: DbtAudit | None) -> Finding:
    """Every model has at least one test."""
    if dbt_audit is None:
        return not_known(WITHOUT)
    rows = dbt_audit.untested
    return _judged(len(dbt_audit.models), [row["resource_name"] for row in rows], "model", "not tested at all", rows)


@rule
def tests_passed_when_last_run(dbt: Dbt, *, anchors: Anchors, warn_counts: float) -> Finding:
    """Tests passed when they were last run."""
    results = [each for each in dbt.latest.values() if each.resource_type in ("test", "unit_test")]
    if not results:
        return not_known(
            "No run results of a command that runs tests were found; dbt compile and docs generate run none."
        )
    held = [each for each in results if each.status not in NOT_NEEDED]
    if not held:
        return not_known(f"Of {counted(len(results), 'test')} none had to run in the latest run results.")
    worth = {"pass": 1.0, "warn": warn_counts}
    share = sum(worth.get(each.status, 0.0) for each in held) / len(held)
    open_ = sum(ending(each.status) == "incomplete" for each in held) / len(held)
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
    message = f"Of {counted(len(results), 'test')}, when last run: {told}."
    if open_:  # what no known word tells may have passed
        return between(interpolate(share, anchors), interpolate(share + open_, anchors), message, rows=rows)
    return judged(share, anchors, message, rows)


def _copies(model: Model) -> bool:
    """Tell whether the model reads one source or seed only, as staging models do: it renames rather than computes."""
    return len(model.depends_on) == 1 and model.depends_on[0].startswith(("source.", "seed."))


@rule
def unit_tests_exist(dbt: Dbt, dbt_audit: DbtAudit | None, *, anchors: Anchors) -> Finding:
    """Models with logic of their own have unit tests."""
    models = [model for model in (dbt_audit.models if dbt_audit else ()) if not _copies(model)]
    if not models:
        return not_known("No manifest with models that have logic of their own was found.")
    tested = {(test.project, test.model) for test in dbt.unit_tests}
    bare = [{"model": each.name, "path": each.path} for each in models if each.key not in tested]
    good = len(models) - len(bare)
    message = f"{good} of {len(models)} models with logic have a unit test; all points from {floored(anchors[-1][0])}."
    return judged(good / len(models), anchors, message, bare)


@rule
def sources_promise_freshness(dbt_audit: DbtAudit | None) -> Finding:
    """Every source table says after how long it is stale."""
    return _audited(
        dbt_audit, "sources_without_freshness", ["source"], "source table", "without a promise of freshness"
    )


@rule
def models_have_their_checklist(dbt_checklist: Checklist | None, *, anchors: Anchors) -> Finding:
    """Every model has the tests that the checklist asks for."""
    if dbt_checklist is None or not dbt_checklist.models:
        return not_known(WITHOUT)
    counts = dbt_checklist.counts
    has, asked = sum(has for has, _ in counts.values()), sum(asked for _, asked in counts.values())
    told = listed(
        f"{checklist_table().item(name).short} {has:,} of {asked:,}" for name, (has, asked) in counts.items() if asked
    )
    rows = [
        {"model": model.node.name, "lacks": item.item, "columns": ", ".join(item.columns), "to be told": item.open}
        for model in dbt_checklist.models
        for item in model.lacking
    ]
    message = f"{has:,} of {asked:,} tests that the checklist asks for ({floored(has / asked)}) are there: {told}."
    if blind := sum(not model.columns for model in dbt_checklist.models):
        message += (
            f" Of {counted(blind, 'model')} no column is known, and only a key is asked for; a catalog would tell more."
        )
    return judged(has / asked, anchors, message, rows)


# What reads what


@rule
def models_read_no_source_beside_models(dbt_audit: DbtAudit | None) -> Finding:
    """No model reads raw tables and models side by side."""
    return _audited(dbt_audit, "direct_join_to_source", ["model"], "model", "read models and raw tables side by side")


@rule
def later_models_read_no_source(dbt_audit: DbtAudit | None) -> Finding:
    """Only staging models read raw tables."""
    return _audited(
        dbt_audit,
        "marts_or_intermediate_dependent_on_source",
        ["model", "snapshot"],
        "resource",
        "in a later layer and reading a raw table",
    )


@rule
def models_read_one_source_each(dbt_audit: DbtAudit | None) -> Finding:
    """No model reads more than one raw table."""
    return _audited(
        dbt_audit, "multiple_sources_joined", ["model", "snapshot"], "resource", "reading several raw tables"
    )


@rule
def sources_are_read_once(dbt_audit: DbtAudit | None) -> Finding:
    """Every raw table is read by one model only."""
    return _audited(dbt_audit, "source_fanout", ["source"], "source table", "read by more than one model")


@rule
def sources_are_declared_once(dbt_audit: DbtAudit | None) -> Finding:
    """Every raw table is declared once."""
    return _audited(dbt_audit, "duplicate_sources", ["source"], "source table", "declared under more than one name")


@rule
def sources_are_used(dbt_audit: DbtAudit | None) -> Finding:
    """Every declared raw table is read."""
    return _audited(dbt_audit, "unused_sources", ["source"], "source table", "declared and read by no model")


@rule
def models_name_no_table_outright(dbt_audit: DbtAudit | None) -> Finding:
    """No model names a table outright."""
    return _audited(dbt_audit, "hard_coded_references", ["model"], "model", "naming tables outright")


@rule
def models_read_something_known(dbt_audit: DbtAudit | None) -> Finding:
    """Every model reads something that dbt knows."""
    return _audited(dbt_audit, "root_models", ["model"], "model", "reading nothing that dbt knows of")


@rule
def final_models_are_few_per_parent(dbt_audit: DbtAudit | None) -> Finding:
    """Few final models hang on one parent."""
    return _audited(
        dbt_audit,
        "model_fanout",
        ["model", "snapshot", "seed", "source"],
        "resource",
        "parent of too many final models",
    )


@rule
def models_read_few_tables(dbt_audit: DbtAudit | None) -> Finding:
    """No model reads too many tables at once."""
    return _audited(dbt_audit, "too_many_joins", ["model"], "model", "reading too many tables at once")


@rule
def concepts_are_not_rejoined(dbt_audit: DbtAudit | None) -> Finding:
    """No detour is taken for one model only."""
    return _audited(
        dbt_audit,
        "rejoining_of_upstream_concepts",
        ["model", "snapshot"],
        "resource",
        "a detour that one model takes, which reads its parent as well",
    )


@rule
def staging_models_read_no_staging(dbt_audit: DbtAudit | None) -> Finding:
    """No staging model reads another."""
    return _audited(
        dbt_audit,
        "staging_dependent_on_staging",
        ["model", "snapshot"],
        "resource",
        "staging models that read staging models",
    )


@rule
def staging_models_read_no_later_layer(dbt_audit: DbtAudit | None) -> Finding:
    """No staging model reads a later layer."""
    return _audited(
        dbt_audit,
        "staging_dependent_on_marts_or_intermediate",
        ["model"],
        "model",
        "staging models that read later layers",
    )


# Names and places


@rule
def models_are_named_for_their_layer(dbt_audit: DbtAudit | None) -> Finding:
    """Every model is named for its layer."""
    return _audited(dbt_audit, "model_naming_conventions", ["model"], "model", "not named for their layer")


@rule
def models_lie_where_they_belong(dbt_audit: DbtAudit | None) -> Finding:
    """Every model lies in the folder it belongs to."""
    return _audited(
        dbt_audit, "model_directories", ["model", "snapshot"], "resource", "in another folder than they belong"
    )


@rule
def sources_lie_where_they_belong(dbt_audit: DbtAudit | None) -> Finding:
    """Every source is declared in a folder of its own."""
    return _audited(
        dbt_audit, "source_directories", ["source"], "source table", "declared in another folder than their source's"
    )


@rule
def tests_lie_beside_their_model(dbt_audit: DbtAudit | None) -> Finding:
    """Every test is declared beside its model."""
    if dbt_audit is None:
        return not_known(WITHOUT)
    rows = dbt_audit.rows("test_directories")
    return _judged(
        dbt_audit.generic_tests, [row["test_name"] for row in rows], "test", "declared apart from their model", rows
    )


# What others may rely on


@rule
def public_models_have_contracts(dbt_audit: DbtAudit | None, *, anchors: Anchors) -> Finding:
    """Models that others read have a contract that dbt enforces."""
    if dbt_audit is None:
        return not_known(WITHOUT)
    public = dbt_audit.public or dbt_audit.exposed
    if not public:
        return not_applicable("No model is public or read by an exposure.")
    bare = [
        {"model": node.name, "access": node.access, "path": node.path} for node in public if not node.contract_enforced
    ]
    share = 1 - len(bare) / len(public)
    good = f"{len(public) - len(bare)} of {counted(len(public), 'model')} that others read ({floored(share)})"
    return judged(share, anchors, f"dbt enforces the contract of {good}.", bare)


@rule
def public_models_are_described(dbt_audit: DbtAudit | None) -> Finding:
    """Every public model is described in full."""
    if dbt_audit is None:
        return not_known(WITHOUT)
    rows, names = dbt_audit.rows("undocumented_public_models"), dbt_audit.names("undocumented_public_models")
    return _judged(len(dbt_audit.public), names, "public model", "not described in full", rows)


@rule
def exposures_read_public_models(dbt_audit: DbtAudit | None) -> Finding:
    """Dashboards read public models only."""
    return _exposed(dbt_audit, "exposures_dependent_on_private_models", "not public, and read by a dashboard")


def _exposed(audit: DbtAudit | None, check: str, fault: str) -> Finding:
    if audit is None:
        return not_known(WITHOUT)
    return _judged(audit.read_by_exposures, audit.names(check), "exposed resource", fault, audit.rows(check))


@rule
def source_systems_are_described(dbt_audit: DbtAudit | None) -> Finding:
    """Every source says which system it is."""
    if dbt_audit is None:
        return not_known(WITHOUT)
    rows, names = dbt_audit.rows("undocumented_sources"), dbt_audit.names("undocumented_sources")
    return _judged(dbt_audit.source_systems, names, "source", "without a description", rows)


# What is computed when


@rule
def views_are_not_chained(dbt_audit: DbtAudit | None) -> Finding:
    """No model stands at the end of a long chain of views."""
    return _audited(dbt_audit, "chained_views_dependencies", ["model"], "model", "at the end of a long chain of views")


@rule
def exposures_read_tables(dbt_audit: DbtAudit | None) -> Finding:
    """Dashboards read tables."""
    return _exposed(
        dbt_audit, "exposure_parents_materializations", "raw or computed each time, and read by a dashboard"
    )


# The pyramid as a whole


@rule
def integration_tests_exist(pyramid_of_tests: Sequence[Mapping[str, Any]]) -> Finding:
    """There are integration tests."""
    return layer_exists(pyramid_of_tests, "integration")


@rule
def end_to_end_tests_exist(pyramid_of_tests: Sequence[Mapping[str, Any]]) -> Finding:
    """There are end-to-end tests."""
    return layer_exists(pyramid_of_tests, "e2e")


@rule
def layers_run_when_they_should(pyramid_of_tests: Sequence[Mapping[str, Any]]) -> Finding:
    """Every layer of tests runs when it should."""
    return layers_keep_time(pyramid_of_tests)
