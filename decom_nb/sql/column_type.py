"""DuckDB's column types by what may be asked of them, and values from YAML read as a column's type reads them.

Types are text as DuckDB's ``DESCRIBE`` gives them, such as ``DECIMAL(18,2)`` or ``TIMESTAMP WITH TIME ZONE``.
"""

from __future__ import annotations

import math
import re
import struct
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal, InvalidOperation
from typing import Any, Literal

Family = Literal["whole", "decimal", "float", "text", "boolean", "date", "moment", "time", "uuid", "other"]
"""What may be asked of a type: `other` (lists, structs, maps, blobs, intervals …) can be empty or filled, no more."""

NUMBERS: frozenset[Family] = frozenset({"whole", "decimal", "float"})
ORDERED: frozenset[Family] = frozenset({"whole", "decimal", "float", "date", "moment", "time"})
"""Families whose order is the same in every engine; the order of text depends on a collation."""

_WHOLE = {
    "TINYINT": (-(2**7), 2**7 - 1),
    "SMALLINT": (-(2**15), 2**15 - 1),
    "INTEGER": (-(2**31), 2**31 - 1),
    "BIGINT": (-(2**63), 2**63 - 1),
    "HUGEINT": (-(2**127), 2**127 - 1),
    "UTINYINT": (0, 2**8 - 1),
    "USMALLINT": (0, 2**16 - 1),
    "UINTEGER": (0, 2**32 - 1),
    "UBIGINT": (0, 2**64 - 1),
    "UHUGEINT": (0, 2**128 - 1),
}
_MOMENTS = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"}
_NANOSECONDS = (datetime(1677, 9, 22), datetime(2262, 4, 11))
"""What a TIMESTAMP_NS can hold; beyond, DuckDB refuses to compare."""
_WIDE = Context(prec=400)
"""Enough digits for every number of YAML; the usual 28 would round a DECIMAL(38)."""
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


def family(type_: str) -> Family:
    """Give the family of a type.

    >>> family("UBIGINT"), family("TIMESTAMP WITH TIME ZONE"), family("ENUM('a', 'b')"), family("INTEGER[]")
    ('whole', 'moment', 'text', 'other')
    """
    upper = type_.upper().strip('"')
    if upper.endswith("]"):
        return "other"
    if upper in _WHOLE:
        return "whole"
    if upper in _MOMENTS:
        return "moment"
    if upper.startswith("DECIMAL"):
        return "decimal"
    if upper.startswith(("VARCHAR", "ENUM")) or upper in ("JSON", "NULL"):
        return "text"
    single: dict[str, Family] = {
        "DOUBLE": "float", "FLOAT": "float", "BOOLEAN": "boolean", "DATE": "date", "TIME": "time", "UUID": "uuid",
    }  # fmt: skip
    return single.get(upper, "other")


class Unreadable(ValueError):  # noqa: N818 - reads as what it says: the value is unreadable
    """The value is none of the type, such as ``abc`` for a number."""


def number(given: Any) -> Decimal | float:
    """Read a number exactly: a float by its shortest decimal form, infinities as floats.

    >>> number(0.1), number("1e3"), number(float("inf"))
    (Decimal('0.1'), Decimal('1E+3'), inf)
    """
    try:
        exact = Decimal(repr(given) if isinstance(given, float) else str(given).strip())
    except InvalidOperation:
        raise Unreadable(f"{given!r} is not a number") from None
    if exact.is_nan():
        raise Unreadable("NaN is not a number to compare with")
    return exact if exact.is_finite() else float(exact)


def single(given: float) -> float:
    """Give the nearest number that a FLOAT, which has 32 bits, can hold."""
    try:
        return float(struct.unpack("f", struct.pack("f", given))[0])
    except OverflowError:
        return math.copysign(math.inf, given)


def moment(given: Any) -> datetime:
    """Read a date and time in ISO form, of a zone or of none."""
    if isinstance(given, datetime):
        return given
    if isinstance(given, date):
        return datetime(given.year, given.month, given.day)
    try:
        if not isinstance(given, str):
            raise ValueError
        return datetime.fromisoformat(given.strip())
    except ValueError:
        raise Unreadable(f"{given!r} is not a date or time such as 2026-03-31 or 2026-03-31 12:00:00") from None


def in_utc(given: datetime, zoned: bool) -> datetime:
    """Give a moment in UTC, with the zone written or not: a moment without zone is UTC, as everywhere here."""
    at = given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
    return at if zoned else at.replace(tzinfo=None)


