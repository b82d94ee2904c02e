"""``decom testing audit`` and ``dbt-tests``: names as data, files that are written and kept, what is missing said in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from decom_nb.cli import app
from decom_nb.errors import InputError
from tests.phases.dbt_case import manifest
from tests.phases.testing.test_dbt_checklist import columns

RUNNER = CliRunner()
MODELS = {
    "stg_orders": {"path": "models/staging/stg_orders.sql", "reads": ["source.shop.crm.orders"]},
    "fct_orders": {
        "path": "models/marts/fct_orders.sql",
        "reads": ["model.shop.stg_orders", "source.shop.crm.orders"],
        "node": columns("order_id", "total_amount"),
    },
}


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    (tmp_path / "engagement.yaml").write_text(
        "document: engagement\nversion: 1\nname: n\nclient: c\n", encoding="utf-8"
    )
    (tmp_path / "evidence").mkdir()
    content = manifest({"models": MODELS, "sources": {"orders": ""}})
    (tmp_path / "evidence" / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    return tmp_path


def asked(*arguments: str) -> Any:
    done = RUNNER.invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_the_audit_names_what_it_finds(engagement: Path) -> None:
    told = asked("testing", "audit", str(engagement))
    found = {each["check"]: each["names"] for each in told["checks"]}
    assert (told["projects"], told["models"], len(found)) == (["shop"], 2, 29)
    assert found["direct_join_to_source"] == ["fct_orders"]
    assert found["source_fanout"] == ["crm.orders"]
    assert found["model_fanout"] == []


def test_coverage_is_a_line_a_layer_and_comes_first(engagement: Path) -> None:
    said = RUNNER.invoke(app, ["testing", "audit", str(engagement)]).output
    lines = [line.split() for line in said.splitlines()]
    assert lines[0] == ["layer", "tested", "described"]
    assert [line[:1] for line in lines[1:4]] == [["all"], ["staging"], ["marts"]]
    assert "_pct" not in said


def test_one_check_comes_with_all_its_rows(engagement: Path) -> None:
    (check,) = asked("testing", "audit", str(engagement), "--check", "undocumented_models")["checks"]
    assert [row["resource_name"] for row in check["rows"]] == ["fct_orders", "stg_orders"]
    done = RUNNER.invoke(app, ["testing", "audit", str(engagement), "--check", "undocumented_models"])
    assert "fct_orders" in done.output
    with pytest.raises(InputError, match="did you mean model_fanout"):
        RUNNER.invoke(app, ["testing", "audit", str(engagement), "--check", "model_fanot"], catch_exceptions=False)


def test_missing_tests_are_shown_then_written(engagement: Path) -> None:
    shown = RUNNER.invoke(app, ["testing", "dbt-tests", str(engagement)], catch_exceptions=False).output
    assert "- name: order_id" in shown
    assert not (engagement / "deliverables").exists()
    told = asked("testing", "dbt-tests", str(engagement), "--write")
    assert told["items"]["range"] == {"has": 0, "asked": 1}
    file = engagement / "deliverables" / "dbt_tests" / "shop" / "models" / "marts" / "decom_missing_tests.yml"
    assert {"file": str(file), "outcome": "written"} in told["written"]
    file.write_text(file.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    again = RUNNER.invoke(app, ["testing", "dbt-tests", str(engagement), "--write"], catch_exceptions=False).output
    assert "edited by hand" in again
    assert file.read_text(encoding="utf-8").endswith("# mine\n")


def test_without_a_manifest_it_says_what_to_copy_where(engagement: Path) -> None:
    (engagement / "evidence" / "manifest.json").unlink()
    with pytest.raises(InputError, match=r"copy target/manifest\.json"):
        RUNNER.invoke(app, ["testing", "dbt-tests", str(engagement)], catch_exceptions=False)
