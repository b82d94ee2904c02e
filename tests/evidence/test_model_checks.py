"""Checks of a model are read back as they were written, and what is none is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from decom_nb.evidence import ModelChecks
from decom_nb.evidence.collect import collect
from decom_nb.evidence.model_checks import Checked, ModelCheck


def check(day: int) -> ModelCheck:
    one = Checked(
        asked="grain", table="fct_orders", columns=("order_id",), verdict="holds", rows=3, violations=0, says=""
    )
    return ModelCheck(taken_at=datetime(2026, 11, day, tzinfo=UTC), seconds=0.1, checked=(one,))


def test_checks_come_in_the_order_of_their_time_and_the_newest_counts(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(check(2).model_dump_json(indent=1), encoding="utf-8")
    (tmp_path / "a.json").write_text(check(9).model_dump_json(), encoding="utf-8")
    evidence = collect([tmp_path], tmp_path)
    value = evidence.values["model_checks"]
    assert isinstance(value, ModelChecks)
    assert [each.taken_at.day for each in value.checks] == [2, 9]
    assert value.latest.taken_at.day == 9
    source = evidence.source("model checks")
    assert source is not None
    assert source.counts == {"holds": 2}


def test_a_file_that_is_none_is_a_problem_and_the_others_count(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(check(2).model_dump_json(), encoding="utf-8")
    (tmp_path / "newer.json").write_text(json.dumps({"format": "decom model check 2"}), encoding="utf-8")
    broken = json.loads(check(3).model_dump_json())
    broken["checked"][0]["verdict"] = "fine"
    (tmp_path / "broken.json").write_text(json.dumps(broken), encoding="utf-8")
    evidence = collect([tmp_path], tmp_path)
    assert len(evidence.values["model_checks"].checks) == 1
    source = evidence.source("model checks")
    assert source is not None
    said = [problem.what for problem in source.problems]
    assert "checked.0.verdict" in said[0]
    assert "this version reads 'decom model check 1'" in said[1]
