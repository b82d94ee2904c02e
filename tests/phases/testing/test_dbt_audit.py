"""The audit of dbt projects: the published findings of a project that breaks every rule, and what bends what is looked at."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from decom_nb.evidence.collect import collect
from decom_nb.evidence.dbt import Dbt
from decom_nb.phase import Phase
from decom_nb.phases.testing.dbt_audit import DbtAudit, audited, checks
from decom_nb.phases.testing.dbt_standard import standard_of
from decom_nb.phases.testing.documents import DbtStandards
from decom_nb.phases.testing.readers import READERS
from decom_nb.rule import run
from decom_nb.supply import Supply
from tests.phases.dbt_case import manifest

PUBLISHED = Path(__file__).parents[4] / "shared" / "data" / "1_dbt_violations"
needs_published = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published manifest is not on this machine")
EXPECTED = sorted((PUBLISHED / "expected").glob("test_fct_*.csv"))


@pytest.fixture(scope="module")
def published() -> DbtAudit:
    return audited(collect([PUBLISHED / "manifest.json"], PUBLISHED).values["dbt"], None)


@needs_published
@pytest.mark.parametrize("file", EXPECTED, ids=lambda file: file.stem.removeprefix("test_fct_"))
def test_a_check_finds_what_is_published_of_it(file: Path, published: DbtAudit) -> None:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        expected = list(csv.DictReader(lines))
    found = published.rows(file.stem.removeprefix("test_fct_"))
    columns = list(expected[0])
    assert sorted(row_of(row, columns) for row in found) == sorted(row_of(row, columns) for row in expected)


@needs_published
def test_every_published_check_is_one_of_ours() -> None:
    assert len(EXPECTED) == 27
    assert {file.stem.removeprefix("test_fct_") for file in EXPECTED} <= checks().keys()


RULES = {
    "missing_primary_key_tests": "models_have_a_tested_key",
    "sources_without_freshness": "sources_promise_freshness",
    "direct_join_to_source": "models_read_no_source_beside_models",
    "multiple_sources_joined": "models_read_one_source_each",
    "source_fanout": "sources_are_read_once",
    "duplicate_sources": "sources_are_declared_once",
    "unused_sources": "sources_are_used",
    "hard_coded_references": "models_name_no_table_outright",
    "root_models": "models_read_something_known",
    "model_fanout": "final_models_are_few_per_parent",
    "too_many_joins": "models_read_few_tables",
    "rejoining_of_upstream_concepts": "concepts_are_not_rejoined",
    "staging_dependent_on_staging": "staging_models_read_no_staging",
    "model_naming_conventions": "models_are_named_for_their_layer",
    "model_directories": "models_lie_where_they_belong",
    "source_directories": "sources_lie_where_they_belong",
    "test_directories": "tests_lie_beside_their_model",
    "undocumented_public_models": "public_models_are_described",
    "public_models_without_contract": "public_models_have_contracts",
    "exposures_dependent_on_private_models": "exposures_read_public_models",
    "undocumented_sources": "source_systems_are_described",
    "chained_views_dependencies": "views_are_not_chained",
    "exposure_parents_materializations": "exposures_read_tables",
}
"""The rule that tells of each check; the two coverages and the descriptions of models and tables are told by others."""


@needs_published
@pytest.mark.parametrize(("check", "name"), RULES.items(), ids=RULES.keys())
def test_a_rule_names_what_its_check_found(check: str, name: str, published: DbtAudit) -> None:
    (told,) = [each for each in Phase("decom_nb.phases.testing").rules if each.rule.check.__name__ == name]
    finding = run([told], Supply({"dbt_audit": published}), {})[0]
    assert finding.outcome == "false"
    column = "model" if name == "public_models_have_contracts" else checks()[check][0].names
    assert sorted({row[column] for row in finding.evidence}) == published.names(check)
    assert finding.met is not None
    assert 0 <= finding.met < 1


@needs_published
def test_the_rubrics_rules_on_descriptions_name_what_is_published(published: DbtAudit) -> None:
    dbt = collect([PUBLISHED / "manifest.json"], PUBLISHED).values["dbt"]
    supply = Supply({"dbt": dbt}, {each.__name__: each for each in READERS})
    by_name = {each.rule.check.__name__: each for each in Phase("decom_nb.phases.rubric").rules}
    models = run([by_name["models_are_described"]], supply, {})[0]
    assert sorted(row["model"] for row in models.evidence) == sorted(
        name.partition(".v")[0] for name in (row["resource_name"] for row in published.rows("undocumented_models"))
    )
    tables = run([by_name["sources_are_described"]], supply, {})[0]
    assert sorted(row["source"] for row in tables.evidence) == published.names("undocumented_source_tables")


def row_of(row: dict[str, Any], columns: list[str]) -> tuple[str, ...]:
    """Give a row as texts that can be compared: a CSV has no types."""
    return tuple(text_of(row[column]) for column in columns)


def text_of(value: Any) -> str:
    text = "" if value is None else str(value)
    try:
        return str(float(text))
    except ValueError:
        return text.lower() if text.lower() in ("true", "false") else text


def dbt_of(folder: Path, case: dict[str, Any]) -> Dbt:
    (folder / "manifest.json").write_text(json.dumps(manifest(case)), encoding="utf-8")
    dbt: Dbt = collect([folder], folder).values["dbt"]
    return dbt


def test_every_check_is_told_and_done() -> None:
    assert len(checks()) == 29
    for name, (text, look) in checks().items():
        assert look.__name__ == name
        assert text.because


def test_what_is_left_out_is_named_nowhere_and_still_read_from(tmp_path: Path) -> None:
    models = {
        "stg_a": {"path": "models/legacy/stg_a.sql"},
        "fct_a": {"path": "models/marts/fct_a.sql", "reads": ["model.shop.stg_a", "model.lent.b"]},
        "b": {"package": "lent"},
    }
    dbt = dbt_of(tmp_path, {"models": models})
    assert audited(dbt, None).names("root_models") == ["stg_a"]
    narrowed = audited(dbt, DbtStandards.model_validate({"exclude_paths": ["/LEGACY/"]}))
    assert narrowed.names("root_models") == []
    assert narrowed.names("undocumented_models") == ["fct_a"]
    widened = audited(dbt, DbtStandards.model_validate({"exclude_packages": ["another"]}))
    assert widened.names("root_models") == ["b", "stg_a"]


def test_people_come_before_what_is_known_and_that_before_the_defaults() -> None:
    default = standard_of("shop", None)
    known = standard_of("dbt_project_evaluator_integration_tests", None)
    assert (default.too_many_joins_threshold, known.too_many_joins_threshold) == (7, 3)
    written = DbtStandards.model_validate({"too_many_joins_threshold": 12})
    assert standard_of("dbt_project_evaluator_integration_tests", written).too_many_joins_threshold == 12
    assert standard_of("shop", written).chained_views_threshold == default.chained_views_threshold


def test_a_pattern_that_is_none_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="it is no regular expression"):
        DbtStandards.model_validate({"exclude_paths": ["("]})


def test_a_test_that_reads_several_models_is_about_the_last(tmp_path: Path) -> None:
    content = manifest({"models": {"a": {}, "b": {}}})
    content["nodes"]["test.shop.sums"] = {
        "unique_id": "test.shop.sums",
        "name": "sums",
        "resource_type": "test",
        "package_name": "shop",
        "original_file_path": "tests/sums.sql",
        "depends_on": {"nodes": ["model.shop.a", "model.shop.b"]},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    audit = audited(collect([tmp_path], tmp_path).values["dbt"], None)
    assert [row["resource_name"] for row in audit.untested] == ["a"]


def test_a_chain_that_goes_in_circles_comes_to_an_end(tmp_path: Path) -> None:
    ring = {name: {"materialized": "view", "reads": [f"model.shop.{other}"]} for name, other in ("ab", "bc", "ca")}
    audit = audited(dbt_of(tmp_path, {"models": ring}), None)
    assert isinstance(audit.rows("chained_views_dependencies"), list)


def test_where_chains_branch_too_much_the_longest_of_each_model_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models: dict[str, Any] = {"v0": {"materialized": "view"}}
    for at in range(1, 12):
        models[f"v{at}"] = {"materialized": "view", "reads": [f"model.shop.v{below}" for below in range(at)]}
    dbt = dbt_of(tmp_path, {"models": models})
    all_rows = audited(dbt, None).rows("chained_views_dependencies")
    monkeypatch.setattr("decom_nb.phases.testing.dbt_lineage.MOST_STEPS", 3)
    few = audited(dbt, None).rows("chained_views_dependencies")
    assert {row["child"] for row in few} == {row["child"] for row in all_rows} == {f"v{at}" for at in range(6, 12)}
    assert max(row["distance"] for row in few) == 11
    assert all(row in all_rows for row in few)
    assert len(few) == 6 < len(all_rows)
