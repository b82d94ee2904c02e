"""Words for numbers, answers and lists, as rules, views and commands write them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any


def points(value: float) -> str:
    """Give points to one decimal, floored, so that nothing looks better than it is.

    >>> points(12.69)
    '12.6'
    """
    from decom_nb.score import shown  # here, for it brings all models of scores with it

    return f"{shown(value * 10) / 10:g}"


def percent(share: float) -> str:
    """Give a share in percent with as many digits as tell it from nothing and from all.

    >>> [percent(share) for share in (0.5, 0.0000047, 0.9996, 0.1234, 1, 0)]
    ['50 %', '0.00047 %', '99.96 %', '12 %', '100 %', '0 %']
    """
    nearest = 100 * min(share, 1 - share)
    digits = 0 if nearest <= 0 else max(0, 1 - math.floor(math.log10(nearest)))
    shown = f"{100 * share:.{digits}f}"
    return f"{shown.rstrip('0').rstrip('.') if '.' in shown else shown} %"


def floored(share: float) -> str:
    """Give a share in percent, floored to one decimal, so that 99.96 % does not become 100 %.

    >>> floored(0.9996)
    '99.9 %'
    """
    return f"{math.floor(share * 1000 + 1e-9) / 10:g} %"


def answer(value: Any) -> str:
    """Give an answer in words: yes, no, a number without needless digits, or the text.

    >>> answer(True), answer(1234.5), answer(None)
    ('yes', '1,234.5', 'not answered')
    """
    if value is None:
        return "not answered"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.10g}"
    return str(value)


def listed(values: Iterable[Any], last: str = "and") -> str:
    """Join words as a sentence does.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    words = [str(value) for value in values]
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
