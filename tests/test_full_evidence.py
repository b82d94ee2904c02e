"""Evidence decides: without any form a platform that leaves enough behind gets a narrow interval, and anchors are hit exactly."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

import pytest

from decom_nb.book import Book
from decom_nb.finding import Finding
from decom_nb.phases.rubric.table import RUBRIC
from decom_nb.score import RubricDimension, scorecard
from tests.engagement_with_runs import START, engagement_with_runs

pytestmark = pytest.mark.slow

FORMS = ("brief", "claims", "dbt_standards", "service_levels", "table_sources", "waivers")
WRITES = {
    "load_ad_spend": "raw_ads_spend",
    "load_erp_products": "raw_erp_products",
    "load_payments": "raw_pay_payments",
    "load_shop_orders": "raw_shop_orders",
    "load_web_events": "raw_web_events",
}

by_dimension = pytest.mark.parametrize("dimension", RUBRIC.dimensions, ids=lambda each: each.name)


def test_no_point_is_left_that_no_rule_decides() -> None:
    assert [each.undecided for each in RUBRIC.dimensions] == [""] * 7
    assert sum(part.points for each in RUBRIC.dimensions for part in each.parts) == 100


@by_dimension
def test_the_parts_come_in_the_order_of_the_anchors_and_hit_each(dimension: RubricDimension) -> None:
    """Whoever has the middle anchor's parts in full has its points, and with the rest the top anchor's."""
    sums = list(accumulate(part.points for part in dimension.parts))
    if dimension.name != "pipeline_reliability":  # its middle anchor lies within a rule, see below
        assert {anchor.points for anchor in dimension.anchors} - {0} <= set(sums)
    for count, points in enumerate(sums, 1):
        held = {part.rule for part in dimension.parts[:count]}
        findings = [
            Finding(
                rule=part.rule, outcome="true" if part.rule in held else "false", message="m", met=part.rule in held
            )
            for part in dimension.parts
        ]
        (found,) = [each for each in scorecard(RUBRIC, findings).dimensions if each.name == dimension.name]
        assert (found.low, found.high, found.basis) == (points, points, "evidenced")


@pytest.mark.parametrize(
    ("failed", "retried", "points"),
    [(5, True, 20), (50, False, 10), (200, False, 0), (50, True, 15)],
    ids=["99.5 % and retries", "95 % by hand", "80 % by hand", "95 % and retries"],
)
def test_reliability_comes_out_of_the_runs_at_its_anchors(
    failed: int, retried: bool, points: float, tmp_path: Path
) -> None:
    audit = Book.open(engagement_with_runs(tmp_path / "made", 1000, failed, retried)).audit(START)
    (found,) = [each for each in audit.scorecard.dimensions if each.name == "pipeline_reliability"]
    assert (found.low, found.high) == pytest.approx((points, points), abs=1e-6), found.reasons


def test_full_evidence_and_no_form_give_a_narrow_interval(whole_example: Path) -> None:
    """The whole_example without what people typed, but with promises in dbt, lineage, and a repository of tests."""
    for name in FORMS:
        (whole_example / "documents" / f"{name}.yaml").unlink(missing_ok=True)
    promise(whole_example / "evidence" / "dbt" / "manifest.json")
    lineage(whole_example / "evidence" / "lineage.jsonl")
    repository_of_tests(whole_example / "evidence" / "repository")
    audit = Book.open(whole_example).audit(datetime(2026, 11, 1, tzinfo=UTC))
    card = audit.scorecard
    assert not set(FORMS) & audit.documents.keys()
    assert card.evidenced_share >= 0.9, [(each.name, each.low, each.high) for each in card.dimensions]
    assert card.high - card.low <= 10
    assert all(each.basis in ("evidenced", "partly evidenced") for each in card.dimensions)
    assert card.claimed is None


def promise(manifest: Path) -> None:
    """Write down beside each source how long its load may take."""
    told = json.loads(manifest.read_text(encoding="utf-8"))
    for source in told["sources"].values():
        source["meta"] = {"sla_minutes": 20}
    for node in told["nodes"].values():
        if node["resource_type"] == "model" and node["name"].startswith("mrt_"):
            node["meta"] = node.setdefault("config", {})["meta"] = {"sla_minutes": 30}
    manifest.write_text(json.dumps(told), encoding="utf-8")


def lineage(file: Path) -> None:
    """Tell of each pipeline once what it wrote, as its scheduler does."""
    writes = {**WRITES, "build_sales_marts": "mrt_sales_daily"}
    events = [
        {
            "eventType": "COMPLETE",
            "eventTime": f"2026-10-28T0{number}:00:00Z",
            "run": {"runId": f"00000000-0000-4000-8000-{number:012d}"},
            "job": {"namespace": "nordwind", "name": pipeline},
            "inputs": [],
            "outputs": [{"namespace": "duckdb://warehouse", "name": f"warehouse.main.{table}"}],
            "producer": "https://github.com/OpenLineage/OpenLineage/tree/1.0/integration/spark",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        }
        for number, (pipeline, table) in enumerate(writes.items())
    ]
    file.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")


def repository_of_tests(folder: Path) -> None:
    """Lay a repository down with a test in each layer of the pyramid and a workflow that runs them."""
    code = {
        "tests/unit/test_parse.py": "def test_parse():\n    assert True\n",
        "tests/integration/test_source.py": "def test_source_answers():\n    assert True\n",
        "tests/e2e/test_golden.py": "def test_golden():\n    assert open('tests/golden/orders.csv')\n",
        "tests/golden/orders.csv": "id\n1\n",
        ".github/workflows/tests.yml": (
            "name: tests\non:\n  pull_request:\n  release:\n    types: [published]\n  schedule:\n    - cron: '0 3 * * *'\n"
            "jobs:\n  all:\n    runs-on: ubuntu-latest\n    steps:\n      - run: pytest\n      - run: dbt build\n"
        ),
    }
    for name, text in code.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
