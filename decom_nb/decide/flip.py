"""The smallest change of one weight, or of one answer, that turns what is recommended. `decide.py` calls it.

Scores are straight lines in every weight, and in the logarithm of every number between two bends: where another
option takes the lead, or joins, is the meeting of two lines, computed and not searched for. Choices are few and are all tried.

How large a change is: for weights the change relative to the weight, for numbers the logarithm of the ratio, for
ordered choices the number of steps, for everything else 1. All changes of one kind can be compared; the smallest
comes first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from decom_nb.condition import Answer
from decom_nb.decide.weighing import SAME, Recommended, Weighing
from decom_nb.knowledge import AnswerText


class Change(NamedTuple):
    """One weight or answer, changed just far enough that `turned` is recommended; `size` says how far that is."""

    name: str
    before: Answer
    after: Answer
    turned: Recommended
    size: float


def weight_changes(weighing: Weighing) -> list[Change]:
    """Give for each criterion the smallest change of its weight that turns what is recommended."""
    profile = weighing.profile
    found = []
    for at, criterion in enumerate(weighing.table.criteria):
        weight, points = weighing.weights[at], profile[:, at].tolist()
        scale = weight or max(weighing.weights) or 1.0
        # The nearest meeting may be a tie that nothing lies beyond; then the next one counts.
        for level in _levels(weighing, weight, points):
            change = _weight_change(weighing, weight, level, points)
            if change is not None:
                found.append(Change(criterion.name, weight, change[0], change[1], abs(change[0] - weight) / scale))
                break
    return sorted(found, key=lambda change: change.size)


def _levels(weighing: Weighing, weight: float, points: list[float]) -> list[float]:
    """Give the weights at which two options are level, or one scores what a combination asks for; the nearest first."""
    scores, out, _ = weighing.standing
    among = [at for at in range(len(scores)) if at not in out]
    lines = [
        (scores[one] - scores[other], points[one] - points[other]) for one in among for other in among if one < other
    ]
    if weighing.table.combine_from is not None:
        lines += [(scores[at] - weighing.table.combine_from.value, points[at]) for at in among]
    found = {weight - gap / slope for gap, slope in lines if abs(slope) > SAME}
    return sorted((level for level in found if level >= -SAME), key=lambda level: (abs(level - weight), level))


def _weight_change(
    weighing: Weighing, weight: float, level: float, points: list[float]
) -> tuple[float, Recommended] | None:
    """Give the weight just beyond the point where something is level, as a round number, and what it turns to."""
    sides = (True, False) if abs(level - weight) <= SAME else (level > weight,)
    for up in sides:
        for after in _just_beyond(level, up=up, digits=(2, 3, 5)):
            scores = [
                score + (after - weight) * each for score, each in zip(weighing.standing.scores, points, strict=True)
            ]
            if after >= 0 and (turned := weighing.turned(weighing.standing._replace(scores=scores))):
                return after, turned
    return None


def answer_changes(weighing: Weighing) -> list[Change]:
    """Give for each answered question the smallest change that turns what is recommended."""
    found = []
    for text in weighing.table.sheet.answers:
        if text.name in weighing.table.by_answer and weighing.answers.get(text.name) is not None:
            changes = _number_changes(weighing, text) if text.kind == "number" else _choice_changes(weighing, text)
            if smallest := min(changes, key=lambda change: change.size, default=None):
                found.append(smallest)
    return sorted(found, key=lambda change: change.size)


def _choice_changes(weighing: Weighing, text: AnswerText) -> Iterator[Change]:
    before = weighing.answers[text.name]
    for value in text.values:
        if value != before and (turned := weighing.turned(weighing.standing_if(text.name, value))):
            steps = abs(text.values.index(value) - text.values.index(before)) if text.ordered else 1
            yield Change(text.name, before, value, turned, float(steps))


def _number_changes(weighing: Weighing, text: AnswerText) -> Iterator[Change]:
    given = weighing.answers[text.name]
    before = float(given) if given is not None else 0.0
    regions = weighing.regions(text)
    above = [max(region.start, before) for region in regions if region.end > before and region.turned]
    below = [min(region.end, before) for region in reversed(regions) if region.start < before and region.turned]
    for levels, up in ((above, True), (below, False)):
        beyond = (after for level in levels for after in (_whole if text.whole else _from)(level, up=up))
        for after in beyond:
            if after <= 0 or after == before:
                continue
            if turned := weighing.turned(weighing.standing_if(text.name, after)):
                yield Change(text.name, given, after, turned, abs(math.log(after / max(before, SAME))))
                break


def _whole(level: float, *, up: bool) -> Iterator[int]:
    """Give `level` if it is a whole number, for edges end at one, and the next two whole numbers beyond it.

    >>> list(_whole(6.0, up=True)), list(_whole(6.2, up=False))
    ([6, 7, 8], [6, 5])
    """
    if abs(level - round(level)) <= SAME * max(1.0, level):
        yield (level := round(level))
    first = math.floor(level) + 1 if up else math.ceil(level) - 1
    yield from (first, first + 1 if up else first - 1)


def _from(level: float, *, up: bool) -> Iterator[float]:
    """Give `level` if it is a round number, for edges end at one, and then numbers beyond it."""
    if math.isclose(level, rounded := float(f"{level:.4g}"), rel_tol=SAME):
        yield rounded
    yield from _just_beyond(level, up=up, digits=(3, 5))


def _just_beyond(level: float, *, up: bool, digits: tuple[int, ...]) -> Iterator[float]:
    """Give numbers beyond `level`: the next one of few digits first, then closer ones."""
    for each in digits:
        yield _rounded_beyond(level, each, up=up)
    yield level + max(abs(level), SAME) * (1e-7 if up else -1e-7)


def _rounded_beyond(number: float, digits: int, *, up: bool) -> float:
    """Give the next number of so many significant digits on that side.

    >>> _rounded_beyond(1.2341, 3, up=True), _rounded_beyond(1.2341, 3, up=False), _rounded_beyond(1.0, 3, up=True)
    (1.24, 1.23, 1.01)
    """
    if abs(number) < SAME:
        return SAME if up else -SAME
    decimals = digits - 1 - math.floor(math.log10(abs(number)))
    scaled = number * 10.0**decimals
    return round((math.floor(scaled) + 1 if up else math.ceil(scaled) - 1) / 10.0**decimals, max(decimals, 0))
