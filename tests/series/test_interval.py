from __future__ import annotations

import pytest

from decom_nb.series.interval import wilson


def test_three_of_three_is_not_certain() -> None:
    assert wilson(3, 3)[0] == pytest.approx(0.4385, abs=1e-4)


def test_nothing_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_many_are_nearly_their_share() -> None:
    low, high = wilson(9950, 10000)
    assert 0.993 < low < 0.995 < high < 0.997


def test_it_is_scipys_interval() -> None:
    stats = pytest.importorskip("scipy.stats")
    for good, of in ((0, 1), (1, 1), (3, 3), (0, 40), (39, 40), (7, 20), (995, 1000), (123456, 200000)):
        for confidence in (0.8, 0.95, 0.99):
            expected = stats.binomtest(good, of).proportion_ci(confidence, method="wilson")
            assert wilson(good, of, confidence) == pytest.approx((expected.low, expected.high), abs=1e-12)
