"""How a series goes on: the Theta method with a band, honest about how little a short past tells.

Theta is simple exponential smoothing with half of the past's trend. The band comes from simulated futures, with the spread of the
past's one-step errors and with what is unknown of that spread itself (Student's t), so that few points give a wide band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST = 6
"""Of fewer points the spread of the errors is a guess: three parameters leave three."""
FEWEST_SEASONS = 4
"""How often a season must have been seen before it is told from chance."""
FLOOR = 0.1
"""A series whose smallest value is above this share of its median grows by factors rather than by sums, as spend does."""
CEILING = 3.0
"""No future is more than e³, 20 times, the highest of the past: growth by factors over a long way ends somewhere."""
DRAWS = 4000
"""Futures that are simulated: the ends of a 90 % band then move by about 2 % of its width from one seed to another."""
SEED = 1
"""So that the same past gives the same future."""


@dataclass(frozen=True)
class Forecast:
    """Futures of a series, a row each: `paths` has `DRAWS` rows and a column for each step ahead."""

    paths: NDArray[np.float64] = field(repr=False)
    seasonal: bool

    def band(self, first: int, last: int, share: float = 0.9) -> tuple[float, float, float]:
        """Give the lower end, the median and the upper end of the sum of steps `first` up to, not including, `last`.

        `share` of the futures lie within the ends.
        """
        import numpy as np

        sums = self.paths[:, first:last].sum(axis=1)
        low, middle, high = np.quantile(sums, [(1 - share) / 2, 0.5, (1 + share) / 2])
        return float(low), float(middle), float(high)

    def chance_above(self, first: int, last: int, limit: float) -> float:
        """Give the share of futures in which the sum of those steps is above a limit."""
        return float((self.paths[:, first:last].sum(axis=1) > limit).mean())


def forecast(values: Sequence[float], ahead: int, period: int = 1) -> Forecast | None:
    """Go on with a series for `ahead` steps; nothing where it is shorter than `FEWEST`.

    `period` is the length of a season in steps, such as 7 for days; it counts where it was seen `FEWEST_SEASONS` times.
    Source: V. Assimakopoulos and K. Nikolopoulos, The theta model, Int. J. of Forecasting 16 (2000); as smoothing with drift:
    R. J. Hyndman and B. Billah, Unmasking the Theta method, ibid. 19 (2003).
    """
    if len(values) < FEWEST or ahead < 1:
        return None
    import numpy as np

    given: Any = np.asarray(values, dtype=float)
    by_factors = bool(given.min() > FLOOR * np.median(given) > 0)
    past = np.log(given) if by_factors else given
    seasonal = period > 1 and len(past) >= FEWEST_SEASONS * period
    wave = _season(past, period) if seasonal else np.zeros(period)
    places = np.arange(len(past))
    plain = past - wave[places % period]
    alpha, drift = _fitted(plain)
    level, errors = _smoothed(plain, alpha, drift)
    freedom = max(len(past) - (3 + (period - 1 if seasonal else 0)), 1)
    spread = float(np.sqrt((errors**2).sum() / freedom))
    random = np.random.default_rng(SEED)
    steps = np.arange(1, ahead + 1)
    widened = np.sqrt(freedom / random.chisquare(freedom, size=(DRAWS, 1)))
    shocks = random.normal(0.0, spread, size=(DRAWS, ahead)) * widened
    carried = np.hstack([np.zeros((DRAWS, 1)), np.cumsum(alpha * shocks, axis=1)[:, :-1]])
    # How much of the past's trend goes on, nobody knows: Theta takes half of it, the futures any part from none to all; and the
    # trend itself is known only to within the error of a straight line's slope.
    slopes = 2 * drift + _slope_error(plain) * random.standard_t(freedom, size=(DRAWS, 1))
    drifts = slopes * random.uniform(0.0, 1.0, size=(DRAWS, 1))
    paths = level + drifts * steps + carried + shocks + wave[(len(past) + steps - 1) % period]
    if by_factors:
        return Forecast(np.exp(np.minimum(paths, past.max() + CEILING)), seasonal)
    # What never was below zero, such as spend without credits, is not below it in any future.
    return Forecast(np.maximum(paths, 0.0) if given.min() >= 0 else paths, seasonal)


def _season(past: Any, period: int) -> Any:
    """Give what each place in a season adds, as the median of its distance from the moving average around it."""
    import numpy as np
    from statsmodels.tsa.filters.filtertools import convolution_filter

    weights = np.full(period, 1 / period) if period % 2 else np.array([0.5, *[1.0] * (period - 1), 0.5]) / period
    away = past - convolution_filter(past, weights)
    found = np.array([np.nanmedian(away[place::period]) for place in range(period)])
    return found - found.mean()


def _fitted(plain: Any) -> tuple[float, float]:
    """Give the smoothing parameter, and the drift per step: half of the slope of a straight line through the past."""
    import warnings

    import numpy as np
    from statsmodels.tsa.forecasting.theta import ThetaModel

    if np.ptp(plain) == 0:
        return 1.0, 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a short series statsmodels says that it is short; the band says so too
        found = ThetaModel(plain, deseasonalize=False).fit()
    return float(np.clip(found.params["alpha"], 0.0, 1.0)), float(found.params["b0"]) / 2


def _smoothed(plain: Any, alpha: float, drift: float) -> tuple[float, Any]:
    """Give the level at the end, and the errors of each step's forecast from the one before."""
    import numpy as np

    level = float(np.mean(plain[:3]) - drift)
    errors = []
    for value in plain:
        expected = level + drift
        errors.append(value - expected)
        level = expected + alpha * (value - expected)
    return level, np.asarray(errors)


def _slope_error(plain: Any) -> float:
    import numpy as np
    from scipy.stats import linregress

    return float(linregress(np.arange(len(plain)), plain).stderr) if np.ptp(plain) > 0 else 0.0
