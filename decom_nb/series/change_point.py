"""Days from which on a series keeps to another level. Found by ruptures: PELT with a penalty for each change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from decom_nb.series.season import DAYS_NEEDED, NORMAL, STEADIEST, WINDOW, decomposed, running_median

if TYPE_CHECKING:
    from decom_nb.series.season import Floats

SHORTEST = 7
"""How many days a level has to last: a week holds each weekday once."""

PENALTY = 3.0
"""What a change has to gain, in logarithms of the number of days. Two is the Bayesian information criterion for a change of
level (where it is, and how far); the third guards against the many places where noise may look like one (Zhang, Siegmund)."""

CLIPPED = 3.0
"""From how many usual deviations on a day counts no further: one day must not stand for a week."""

AROUND = 15
"""Around the median of how many days: a week that is unusual is no level, eight days may be, at the end of a series too."""

_MOST_LASTING = 0.8


@dataclass(frozen=True, slots=True)
class Shift:
    """A change of level: the first day of the new one, and the median amounts before and after it."""

    day: date
    before: float
    after: float

    @property
    def share(self) -> float:
        """By what share of the former level it changed."""
        return self.after / self.before - 1 if self.before else math.inf


def shifts(days: Sequence[date], values: Sequence[float], *, least_share: float) -> tuple[Shift, ...]:
    """Give the lasting changes of level by more than `least_share`, in order of time; none in less than four weeks.

    Days in rising order, amounts of at least 0. Noise that lasts over days (its autocorrelation) makes the search more careful.
    """
    if len(days) < DAYS_NEEDED:
        return ()
    import numpy as np

    found = decomposed(days, values)
    logs = found.logs - np.nan_to_num(found.weekday)
    around = running_median(days, logs, AROUND)
    near = np.clip(logs, around - CLIPPED * found.scale, around + CLIPPED * found.scale)
    noise = _noise(near - found.level)
    scaled = near / noise
    penalty = PENALTY * math.log(len(days))
    if not _may_shift(scaled, penalty):
        return ()
    import ruptures

    ends = ruptures.KernelCPD(kernel="linear", min_size=SHORTEST).fit(scaled.reshape(-1, 1)).predict(pen=penalty)
    return tuple(_shifts(days, values, near, found.offset, [0, *ends], least_share))


def _noise(rest: Floats) -> float:
    """Give the standard deviation of noise of which what lasts from day to day counts several times."""
    import numpy as np

    scale = max(NORMAL * float(np.median(np.abs(rest - np.median(rest)))), STEADIEST)
    centred = rest - rest.mean()
    power = float(centred @ centred)
    lasting = float(centred[1:] @ centred[:-1]) / power if power > 0 else 0.0
    lasting += (1 + 3 * lasting) / WINDOW  # taking a level off that follows the noise makes it look shorter than it is
    lasting = min(max(lasting, 0.0), _MOST_LASTING)
    return scale * math.sqrt((1 + lasting) / (1 - lasting))


def _may_shift(scaled: Floats, penalty: float) -> bool:
    """Tell whether one stretch, to the end or not, differs by as much as a single change costs; without it PELT finds none.

    This spares an audit in which nothing changed the second that ruptures takes to import.
    """
    import numpy as np

    count = len(scaled)
    sums = np.concatenate([[0.0], np.cumsum(scaled - scaled.mean())])
    lengths = np.arange(count + 1)
    for length in range(SHORTEST, count - SHORTEST + 1):
        inside = sums[length:] - sums[: count + 1 - length]
        if float(np.max(inside * inside)) * count / (lengths[length] * (count - lengths[length])) > penalty:
            return True
    return False


def _shifts(
    days: Sequence[date], values: Sequence[float], near: Floats, offset: float, ends: Sequence[int], least_share: float
) -> list[Shift]:
    """Give the changes between neighbouring stretches that matter; stretches that hardly differ are one."""
    import numpy as np

    edges = list(ends)
    while len(edges) > 2:
        levels = [float(np.exp(np.median(near[start:end])) - offset) for start, end in pairwise(edges)]
        apart = [abs(after / before - 1) if before > 0 else math.inf for before, after in pairwise(levels)]
        least = min(range(len(apart)), key=apart.__getitem__)
        if apart[least] >= least_share:
            break
        del edges[least + 1]
    medians = [float(np.median(np.asarray(values[start:end], dtype=float))) for start, end in pairwise(edges)]
    return [
        Shift(days[edge], before, after) for edge, (before, after) in zip(edges[1:-1], pairwise(medians), strict=True)
    ]
