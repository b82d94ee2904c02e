"""Unusual days on series that were made: planted ones are found, noise and weekends are not, a lasting change is none."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from decom_nb.series.anomaly import unusual
from decom_nb.series.season import decomposed, running_median

DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(120)]
AS_SET = {"deviations": 5.0, "least_share": 0.3}


def made(seed: int, spread: float = 0.08, growth: float = 0.0) -> np.ndarray:
    dice = np.random.default_rng(seed)
    weekend = np.array([0.3 if day.weekday() > 4 else 1.0 for day in DAYS])
    return np.asarray(1000 * weekend * np.exp(dice.normal(0, spread, 120) + growth * np.arange(120)))


@pytest.mark.parametrize("growth", [0.0, 0.003])
def test_planted_days_are_found_and_no_others(growth: float) -> None:
    for seed in range(20):
        series = made(seed, growth=growth)
        series[40] *= 3
        series[80] *= 0.2
        series[119] = 0
        assert [each.day for each in unusual(DAYS, series, **AS_SET)] == [DAYS[40], DAYS[80], DAYS[119]]


def test_noise_and_weekends_are_usual() -> None:
    assert sum(len(unusual(DAYS, made(seed, spread=0.2), **AS_SET)) for seed in range(100)) <= 1


def test_a_sunday_like_a_monday_is_unusual() -> None:
    series = made(2)
    sunday = next(place for place, day in enumerate(DAYS) if place > 50 and day.weekday() == 6)
    series[sunday] = 1000
    (found,) = unusual(DAYS, series, **AS_SET)
    assert found.day == DAYS[sunday]
    assert found.expected == pytest.approx(300, rel=0.1)
    assert found.low < found.expected < found.high < found.value


def test_a_lasting_change_is_not_many_unusual_days() -> None:
    series = made(4)
    series[60:] *= 2
    assert unusual(DAYS, series, **AS_SET) == ()


def test_gaps_and_working_days_alone_are_no_trouble() -> None:
    kept = [place for place, day in enumerate(DAYS) if day.weekday() < 5 and place % 11]
    series = made(5)
    series[kept[30]] *= 4
    assert [each.day for each in unusual([DAYS[n] for n in kept], series[kept], **AS_SET)] == [DAYS[kept[30]]]


def test_a_single_sunday_among_working_days_is_not_judged() -> None:
    kept = [place for place, day in enumerate(DAYS) if day.weekday() < 5 or place == 3]
    assert unusual([DAYS[n] for n in kept], made(5)[kept], **AS_SET) == ()


def test_four_weeks_are_needed() -> None:
    assert unusual(DAYS[:27], [1.0] * 26 + [900.0], **AS_SET) == ()
    with pytest.raises(ValueError, match="27 days"):
        decomposed(DAYS[:27], [1.0] * 27)


def test_the_running_median_is_numpys_with_gaps_and_at_both_ends() -> None:
    dice = np.random.default_rng(1)
    kept = sorted(int(each) for each in dice.choice(120, 90, replace=False))
    days, values = [DAYS[place] for place in kept], dice.normal(size=90)
    for window in (15, 29):
        near = [[abs((day - other).days) <= window // 2 for other in days] for day in days]
        expected = [float(np.median(values[each])) for each in near]
        assert running_median(days, values, window) == pytest.approx(expected)


@pytest.mark.slow
def test_the_decomposition_agrees_with_that_of_statsmodels() -> None:
    """STL, told to be robust, calls the same days unusual and sees the same usual level."""
    seasonal = pytest.importorskip("statsmodels.tsa.seasonal")
    for seed in range(20):
        series = made(seed)
        series[33] *= 4
        series[90] *= 0.2
        found = decomposed(DAYS, series)
        theirs = seasonal.STL(found.logs, period=7, robust=True).fit()
        assert {33, 90} == set(np.argsort(np.abs(theirs.resid))[-2:])
        assert [each.day for each in unusual(DAYS, series, **AS_SET)] == [DAYS[33], DAYS[90]]
        usual = found.level + found.weekday
        assert np.median(np.abs(usual - (theirs.trend + theirs.seasonal))) < 0.06
