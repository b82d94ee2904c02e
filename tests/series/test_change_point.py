"""Change points on series whose answer is known, as they were made: a step, two, none, noise that lasts."""

from __future__ import annotations

import sys
from datetime import date, timedelta

import numpy as np
import pytest

from decom_nb.series.change_point import shifts

DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(120)]


def noisy(seed: int, lasting: float = 0.0, count: int = 120, spread: float = 0.08) -> np.ndarray:
    dice = np.random.default_rng(seed)
    noise = dice.normal(0, spread, count)
    for place in range(1, count):
        noise[place] += lasting * noise[place - 1]
    weekend = np.array([0.6 if day.weekday() > 4 else 1.0 for day in DAYS[:count]])
    return np.asarray(1000 * weekend * np.exp(noise))


@pytest.mark.parametrize("seed", range(5))
def test_a_step_is_found_where_it_is(seed: int) -> None:
    series = noisy(seed)
    series[70:] *= 1.5
    (found,) = shifts(DAYS, series, least_share=0.2)
    assert abs((found.day - DAYS[70]).days) <= 1
    assert found.share == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize("seed", range(5))
def test_a_stretch_that_ends_again_has_two_changes(seed: int) -> None:
    series = noisy(seed)
    series[50:75] *= 0.5
    found = shifts(DAYS, series, least_share=0.2)
    assert [abs((each.day - DAYS[place]).days) <= 1 for each, place in zip(found, (50, 75), strict=True)] == [
        True,
        True,
    ]


@pytest.mark.parametrize("lasting", [0.0, 0.3, 0.5])
def test_where_nothing_changes_nothing_is_found(lasting: float) -> None:
    found = [shifts(DAYS, noisy(seed, lasting, spread=0.15), least_share=0.05) for seed in range(60)]
    assert sum(map(bool, found)) <= 2


def test_a_single_day_is_no_change_of_level() -> None:
    series = noisy(1)
    series[60] *= 20
    series[61] *= 0.01
    assert shifts(DAYS, series, least_share=0.2) == ()


def test_a_few_days_in_a_row_are_no_level_but_more_than_a_week_at_the_end_is() -> None:
    series = noisy(1)
    series[60:65] *= 5
    assert shifts(DAYS, series, least_share=0.2) == ()
    series[-9:] *= 2
    (found,) = shifts(DAYS, series, least_share=0.2)
    assert abs((found.day - DAYS[-9]).days) <= 1


def test_a_step_that_is_too_small_to_matter_is_left_out() -> None:
    series = noisy(1, spread=0.01)
    series[60:] *= 1.1
    assert shifts(DAYS, series, least_share=0.2) == ()
    assert len(shifts(DAYS, series, least_share=0.05)) == 1


def test_a_constant_series_has_none_and_a_step_of_nothing_to_something_has_one() -> None:
    assert shifts(DAYS, [7.0] * 120, least_share=0.2) == ()
    assert shifts(DAYS, [0.0] * 120, least_share=0.2) == ()
    (found,) = shifts(DAYS, [0.0] * 50 + [10.0] * 70, least_share=0.2)
    assert found.day == DAYS[50]


def test_four_weeks_are_needed() -> None:
    assert shifts(DAYS[:27], [1.0] * 14 + [9.0] * 13, least_share=0.2) == ()


def test_ruptures_is_only_imported_for_a_series_that_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ruptures", None)  # importing it now fails
    assert shifts(DAYS, noisy(3), least_share=0.2) == ()
    series = noisy(3)
    series[60:] *= 2
    with pytest.raises(ImportError):
        shifts(DAYS, series, least_share=0.2)
