from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decom_nb.evidence.dbt_artifacts import KINDS
from tests.evidence.made import address, dbt_of, manifest, metadata, node, put, read, run_results, said, source

ORDERS, CUSTOMERS = "model.shop.orders", "model.shop.customers"
UNIQUE = "test.shop.unique_orders_id.1f3e"


# Real artifacts


@pytest.mark.parametrize(
    ("folder", "versions", "counts", "executed", "declared"),
    [
        ("jaffle_shop_duckdb_1.11", (12, 6), {"success": 28}, 0, {"model": 5, "seed": 3, "test": 20}),
        (
            "parser_v12_1.12",
            (12, 6),
            {"success": 46},
            0,
            {
                "metric": 23,
                "model": 13,
                "saved_query": 3,
                "seed": 6,
                "semantic_model": 6,
                "source": 6,
                "test": 27,
                "unit_test": 3,
            },
        ),
        (
            "parser_v4_run_error",
            (4, 4),
            {"error": 1, "pass": 20, "success": 8},
            29,
            {"model": 5, "seed": 3, "test": 18},
        ),
        ("ol_test_failures", (2, 2), {"fail": 4, "pass": 10}, 14, {"model": 4, "source": 2, "test": 14}),
        ("ol_run_error", (2, 2), {"error": 1, "skipped": 1, "success": 2}, 4, {"model": 4, "source": 1}),
        ("datahub_sources", (5, 4), {"error": 2, "fail": 1, "pass": 21}, 24, {"model": 5, "seed": 3, "test": 24}),
    ],
)
def test_real_artifacts_load_with_their_counts(
    shared_data: Path,
    folder: str,
    versions: tuple[int, int],
    counts: Mapping[str, int],
    executed: int,
    declared: Mapping[str, int],
) -> None:
    evidence = read(shared_data / "1_dbt_artifacts" / folder)
    dbt = evidence.values["dbt"]
    assert source(evidence, "dbt run results").counts == counts
    assert source(evidence, "dbt manifest").counts == declared
    assert (dbt.manifests[0].version, dbt.invocations[0].version) == versions
    assert len(dbt.executed) == executed
    assert len(dbt.results) == sum(counts.values())
    assert len(dbt.models) == declared["model"]
    assert len(dbt.tests) == declared.get("test", 0)
    assert [each.problems for each in evidence.sources] == [()] * len(evidence.sources)


def test_real_source_freshness_loads_with_its_counts(shared_data: Path) -> None:
    evidence = read(shared_data / "1_dbt_artifacts" / "datahub_sources")
    files = {file.path: file.counts for file in source(evidence, "dbt sources").files}
    assert files == {"dbt_sources.json": {"error": 1, "pass": 10, "warn": 1}, "sample_dbt_sources_2.json": {"pass": 12}}
    first = evidence.values["dbt"].freshness[0]
    assert (first.project, first.warn_after, first.error_after) == ("sample_dbt", 12 * 3600, 24 * 3600)


def test_all_real_artifacts_together_keep_every_result(shared_data: Path) -> None:
    evidence = read(shared_data / "1_dbt_artifacts")
    assert source(evidence, "dbt run results").counts == {
        "error": 4,
        "fail": 5,
        "pass": 51,
        "skipped": 1,
        "success": 84,
    }
    assert source(evidence, "dbt run results").totals == {"invocations": 6, "executed": 71, "not executed": 74}
    assert source(evidence, "dbt manifest").totals == {"projects": 2, "superseded": 4, "disabled": 3}
    assert evidence.values["dbt"].projects == ("dbt_bigquery_test", "jaffle_shop", "sample_dbt")


def test_a_real_relationships_test_is_attached_to_the_model_that_refers(shared_data: Path) -> None:
    dbt = read(shared_data / "1_dbt_artifacts" / "parser_v4_run_error").values["dbt"]
    assert {test.model for test in dbt.tests if test.kind == "relationships"} == {"model.jaffle_shop.orders"}


@pytest.mark.parametrize(
    "file", ["1_dbt_artifacts/parser_v12_1.12/manifest_1.12.json", "1_dbt_violations/manifest.json"]
)
def test_what_real_tests_are_attached_to_is_found_without_being_told(
    shared_data: Path, tmp_path: Path, file: str
) -> None:
    content = json.loads((shared_data / file).read_bytes())
    told = {key: each.pop("attached_node") for key, each in content["nodes"].items() if each.get("test_metadata")}
    found = {test.unique_id: test.model for test in dbt_of(tmp_path, manifest=content).tests if test.generic}
    assert found == told


