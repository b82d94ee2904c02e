"""The ways of the plan in sentences, as views and commands write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from decom_nb.finding import Effort
from decom_nb.plan import Plan, Way
from decom_nb.score import shown
from decom_nb.wording import listed, points

_EFFORTS: tuple[Effort, ...] = ("low", "medium", "high")


def sentence(plan: Plan, way: Way) -> str:
    """Say what the cheapest way to a goal takes and where it leads; where it does not lead there, what is missing."""
    if way.needs <= 0:
        return "Reached already." if not _ticked(plan) else "Reached with the repairs that are decided on."
    from_there = f"From {shown(plan.ticked_low)}, where the decided repairs lead, " if _ticked(plan) else ""
    steps = f"{len(way.steps)} repair{'' if len(way.steps) == 1 else 's'} ({_efforts(plan, way)})"
    if way.reached:
        start = f"{from_there}{steps} {'is' if len(way.steps) == 1 else 'are'}"
        return f"{start[0].upper()}{start[1:]} the cheapest way: {points(way.gain)} points, to {shown(way.reaches)} of 100."
    if way.steps:
        start = f"{from_there}{'all ' if len(way.steps) > 1 else ''}{steps} bring{'s' if len(way.steps) == 1 else ''}"
        said = f"{start[0].upper()}{start[1:]} {points(way.gain)} points, to {shown(way.reaches)} of 100"
    else:
        said = f"{from_there}{'no' if from_there else 'No'} repair that is known of brings points"
    opens = sum(each.points for each in way.openings)
    more = f" What is not known yet could open up to {points(opens)}." if opens > 0 else ""
    return f"{said}; {_missing(way.missing)} still missing.{more}"


def short(plan: Plan) -> str:
    """Say the way to the next band in one short sentence; empty where the highest is reached or there is no score."""
    way = plan.band
    if way is None:
        return ""
    if way.needs <= 0:
        return f"The decided repairs reach {way.title}."
    if way.reached:
        count = f"{len(way.steps)} repair{'' if len(way.steps) == 1 else 's'}"
        return f"{count} ({_efforts(plan, way)}) would lead to {way.title}."
    opens = sum(each.points for each in way.openings)
    said = f"No repairs reach {way.title}: {_missing(way.missing)} missing"
    return f"{said}, and evidence could open up to {points(opens)}." if opens > 0 else f"{said}."


def openings(way: Way, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give what evidence could open on a way, a row for each thing that is missing: the same thing is asked for once."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for each in way.openings:
        row = found.setdefault(
            (each.dimension, each.message),
            {"title": titles[each.dimension], "message": each.message, "rules": [], "points": 0.0},
        )
        row["points"] = round(row["points"] + each.points, 9)
        row["rules"] += [each.rule] if each.rule else []
    return sorted(found.values(), key=lambda row: -row["points"])


def _ticked(plan: Plan) -> bool:
    return any(each.ticked for each in plan.steps)


def _missing(amount: float) -> str:
    if amount < 0.1:
        return "less than 0.1 points are"
    return f"{points(amount)} point{'' if points(amount) == '1' else 's'} {'is' if points(amount) == '1' else 'are'}"


def _efforts(plan: Plan, way: Way) -> str:
    counted = Counter(plan.step(rule).effort for rule in way.steps)
    return f"effort {listed(f'{counted[each]} {each}' for each in _EFFORTS if counted[each])}"
