"""Words for numbers, answers and lists, as rules, views and commands write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def points(value: float) -> str:
    """Give points to one decimal, floored, so that nothing looks better than it is.

    >>> points(12.69)
    '12.6'
    """
    from decom_nb.score import shown  # here, for it brings all models of scores with it

    return f"{shown(value * 10) / 10:g}"


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
