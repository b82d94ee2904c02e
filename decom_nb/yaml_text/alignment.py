"""Tells which item of an old list is which item of the new one. Saving asks, so that a comment stays with its item."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any


def same(left: Any, right: Any) -> bool:
    """Say whether two pieces of plain data are equal, where ``True`` is not 1 and the order of keys does not count.

    >>> same({"a": [1, 2.0]}, {"a": [1, 2]}), same(1, True)
    (True, False)
    """
    if isinstance(left, dict):
        return (
            isinstance(right, dict) and left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
        )
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def align(old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """Give for each new item the index of the old item that it is, or None if it is new.

    Equal items are the same; then mappings that agree in their first key (a name, as a rule); then what stands between
    the same neighbours was edited in place.

    >>> align([{"team": "a", "n": 1}, {"team": "b", "n": 2}], [{"team": "b", "n": 3}, {"team": "c"}, {"team": "a"}])
    [1, None, 0]
    """
    result: list[int | None] = [None] * len(new)
    free = set(range(len(old)))

    def match(here: int, there: int) -> None:
        result[here] = there
        free.discard(there)

    for sign in (_whole, _name):
        known: defaultdict[str, deque[int]] = defaultdict(deque)
        for there in sorted(free):
            if (told := sign(old[there])) is not None:
                known[told].append(there)
        for here, item in enumerate(new):
            if result[here] is None and (told := sign(item)) is not None and known[told]:
                match(here, known[told].popleft())

    def neighbours(order: Sequence[int], step: int, edge: int) -> None:
        for here in order:
            if result[here] is None:
                beside = here - step
                there = edge if not 0 <= beside < len(new) else _plus(result[beside], step)
                if there in free and isinstance(old[there], dict) == isinstance(new[here], dict):
                    match(here, there)

    neighbours(range(len(new)), 1, 0)
    neighbours(range(len(new) - 1, -1, -1), -1, len(old) - 1)
    return result


def _plus(index: int | None, step: int) -> int:
    return -1 if index is None else index + step


def _whole(item: Any) -> str | None:
    return json.dumps(item, sort_keys=True)


def _name(item: Any) -> str | None:
    if not isinstance(item, dict) or not item:
        return None
    key = next(iter(item))
    return json.dumps([key, item[key]]) if isinstance(item[key], str) and item[key] else None
