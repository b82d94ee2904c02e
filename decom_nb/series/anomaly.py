"""Days on which a series is far from what is usual for its weekday and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from decom_nb.series.season import DAYS_NEEDED, decomposed


@dataclass(frozen=True, slots=True)
class Unusual:
    """One day: what it was, what was to be expected, between which bounds, and how many usual deviations away it lies."""

    day: date
    value: float
    expected: float
    low: float
    high: float
    score: float


def unusual(
    days: Sequence[date], values: Sequence[float], *, deviations: float, least_share: float
) -> tuple[Unusual, ...]:
    """Give the days that lie more than `deviations` robust standard deviations off, and `least_share` of what was expected.

    Nothing can be said of less than four weeks, and nothing is said then. Days in rising order, amounts of at least 0.

    >>> from datetime import timedelta
    >>> days = [date(2026, 1, 1) + timedelta(days=n) for n in range(60)]
    >>> found = unusual(days, [100 + n % 3 for n in range(59)] + [10], deviations=5, least_share=0.3)
    >>> [(each.day.isoformat(), each.value, round(each.expected)) for each in found]
    [('2026-03-01', 10.0, 101)]
    """
    if len(days) < DAYS_NEEDED:
        return ()
    found = decomposed(days, values)
    expected = found.level + found.weekday
    told = []
    for place, day in enumerate(days):
        score, usual = float(found.rest[place]) / found.scale, float(found.amount(expected[place]))
        value, reach = float(values[place]), deviations * found.scale
        if abs(score) > deviations and abs(value - usual) > least_share * usual:
            low, high = (float(found.amount(expected[place] + sign * reach)) for sign in (-1, 1))
            told.append(Unusual(day, value, usual, low, high, score))
    return tuple(told)