def bound(given: Any, type_: str, *, low: bool) -> Any:
    """Give the bound of a range as a value of the column's type that excludes exactly the same values.

    None if no value of the type is excluded; an infinity of the right sign if all are. Raises `Unreadable` if the bound
    means nothing for the type.

    >>> bound(0.5, "INTEGER", low=True), bound(-5, "UTINYINT", low=True), bound(300, "UTINYINT", low=True)
    (1, None, inf)
    >>> bound("2026-03-31 12:00", "DATE", low=True), bound(0.125, "DECIMAL(4,2)", low=False)
    (datetime.date(2026, 4, 1), Decimal('0.12'))
    """
    kind = family(type_)
    if kind == "text":
        if not isinstance(given, str):
            raise Unreadable(f"the column is text, and {given!r} is a number: a comparison would go by letters")
        return given
    if kind in NUMBERS:
        exact = number(given)
        if kind == "float":
            return single(float(exact)) if type_.upper() == "FLOAT" else float(exact)
        return _exact_bound(exact, type_, low)
    if kind == "date":
        at = in_utc(moment(given), zoned=False)
        return at.date() if at.time() == time() or not low or at.date() == date.max else at.date() + timedelta(days=1)
    if kind == "moment":
        at = in_utc(moment(given), zoned=type_.upper().endswith("ZONE"))
        if type_.upper() == "TIMESTAMP_NS" and not _NANOSECONDS[0] <= at <= _NANOSECONDS[1]:
            excluded = at > _NANOSECONDS[1] if low else at < _NANOSECONDS[0]
            return _NANOSECONDS[low] if excluded else None
        return at
    if kind == "time":
        try:
            return time.fromisoformat(str(given).strip())
        except ValueError:
            raise Unreadable(f"{given!r} is not a time such as 12:30:00") from None
    raise Unreadable(f"values of type {type_} have no order that means something")


def _exact_bound(exact: Decimal | float, type_: str, low: bool) -> Any:
    """Round towards the values that are right, onto the grid of the type: x < 0.5 and x < 1 are one for whole numbers."""
    if isinstance(exact, float):
        excluded = (exact > 0) == low
        return exact if excluded else None
    if type_.upper() == "DECIMAL":  # PostgreSQL's numeric without a width holds every number
        return exact
    smallest, largest, scale = _grid(type_)
    shifted = exact.scaleb(scale, _WIDE)
    if abs(shifted) > Decimal(10) ** 60:
        rounded = math.inf if shifted > 0 else -math.inf
    else:
        rounded = math.ceil(shifted) if low else math.floor(shifted)
    if low:
        if rounded <= smallest:
            return None
        if rounded > largest:
            return math.inf
    else:
        if rounded >= largest:
            return None
        if rounded < smallest:
            return -math.inf
    return Decimal(int(rounded)).scaleb(-scale, _WIDE) if family(type_) == "decimal" else int(rounded)


def _grid(type_: str) -> tuple[int, int, int]:
    """Give the smallest and the largest value, in units of the last digit, and the digits after the point."""
    found = _DECIMAL.fullmatch(type_.upper())
    if found:
        width, scale = int(found[1]), int(found[2])
        return -(10**width) + 1, 10**width - 1, scale
    lowest, highest = _WHOLE.get(type_.upper(), (-(10**38) + 1, 10**38 - 1))
    return lowest, highest, 0


def member(given: Any, type_: str) -> Any:
    """Give a value as the column's type has it, None if no value of the type equals it.

    >>> member("5", "BIGINT"), member(5, "VARCHAR"), member("new", "BIGINT"), member(1.005, "DECIMAL(4,2)")
    (5, '5', None, None)
    """
    kind = family(type_)
    try:
        if kind == "text":
            return given if isinstance(given, str) else str(given)
        if kind == "float":
            exact = number(given)
            return single(float(exact)) if type_.upper() == "FLOAT" else float(exact)
        if type_.upper() == "DECIMAL":
            exact = number(given)
            return exact if isinstance(exact, Decimal) else None
        if kind in NUMBERS:
            low, high = bound(given, type_, low=True), bound(given, type_, low=False)
            smallest, largest, scale = _grid(type_)
            exact = number(given)
            if isinstance(exact, float) or not smallest <= exact.scaleb(scale, _WIDE) <= largest:
                return None
            fits = {each for each in (low, high) if each is not None}
            return next(iter(fits)) if len(fits) == 1 and next(iter(fits)) == exact else None
        if kind == "boolean":
            return {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}.get(str(given).lower())
        if kind == "date":
            at = in_utc(moment(given), zoned=False)
            return at.date() if at.time() == time() else None
        if kind in ("moment", "time"):
            return bound(given, type_, low=True)
        if kind == "uuid":
            return str(uuid.UUID(str(given)))
    except ValueError:
        return None
    raise Unreadable(f"values of type {type_} cannot be listed")
