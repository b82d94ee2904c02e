"""The plan: no set of repairs reaches a goal with less effort, and what cannot be reached is said."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decom_nb.plan import Plan, Way, cheapest
from decom_nb.score import Target
from tests.audit_of_three_rules import RUBRIC, dimension, finding, made

gains = st.one_of(st.integers(0, 12).map(float), st.floats(0, 9, allow_nan=False).map(lambda gain: round(gain, 3)))
options = st.lists(st.tuples(gains, st.sampled_from([1.0, 3.0, 8.0])), max_size=8)


@given(options, st.one_of(st.integers(0, 40).map(float), st.floats(0, 30, allow_nan=False)))
def test_no_set_reaches_the_need_for_less(options: list[tuple[float, float]], need: float) -> None:
    """Held against every set there is, ties included: then gain, then number, then order decide."""
    unit = 10**9

    def order(chosen: tuple[int, ...]) -> tuple[float, float, int, tuple[int, ...]]:
        cost, gain = (round(sum(round(options[at][i] * unit) for at in chosen)) for i in (1, 0))
        return cost, -gain, len(chosen), chosen

    every = [chosen for size in range(len(options) + 1) for chosen in combinations(range(len(options)), size)]
    enough = [chosen for chosen in every if sum(round(options[at][0] * unit) for at in chosen) >= round(need * unit)]
    useful = [chosen for chosen in enough if all(options[at][0] > 0 for at in chosen)]
    best = min(map(order, useful), default=None)
    found = cheapest(options, need)
    assert (found is None) == (not enough)
    if found is not None and need > 0:
        assert order(found) == best


def test_many_repairs_are_planned_at_once() -> None:
    options = [(round(0.37 * (at % 17) + 0.11, 3), (1.0, 3.0, 8.0)[at % 3]) for at in range(120)]
    found = cheapest(options, 60)
    assert found is not None
    assert sum(options[at][0] for at in found) >= 60


def ways(plan: Plan | None) -> tuple[Way, Way]:
    assert plan is not None
    assert plan.band is not None
    return plan.band, plan.targets


def test_the_cheapest_way_to_the_next_band_is_not_the_largest_gain() -> None:
    """From 55 to 61: 45 points for eight days of work, or 10 for one."""
    audit = made([finding("r.a", 0.0, effort="high"), finding("r.b", 1.0), finding("t.a", 1.0)])
    assert audit.plan is not None
    assert audit.scorecard.low == 55
    band, targets = ways(audit.plan)
    assert (band.title, band.needs, band.steps, band.reached) == ("solid, from 61", 6, ("r.a",), True)
    both = made(
        [finding("r.a", 0.2, effort="high"), finding("r.b", 0.0, effort="low"), finding("t.a", 0.8, effort="low")]
    )
    band, targets = ways(both.plan)
    assert both.scorecard.low == 41
    assert band.steps == ("r.b", "t.a")
    assert (band.cost, band.gain, band.reaches) == (2, 23, 64)
    assert set(targets.steps) == {"r.a", "r.b", "t.a"}
    assert targets.reaches == 100


def test_a_tick_counts_as_done_and_the_rest_is_planned_from_there() -> None:
    found = [finding("r.a", 0.2, effort="high"), finding("r.b", 0.0, effort="low"), finding("t.a", 0.8, effort="low")]
    audit = made(found, ticked=("r.b", "x.gone"))
    assert audit.plan is not None
    band, targets = ways(audit.plan)
    assert (audit.plan.low, audit.plan.ticked_low, audit.plan.gone) == (41, 56, ("x.gone",))
    assert band.steps == ("t.a",)
    assert "r.b" not in targets.steps
    assert audit.scorecard.low == 41, "a tick earns nothing"


def test_what_repairs_cannot_reach_is_said_with_the_evidence_that_could() -> None:
    audit = made([finding("r.a", None), finding("r.b", 0.0, effort="low"), finding("t.a", 0.5, effort="medium")])
    band, _ = ways(audit.plan)
    assert band.steps == ("r.b", "t.a")
    assert (band.needs, band.gain, band.missing) == (21, 35, 0)
    worse = made([finding("r.a", None), finding("r.b", None), finding("t.a", 0.5, effort="low")])
    band, targets = ways(worse.plan)
    assert (worse.scorecard.low, band.needs, band.steps, band.missing) == (20, 21, ("t.a",), 1)
    assert not band.reached
    assert [(each.rule, each.points) for each in band.openings] == [("r.a", 45), ("r.b", 15)]
    assert [each.rule for each in targets.openings] == ["r.a", "r.b"]


def test_targets_are_reached_dimension_by_dimension() -> None:
    """A gain in one dimension never pays for another: 30 of 60 asks for r.b alone, 20 of 40 is reached."""
    found = [finding("r.a", 0.4, effort="high"), finding("r.b", 0.0, effort="low"), finding("t.a", 0.5, effort="low")]
    audit = made(found, targets={"runs": Target(points=30, because="enough"), "tests": Target(points=20)})
    _, targets = ways(audit.plan)
    assert targets.steps == ("r.b",)
    assert (targets.needs, targets.missing) == (12, 0)
    runs, tests = audit.scorecard.dimensions
    assert (runs.aim, runs.short, runs.short_at_best, runs.target_because) == (30, 12, 12, "enough")
    assert (tests.aim, tests.short) == (20, 0)


def test_where_the_highest_band_is_reached_no_way_leads_further() -> None:
    audit = made([finding("r.a", 1.0), finding("r.b", 1.0), finding("t.a", 1.0)])
    assert audit.plan is not None
    assert audit.plan.band is None
    assert (audit.plan.targets.needs, audit.plan.targets.steps) == (0, ())


@given(st.tuples(*[st.sampled_from([None, 0.0, 0.25, 0.6, 1.0])] * 3))
def test_the_open_points_are_the_width_of_the_interval(mets: tuple[float | None, ...]) -> None:
    from decom_nb.score import open_points

    audit = made([finding(rule, met) for rule, met in zip(("r.a", "r.b", "t.a"), mets, strict=True)])
    opened = open_points(audit.rubric, audit.findings)
    assert sum(each.points for each in opened) == pytest.approx(audit.scorecard.high - audit.scorecard.low, abs=1e-6)


def test_points_that_no_rule_decides_are_open_too() -> None:
    from decom_nb.score import open_points

    rubric = RUBRIC.model_copy(update={"dimensions": (RUBRIC.dimensions[0], dimension("tests", 40, {"t.a": 30}))})
    audit = made([finding("r.a", 1.0), finding("r.b", 1.0), finding("t.a", 1.0)], rubric=rubric)
    (opened,) = open_points(rubric, audit.findings)
    assert (opened.rule, opened.points, opened.message) == ("", 10, "nobody can see the rest")