def test_a_real_project_with_violations_shows_what_rules_need(shared_data: Path) -> None:
    dbt = read(shared_data / "1_dbt_violations").values["dbt"]
    (exposure,) = dbt.exposures
    assert (exposure.owner, exposure.maturity) == ("dave's davey", "low")
    owned = [model for model in dbt.models if model.group == "my_awesome_group"]
    assert {model.owner for model in owned} == {"thegoat@jaffleshop.com"}
    lacking = shared_data / "1_dbt_violations/expected/test_fct_sources_without_freshness.csv"
    expected = set(lacking.read_text(encoding="utf-8-sig").split()[1:])
    assert expected <= {f"{table.source_name}.{table.name}" for table in dbt.sources if not table.freshness_declared}
    assert {model.package for model in dbt.models if not model.own} == {"dbt_project_evaluator", "exclude_package"}


# Versions, projects, times


def test_a_version_to_come_is_read_and_said_to_be_new(tmp_path: Path) -> None:
    put(tmp_path, "manifest.json", manifest(node(ORDERS, invented={"a": [1]}), version=31, inventions={"x": {"y": 1}}))
    evidence = read(tmp_path)
    assert len(evidence.values["dbt"].models) == 1
    assert said(source(evidence, "dbt manifest")) == [
        "manifest.json: v31 is newer than v12, the newest known here; read as far as it is understood"
    ]


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_artifact_cut_off_is_a_problem_with_its_line(tmp_path: Path, kind: str) -> None:
    put(tmp_path, "cut.json", f'{{"metadata": {{"dbt_schema_version": "{address(kind, 1)}"}},\n "nodes": {{"a')
    evidence = read(tmp_path)
    (problem,) = source(evidence, KINDS[kind]).problems
    assert (problem.path, problem.line) == ("cut.json", 2)
    assert problem.what.startswith("not JSON: ")
    assert evidence.values == {}


def test_an_artifact_without_its_essentials_is_none(tmp_path: Path) -> None:
    put(tmp_path, "a.json", {"facets": {"dbt_schema_version": address("manifest", 12)}})
    evidence = read(tmp_path)
    assert said(source(evidence, "dbt manifest")) == ["a.json: not a dbt manifest: it has no nodes"]
    assert evidence.values == {}


def test_of_one_project_the_newest_manifest_counts(tmp_path: Path) -> None:
    old, new = manifest(node(ORDERS), node(CUSTOMERS)), manifest(node(ORDERS, description="new"))
    old["metadata"]["generated_at"] = "2025-06-01T00:00:00Z"
    other = manifest(node("model.hr.staff"))
    other["metadata"]["project_name"] = "hr"
    for name, content in (("a", new), ("b", old), ("c", other)):
        put(tmp_path, f"{name}.json", content)
    evidence = read(tmp_path)
    assert [(model.project, model.description) for model in evidence.values["dbt"].models] == [
        ("hr", ""),
        ("shop", "new"),
    ]
    notes = [file.note for file in source(evidence, "dbt manifest").files]
    assert notes == ["", "superseded by a.json, a newer manifest of the same project", ""]


def test_the_latest_result_passes_over_what_only_compiled(tmp_path: Path) -> None:
    def results(status: str, day: int, which: str) -> dict[str, Any]:
        made = run_results((UNIQUE, status), (ORDERS, "success"), which=which)
        made["metadata"] |= {"generated_at": f"2026-01-{day:02}T00:00:00Z", "invocation_id": f"i{day}"}
        return made

    dbt = dbt_of(
        tmp_path, a=results("fail", 3, "build"), b=results("pass", 2, "build"), c=results("success", 4, "generate")
    )
    assert [invocation.command for invocation in dbt.invocations] == ["build", "build", "generate"]
    assert dbt.latest["shop", UNIQUE].status == "fail"
    assert (len(dbt.results), len(dbt.executed)) == (6, 4)


def test_the_latest_result_is_of_what_is_still_declared(tmp_path: Path) -> None:
    gone, new = "test.shop.gone", "test.shop.new"
    before = run_results((gone, "fail"), (ORDERS, "success"), ("operation.shop.hook", "success"))
    before["metadata"]["generated_at"] = "2025-12-01T00:00:00Z"
    after = run_results((new, "pass"))
    after["metadata"]["generated_at"] = "2026-02-01T00:00:00Z"
    dbt = dbt_of(tmp_path, manifest=manifest(node(ORDERS)), before=before, after=after)
    assert {unique_id for _, unique_id in dbt.latest} == {ORDERS, "operation.shop.hook", new}
    assert len(dbt.executed) == 4


def test_one_invocation_found_twice_counts_once(tmp_path: Path) -> None:
    content = run_results((ORDERS, "success"))
    content["metadata"]["invocation_id"] = "one"
    put(tmp_path, "a.json", content)
    put(tmp_path, "b.json", json.dumps(content, indent=2))
    evidence = read(tmp_path)
    assert source(evidence, "dbt run results").counts == {"success": 1}
    assert source(evidence, "dbt run results").files[1].note == "the same invocation as a.json, read once"


