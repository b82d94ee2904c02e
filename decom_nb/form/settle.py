"""Judges a draft: what is wrong where, and the model of all that is right. An invalid field never blocks the others.

Where something does not fit, the last value that did stands in for it; an entry of a list that never was complete is
left out until it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from decom_nb.form.draft import Path, Unfit, at, good, put, typed
from decom_nb.form.plain import plain
from decom_nb.form.shape import ABSENT, Group, Items, Leaf, Lines, Shape, Table, Ticks, Variants

M = TypeVar("M", bound=BaseModel)

_ROUNDS = 6


@dataclass(frozen=True)
class Trouble:
    """One thing wrong at one path; `missing` if it is only that nobody has answered yet."""

    path: Path
    label: str
    what: str
    missing: bool = False

    @property
    def key(self) -> str:
        """The path as people write it, ``data_consumers[0].team``."""
        return key_of(self.path)


@dataclass(frozen=True)
class Settled(Generic[M]):
    """A judged draft: `value` is the model of all that fits, ``None`` while there is none."""

    draft: Any
    value: M | None
    troubles: tuple[Trouble, ...] = ()


def settle(group: Group, draft: Any, before: Settled[M] | None = None) -> Settled[M]:
    """Judge a draft that grew out of `before`."""
    raw = typed(draft) if before is None or before.troubles else draft
    try:
        return Settled(raw, _validate(group, raw))
    except ValidationError as error:
        troubles = _troubles(group, error)
    marked = raw
    places = {_unfinished(group, each.path, raw) if at(raw, each.path) is ABSENT else each.path for each in troubles}
    for path in sorted(places, key=len):
        now = at(raw, path)
        if now is not ABSENT and path:
            marked = put(marked, path, Unfit(at(marked, path), _last_good(draft, before, path)))
    value = _salvage(group, good(marked))
    return Settled(marked, value if value is not None or before is None else before.value, troubles)


def shape_at(group: Group, path: Path, draft: Any) -> Shape | None:
    """Give the shape of a place in a draft, if there is one."""
    shape: Shape = group
    for depth, step in enumerate(path):
        if isinstance(shape, Variants):
            tag = typed(at(draft, (*path[:depth], shape.by)))
            shape = next((each for name, each in shape.groups.items() if name == tag), shape)
        if isinstance(shape, Group):
            inner = next((each for each in shape.fields if each.name == step), None)
        else:
            inner = shape.item if isinstance(shape, Items) and isinstance(step, int) else None
        if inner is None:
            return None
        shape = inner
    return shape


def key_of(path: Path) -> str:
    """Give a path as people write it.

    >>> key_of(("data_consumers", 0, "team"))
    'data_consumers[0].team'
    """
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _unfinished(group: Group, path: Path, raw: Any) -> Path:
    """Give the place whose last fitting value stands in while an answer is missing: that of a part that became another kind.

    Elsewhere what is missing was never there, and nothing can stand in for it.
    """
    for end in range(len(path) - 1, 0, -1):
        shape = shape_at(group, path[:end], raw)
        if isinstance(shape, Variants):
            return path[:end]
    return path


def _validate(group: Group, raw: Any) -> Any:
    return group.model.model_validate(raw, by_name=True, by_alias=False)


def _last_good(draft: Any, before: Settled[Any] | None, path: Path) -> Any:
    node = at(draft, path)
    if isinstance(node, Unfit):
        return node.good
    node = at(before.draft, path) if before else ABSENT
    return good(node)


def _salvage(group: Group, candidate: Any) -> Any:
    """Leave out what keeps the rest from being valid, the smallest part first; ``None`` if nothing helps."""
    for _ in range(_ROUNDS):
        try:
            return _validate(group, candidate)
        except ValidationError as error:
            paths = {_locate(group, each["loc"])[0] for each in error.errors(include_url=False, include_context=False)}
        slimmer = candidate
        for path in sorted((_removable(candidate, path) for path in paths), key=_last_first, reverse=True):
            slimmer = put(slimmer, path, ABSENT) if path and at(slimmer, path) is not ABSENT else slimmer
        if slimmer is candidate:
            return None
        candidate = slimmer
    return None


def _removable(candidate: Any, path: Path) -> Path:
    """Give the part to leave out: the value itself, the list entry around it, or the named part around that."""
    if at(candidate, path) is not ABSENT:
        return path
    ends = [place + 1 for place, step in enumerate(path) if isinstance(step, int)]
    return path[: ends[-1]] if ends else path[:-1]


def _last_first(path: Path) -> tuple[tuple[int, str], ...]:
    """Order paths so that, reversed, taking one away does not move the others."""
    return tuple((step, "") if isinstance(step, int) else (0, step) for step in path)


def _troubles(group: Group, error: ValidationError) -> tuple[Trouble, ...]:
    found: dict[tuple[Path, str], Trouble] = {}
    for each in error.errors(include_url=False):
        path, shape, rest, names = _locate(group, each["loc"])
        what = _inside(shape, rest) + _better(shape, plain(each))
        missing = each["type"] == "missing" or getattr(each["input"], "why", "") == "needs an answer"
        found.setdefault((path, what), Trouble(path, ", ".join(names[-2:]), what, missing))
    return tuple(found.values())


def _better(shape: Shape, what: str) -> str:
    """Show how it is written, where a pattern alone would be no help."""
    shows = what == "is not written in the expected form" and shape.example is not None
    return f"{what}, for example {shape.example}" if shows else what


def _inside(shape: Shape, rest: tuple[Any, ...]) -> str:
    """Name the line or the name within a field that holds several values."""
    if not rest:
        return ""
    if isinstance(shape, Lines | Ticks) and isinstance(rest[0], int):
        return f"line {rest[0] + 1} "
    return f"“{rest[0]}” " if isinstance(shape, Table | Group) else ""


def _locate(group: Group, loc: tuple[int | str, ...]) -> tuple[Path, Shape, tuple[Any, ...], list[str]]:
    """Walk the shapes along a pydantic location as far as they go: path, shape there, rest, names on the way."""
    path: Path = ()
    shape: Shape = group
    steps = list(loc)
    names: list[str] = []
    while steps:
        if isinstance(shape, Variants):
            chosen = next((each for tag, each in shape.groups.items() if str(tag) == str(steps[0])), None)
            if chosen is None:
                break
            shape = chosen
            steps.pop(0)
            continue
        if isinstance(shape, Group):
            inner = next((each for each in shape.fields if steps[0] in (each.name, each.alias)), None)
            if inner is None:
                break
            path, shape = (*path, inner.name), inner
            names.append(inner.label)
        elif isinstance(shape, Items) and isinstance(steps[0], int):
            names[-1:] = [f"{shape.noun[:1].upper()}{shape.noun[1:]} {steps[0] + 1}"]
            path, shape = (*path, steps[0]), shape.item
        elif isinstance(shape, Leaf):
            steps = []
            break
        else:
            break
        steps.pop(0)
    return path, shape, tuple(steps), names
