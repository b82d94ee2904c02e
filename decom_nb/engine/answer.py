"""What a query gave, as the value of the quantity it was run for. Every way of finding a quantity out ends here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.sql.quantity import Groups, OwnQuery, Quantity, ValueCounts


def value_of(quantity: Quantity, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Any:
    """Give the value that `quantity` has by the rows of its query: one, a mapping, or with `by` a mapping from partitions.

    >>> from decom_nb.sql.quantity import Rows, ValueCounts
    >>> value_of(Rows(table="orders"), ["n"], [(3,)])
    3
    >>> value_of(ValueCounts(table="orders", of="status", by=("day",)), ["day", "v", "n"], [(1, "new", 2), (1, "paid", 1)])
    {(1,): {'new': 2, 'paid': 1}}
    """
    width = len(quantity.by)
    if isinstance(quantity, Groups):
        keys = len(quantity.group)
        return {hashable(row[:keys]): tuple(row[keys:]) for row in rows}
    if isinstance(quantity, ValueCounts):
        if not width:
            return {hashable(each): count for each, count in rows}
        counts: dict[Any, dict[Any, int]] = {}
        for row in rows:
            counts.setdefault(hashable(row[:width]), {})[hashable(row[width])] = row[width + 1]
        return counts
    if isinstance(quantity, OwnQuery):
        names = list(columns)[width:]
        if not width:
            return dict(zip(names, rows[0], strict=True)) if rows else {}
        return {hashable(row[:width]): dict(zip(names, row[width:], strict=True)) for row in rows}
    if width:
        return {hashable(row[:width]): row[width] for row in rows}
    return rows[0][0]


def hashable(given: Any) -> Any:
    """Give a value that may be a key of a mapping: lists and structs become tuples."""
    if isinstance(given, list | tuple):
        return tuple(hashable(each) for each in given)
    if isinstance(given, Mapping):
        return tuple((hashable(key), hashable(each)) for key, each in given.items())
    return given


def shown(value: Any) -> Any:
    """Give a value as JSON can hold it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return str(value)
