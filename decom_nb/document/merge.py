"""Brings together what one person changed here and another in the file. Pure; `saving.py` calls it.

Everything is plain data: text, numbers, booleans, None, lists and mappings of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from decom_nb.document.model import HEAD
from decom_nb.yaml_text.alignment import align, same
from decom_nb.yaml_text.file import KeyPath


class _Absent:
    """Stands for a key or item that is not there."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = _Absent()


@dataclass(frozen=True)
class Clash:
    """One place that was changed to different values on both sides."""

    path: KeyPath
    """Where it is in the file as it is now."""
    mine: Any
    theirs: Any


def merge(base: Any, mine: Any, theirs: Any) -> tuple[Any, list[Clash]]:
    """Merge two changed versions of `base`; where they clash, the result has theirs.

    >>> merge({"a": 1, "b": 2}, {"a": 5, "b": 2}, {"a": 1, "b": 6})
    ({'a': 5, 'b': 6}, [])
    >>> merge({"a": 1}, {"a": 2}, {"a": 3})
    ({'a': 3}, [Clash(path=('a',), mine=2, theirs=3)])
    """
    clashes: list[Clash] = []
    return _merge(base, mine, theirs, (), clashes), clashes


def _merge(base: Any, mine: Any, theirs: Any, path: KeyPath, clashes: list[Clash]) -> Any:
    if _alike(mine, theirs) or _alike(base, mine):
        return theirs
    if _alike(base, theirs):
        return mine
    if (
        isinstance(mine, dict)
        and isinstance(theirs, dict)
        and (isinstance(base, dict) or base is None or base is ABSENT)
    ):
        return _merge_keys(base if isinstance(base, dict) else {}, mine, theirs, path, clashes)
    if isinstance(mine, list) and isinstance(theirs, list) and isinstance(base, list):
        return _merge_items(base, mine, theirs, path, clashes)
    clashes.append(Clash(path, mine, theirs))
    return theirs


def _alike(left: Any, right: Any) -> bool:
    return left is right if ABSENT in (left, right) else same(left, right)


def _merge_keys(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], path: KeyPath, clashes: list[Clash]
) -> dict[str, Any]:
    result = {}
    for key in [*theirs, *(key for key in mine if key not in theirs)]:
        told = _merge(base.get(key, ABSENT), mine.get(key, ABSENT), theirs.get(key, ABSENT), (*path, key), clashes)
        if told is not ABSENT:
            result[key] = told
    return result


def _merge_items(base: list[Any], mine: list[Any], theirs: list[Any], path: KeyPath, clashes: list[Clash]) -> list[Any]:
    """Merge two lists item by item: additions of both stay, a removal counts unless the other side changed the item."""
    from_mine, from_theirs = align(base, mine), align(base, theirs)
    in_mine = {old: new for new, old in enumerate(from_mine) if old is not None}
    in_theirs = {old: new for new, old in enumerate(from_theirs) if old is not None}
    both = in_mine.keys() & in_theirs.keys()
    order_of_mine = [old for old in from_mine if old in both]
    order_of_theirs = [old for old in from_theirs if old in both]
    unmoved = sorted(both)
    if order_of_mine != unmoved and order_of_theirs not in (unmoved, order_of_mine):
        clashes.append(Clash(path, mine, theirs))
        return theirs
    merged: dict[int, Any] = {}
    for old in in_mine.keys() | in_theirs.keys():
        here = mine[in_mine[old]] if old in in_mine else ABSENT
        there = theirs[in_theirs[old]] if old in in_theirs else ABSENT
        merged[old] = _merge(base[old], here, there, (*path, in_theirs.get(old, len(theirs))), clashes)
    # The side that moved items sets the order; what only the other side has follows the item it stood behind.
    leading, led = (
        ((from_mine, mine), (from_theirs, theirs))
        if order_of_mine != unmoved
        else ((from_theirs, theirs), (from_mine, mine))
    )
    sequence = _sequence(*leading)
    there_already = {entry[1] for entry in sequence if entry[0] == "old"}
    before: tuple[str, Any] | None = None
    for entry in _sequence(*led):
        if entry[0] == "new":
            twin = any(other[0] == "new" and same(other[1], entry[1]) for other in sequence)
            if not twin:
                sequence.insert(_behind(sequence, before), entry)
        elif entry[1] not in there_already:
            sequence.insert(_behind(sequence, before), entry)
        before = entry
    told = [merged[entry[1]] if entry[0] == "old" else entry[1] for entry in sequence]
    return [item for item in told if item is not ABSENT]


