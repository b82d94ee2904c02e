"""The gate fails on what is shown, never on what is waived."""

from __future__ import annotations

import pytest

from decom_nb.audit import Audit
from decom_nb.baseline import baseline
from decom_nb.finding import Finding
from decom_nb.gate import Regression, gate, regression
from tests.audit_of_three_rules import finding, made


@pytest.fixture
def audit(example_audit: Audit) -> Audit:
    return example_audit


@pytest.mark.slow
def test_the_lower_end_is_what_counts(audit: Audit) -> None:
    assert gate(audit, audit.scorecard.low, None) == []
    assert "below" in gate(audit, audit.scorecard.low + 0.01, None)[0]
    assert gate(audit, audit.scorecard.high - 0.01, None)


def test_severities_from_the_named_one_upwards_fail(audit: Audit) -> None:
    counted = [len(gate(audit, None, severity)) for severity in ("critical", "high", "medium", "low")]
    assert counted == sorted(counted)
    assert counted[-1] == sum(each.outcome in ("false", "error") and not each.waived for each in audit.findings)


def test_no_gate_no_failure(audit: Audit) -> None:
    assert gate(audit, None, None) == []


def test_with_a_baseline_only_what_is_new_fails() -> None:
    old = made([finding("r.a", 0.5, severity="high"), finding("r.b", 1.0), finding("t.a", 1.0)])
    new = made([finding("r.a", 0.1, severity="high"), finding("r.b", 0.5, severity="high"), finding("t.a", 0.0)])
    assert len(gate(new, None, "high")) == 2
    assert gate(new, None, "high", baseline(old)) == ["r.b (high, new): r.b: 0.5."]
    assert gate(old, None, "low", baseline(old)) == []


def test_a_lower_end_that_fell_and_a_rule_that_ceased_to_hold_are_regressions() -> None:
    old = made([finding("r.a", 1.0), finding("r.b", 0.5), finding("t.a", 0.5)])
    same = made([finding("r.a", 1.0), finding("r.b", 0.5), finding("t.a", 0.5)], days=1)
    assert regression(old, same) == Regression()
    fallen = regression(old, changed([finding("r.a", 0.9), finding("r.b", 0.5), finding("t.a", 0.9)]))
    assert fallen.told == ()
    assert fallen.failures == (
        "Runs fell: 4.5 points less at the lower end, now 48.",
        "r.a held, and does not any more: r.a: 0.9.",
    ), "the whole score rose, and what fell is told all the same"
    known_less = regression(old, changed([finding("r.a", None), finding("r.b", 0.5), finding("t.a", 0.5)]))
    assert known_less.failures == (
        "The score is no longer shown as high: 45 points less at the lower end, now 27.5, "
        "for the evidence does not tell of r.a any more.",
        "Runs is no longer shown as high: 45 points less at the lower end, now 7.5, "
        "for the evidence does not tell of r.a any more.",
    ), "what is withdrawn has not become worse"
    both = regression(old, changed([finding("r.a", None), finding("r.b", 0.4), finding("t.a", 0.5)]))
    assert [said.partition(":")[0] for said in both.failures] == ["The score fell", "Runs fell"]


def test_one_point_is_one_point() -> None:
    old = made([finding("r.a", 1.0), finding("r.b", 0.5), finding("t.a", 0.5)])
    fallen = regression(old, changed([finding("r.a", 1 - 1 / 45), finding("r.b", 0.5), finding("t.a", 0.5)]))
    assert "Runs fell: 1 point less" in fallen.failures[1]


def test_a_crashed_rule_could_not_be_judged() -> None:
    old = made([finding("r.a", 1.0), finding("r.b", 0.5)])
    crashed = finding("r.a", None).model_copy(update={"outcome": "error"})
    failures = regression(old, changed([crashed, finding("r.b", 0.5)])).failures
    assert any("held, and could not be judged this time" in said for said in failures)


def test_what_our_rules_did_is_told_and_fails_nothing() -> None:
    old = made([finding("r.a", 1.0), finding("r.b", 0.5)])
    new = made([finding("r.a", 0.5), finding("r.b", 0.5), finding("t.a", 0.0)], judges={"r.a": "2"})
    found = regression(old, new)
    assert found.failures == ()
    assert [said.partition(" ")[0] for said in found.told] == ["The", "Runs:", "r.a", "t.a"]
    assert "is new and does not hold" in found.told[-1]
    both = made(
        [finding("r.a", 0.5), finding("r.b", 0.1)],
        judges={"r.a": "2"},
        inputs={"evidence/r.b": "2", "evidence/r.a": "1"},
    )
    mixed = regression(old, both)
    assert [said.partition(":")[0] for said in mixed.failures] == ["The score fell", "Runs fell"]
    assert "like for like" in mixed.failures[0]


def test_a_waived_rule_that_ceased_to_hold_is_no_regression() -> None:
    old = made([finding("r.a", 1.0), finding("r.b", 1.0), finding("t.a", 1.0)])
    waived = changed([finding("r.a", 1.0), finding("r.b", 0.0, waived="agreed"), finding("t.a", 1.0)])
    assert regression(old, waived).failures == ()


def changed(findings: list[Finding]) -> Audit:
    """Make a later audit in which every input is another."""
    return made(findings, inputs={f"evidence/{each.rule}": "2" for each in findings}, days=1)
