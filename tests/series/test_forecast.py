from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from decom_nb.series.forecast import FEWEST, forecast

RANDOM = np.random.default_rng(11)


def test_a_short_past_gives_no_forecast() -> None:
    assert forecast([1.0] * (FEWEST - 1), 3) is None


def test_a_steady_past_goes_on_and_few_points_give_a_wider_band() -> None:
    noisy = [100.0, 103.0, 98.0, 101.0, 97.0, 102.0] * 4
    few, many = forecast(noisy[:FEWEST], 2), forecast(noisy, 2)
    assert few is not None
    assert many is not None
    assert many.band(0, 1)[1] == pytest.approx(100, abs=3)
    assert few.band(0, 1)[2] - few.band(0, 1)[0] > many.band(0, 1)[2] - many.band(0, 1)[0]


def test_what_never_moves_stays() -> None:
    found = forecast([42.0] * 8, 3)
    assert found is not None
    assert found.band(0, 3) == pytest.approx((126.0, 126.0, 126.0))


def test_growth_goes_on_in_part_and_the_band_widens_with_time() -> None:
    found = forecast([100 + 10.0 * month + (month % 3) for month in range(12)], 6)
    assert found is not None
    (low, middle, high), (_, later, _) = found.band(0, 1), found.band(5, 6)
    assert low < middle < high
    assert later > middle
    assert found.band(5, 6)[2] - found.band(5, 6)[0] > high - low


def test_the_week_is_seen_and_goes_on() -> None:
    days = [100 - 40 * (day % 7 in (5, 6)) + RANDOM.normal(0, 2) for day in range(70)]
    found = forecast(days, 14, 7)
    assert found is not None
    assert found.seasonal
    assert found.band(0, 1)[1] == pytest.approx(100, abs=5)
    assert found.band(5, 6)[1] == pytest.approx(60, abs=5)


def test_the_same_past_gives_the_same_future() -> None:
    past = [5.0, 6.0, 5.5, 7.0, 6.5, 7.5]
    first, second = forecast(past, 3), forecast(past, 3)
    assert first is not None
    assert second is not None
    assert (first.paths == second.paths).all()


def _level(length: int) -> np.ndarray:
    return 100 + RANDOM.normal(0, 5, length)


def _line(length: int) -> np.ndarray:
    return 100 + 4 * np.arange(length) + RANDOM.normal(0, 6, length)


def _walk(length: int) -> np.ndarray:
    return 100 + np.cumsum(RANDOM.normal(1, 3, length))


def _compound(length: int) -> np.ndarray:
    return 100 * 1.03 ** np.arange(length) * (1 + RANDOM.normal(0, 0.04, length))


@pytest.mark.parametrize("made", [_level, _line, _walk, _compound])
@pytest.mark.parametrize(("past", "ahead"), [(8, 4)])
def test_backtested_the_band_holds_about_as_often_as_it_says(
    made: Callable[[int], np.ndarray], past: int, ahead: int
) -> None:
    """A band of 90 %: on 15 made series of each kind it may miss a few, and not many."""
    held = []
    for _ in range(15):
        series = made(past + ahead)
        found = forecast(list(series[:past]), ahead)
        assert found is not None
        low, _, high = found.band(ahead - 1, ahead)
        held.append(low <= series[-1] <= high)
    assert np.mean(held) >= 0.6, np.mean(held)


@pytest.mark.slow
@pytest.mark.parametrize("made", [_level, _line, _walk, _compound])
def test_backtested_at_length_the_band_holds_in_four_of_five_at_least(made: Callable[[int], np.ndarray]) -> None:
    held = []
    for _ in range(300):
        series = made(18)
        found = forecast(list(series[:12]), 6)
        assert found is not None
        low, _, high = found.band(5, 6)
        held.append(low <= series[-1] <= high)
    assert np.mean(held) >= 0.8, np.mean(held)
