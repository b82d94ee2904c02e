"""Why the score is what it is, in at most three sentences: what costs most, what is open, where claim and evidence part."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

from decom_nb.audit import Audit, leaving
from decom_nb.score import DimensionScore, open_points, shown
from decom_nb.wording import listed, points, points_between, points_short


class Sentence(BaseModel):
    """One reason: `kind` is bad, unknown or warn, as badges are coloured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    title: str
    text: str


def reasons(audit: Audit) -> tuple[Sentence, ...]:
    """Give the three sentences that explain the score best, the most telling first."""
    losses = _losses(audit)
    found = [*losses[:1], _largest_opening(audit), _widest_gap(audit), _best_part(audit), *losses[1:]]
    return tuple(sentence for sentence in found if sentence)[:3]


def _losses(audit: Audit) -> list[Sentence]:
    """Give what costs points, the largest loss first."""
    titles = {each.name: each.title.lower() for each in audit.rubric.dimensions}
    lost = [(each.points.if_fixed, each) for each in audit.findings if each.points and each.points.if_fixed > 0]
    made = []
    for at, (gain, each) in enumerate(sorted(lost, key=lambda pair: (-pair[0], pair[1].rule))):
        where = titles[each.points.dimension] if each.points else ""
        what = "The largest loss" if at == 0 else "Then"
        title = f"{what}: {points(gain)} points in {where}"
        made.append(Sentence(kind="bad", title=title, text=first_sentence(each.message)))
    return made


def _largest_opening(audit: Audit) -> Sentence | None:
    width = audit.scorecard.high - audit.scorecard.low
    if width <= 0:
        return None
    opened = open_points(audit.rubric, audit.findings, leaving(audit.waivers, audit.rubric))
    by_dimension: dict[str, float] = {}
    for each in opened:
        by_dimension[each.dimension] = by_dimension.get(each.dimension, 0.0) + each.points
    titles = {each.name: each.title.lower() for each in audit.rubric.dimensions}
    most = sorted(by_dimension, key=lambda name: (-by_dimension[name], name))[:2]
    where = listed(f"{titles[name]} ({points(by_dimension[name])})" for name in most)
    text = (
        f"{'All' if len(by_dimension) == len(most) else 'Most'} of them in {where}. {first_sentence(opened[0].message)}"
    )
    return Sentence(kind="unknown", title=f"{shown(width)} points are open", text=text)


def _widest_gap(audit: Audit) -> Sentence | None:
    apart = [each for each in audit.scorecard.dimensions if each.gap]
    if not apart:
        return None
    widest = max(apart, key=lambda each: abs(each.gap))
    side = "more" if widest.gap > 0 else "less"
    return Sentence(
        kind="warn",
        title=f"{widest.title} is claimed {abs(widest.gap):.1f} points {side} than shown",
        text=f"Claimed: {points(widest.claimed or 0)} of {widest.weight:g}. The evidence gives {interval(widest)}.",
    )


def _best_part(audit: Audit) -> Sentence | None:
    holding = [each for each in audit.findings if each.outcome == "true" and each.points and each.points.possible]
    if not holding:
        return None
    best = max(holding, key=lambda each: each.points.possible if each.points else 0)
    return Sentence(kind="good", title=f"{best.title}", text=first_sentence(best.message))


def interval(dimension: DimensionScore) -> str:
    """Give a dimension's points as they are shown, as one number where both ends look alike."""
    return points_between(dimension.low, dimension.high)


def lacks(dimension: DimensionScore) -> str:
    """Give the points that a dimension is short of its aim, from what is shown at most to what is shown at least."""
    if dimension.short <= 0:
        return "reached"
    least, most = points_short(dimension.aim, dimension.high), points_short(dimension.aim, dimension.low)
    return most if least == most else f"{least}–{most}"


def first_sentence(message: str) -> str:
    """Give what a message says first: as much as a page has room for that is to be read in a minute.

    >>> first_sentence("94.8 % of 1,012 runs succeeded; all points from 99.5 %. 1 more could not be judged.")
    '94.8 % of 1,012 runs succeeded.'
    """
    first = re.split(r"(?<=[.!?])\s+(?=[A-Z0-9“])", message.strip(), maxsplit=1)[0]
    return f"{first.partition('; ')[0].rstrip('.')}."
