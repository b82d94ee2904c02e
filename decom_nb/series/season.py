"""A daily series taken apart: a level that moves slowly, what the weekday adds, and the rest. Robust against single days.

Amounts are looked at in logarithms, since a pipeline's rows and seconds grow and vary in shares and not in sums. The level is a
running median over four weeks and the weekday's part a median too, so that a day that went wrong does not bend what is usual.
Numpy works them out: the decomposition of statsmodels (`STL`, which a test compares this with) takes two seconds to import, and
every audit would wait for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

DAYS_NEEDED = 28
"""From how many days on a weekday can be told from chance: each has come four times then."""

WINDOW = 29
"""Over how many days the level is the median of: four weeks, and the day in their middle."""

SAME_WEEKDAY = 3
"""How often a weekday has to come before something is said of it."""

STEADIEST = math.log(1.02)
"""What counts as no variation at all: 2 %, or a series without noise would find every change of a row unusual."""

NORMAL = 1.4826
"""By how much the median of absolute deviations of normal noise falls short of its standard deviation."""


@dataclass(frozen=True, eq=False)
class Decomposed:
    """A series in logarithms: ``logs = level + weekday + rest``; `scale` is the usual size of `rest`.

    `weekday` is NaN on weekdays that came too rarely to say anything of them, and so is `rest`.
    """

    logs: Floats
    level: Floats
    weekday: Floats
    rest: Floats
    scale: float
    offset: float
    """What was added before taking logarithms, so that nothing at all has one."""

    def amount(self, logs: Any) -> Any:
        """Give back the amount behind logarithms; never less than nothing."""
        import numpy as np

        return np.maximum(0.0, np.exp(logs) - self.offset)


def decomposed(days: Sequence[date], values: Sequence[float]) -> Decomposed:
    """Take a series apart; days in rising order, amounts of at least 0, gaps allowed, `DAYS_NEEDED` days at least.

    >>> days = [date.fromordinal(739000 + n) for n in range(56)]  # from a Wednesday on
    >>> found = decomposed(days, [50.0 if day.weekday() > 4 else 100.0 for day in days])
    >>> [round(float(each)) for each in found.amount(found.level + found.weekday)[:5]]
    [100, 100, 100, 50, 50]
    """
    import numpy as np

    if len(days) < DAYS_NEEDED:
        raise ValueError(f"{len(days)} days are too few: {DAYS_NEEDED} are needed")
    amounts = np.asarray(values, dtype=float)
    offset = 0.01 * float(np.median(amounts)) or 1.0
    logs = np.log(amounts + offset)
    weekdays = np.array([day.weekday() for day in days])
    level = running_median(days, logs)
    added = np.zeros(7)
    # The level of five working days and that of seven differ; a second round settles which is which.
    for _ in range(2):
        rest = logs - level
        added = np.array(
            [
                np.median(rest[weekdays == each]) if (weekdays == each).sum() >= SAME_WEEKDAY else np.nan
                for each in range(7)
            ]
        )
        level = running_median(days, logs - np.nan_to_num(added)[weekdays])
    rest = logs - level - added[weekdays]
    known = rest[~np.isnan(rest)]
    scale = NORMAL * float(np.median(np.abs(known - np.median(known)))) if known.size else 0.0
    return Decomposed(logs, level, added[weekdays], rest, max(scale, STEADIEST), offset)


def running_median(days: Sequence[date], logs: Floats, window: int = WINDOW) -> Floats:
    """Give for each day the median of the days around it, `window` days wide where there are as many."""
    import numpy as np

    reach = window // 2
    places = np.array([(day - days[0]).days for day in days])
    calendar = np.full(places[-1] + window, np.nan)
    calendar[places + reach] = logs
    windows = np.lib.stride_tricks.sliding_window_view(calendar, window)[places]
    ordered = np.sort(windows, axis=1)  # days without a value come last; ten times as fast as numpy's nanmedian
    known = np.count_nonzero(~np.isnan(ordered), axis=1)
    rows = np.arange(len(places))
    return np.asarray((ordered[rows, (known - 1) // 2] + ordered[rows, known // 2]) / 2)
