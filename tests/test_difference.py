"""What changed between two audits is told, who changed it, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decom_nb.audit import Audit
from decom_nb.book import Book
from decom_nb.difference import Difference, difference
from tests.audit_of_three_rules import BANDS, RUBRIC, dimension, finding, made

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
RULES = ("r.a", "r.b", "t.a")
REWEIGHED = RUBRIC.model_copy(
    update={"dimensions": (dimension("runs", 60, {"r.a": 20, "r.b": 40}), dimension("tests", 40, {"t.a": 40}))}
)


def test_an_audit_does_not_differ_from_itself(example: Path) -> None:
    audit = Book.open(example).audit(NOON)
    told = difference(audit, audit)
    assert (told.dimensions, told.findings, told.decisions, told.inputs_changed, told.other_versions) == ((),) * 5
    assert told.rules_changed == ()
    assert told.score.you == told.score.rules == told.score.either == (0, 0)


@pytest.mark.slow
def test_inputs_versions_findings_and_decisions_are_told(example: Path) -> None:
    before = Book.open(example).audit(NOON)
    brief = example / "documents" / "brief.yaml"
    brief.write_text(
        brief.read_text(encoding="utf-8")
        .replace("cloud_provider: AWS", "cloud_provider: GCP")
        .replace("budget_monthly_usd: 7500", "budget_monthly_usd:"),
        encoding="utf-8",
    )
    after = Book.open(example).audit(NOON)
    told = difference(before, after.model_copy(update={"versions": {**after.versions, "knowledge": "other"}}))
    assert told.inputs_changed == ("documents/brief.yaml",)
    assert told.other_versions == ("knowledge",)
    assert {turned.rule: turned.cause for turned in told.findings}["architecture.budget_is_stated"] == "you"
    assert "architecture.storage" in {decided.question for decided in told.decisions}


@pytest.mark.slow
def test_a_new_and_a_gone_rule_are_told_and_are_our_doing(example: Path) -> None:
    audit = Book.open(example).audit(NOON)
    less: Audit = audit.model_copy(update={"findings": audit.findings[1:]})
    (new,) = difference(less, audit).findings
    (gone,) = difference(audit, less).findings
    assert (new.before, new.cause, gone.after, gone.cause) == ("", "rules", "", "rules")
    assert [(each.rule, each.what) for each in difference(less, audit).rules_changed] == [(new.rule, "new")]


def audit(*mets: float | None, changed: str = "", judges: str = "", **more: object) -> Audit:
    """Make an audit of the three rules; `changed` names those whose input is another, `judges` those that judge otherwise."""
    inputs = {f"evidence/{rule}": "2" if rule in changed.split() else "1" for rule in RULES}
    digests = dict.fromkeys(judges.split(), "2")
    found = [finding(rule, met) for rule, met in zip(RULES, mets, strict=True)]
    return made(found, inputs=inputs, judges=digests, **more)  # type: ignore[arg-type]


def lows(told: Difference) -> tuple[float, float, float]:
    return told.score.you[0], told.score.rules[0], told.score.either[0]


def test_what_the_platform_moved_is_yours() -> None:
    told = difference(audit(0.2, 1.0, 0.5), audit(0.6, 1.0, 0.5, changed="r.a"))
    assert lows(told) == pytest.approx((18, 0, 0))
    assert [each.name for each in told.dimensions] == ["runs"]


def test_what_a_changed_rule_moved_over_the_same_inputs_is_ours() -> None:
    told = difference(audit(0.2, 1.0, 0.5), audit(0.6, 1.0, 0.5, judges="r.a"))
    assert lows(told) == pytest.approx((0, 18, 0))
    assert [(each.rule, each.what) for each in told.rules_changed] == [("r.a", "judges otherwise")]


def test_what_both_can_have_moved_is_neithers() -> None:
    told = difference(audit(0.2, 1.0, 0.5), audit(0.6, 1.0, 1.0, changed="r.a t.a", judges="r.a"))
    assert lows(told) == pytest.approx((20, 0, 18))


def test_other_points_for_the_same_findings_are_ours() -> None:
    told = difference(audit(0.2, 1.0, 0.5), audit(0.2, 0.5, 0.5, changed="r.b", rubric=REWEIGHED))
    assert lows(told) == pytest.approx((-20, 20, 0)), "first 40 points for r.b instead of 15, then half of them lost"
    assert {each.rule for each in told.rules_changed if each.what == "other points"} == {"r.a", "r.b"}


def test_other_code_of_ours_over_the_same_inputs_is_ours_and_another_day_is_yours() -> None:
    assert lows(difference(audit(0.2, 1.0, 0.5), audit(0.6, 1.0, 0.5, code="2"))) == pytest.approx((0, 18, 0))
    assert lows(difference(audit(0.6, 1.0, 0.5), audit(0.2, 1.0, 0.5, days=40))) == pytest.approx((-18, 0, 0))


def test_a_renamed_rule_is_followed() -> None:
    old = made([finding("old.a", 0.2), finding("r.b", 1.0), finding("t.a", 0.5)], rubric=_with("old.a"))
    new = audit(0.2, 1.0, 0.5, formerly={"r.a": ("old.a",)})
    same_input = new.model_copy(
        update={
            "findings": tuple(
                each.model_copy(update={"sources": ("evidence/old.a",)}) if each.rule == "r.a" else each
                for each in new.findings
            ),
            "inputs": old.inputs,
        }
    )
    told = difference(old, same_input)
    assert told.findings == ()
    assert lows(told) == pytest.approx((0, 0, 0))
    renamed = told.rules_changed[0]
    assert (renamed.rule, renamed.what, renamed.formerly) == ("r.a", "renamed", "old.a")


def _with(rule: str) -> object:
    parts = {rule: 45.0, "r.b": 15.0}
    return RUBRIC.model_copy(update={"dimensions": (dimension("runs", 60, parts), RUBRIC.dimensions[1])})


def test_audits_from_before_rules_had_versions_compare_by_the_knowledge_of_all() -> None:
    old = audit(0.2, 1.0, 0.5).model_copy(update={"rules": {}})
    new = audit(0.6, 1.0, 0.5, changed="r.a").model_copy(update={"rules": {}})
    assert lows(difference(old, new)) == pytest.approx((18, 0, 0))
    other = new.model_copy(update={"versions": {**new.versions, "knowledge": "2"}})
    assert lows(difference(old, other)) == pytest.approx((0, 0, 18))


shares = st.sampled_from([None, 0.0, 0.3, 0.7, 1.0])
some = st.sets(st.sampled_from(RULES)).map(" ".join)


@given(st.tuples(shares, shares, shares), st.tuples(shares, shares, shares), some, some, st.booleans(), st.booleans())
def test_the_three_always_add_up_to_the_whole_movement(
    before: tuple[float | None, ...],
    after: tuple[float | None, ...],
    changed: str,
    judges: str,
    code: bool,
    points: bool,
) -> None:
    new = audit(
        *after, changed=changed, judges=judges, code="2" if code else "1", rubric=REWEIGHED if points else RUBRIC
    )
    told = difference(audit(*before), new)
    for moved in (told.score, *told.dimensions):
        for end, (first, last) in enumerate(
            ((moved.low_before, moved.low_after), (moved.high_before, moved.high_after))
        ):
            whole = moved.you[end] + moved.rules[end] + moved.either[end]
            assert whole == pytest.approx(last - first, abs=1e-8)
    if not judges and not code and not points:
        assert told.score.rules == told.score.either == (0, 0)


def test_bands_are_those_of_the_rubric() -> None:
    assert [band.name for band in BANDS] == [band.name for band in RUBRIC.bands]
