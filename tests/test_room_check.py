"""What every room's check prints, and when it fails."""

from __future__ import annotations

import json

import pytest

from decom_nb.errors import GateFailed
from decom_nb.finding import Finding, Outcome, Severity
from decom_nb.room_check import tell
from decom_nb.terminal import Out


def found(outcome: Outcome, severity: Severity = "high", rule: str = "made.up") -> Finding:
    return Finding(rule=rule, outcome=outcome, severity=severity, message=f"It is {outcome}", remedy="mend it")


FOUND = [found("true"), found("not_known"), found("false"), found("not_applicable"), found("error", "low", "made.ill")]


def words(finding: Finding) -> list[str]:
    return [finding.message, "a row"]


def test_crashes_come_first_and_what_holds_is_only_counted(capsys: pytest.CaptureFixture[str]) -> None:
    tell(Out(as_json=False), FOUND, {}, None, words)
    assert capsys.readouterr().out.splitlines() == [
        "It is error",
        "  a row",
        "It is false",
        "  a row",
        "  To do: mend it",
        "It is not_known",
        "  a row",
        "1 of 5 rules hold; 1 have nothing to judge here.",
    ]


def test_the_gate_fails_at_the_severity_asked_for_and_tells_programs_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(GateFailed, match=r"^made\.up \(high\): It is false$"):
        tell(Out(as_json=True), FOUND, {"model": 1}, "high", words)
    told = json.loads(capsys.readouterr().out)
    assert (told["model"], told["gate"]) == (1, ["made.up (high): It is false"])
    assert [each["outcome"] for each in told["findings"]] == [each.outcome for each in FOUND]
    with pytest.raises(GateFailed, match=r"made\.ill \(low\)"):
        tell(Out(as_json=True), FOUND, {}, "low", words)
    tell(Out(as_json=True), FOUND, {}, "critical", words)
