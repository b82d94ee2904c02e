"""Numbers are said so that none looks better than it is, intervals widen outwards, and what stands on one page adds up."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime, timedelta

import pytest

from decom_nb import wording
from decom_nb.sql import judge
from decom_nb.wording import counted, days_old, floored_between, points, points_between, points_short, tallied


@pytest.mark.parametrize("module", [wording, judge])
def test_examples_hold(module: object) -> None:
    tried = doctest.testmod(module)  # type: ignore[arg-type]
    assert tried.attempted
    assert tried.failed == 0


def test_an_interval_is_never_narrower_than_it_is() -> None:
    assert floored_between(0.9417, 0.99794) == "94.1 % to 99.8 %"
    assert floored_between(0.4, 0.99999) == "40 % to 100 %"
    assert floored_between(0.1 + 0.2, 0.3) == "30 %"
    assert points_between(0.69, 6.6) == "0.6–6.6"


@pytest.mark.parametrize(("aim", "reached"), [(15, 12.07), (15, 4.97), (10, 9.99), (12.5, 6.55), (0.3, 0.1 + 0.2)])
def test_what_is_reached_and_what_is_short_add_up_as_shown(aim: float, reached: float) -> None:
    assert float(points(reached)) + float(points_short(aim, reached)) == pytest.approx(float(points(aim)))


def test_things_have_a_plural_and_states_have_none() -> None:
    told = {
        "metric": 2,
        "analysis": 2,
        "saved_query": 1,
        "tests": 1,
        "fixtures": 3,
        "success": 960,
        "jobs that run tests": 1,
    }
    assert tallied(told) == (
        "2 metrics, 2 analyses, 1 saved query, 1 test, 3 fixtures, 960 success, 1 job that runs tests"
    )
    assert counted(1, "point") == "1 point"


def test_an_age_is_in_whole_days_everywhere() -> None:
    now = datetime(2026, 11, 6, 23, tzinfo=UTC)
    assert days_old(now - timedelta(days=5, hours=23), now) == 5
    assert days_old(now + timedelta(hours=1), now) == 0
