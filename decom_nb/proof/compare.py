"""Two sets of rows, held against each other row by row: the first difference is told by key and column. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

Rows = Sequence[tuple[Any, ...]]
_LONGEST = 60


class Differs(NamedTuple):
    """Where two sets of rows first differ, in the order of their keys."""

    key: dict[str, str]
    column: str
    """Empty where whole rows are missing, or too many."""
    expected: str
    found: str


def first_difference(
    expected: Rows,
    found: Rows,
    columns: Sequence[str],
    key: Sequence[str],
    without: Collection[tuple[str, ...]] = frozenset(),
) -> Differs | None:
    """Give the first difference of two multisets of rows, None if they are equal; NULL equals NULL.

    `without` names keys, as texts, whose rows are not looked at.

    >>> first_difference([(1, "a"), (2, None)], [(2, None), (1, "b")], ("id", "name"), ("id",))
    Differs(key={'id': '1'}, column='name', expected="'a'", found="'b'")
    """
    at = [columns.index(each) for each in key]

    def of(row: tuple[Any, ...]) -> tuple[str, ...]:
        return tuple(str(row[each]) for each in at)

    here = Counter(hashable(row) for row in expected if of(row) not in without)
    there = Counter(hashable(row) for row in found if of(row) not in without)
    if here == there:
        return None
    missing, extra = here - there, there - here
    keys = sorted({of(row) for row in (*missing, *extra)}, key=lambda each: [(len(part), part) for part in each])
    first = keys[0]
    said = dict(zip(key, first, strict=True))
    lacking = [row for row in missing.elements() if of(row) == first]
    beyond = [row for row in extra.elements() if of(row) == first]
    if lacking and beyond:
        # Of several versions of a key, the two that are most alike are held together.
        pairs = [
            (sum(a == b for a, b in zip(one, other, strict=True)), one, other) for one in lacking for other in beyond
        ]
        _, one, other = max(pairs, key=lambda each: each[0])
        column = next(each for each, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
        return Differs(said, columns[column], shown(one[column]), shown(other[column]))
    wanted = sum(count for row, count in here.items() if of(row) == first)
    there_are = sum(count for row, count in there.items() if of(row) == first)
    return Differs(said, "", _rows(wanted), _rows(there_are))


def _rows(count: int) -> str:
    return "no row" if count == 0 else "1 row" if count == 1 else f"{count} rows"


def hashable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Give a row whose values can be counted: lists and structs as tuples, and NaN as equal to itself."""
    return tuple(_hashable(each) for each in row)


def _hashable(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(map(_hashable, value))
    if isinstance(value, dict):
        return tuple(sorted((str(key), _hashable(each)) for key, each in value.items()))
    if value != value:
        return "NaN"
    # Python takes TRUE for 1.
    return ("true" if value else "false") if isinstance(value, bool) else value


def shown(value: Any) -> str:
    """Give a value as a reader finds it in SQL, shortened.

    >>> shown(None), shown("a"), shown(Decimal("1.50"))
    ('NULL', "'a'", '1.50')
    """
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= _LONGEST else f"'{value[:_LONGEST]}…'"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | Decimal | int | float):
        return str(value)
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
