"""Audits on the command line: milestones, regressions, baselines, exports, and the verbs of the plan."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from decom_nb.audit import read
from decom_nb.baseline import Baseline
from tests.engagement_with_runs import engagement_with_runs, write_runs
from tests.test_cli import Decom


@pytest.fixture
def decom(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Decom:
    monkeypatch.setenv("COLUMNS", "200")
    return Decom(monkeypatch, capsys)


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    return engagement_with_runs(tmp_path / "acme")


def later(decom: Decom, acme: Path, **runs: int) -> Path:
    """Take an audit after so many runs failed, and give its file."""
    write_runs(acme, 100, runs["failed"])
    return Path(decom.data("audit", acme)["audit"])


@pytest.mark.slow
def test_a_platform_that_became_worse_fails_the_build_and_says_by_what(decom: Decom, acme: Path) -> None:
    assert "no earlier audit" in decom("audit", acme, "--fail-on-regression")[1]
    write_runs(acme, 100, 20)
    code, out, err = decom("audit", acme, "--fail-on-regression")
    assert code == 1
    assert "Pipeline reliability fell" in err
    assert "Audit:" in out, "it is kept all the same"
    write_runs(acme, 100, 5)
    told = decom.data("audit", acme, "--fail-on-regression")
    assert told["gate"] == told["told"] == []
    assert told["compared_with"]


@pytest.mark.slow
def test_a_named_audit_is_what_is_compared_with(decom: Decom, acme: Path) -> None:
    good = later(decom, acme, failed=5)
    later(decom, acme, failed=30)
    write_runs(acme, 100, 20)
    assert decom("audit", acme, "--fail-on-regression")[0] == 0, "better than the last one"
    told = decom.data("audit", acme, "--fail-on-regression", "--baseline", good.parent)
    assert told["compared_with"] == good.parent.name
    assert told["gate"]


@pytest.mark.slow
def test_a_baseline_lets_only_what_is_new_fail(decom: Decom, acme: Path, tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    assert decom("audit", acme, "--fail-on", "low")[0] == 1
    code, out, _ = decom("audit", acme, "--write-baseline", file)
    assert (code, f"Wrote: {file}" in out) == (0, True)
    assert "monitoring.runs_succeed" in Baseline.model_validate_json(file.read_bytes()).findings
    assert decom("audit", acme, "--fail-on", "low", "--baseline", file)[0] == 0
    kept = json.loads(file.read_text(encoding="utf-8"))
    del kept["findings"]["monitoring.failed_runs_recover_by_themselves"]
    file.write_text(json.dumps(kept), encoding="utf-8")
    code, _, err = decom("audit", acme, "--fail-on", "low", "--baseline", file)
    assert code == 1
    assert err.startswith("monitoring.failed_runs_recover_by_themselves (high, new):")
    assert "monitoring.runs_succeed" not in err
    file.write_text("{", encoding="utf-8")
    assert decom("audit", acme, "--baseline", file)[0] == 2


def test_every_format_is_written_from_an_audit_or_from_an_engagement(decom: Decom, acme: Path, tmp_path: Path) -> None:
    places = {name: tmp_path / "out" / f"a.{name}" for name in ("sarif", "junit", "csv", "xlsx")}
    options = [word for name, place in places.items() for word in (f"--{name}", place)]
    code, _, err = decom("export", acme, *options)
    assert code == 2
    assert "no audit has been taken yet" in err
    file = Path(decom.data("audit", acme, *options)["audit"])
    taken = {name: place.read_bytes() for name, place in places.items()}
    assert json.loads(taken["sarif"])["version"] == "2.1.0"
    assert ET.fromstring(taken["junit"]).tag == "testsuites"
    assert taken["xlsx"].startswith(b"PK")
    for of in (acme, file, file.parent):
        for place in places.values():
            place.unlink()
        told = decom.data("export", of, *options)
        assert told == {"audit": file.parent.name, "files": [str(place) for place in places.values()]}
        assert {name: place.read_bytes() for name, place in places.items()} == taken
    assert decom("export", acme)[0] == 2
    (tmp_path / "file").write_text("")
    code, _, err = decom("export", acme, "--sarif", tmp_path / "file" / "a.sarif")
    assert (code, "cannot be written" in err) == (2, True)


def test_a_milestone_has_its_name_and_the_trend_tells_of_it(decom: Decom, acme: Path) -> None:
    file = Path(decom.data("audit", acme, "--milestone", " before Christmas ")["audit"])
    assert read(file).milestone == "before Christmas"
    write_runs(acme, 100, 5)
    decom("audit", acme)
    told = decom.data("rubric", "trend", acme)
    assert {each["name"] for each in told["milestones"]} >= {"before Christmas"}
    out = decom("rubric", "trend", acme)[1]
    assert "before Christmas" in out
    assert "Since" in out


@pytest.mark.slow
def test_plan_and_targets_follow_the_documents_at_once(decom: Decom, acme: Path) -> None:
    free = decom.data("rubric", "plan", acme)
    rule = free["steps"][0]["rule"]
    plan = acme / "documents" / "repair_plan.yaml"
    plan.write_text(f"document: repair_plan\nversion: 1\nrepairs:\n  - rule: {rule}\n", encoding="utf-8")
    told = decom.data("rubric", "plan", acme)
    assert told["ticked_low"] > free["ticked_low"] == free["low"]
    assert "where the decided repairs lead" in decom("rubric", "plan", acme)[1]
    targets = acme / "documents" / "targets.yaml"
    text = "document: targets\nversion: 1\npipeline_reliability:\n  points: 8\n  because: Batch is enough.\n"
    targets.write_text(text, encoding="utf-8")
    by_name = {each["name"]: each for each in decom.data("rubric", "targets", acme)["dimensions"]}
    reliability = by_name["pipeline_reliability"]
    assert (reliability["target"], reliability["set"], reliability["because"]) == (8, True, "Batch is enough.")
    assert by_name["testing"]["set"] is False
    assert "Batch is enough." in decom("rubric", "targets", acme)[1]


def test_a_repair_of_a_rule_that_there_is_not_is_a_mistake_with_its_place(decom: Decom, acme: Path) -> None:
    plan = acme / "documents" / "repair_plan.yaml"
    plan.write_text("document: repair_plan\nversion: 1\nrepairs:\n  - rule: monitoring.runs_suceed\n", encoding="utf-8")
    code, _, err = decom("check", acme)
    assert code == 2
    assert "repair_plan.yaml:4" in err
    assert "did you mean monitoring.runs_succeed" in err


def test_diff_says_who_moved_the_score(decom: Decom, acme: Path) -> None:
    before = later(decom, acme, failed=30)
    after = later(decom, acme, failed=5)
    told = decom.data("diff", before, after)
    assert told["score"]["you"][0] > 0
    assert told["score"]["rules"] == told["score"]["either"] == [0, 0]
    code, out, _ = decom("diff", before.parent, after.parent)
    assert code == 0
    assert "our rules" in out
    assert "pipeline_reliability" in out