def test_results_belong_to_the_project_that_declares_what_they_are_about(tmp_path: Path) -> None:
    hr = manifest(node("model.hr.staff"), node("model.dbt_utils.spine"))
    hr["metadata"] |= {"project_name": "hr", "invocation_id": "of-hr"}
    put(tmp_path, "manifests/shop.json", manifest(node(ORDERS), node("model.dbt_utils.spine")))
    put(tmp_path, "manifests/hr.json", hr)
    package_only = run_results(("model.dbt_utils.spine", "success"))
    package_only["metadata"]["invocation_id"] = "of-hr"
    put(tmp_path, "a.json", run_results((ORDERS, "success")))
    put(tmp_path, "b.json", package_only)
    put(tmp_path, "c.json", run_results(("model.unheard_of.x", "success")))
    dbt = read(tmp_path).values["dbt"]
    assert {result.origin: result.project for result in dbt.results} == {
        "a.json": "shop",
        "b.json": "hr",
        "c.json": "unheard_of",
    }


def test_run_results_do_without_a_manifest(tmp_path: Path) -> None:
    dbt = dbt_of(tmp_path, run_results=run_results((ORDERS, "success"), (UNIQUE, "pass")))
    assert dbt.models == ()
    assert dbt.projects == ("shop",)
    assert len(dbt.latest) == 2


# Anything at all

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "metadata",
    "config",
    "columns",
    "depends_on",
    "test_metadata",
    "owner",
    "meta",
    "tags",
    "freshness",
    "stats",
    "timing",
)
ODD_NODE = st.dictionaries(st.sampled_from(FIELDS), ANYTHING)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    fields=ODD_NODE,
    sections=st.dictionaries(st.sampled_from(("args", *FIELDS[1:])), ANYTHING),
)
def test_whatever_stands_in_the_fields_is_read(
    tmp_path: Path, kind: str, fields: dict[str, Any], sections: dict[str, Any]
) -> None:
    unique_id = "test.shop.odd"
    odd = {**fields, "unique_id": unique_id}
    everywhere = {
        section: {unique_id: odd} for section in ("nodes", "sources", "exposures", "groups", "unit_tests", "disabled")
    }
    content = {**sections, "metadata": metadata(kind, 1), "results": [odd], **everywhere}
    put(tmp_path, "odd.json", content)
    (only,) = read(tmp_path).sources
    assert only.kind == KINDS[kind]
    assert only.model_dump_json()


# The graph, and results over time


def test_the_graph_is_told_both_ways(tmp_path: Path) -> None:
    raw, mart = "source.shop.raw.orders", "model.shop.mart"
    content = manifest(
        node(ORDERS, depends_on={"nodes": [raw, raw]}),
        node(mart, depends_on={"nodes": [ORDERS]}),
        node(UNIQUE, depends_on={"nodes": [ORDERS]}, attached_node=ORDERS),
        sources={raw: {"unique_id": raw, "resource_type": "source", "package_name": "shop", "name": "orders"}},
        exposures={
            "exposure.shop.board": {
                "package_name": "shop",
                "name": "board",
                "depends_on": {"nodes": [mart, "model.gone.away"]},
            }
        },
    )
    dbt = dbt_of(tmp_path, manifest=content)
    assert dbt.parents["shop", ORDERS] == (("shop", raw),)
    assert dbt.parents["shop", raw] == ()
    assert dbt.children["shop", ORDERS] == (("shop", mart), ("shop", UNIQUE))
    assert dbt.children["shop", "exposure.shop.board"] == ()
    assert dbt.children["shop", "model.gone.away"] == (("shop", "exposure.shop.board"),)
    assert [unique_id for _, unique_id in dbt.downstream(("shop", raw))] == [
        ORDERS,
        mart,
        UNIQUE,
        "exposure.shop.board",
    ]


def test_a_circle_in_the_graph_ends_somewhere(tmp_path: Path) -> None:
    a, b = "model.shop.a", "model.shop.b"
    content = manifest(node(a, depends_on={"nodes": [b]}), node(b, depends_on={"nodes": [a]}))
    assert dbt_of(tmp_path, manifest=content).downstream(("shop", a)) == (("shop", b),)


def test_results_of_many_runs_are_kept_in_their_order(tmp_path: Path) -> None:
    for day, status in ((3, "error"), (1, "success"), (2, "success"), (2, "success")):
        content = run_results((ORDERS, status))
        content["metadata"] |= {"generated_at": f"2026-01-0{day}T00:00:00Z", "invocation_id": f"i{day}"}
        put(tmp_path, f"{day}/{status}/{len(list(tmp_path.iterdir()))}/run_results.json", content)
    put(tmp_path, "compiled.json", run_results((ORDERS, "success"), which="compile"))
    history = dbt_of(tmp_path).history
    assert [(result.at and result.at.day, result.status) for result in history["shop", ORDERS]] == [
        (1, "success"),
        (2, "success"),
        (3, "error"),
    ]
