"""``decom pipelines check``: designs and findings as data, exit codes, one pipeline chosen, cron that is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from decom_nb.cli import app
from decom_nb.errors import GateFailed, InputError

RUNNER = CliRunner()
GOOD = """
document: pipeline
version: 1
pipeline: load_orders
tier: 1
schedule: "0 2 * * *"
extract:
  source: {kind: database, supports_cdc: true}
  strategy: CDC
  watermark_storage: connector offsets
  natural_keys: [id]
load: {strategy: merge, merge_keys: [id], mutable: true, content: dimension}
quality_gates: {pre_load: [id IS NOT NULL], post_load: [id > 0]}
error_handling: {strategy: retry, alert_channels: ["#alerts"]}
"""
BAD = """
document: pipeline
version: 1
tier: 1
schedule: "0 2 31 2 *"
load: {strategy: append, merge_keys: [id], mutable: true}
"""


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    (tmp_path / "engagement.yaml").write_text(
        "document: engagement\nversion: 1\nname: n\nclient: c\n", encoding="utf-8"
    )
    folder = tmp_path / "documents" / "pipeline"
    folder.mkdir(parents=True)
    (folder / "orders.yaml").write_text(GOOD, encoding="utf-8")
    (folder / "clicks.yaml").write_text(BAD, encoding="utf-8")
    return tmp_path


def asked(*arguments: str) -> Any:
    done = RUNNER.invoke(app, ["pipelines", "check", *arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_designs_and_findings_are_given_as_data(engagement: Path) -> None:
    told = asked(str(engagement))
    assert [each["pipeline"] for each in told["pipelines"]] == ["clicks", "load_orders"]
    found = {each["rule"]: each for each in told["findings"]}
    wrong = {rule.partition(".")[2] for rule, each in found.items() if each["outcome"] == "false"}
    assert {"mutable_data_is_merged", "appends_name_no_merge_keys", "schedules_begin_some_day"} <= wrong
    assert {row["pipeline"] for each in found.values() for row in each["evidence"]} == {"clicks"}


def test_one_pipeline_is_chosen_by_either_name(engagement: Path) -> None:
    for name in ("orders", "load_orders"):
        told = asked(str(engagement), "--pipeline", name)
        assert [each["instance"] for each in told["pipelines"]] == ["orders"]
        assert not [each for each in told["findings"] if each["outcome"] == "false"]
    with pytest.raises(InputError, match="load_orders"):
        RUNNER.invoke(app, ["pipelines", "check", str(engagement), "--pipeline", "load_order"], catch_exceptions=False)


def test_it_fails_a_build_only_when_asked(engagement: Path) -> None:
    done = RUNNER.invoke(app, ["pipelines", "check", str(engagement)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "clicks: its rows change, and append inserts" in done.output
    with pytest.raises(GateFailed, match="mutable_data_is_merged"):
        RUNNER.invoke(app, ["pipelines", "check", str(engagement), "--fail-on", "critical"], catch_exceptions=False)


def test_a_schedule_that_nobody_can_read_is_a_mistake_with_its_line(engagement: Path) -> None:
    file = engagement / "documents" / "pipeline" / "clicks.yaml"
    file.write_text(BAD.replace("0 2 31 2 *", "every full moon"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        RUNNER.invoke(app, ["pipelines", "check", str(engagement)], catch_exceptions=False)
    (mistake,) = caught.value.mistakes
    assert (Path(mistake.file).name, mistake.line, mistake.key) == ("clicks.yaml", 5, "schedule")
    assert "is no cron line" in mistake.what


def test_without_a_pipeline_there_is_nothing_to_check(tmp_path: Path) -> None:
    (tmp_path / "engagement.yaml").write_text(
        "document: engagement\nversion: 1\nname: n\nclient: c\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="no pipeline is described"):
        RUNNER.invoke(app, ["pipelines", "check", str(tmp_path)], catch_exceptions=False)