def _sequence(origins: list[int | None], items: list[Any]) -> list[tuple[str, Any]]:
    return [("new", item) if old is None else ("old", old) for old, item in zip(origins, items, strict=True)]


def _behind(sequence: list[tuple[str, Any]], before: tuple[str, Any] | None) -> int:
    """Give the place behind the entry and behind what was already added there."""
    if before is None or before not in sequence:
        return 0 if before is None else len(sequence)
    place = sequence.index(before) + 1
    while place < len(sequence) and sequence[place][0] == "new":
        place += 1
    return place


def carry(file: Any, before: Any, after: Any, brief: Any) -> Any:
    """Give the data of a file in which what changed between `before` and `after` is changed, and all else is as it was.

    `before` and `after` say everything, defaults included, where the file may leave things out or write them in other
    ways; `brief` is `after` without what equals the defaults: that much is written of a thing that is new.
    """
    if _alike(before, after):
        return file
    if after is None and isinstance(file, dict):
        return _cleared(file)
    if isinstance(after, dict) and (isinstance(file, dict) or isinstance(before, dict)):
        return _carry_keys(file, before, after, brief)
    if isinstance(after, list) and isinstance(before, list) and isinstance(file, list) and len(file) == len(before):
        briefs = brief if isinstance(brief, list) and len(brief) == len(after) else [ABSENT] * len(after)
        return [
            carry(file[old], before[old], item, told) if old is not None else _new(item, told, item=True)
            for old, item, told in zip(align(before, after), after, briefs, strict=True)
        ]
    return _new(after, brief)


def _carry_keys(file: Any, before: Any, after: dict[str, Any], brief: Any) -> dict[str, Any]:
    file = file if isinstance(file, dict) else {}
    before = before if isinstance(before, dict) else {}
    briefs = brief if isinstance(brief, dict) else {}
    result = {key: value for key, value in file.items() if key in after or key not in before}
    previous: str | None = None
    for key, value in after.items():
        there = file.get(key, ABSENT)
        if _alike(before.get(key, ABSENT), value) or (
            key not in before and there in (None, "") and value in (None, "")
        ):
            pass
        elif there is not ABSENT:
            result[key] = carry(there, before.get(key), value, briefs.get(key, ABSENT))
        elif key in before or key in briefs:
            told = (
                carry(ABSENT, before[key], value, briefs.get(key, ABSENT))
                if key in before
                else _new(value, briefs[key])
            )
            result = _inserted(result, key, told, previous)
        previous = key if key in result else previous
    return result


def _inserted(data: dict[str, Any], key: str, value: Any, previous: str | None) -> dict[str, Any]:
    """Put a key behind the one that the model has before it."""
    items = list(data.items())
    if previous is None and HEAD[-1] in data:
        previous = HEAD[-1]
    place = list(data).index(previous) + 1 if previous is not None else 0
    return dict([*items[:place], (key, value), *items[place:]])


def _new(value: Any, brief: Any, *, item: bool = False) -> Any:
    """Give what is written of a new thing: what is answered in it, and of an item in a list at least the first key."""
    if isinstance(value, dict) and value and item and isinstance(brief, dict):
        first = next(iter(value))
        return {first: value[first], **brief}
    if isinstance(value, list) and isinstance(brief, list) and len(value) == len(brief):
        return [_new(below, told, item=True) for below, told in zip(value, brief, strict=True)]
    return value if brief is ABSENT else brief


def _cleared(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _cleared(value) for key, value in data.items()}
    return [] if isinstance(data, list) else "" if isinstance(data, str) else None
