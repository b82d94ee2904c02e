"""Words for numbers, answers and lists, as rules, views and commands write them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

_THINGS: Final = {
    "analysis": "analyses",
    "saved_query": "saved queries",
    "jobs that run tests": "jobs that run tests",
    **dict.fromkeys(("alert", "exposure", "fixture", "function", "group", "job", "macro", "metric", "model"), ""),
    **dict.fromkeys(("operation", "panel", "receiver", "record", "route", "seed", "semantic_model", "snapshot"), ""),
    **dict.fromkeys(("source", "table", "test", "unit_test"), ""),
}
"""Of the words that evidence is counted by, those that are things; all else is a state (failed, success), which has no plural."""

_SINGULAR: Final = {"jobs that run tests": "job that runs tests", "tests": "test", "fixtures": "fixture", "jobs": "job"}


def points(value: float) -> str:
    """Give points to one decimal, floored, so that nothing looks better than it is.

    >>> points(12.69)
    '12.6'
    """
    from decom_nb.score import shown  # here, for it brings all models of scores with it

    return f"{shown(value * 10) / 10:g}"


def points_between(low: float, high: float) -> str:
    """Give an interval of points to one decimal; both ends alike are one number.

    >>> points_between(0.69, 6.6), points_between(12.61, 12.69)
    ('0.6–6.6', '12.6')
    """
    first, last = points(low), points(high)
    return first if first == last else f"{first}–{last}"


def points_short(aim: float, reached: float) -> str:
    """Give the points that are missing, as the two numbers beside them are shown, so that the three add up.

    >>> points_short(15, 12.07), points_short(15, 4.97), points_short(10.09, 10.01), points_short(10, 10)
    ('3', '10.1', 'less than 0.1', '0')
    """
    from decom_nb.score import shown

    tenths = shown(aim * 10) - shown(reached * 10)
    return f"{tenths / 10:g}" if tenths > 0 else "less than 0.1" if aim - reached > 1e-9 else "0"


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


def floored_between(low: float, high: float) -> str:
    """Give an interval of shares in percent, widened outwards: its lower end floored and its upper end ceiled.

    >>> floored_between(0.9471, 0.99794), floored_between(0.5, 0.5), floored_between(0.9996, 1)
    ('94.7 % to 99.8 %', '50 %', '99.9 % to 100 %')
    """
    first, last = floored(low), f"{math.ceil(high * 1000 - 1e-9) / 10:g} %"
    return first if first == last else f"{first} to {last}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Write a number of things; the first word takes the ``s``, or `plural` is the whole noun for several.

    >>> counted(1, "table"), counted(1200, "kind of statement"), counted(2, "query", "queries")
    ('1 table', '1,200 kinds of statement', '2 queries')
    """
    first, *rest = noun.split(" ", 1)
    several = plural or " ".join([f"{first}s", *rest])
    return f"{number:,} {noun if number == 1 else several}"


def tallied(counts: Mapping[str, int]) -> str:
    """Write how many there are of each: things in the singular or plural, states as they are.

    >>> tallied({"metric": 2, "model": 1, "unit_test": 3, "failed": 45, "jobs": 1})
    '2 metrics, 1 model, 3 unit tests, 45 failed, 1 job'
    """
    said = []
    for word, number in counts.items():
        one = _SINGULAR.get(word, word)
        thing = one if one in _THINGS else word
        written = counted(number, one.replace("_", " "), _several(thing))
        said.append(written if thing in _THINGS else f"{number:,} {word}")
    return ", ".join(said)


def _several(thing: str) -> str:
    return _THINGS.get(thing) or f"{thing}s".replace("_", " ")


def days_old(as_of: datetime, now: datetime) -> int:
    """Give how many whole days something is old; nothing is younger than today.

    >>> days_old(datetime(2026, 1, 1), datetime(2026, 1, 6, 23))
    5
    """
    return max(0, (now - as_of).days)


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
