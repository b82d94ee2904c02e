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
