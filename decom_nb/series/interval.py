"""How sure a share of few is."""

from __future__ import annotations


def wilson(good: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Give the Wilson score interval of the share ``good / of`` (both at least 0); 0 to 1 where there is nothing.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).

    >>> low, high = wilson(3, 3)
    >>> round(low, 3), high
    (0.438, 1.0)
    """
    if not of:
        return 0.0, 1.0
    from scipy.stats import binomtest

    found = binomtest(good, of).proportion_ci(confidence, method="wilson")
    return float(found.low), min(1.0, float(found.high))
