"""What commands print for people: the score and what to do first are seen, counts have their number, ages are whole days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from decom_nb.decide import decide
from decom_nb.difference import difference
from decom_nb.evidence.source import SourceFile, source_of
from decom_nb.terminal import Out
from tests.audit_of_three_rules import finding, made
from tests.test_decide import FAST
from tests.test_decide import table as menu

LONG = "architecture.decisions_rest_on_enough_answers_of_people"


def test_beside_a_report_the_score_and_the_first_actions_come_last(capsys: pytest.CaptureFixture[str]) -> None:
    found = [finding("r.a", 0.2), finding("r.b", 0.0), finding("t.a", 0.5), finding(LONG, 0.0)]
    Out(as_json=False).reported(made(found))
    said = capsys.readouterr().out
    assert said.index("dimension") < said.index("1 finding without points too") < said.index("Score ")
    assert said.index("Score ") < said.index("do first")
    assert LONG not in said


def test_rules_without_points_are_named_whole_under_what_they_say(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    told = finding(LONG, 0.0).model_copy(
        update={"message": "Three of four decisions could still be turned by an answer."}
    )
    Out(as_json=False).audit(made([finding("r.a", 0.2), told]))
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert LONG in lines
    assert any("Three of four decisions could still be turned" in line for line in lines)


def test_sources_are_counted_in_the_right_number_and_aged_in_whole_days(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    as_of = datetime.now(UTC) - timedelta(days=5, hours=20)
    counts = {"metric": 2, "model": 84, "seed": 1}
    file = SourceFile(path="manifest.json", kind="dbt manifest", as_of=as_of, rows=87, counts=counts)
    Out(as_json=False).sources([source_of("dbt manifest", [file], [])])
    said = capsys.readouterr().out
    assert "2 metrics, 84 models, 1 seed" in said
    assert "5 d" in said


def test_a_difference_shows_points_of_dimensions_and_what_is_no_longer_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = made([finding("r.a", 1.0), finding("r.b", 0.55), finding("t.a", 0.5)])
    silent = [finding("r.a", None), finding("r.b", 0.55), finding("t.a", 0.5)]
    after = made(silent, inputs={"evidence/r.a": "2"}, days=1)
    Out(as_json=False).difference(difference(before, after))
    said = capsys.readouterr().out
    assert "r.a: true → not_known, no longer shown" in said
    assert "8.2–53.2" in said


def test_of_silence_no_ranking_is_printed_but_what_to_answer(capsys: pytest.CaptureFixture[str]) -> None:
    supper = menu({"A": [("fit", FAST, 3)], "B": [("fit", {"people": {"above": 4}}, 3)]})
    Out(as_json=False).decision(decide(supper, {}))
    said = capsys.readouterr().out
    assert "Cannot be told yet" in said
    assert "%" not in said
    assert "0.0" not in said
    assert all(supper.sheet.by_name[each].question in said for each in ("speed", "people"))
    Out(as_json=False).decision(decide(supper, {"speed": "fast"}))
    assert "+3.0" in capsys.readouterr().out
