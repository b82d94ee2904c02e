"""The verbs of the room: what they print, what they write, and what they refuse."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from decom_nb.cli import app
from decom_nb.errors import InputError

NORDWIND = Path(__file__).parents[3] / "examples" / "nordwind"


@pytest.fixture
def nordwind(tmp_path: Path) -> Path:
    for part in ("engagement.yaml", "documents", "evidence/runs", "evidence/alerting"):
        source, target = NORDWIND / part, tmp_path / part
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    return tmp_path


def run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, [str(each) for each in ("monitoring", *arguments)], env={"COLUMNS": "300"})
    if done.exception is not None:
        raise done.exception
    return done.output


@pytest.mark.slow
def test_alerts_tells_what_watches_and_writes_what_should(nordwind: Path) -> None:
    told = run("alerts", nordwind)
    assert "MartsNotBuilt" in told
    assert "These watch none of the pipelines: DiskAlmostFull." in told
    assert "Nobody wrote down impact of load_ad_spend." in run("alerts", nordwind, "--all")
    assert not (nordwind / "deliverables" / "alerts").exists()
    written = json.loads(run("alerts", nordwind, "--write", "--json"))
    assert [each["outcome"] for each in written["files"]] == ["written"] * 3
    assert written["watched"]["watched"]["failure"] == 4
    rules = yaml.safe_load((nordwind / "deliverables" / "alerts" / "prometheus.rules.yaml").read_text(encoding="utf-8"))
    assert sum(len(group["rules"]) for group in rules["groups"]) == sum(
        bool(each["expression"]) for each in written["generated"]
    )


@pytest.mark.slow
def test_alerts_leaves_a_file_alone_that_somebody_edited(nordwind: Path) -> None:
    run("alerts", nordwind, "--write")
    routes = nordwind / "deliverables" / "alerts" / "alertmanager.yaml"
    routes.write_text(routes.read_text(encoding="utf-8") + "# ours\n", encoding="utf-8")
    told = run("alerts", nordwind, "--write")
    assert "edited by hand" in told
    assert "unchanged" in told
    assert routes.read_text(encoding="utf-8").endswith("# ours\n")
    assert not routes.with_name("alertmanager.yaml.new").exists()  # ours is what they began with


def test_alerts_needs_a_pipeline(tmp_path: Path) -> None:
    (tmp_path / "engagement.yaml").write_text("document: engagement\nversion: 1\nname: x\n", encoding="utf-8")
    with pytest.raises(InputError, match="no pipeline is known"):
        run("alerts", tmp_path)


@pytest.mark.slow
def test_logs_names_the_field_the_file_and_the_line(nordwind: Path) -> None:
    told = run("logs", nordwind)
    assert 'evidence/runs/2026-09.jsonl:246: rows_loaded is "n/a", not a whole number' in told
    rows = {each["pipeline"]: each for each in json.loads(run("logs", nordwind, "--json"))}
    assert rows["load_erp_products"]["fields"][0] == {
        "field": "rows_loaded",
        "missing": 0,
        "wrong": 1,
        "file": "evidence/runs/2026-09.jsonl",
        "line": 246,
        "said": 'rows_loaded is "n/a", not a whole number',
    }


def test_logs_needs_a_log(tmp_path: Path) -> None:
    (tmp_path / "engagement.yaml").write_text("document: engagement\nversion: 1\nname: x\n", encoding="utf-8")
    with pytest.raises(InputError, match="no run logs"):
        run("logs", tmp_path)


def test_the_schema_is_printed_as_it_is() -> None:
    printed = json.loads(run("logging-schema"))
    jsonschema.Draft202012Validator.check_schema(printed)
    assert printed == json.loads(run("logging-schema", "--json"))


def test_metrics_come_out_of_logs(nordwind: Path, tmp_path: Path) -> None:
    logs = sorted((nordwind / "evidence" / "runs").iterdir())
    told = run("metrics", *logs)
    assert 'pipeline_runs_total{pipeline="load_payments",status="failed"} 11' in told
    run("metrics", *logs, "--output", tmp_path / "out.prom")
    assert (tmp_path / "out.prom").read_text(encoding="utf-8").endswith("# EOF\n")
    with pytest.raises(InputError, match="there is no such file"):
        run("metrics", tmp_path / "none.jsonl")


@pytest.mark.slow
def test_health_tells_the_eight_metrics_and_when_the_evidence_ends(nordwind: Path) -> None:
    told = run("health", nordwind)
    assert "The evidence ends on 2026-10-29" in told
    assert "Pipeline success rate" in told
    assert "build_sales_marts" in told
    data = json.loads(run("health", nordwind, "--json"))
    assert len(data["overall"]) == 8
    assert {row["pipeline"] for row in data["pipelines"]} >= {"load_payments", "build_sales_marts"}


@pytest.mark.slow
def test_incidents_tells_what_caused_what(nordwind: Path) -> None:
    assert "not over yet" in run("incidents", nordwind)
    data = json.loads(run("incidents", nordwind, "--json"))
    assert data["total"] == len(data["rows"])
    assert data["open"] == 1


def test_anomalies_tells_levels_and_days(nordwind: Path) -> None:
    told = run("anomalies", nordwind)
    assert "Changes of level" in told
    assert "Unusual days" in told
    assert "Passed when tried again" in told


@pytest.mark.parametrize("verb", ["health", "incidents", "anomalies"])
def test_without_any_run_a_verb_says_what_it_needs(verb: str, tmp_path: Path) -> None:
    shutil.copy(NORDWIND / "engagement.yaml", tmp_path / "engagement.yaml")
    with pytest.raises(InputError, match="no run"):
        run(verb, tmp_path)


@pytest.mark.slow
def test_alerts_watches_what_is_promised_and_says_what_no_metric_tells(nordwind: Path) -> None:
    levels = nordwind / "documents" / "service_levels.yaml"
    levels.write_text(
        "document: service_levels\nversion: 1\npipelines:\n  - pipeline: load_payments\n", encoding="utf-8"
    )
    told = json.loads(run("alerts", nordwind, "--json"))
    assert told["pipelines"] == ["load_payments"]
    assert "build_sales_marts" in told["left_out"]
    assert {each["pipeline"] for each in told["generated"]} == {"load_payments"}
    everything = run("alerts", nordwind, "--all")
    assert "no metric of a pipeline can tell" in everything
    assert "--json names them" in everything
    assert run("alerts", nordwind, "--promised") == run("alerts", nordwind)


@pytest.mark.slow
def test_health_breaks_no_name_in_the_middle(nordwind: Path) -> None:
    done = CliRunner().invoke(app, ["monitoring", "health", str(nordwind)], env={"COLUMNS": "80"})
    assert "build_sales_marts" in done.output
    assert all(len(line.rstrip()) < 120 for line in done.output.splitlines() if line.startswith("build_"))
