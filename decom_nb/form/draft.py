"""What somebody has typed so far: plain data that is replaced and never edited, so that a step back is a reference.

A draft is dictionaries, tuples and values, as pydantic would read them. Two markers may stand in it: `Unread` for text
that is no value, and `Unfit` around what does not fit, which keeps the last value that did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from decom_nb.form.shape import ABSENT

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Unread:
    """Something typed that cannot be read as a value, and `why`; no pydantic field accepts it."""

    typed: Any
    why: str


@dataclass(frozen=True)
class Unfit:
    """Something typed that does not fit where it stands, and the last value there that did."""

    typed: Any
    good: Any


def at(node: Any, path: Path) -> Any:
    """Give what stands at a path, as typed, or `ABSENT`."""
    for step in path:
        node = node.typed if isinstance(node, Unfit) else node
        if isinstance(node, dict):
            node = node.get(step, ABSENT)
        elif isinstance(node, tuple) and isinstance(step, int) and 0 <= step < len(node):
            node = node[step]
        else:
            return ABSENT
    return node


def put(node: Any, path: Path, new: Any) -> Any:
    """Give the draft with `new` at the path; `ABSENT` takes away what stood there."""
    if not path:
        return new
    if isinstance(node, Unfit):
        return Unfit(put(node.typed, path, new), node.good)
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        several = node if isinstance(node, tuple) else ()
        inner = put(several[step], rest, new)
        return (*several[:step], *(() if inner is ABSENT else (inner,)), *several[step + 1 :])
    named = node if isinstance(node, dict) else {}
    inner = put(named.get(step, ABSENT), rest, new)
    if inner is ABSENT:
        return {name: value for name, value in named.items() if name != step}
    return {**named, step: inner}


def typed(node: Any) -> Any:
    """Give the draft as it was typed, without the `Unfit` marks."""
    return _strip(node, "typed")


def good(node: Any) -> Any:
    """Give the draft with the last fitting value in place of everything that does not fit."""
    return _strip(node, "good")


def _strip(node: Any, side: str) -> Any:
    if isinstance(node, Unfit):
        return _strip(getattr(node, side), side)
    if isinstance(node, dict):
        named = {name: _strip(value, side) for name, value in node.items()}
        if all(named[name] is value for name, value in node.items()):
            return node
        return {name: value for name, value in named.items() if value is not ABSENT}
    if isinstance(node, tuple):
        several = tuple(_strip(each, side) for each in node)
        if all(new is old for new, old in zip(several, node, strict=True)):
            return node
        return tuple(each for each in several if each is not ABSENT)
    return node


def differences(old: Any, new: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    """Give the places where two drafts differ, with what the new one holds there; a list differs as a whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        names = [*new, *(name for name in old if name not in new)]
        return [
            found
            for name in names
            for found in differences(old.get(name, ABSENT), new.get(name, ABSENT), (*path, name))
        ]
    return [] if old is new or (type(old) is type(new) and old == new) else [(path, new)]


def plain_data(node: Any) -> Any:
    """Give the draft for people and files: what was typed, without marks.

    >>> plain_data({"team_size": Unfit(Unread("six", "must be a whole number"), 5)})
    {'team_size': 'six'}
    """
    node = typed(node)
    if isinstance(node, Unread):
        return plain_data(node.typed)
    if isinstance(node, dict):
        return {name: plain_data(value) for name, value in node.items()}
    if isinstance(node, tuple):
        return [plain_data(each) for each in node]
    return node
