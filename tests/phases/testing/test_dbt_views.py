"""What cells show of dbt projects: every view with findings and without, charts that Vega-Lite accepts, nothing unescaped."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from decom_nb.evidence.collect import collect
from decom_nb.phases.testing import charts, views
from decom_nb.phases.testing.dbt_audit import audited
from decom_nb.phases.testing.measures import dbt_checklist_rows, dbt_findings
from tests.phases.dbt_case import manifest
from tests.phases.testing.test_dbt_checklist import checklist, columns

EVIL = "<script>alert(1)</script>"
CASE: dict[str, Any] = {
    "models": {
        "fct_orders": {
            "path": "models/marts/fct_orders.sql",
            "tests": ["unique order_id", "not_null order_id", "accepted_values order_status"],
            "node": columns("order_id", "order_status", "payment_status", "total_amount"),
        },
        "stg_notes": {"description": "One row per note."},
        EVIL: {"node": columns(EVIL, "amount")},
    }
}


@pytest.fixture
def findings(tmp_path: Path) -> list[dict[str, Any]]:
    (tmp_path / "manifest.json").write_text(json.dumps(manifest(CASE)), encoding="utf-8")
    return dbt_findings(audited(collect([tmp_path], tmp_path).values["dbt"], None))


@pytest.fixture
def asked(tmp_path: Path) -> dict[str, Any]:
    return dbt_checklist_rows(checklist(tmp_path, CASE))


def test_coverage_is_drawn_by_layer_in_the_order_of_the_layers(findings: list[dict[str, Any]]) -> None:
    rows = charts.coverage_rows(findings[0])
    assert [(row["layer"], row["models"], row["label"]) for row in rows] == [
        ("all models", "with a test", "33 %"),
        ("all models", "with a description", "33 %"),
        ("staging", "with a test", "0 %"),
        ("staging", "with a description", "100 %"),
        ("marts", "with a test", "100 %"),
        ("marts", "with a description", "0 %"),
        ("other", "with a test", "0 %"),
        ("other", "with a description", "0 %"),
    ]
    assert charts.coverage_chart(rows).to_dict()


def test_the_matrix_tells_not_asked_from_not_known(asked: dict[str, Any]) -> None:
    rows = charts.matrix_rows(asked)
    cells = {(row["model"], row["item"]): (row["state"], row["sign"]) for row in rows}
    assert cells["fct_orders", "key"] == ("is tested", "✓")
    assert cells["fct_orders", "values"] == ("is tested in part", "1/2")
    assert cells["fct_orders", "ranges"] == ("is not tested", "✕")
    assert cells["fct_orders", "recency"] == ("is not asked for", "")
    assert cells["stg_notes", "ranges"] == ("no column is known", "?")
    assert charts.matrix_chart(rows).to_dict()


def test_measures_say_what_they_cut(findings: list[dict[str, Any]], asked: dict[str, Any]) -> None:
    by_check = {check["check"]: check for check in findings[0]["checks"]}
    assert by_check["undocumented_models"]["total"] == 2
    assert asked["total"] == 3
    assert asked["without_columns"] == 1
    assert asked["offered"] + asked["open"] == sum(model["lacking"] for model in asked["models"])
    assert json.dumps([findings, asked], allow_nan=False)


def test_every_view_shows_something_with_and_without_a_project(
    findings: list[dict[str, Any]], asked: dict[str, Any]
) -> None:
    for name, rows in (("coverage", findings), ("projects", findings), ("checklist", asked)):
        page = getattr(views, name)(rows)._repr_html_()
        assert EVIL not in page, name
        assert "No dbt project was read" in getattr(views, name)(None)._repr_html_()
    assert "&lt;script&gt;" in views.projects(findings)._repr_html_()


def test_names_and_the_commas_between_them_share_one_cell_on_a_telephone(findings: list[dict[str, Any]]) -> None:
    page = views.projects(findings)._repr_html_()
    cells = re.findall(r'<td data-label="Where">(.*?)</td>', page, flags=re.DOTALL)
    assert cells
    assert all(each.startswith("<span>") and each.endswith("</span>") for each in cells)
