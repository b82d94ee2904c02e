"""Whether numbers rise or fall over time, and by how much: a Mann–Kendall test and a Theil–Sen slope.

Both look at ranks and medians of pairs, so that one odd month neither makes a trend nor hides one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 4
"""Of three values even a steady rise comes about by chance once in six times; of four, once in 24."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How values went: Kendall's `tau` against time, and the slope that is the median of all pairs' slopes.

    `p_rising` and `p_falling` say how often chance alone gives at least such a rise, or fall. `start` and `end` are the ends of
    the line with that slope through the medians.
    """

    tau: float
    p_rising: float
    p_falling: float
    slope: float
    start: float
    end: float

    @property
    def change(self) -> float | None:
        """By which share of where the line starts it has changed at its end; nothing where it starts at or below 0."""
        return self.end / self.start - 1 if self.start > 0 else None


def trend(values: Sequence[float]) -> Trend | None:
    """Give the trend of values that were taken at even distances; nothing of fewer than `FEWEST`.

    Source: H. B. Mann, Nonparametric tests against trend, Econometrica 13 (1945); P. K. Sen, JASA 63 (1968).

    >>> found = trend([1.0, 1.2, 1.1, 1.4, 1.6, 1.7])
    >>> round(found.p_rising, 3), round(found.change, 2)
    (0.008, 0.7)
    >>> trend([1.0, 2.0, 3.0]) is None
    True
    """
    if len(values) < FEWEST:
        return None
    from scipy.stats import kendalltau, theilslopes

    places = list(range(len(values)))
    found = theilslopes(values, places)
    start = float(found.intercept)
    if len(set(values)) == 1:  # no pair rises or falls, and Kendall's tau is not defined
        return Trend(0.0, 1.0, 1.0, 0.0, start, start)
    rising = kendalltau(places, values, alternative="greater")
    falling = kendalltau(places, values, alternative="less")
    slope = float(found.slope)
    end = start + slope * places[-1]
    return Trend(float(rising.statistic), float(rising.pvalue), float(falling.pvalue), slope, start, end)
