from __future__ import annotations

import numpy as np
import pytest

from decom_nb.series.trend import FEWEST, trend


def test_three_values_are_no_trend_however_they_rise() -> None:
    assert trend([1.0, 2.0, 3.0]) is None
    found = trend([1.0, 2.0, 3.0, 4.0])
    assert found is not None
    assert found.p_rising == pytest.approx(1 / 24)  # one of the 4! orders


def test_a_fall_is_a_fall_and_a_line_is_its_slope() -> None:
    found = trend([10.0, 8.0, 6.0, 4.0, 2.0])
    assert found is not None
    assert (found.slope, found.start, found.end) == pytest.approx((-2.0, 10.0, 2.0))
    assert found.p_falling < 0.01 < found.p_rising
    assert found.change == pytest.approx(-0.8)


def test_one_odd_month_neither_makes_a_trend_nor_hides_one() -> None:
    lone = trend([5.0, 5.1, 4.9, 5.0, 50.0, 5.1, 4.9])
    hidden = trend([5.0, 5.5, 6.0, 1.0, 7.0, 7.5, 8.0, 8.5])
    assert lone is not None
    assert hidden is not None
    assert lone.p_rising > 0.05
    assert hidden.p_rising < 0.05


def test_values_that_are_all_alike_do_not_rise() -> None:
    found = trend([3.0] * 6)
    assert found is not None
    assert (found.p_rising, found.slope, found.change) == (1.0, 0.0, 0.0)


def test_chance_is_told_for_a_trend_as_often_as_it_says() -> None:
    random = np.random.default_rng(2)
    told = [found.p_rising <= 0.05 for _ in range(200) if (found := trend(list(random.normal(size=FEWEST + 4))))]
    assert 0.01 < np.mean(told) < 0.1
