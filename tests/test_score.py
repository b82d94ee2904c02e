"""The interval: what is known is inside it, better evidence never lowers it, less evidence never raises its lower end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from decom_nb.finding import Finding
from decom_nb.score import (
    Anchor,
    Band,
    Claim,
    Part,
    Rubric,
    RubricDimension,
    interpolate,
    scorecard,
    shown,
    with_points,
)


def dimension(name: str, weight: float, parts: dict[str, float], undecided: str = "") -> RubricDimension:
    return RubricDimension(
        name=name,
        title=name.title(),
        weight=weight,
        anchors=(Anchor(points=0, text="nothing"), Anchor(points=weight, text="all")),
        parts=tuple(Part(rule=rule, points=points, because="b") for rule, points in parts.items()),
        undecided=undecided,
        because="b",
        source="s",
    )


BANDS = tuple(
    Band(name=name, start=start, advice="a", source="s")
    for name, start in (("poor", 0), ("fragile", 41), ("solid", 61), ("good", 81))
)
RUBRIC = Rubric(
    dimensions=(
        dimension("runs", 60, {"r.a": 45, "r.b": 15}),
        dimension("tests", 30, {"t.a": 20}, undecided="10 points nobody can see"),
        dimension("cost", 10, {}, undecided="no bills"),
    ),
    bands=BANDS,
    efforts={"low": 1, "medium": 3, "high": 8},
)
RULES = ("r.a", "r.b", "t.a")


def finding(rule: str, met: float | None, outcome: str = "", waived: str = "") -> Finding:
    said = outcome or ("not_known" if met is None else "true" if met == 1 else "false")
    return Finding(rule=rule, outcome=said, message="m", met=met, waived=waived)


def findings(mets: tuple[float | None, ...]) -> list[Finding]:
    return [finding(rule, met) for rule, met in zip(RULES, mets, strict=True)]


shares = st.floats(0, 1, allow_nan=False).map(lambda share: round(share, 6))
mets = st.tuples(shares, shares, shares)


def test_the_score_is_the_sum_of_what_is_earned() -> None:
    card = scorecard(RUBRIC, findings((0.5, 1.0, 0.25)))
    assert [(each.low, each.high) for each in card.dimensions] == [(37.5, 37.5), (5, 15), (0, 10)]
    assert (card.low, card.high, card.evidenced_share) == (42.5, 62.5, 0.8)
    assert (card.band, card.band_low, card.band_high) == (None, "fragile", "solid")


def test_without_any_evidence_there_is_no_score_and_a_reason() -> None:
    card = scorecard(RUBRIC, [], {"cost": Claim(points=5)})
    assert (card.low, card.high, card.evidenced_share, card.band) == (0, 100, 0, None)
    assert "no score" in card.reason
    assert (card.claimed, card.claimed_share) == (50, 0.1)


def test_a_rule_that_crashed_earns_nothing_and_stays_open() -> None:
    crashed = scorecard(RUBRIC, [finding("r.a", None, "error")])
    assert (crashed.low, crashed.high) == (0, 100)


@given(mets, st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_the_interval_contains_the_score_that_full_knowledge_would_give(
    met: tuple[float, ...], known: tuple[bool, ...]
) -> None:
    point = scorecard(RUBRIC, findings(met))
    part = scorecard(RUBRIC, findings(tuple(m if k else None for m, k in zip(met, known, strict=True))))
    assert part.low <= point.low + 1e-6
    assert point.high <= part.high + 1e-6


@given(mets, st.integers(0, 2), shares)
def test_better_evidence_never_lowers(met: tuple[float, ...], at: int, better: float) -> None:
    raised = tuple(max(m, better) if i == at else m for i, m in enumerate(met))
    before, after = scorecard(RUBRIC, findings(met)), scorecard(RUBRIC, findings(raised))
    assert after.low >= before.low - 1e-6
    assert after.high >= before.high - 1e-6


@given(mets, st.integers(0, 2))
def test_less_evidence_never_raises_the_lower_end(met: tuple[float, ...], at: int) -> None:
    less = tuple(None if i == at else m for i, m in enumerate(met))
    assert scorecard(RUBRIC, findings(less)).low <= scorecard(RUBRIC, findings(met)).low + 1e-6


@given(shares)
def test_what_does_not_apply_leaves_and_is_no_gift(met: float) -> None:
    card = scorecard(RUBRIC, [finding("r.a", met), finding("r.b", None, "not_applicable"), finding("t.a", 0.0)])
    assert card.dimensions[0].low == pytest.approx(60 * met, abs=1e-6)
    assert card.dimensions[0].high == card.dimensions[0].low


def test_a_waiver_leaves_like_what_does_not_apply() -> None:
    waived = scorecard(RUBRIC, [finding("r.a", 1.0), finding("r.b", 0.0, waived="agreed")])
    assert (waived.dimensions[0].low, waived.dimensions[0].high) == (60, 60)
    assert "agreed" in waived.dimensions[0].reasons[1]


def test_a_dimension_that_leaves_takes_its_weight_along() -> None:
    card = scorecard(RUBRIC, findings((1.0, 1.0, 1.0)), leaving={"cost": "no cloud"})
    assert card.dimensions[2].basis == "not applicable"
    assert (card.low, card.high) == pytest.approx((100 * 80 / 90, 100))


@given(mets, st.sampled_from(["", "r.a", "t.a"]), st.booleans())
def test_a_repair_brings_what_was_promised(met: tuple[float, ...], waived: str, cost_leaves: bool) -> None:
    leaving = {"cost": "no cloud"} if cost_leaves else {}
    found = [each.model_copy(update={"waived": "w"}) if each.rule == waived else each for each in findings(met)]
    before = scorecard(RUBRIC, found, leaving=leaving)
    for at, each in enumerate(with_points(RUBRIC, found, leaving)):
        assert each.points is not None
        repaired = [*found[:at], found[at].model_copy(update={"met": 1.0, "outcome": "true"}), *found[at + 1 :]]
        after = scorecard(RUBRIC, repaired, leaving=leaving)
        assert after.low - before.low == pytest.approx(each.points.if_fixed, abs=1e-6)


@pytest.mark.parametrize(("claimed", "gap"), [(10.0, 0.0), (5.0, 0.0), (4.0, -1.0), (16.0, 1.0), (None, 0.0)])
def test_the_gap_is_measured_from_the_nearest_end(claimed: float | None, gap: float) -> None:
    claims = {"tests": Claim(points=claimed)} if claimed is not None else {}
    assert scorecard(RUBRIC, [finding("t.a", 0.25)], claims).dimensions[1].gap == gap


@pytest.mark.parametrize(
    ("score", "band"),
    [(0, "poor"), (40.999, "poor"), (41, "fragile"), (60.9999, "fragile"), (61, "solid"), (100, "good")],
)
def test_bands_are_half_open(score: float, band: str) -> None:
    assert RUBRIC.band(score).name == band


def test_display_is_floored_but_not_fooled_by_sums_of_floats() -> None:
    assert shown(60.9999) == 60
    assert shown(0.1 + 0.2 + 60.7) == 61


@given(st.floats(-1, 2, allow_nan=False), st.floats(-1, 2, allow_nan=False))
def test_interpolation_stays_within_the_anchors_and_in_order(a: float, b: float) -> None:
    anchors = [(0.8, 0.0), (0.95, 0.5), (0.995, 1.0)]
    low, high = interpolate(min(a, b), anchors), interpolate(max(a, b), anchors)
    assert 0 <= low <= high <= 1


def test_points_that_no_rule_decides_need_a_reason() -> None:
    with pytest.raises(ValidationError, match="no rule decides"):
        dimension("runs", 60, {"r.a": 45})
    with pytest.raises(ValidationError, match="worth more"):
        dimension("runs", 40, {"r.a": 45})


def test_what_could_be_reached_is_the_score_if_every_rule_held() -> None:
    card = scorecard(RUBRIC, findings((0.5, 0.0, None)))
    assert card.reachable == scorecard(RUBRIC, findings((1.0, 1.0, 1.0))).low == 80
    assert scorecard(RUBRIC, [], leaving={"cost": "no cloud"}).reachable == pytest.approx(100 * 80 / 90)


def test_claims_are_counted_against_what_was_spoken_about() -> None:
    card = scorecard(RUBRIC, [], {"tests": Claim(points=15), "cost": Claim(points=5)})
    assert (card.claimed_points, card.claimable, card.claimed) == (20, 40, 50)


def test_an_interval_over_several_bands_gets_no_bands_advice() -> None:
    assert "several bands" in scorecard(RUBRIC, []).advice
    assert scorecard(RUBRIC, findings((0.0, 0.0, 0.0)), leaving={"cost": "c", "tests": "t"}).advice == "a"
