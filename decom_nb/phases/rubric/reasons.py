"""Why the score is what it is, in at most three sentences: what costs most, what is open, where claim and evidence part."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from decom_nb.audit import Audit
from decom_nb.score import DimensionScore, shown
from decom_nb.wording import listed, points


class Sentence(BaseModel):
    """One reason: `kind` is bad, unknown or warn, as badges are coloured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    title: str
    text: str


def reasons(audit: Audit) -> tuple[Sentence, ...]:
    """Give the three sentences that explain the score best, the most telling first."""
    found = [_largest_loss(audit), _largest_opening(audit), _widest_gap(audit), _best_part(audit)]
    return tuple(sentence for sentence in found if sentence)[:3]


def _largest_loss(audit: Audit) -> Sentence | None:
    losing = [each for each in audit.findings if each.points and each.points.if_fixed > 0 and each.points]
    if not losing:
        return None
    worst = max(losing, key=lambda each: each.points.if_fixed if each.points else 0)
    lost = worst.points.if_fixed if worst.points else 0.0
    titles = {each.name: each.title for each in audit.rubric.dimensions}
    where = titles[worst.points.dimension].lower() if worst.points else ""
    return Sentence(kind="bad", title=f"The largest loss: {points(lost)} points in {where}", text=worst.message)


def _largest_opening(audit: Audit) -> Sentence | None:
    width = audit.scorecard.high - audit.scorecard.low
    if width <= 0:
        return None
    unseen = [each for each in audit.rubric.dimensions if not each.parts]
    applying = {each.name for each in audit.scorecard.dimensions if each.basis != "not applicable"}
    names = listed(each.title.lower() for each in unseen if each.name in applying)
    text = "What is not known earns nothing and loses nothing."
    if names:
        text = f"No rule of this version looks at {names} yet, so there only claims can be made. {text}"
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
    return Sentence(kind="good", title=f"{best.title}", text=best.message)


def interval(dimension: DimensionScore) -> str:
    """Give a dimension's points as they are shown, as one number where both ends look alike."""
    low, high = points(dimension.low), points(dimension.high)
    return low if low == high else f"{low}–{high}"
