"""The way here: milestones and today as rows and as a small picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from decom_nb.audit import Audit
from decom_nb.gauge import interval, trend
from decom_nb.milestone import Milestone
from decom_nb.wording import points, points_between


def steps(audit: Audit) -> tuple[Milestone, ...]:
    """Give all milestones that have a score, today's as the last."""
    return tuple(each for each in (*audit.milestones, audit.as_milestone()) if each.scored)


def rows(audit: Audit) -> list[dict[str, Any]]:
    """Give a row per audit with a score: when, what it was called, its ends, and whether our rules were others before."""
    found: list[dict[str, Any]] = []
    before: Milestone | None = None
    for each in steps(audit):
        found.append(
            {
                "taken_at": each.taken_at.isoformat(),
                "name": each.name,
                "low": each.low,
                "high": each.high,
                "other_rules": before is not None and judged_otherwise(before, each),
            }
        )
        before = each
    return found


def judged_otherwise(before: Milestone, after: Milestone) -> bool:
    """Tell whether two milestones were judged by different knowledge or code of ours."""
    return any(before.versions.get(name) != after.versions.get(name) for name in ("knowledge", "code"))


def drawn(audit: Audit, dimension: str = "") -> Markup:
    """Draw the way of the score, or of a dimension, as a small picture; empty markup where there is but one step."""
    ends = []
    maximum = 100.0
    for each in steps(audit):
        own = next((part for part in each.dimensions if part.name == dimension), None)
        if dimension and own is None:
            continue
        weight = own.weight if own else 100.0
        low, high = (own.low, own.high) if own else (each.low, each.high)
        # A dimension's weight may have been another: shares compare, points do not.
        ends.append((each.taken_at.timestamp(), 100 * low / weight, 100 * high / weight))
    if len(ends) < 2:
        return Markup()
    first, last = ends[0][0], ends[-1][0]
    placed = [((at - first) / (last - first) if last > first else 1.0, low, high) for at, low, high in ends]
    title = next((each.title for each in audit.rubric.dimensions if each.name == dimension), "Score")
    said = f"{title} over {len(ends)} audits, from {interval(*ends[0][1:])} to {interval(*ends[-1][1:])} in hundredths"
    bounds = () if dimension else [each.start for each in audit.rubric.bands[1:]]
    return trend(placed, maximum=maximum, label=said, bounds=bounds, height=36 if dimension else 90)


def since(audit: Audit) -> str:
    """Say in one or two sentences how the score went since the last audit."""
    told = steps(audit)
    if not audit.milestones:
        return "This is the first audit: the next one will show how the score went."
    if len(told) < 2 or told[-1].id != audit.id:
        return "No two audits have a score yet."
    last, now = told[-2], told[-1]
    name = f" (“{last.name}”)" if last.name else ""
    when = f"{last.taken_at.day} {last.taken_at:%B %Y}{name}"
    moves = [
        f"the {end} end {move}"
        for end, move in (("lower", _move(now.low - last.low)), ("upper", _move(now.high - last.high)))
    ]
    said = f"Since {when}: {' and '.join(moves)}."
    return (
        f"{said} Our rules changed in between as well; decom diff tells the two apart."
        if judged_otherwise(last, now)
        else said
    )


def _move(by: float) -> str:
    if abs(by) < 0.05:
        return "as it was"
    return (
        f"{'up' if by > 0 else 'down'} {points(abs(by))}"
        if abs(by) >= 0.1
        else f"{'up' if by > 0 else 'down'} a little"
    )


def by_dimension(audit: Audit) -> list[dict[str, Any]]:
    """Give a row per dimension that applies: its picture and its interval at first, before this audit and now."""
    told: Sequence[Milestone] = steps(audit)
    made = []
    for each in audit.scorecard.dimensions:
        way = [(part.low, part.high) for step in told for part in step.dimensions if part.name == each.name]
        if each.basis != "not applicable" and len(way) > 1:
            shown = [points_between(*ends) for ends in (way[0], way[-2], way[-1])]
            then, before, now = shown
            picture = drawn(audit, each.name)
            made.append(
                {
                    "title": each.title,
                    "weight": each.weight,
                    "drawn": picture,
                    "then": then,
                    "before": before,
                    "now": now,
                }
            )
    return made
