"""How sure a share of few is."""

from __future__ import annotations

from statistics import NormalDist


def wilson(good: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Give the Wilson score interval of the share ``good / of`` (both at least 0); 0 to 1 where there is nothing.

    Written out, as every audit needs it and scipy takes a second to import; a test holds it to scipy's.
    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).

    >>> low, high = wilson(3, 3)
    >>> round(low, 3), high
    (0.439, 1.0)
    """
    if not of:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, weight = good / of, z * z / of
    middle = share + weight / 2
    reach = (share * (1 - share) * weight + weight * weight / 4) ** 0.5
    low, high = (middle - reach) / (1 + weight), (middle + reach) / (1 + weight)
    return 0.0 if good == 0 else max(0.0, low), 1.0 if good == of else min(1.0, high)
