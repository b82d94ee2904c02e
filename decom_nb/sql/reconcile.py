"""How figures of two tables are compared, group by group. `judge` calls this; `violations` says the same in SQL."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from decom_nb.check import Reconciliation

NOISE = 1e-9
"""Relative difference of two sums of floats that are the same, added up in another order."""


class Differences(NamedTuple):
    """What a comparison came to."""

    groups: int
    wrong: tuple[str, ...]
    """The groups that differ, each in words."""
    largest: float | None
    """The largest difference of all figures that are numbers."""


def differences(check: Reconciliation, ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> Differences:
    """Compare the figures of each group: the keys of both mappings are the groups' values, the values their figures.

    A group that only one table has differs. A sum of nothing is 0. A difference is accepted up to `tolerance`, or up to
    `tolerance_share` of the other table's figure (the methodology's rule); texts and dates must be equal.
    """
    left = {_key(key): value for key, value in ours.items()}
    right = {_key(key): value for key, value in theirs.items()}
    wrong: list[tuple[float, str]] = []
    largest: float | None = None
    for key in dict.fromkeys([*right, *left]):
        called = ", ".join("nothing" if each is None else str(each) for each in key)
        prefix = f"{called}: " if key else ""
        if key not in left or key not in right:
            wrong.append((math.inf, f"{prefix}only {'there' if key not in left else 'here'}"))
            continue
        for pair, a, b in zip(check.figures, _tuple(left[key]), _tuple(right[key]), strict=True):
            agree, difference = agrees(a, b, pair.of, check.tolerance, check.tolerance_share)
            if difference is not None:
                largest = max(largest or 0.0, difference)
            if not agree:
                what = f"{pair.of} of {pair.column}" if pair.column else pair.of
                wrong.append((difference or math.inf, f"{prefix}{what} {_shown(a)} here, {_shown(b)} there"))
                break
    wrong.sort(key=lambda each: -each[0])
    return Differences(len({*left, *right}), tuple(said for _, said in wrong), _finite(largest))


def agrees(a: Any, b: Any, of: str, tolerance: float, share: float) -> tuple[bool, float | None]:
    """Tell whether ours, `a`, and theirs, `b`, agree, and how far they are apart, if they are numbers."""
    a, b = _plain(a), _plain(b)
    if of in ("sum", "count", "distinct"):
        a, b = (0 if a is None else a), (0 if b is None else b)
    if a is None or b is None:
        return a is b, None
    if not (isinstance(a, int | float | Decimal) and isinstance(b, int | float | Decimal)):
        return _comparable(a) == _comparable(b), None
    if _not_finite(a) or _not_finite(b):
        return a == b or (a != a and b != b), None
    exact = not (isinstance(a, float) or isinstance(b, float))
    x, y = Decimal(a), Decimal(b)
    apart = abs(x - y)
    allowed = max(Decimal(repr(tolerance)), Decimal(repr(share)) * abs(y))
    if not exact:
        allowed += Decimal(repr(NOISE)) * max(abs(x), abs(y))
    return apart <= allowed, float(apart)


def _not_finite(given: Any) -> bool:
    return (
        not math.isfinite(given) if isinstance(given, float) else isinstance(given, Decimal) and not given.is_finite()
    )


def _finite(given: float | None) -> float | None:
    return given if given is not None and math.isfinite(given) else None


def _tuple(given: Any) -> tuple[Any, ...]:
    return (
        tuple(given.values())
        if isinstance(given, Mapping)
        else tuple(given)
        if isinstance(given, list | tuple)
        else (given,)
    )


def _plain(given: Any) -> Any:
    for method in ("to_pydatetime", "as_py", "item"):
        if hasattr(given, method):
            return getattr(given, method)()
    return given


def _comparable(given: Any) -> Any:
    """Give a value such that equal ones of different engines are equal: a date is its midnight, a number its value."""
    given = _plain(given)
    if isinstance(given, datetime):
        return given.replace(tzinfo=None) - (
            given.utcoffset() or given.replace(tzinfo=None) - given.replace(tzinfo=None)
        )
    if isinstance(given, date):
        return datetime(given.year, given.month, given.day)
    if isinstance(given, float) and given != given:
        return "NaN"
    if isinstance(given, float) and math.isfinite(given):
        return Decimal(given).normalize() if not given.is_integer() else int(given)
    if isinstance(given, Decimal) and given.is_finite():
        return given.normalize() if given != given.to_integral_value() else int(given)
    return given


def _key(given: Any) -> tuple[Any, ...]:
    return tuple(_comparable(each) for each in (given if isinstance(given, tuple) else (given,)))


def _shown(given: Any) -> str:
    plain = _plain(given)
    if isinstance(plain, int):
        return f"{plain:,}"
    return (
        f"{float(plain):,.6g}" if isinstance(plain, float | Decimal) else ("nothing" if plain is None else str(plain))
    )
