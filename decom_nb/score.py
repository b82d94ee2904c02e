"""The scorecard: rubric points per dimension as an interval, from findings, beside what people claim. Pure.

A dimension's weight is split over its parts; a part belongs to one rule. A rule that was decided earns a share of its part
(`Finding.met`), one that was not leaves it open: nothing at the lower end, all of it at the upper. A part that does not
apply leaves the dimension, and what remains is stretched to the full weight, so that it is neither a gap nor a gift.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from decom_nb.finding import Effort, Finding, Points, false, true

Anchors = Sequence[tuple[float, float]]
"""Pairs (value, share that it earns) in rising order of value."""

_DIGITS = 9  # interval ends are sums of floats: rounded here, so that 61 stays 61 and is not floored to 60


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Anchor(_Frozen):
    """What a number of points looks like in words."""

    points: float
    text: str


class Part(_Frozen):
    """The points of a dimension that one rule decides."""

    rule: str
    points: float = Field(gt=0)
    because: str = Field(min_length=1)


class RubricDimension(_Frozen):
    """One dimension of the rubric; parts may leave points that no rule can decide yet."""

    name: str
    title: str
    weight: float = Field(gt=0)
    anchors: tuple[Anchor, ...]
    parts: tuple[Part, ...] = ()
    undecided: str = Field(
        "", description="why points are left that no rule decides, empty if the parts use up the weight"
    )
    because: str = Field(min_length=1)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _parts_fit(self) -> RubricDimension:
        left = self.weight - sum(part.points for part in self.parts)
        if left < -1e-9:
            raise ValueError(f"the parts of {self.name} are worth more than its weight of {self.weight}")
        if left > 1e-9 and not self.undecided:
            raise ValueError(f"{self.name} has {left} points that no rule decides: say why under `undecided`")
        return self


class Band(_Frozen):
    """A stretch of the scale, from `start` up to but not including the next band's."""

    name: str
    start: float
    advice: str
    source: str = Field(min_length=1)


class Rubric(_Frozen):
    """Dimensions, bands and what an effort counts when repairs are ranked."""

    dimensions: tuple[RubricDimension, ...]
    bands: tuple[Band, ...]
    efforts: dict[Effort, float]

    @model_validator(mode="after")
    def _whole(self) -> Rubric:
        starts = [band.start for band in self.bands]
        if starts != sorted(starts) or starts[:1] != [0]:
            raise ValueError("bands start at 0 and rise")
        if sum(dimension.weight for dimension in self.dimensions) != 100:
            raise ValueError("the weights of the dimensions add up to 100")
        return self

    def band(self, score: float) -> Band:
        """Give the band that a score of 0 to 100 lies in; bands are half-open, so 60.9 is not yet 61."""
        return next(band for band in reversed(self.bands) if round(score, _DIGITS) >= band.start)


class Claim(_Frozen):
    """What somebody says a dimension is worth."""

    points: float = Field(ge=0)
    note: str = ""


class Target(_Frozen):
    """What a dimension is meant to be worth here; not every platform needs full marks in everything."""

    points: float = Field(ge=0)
    because: str = ""


Basis = Literal["evidenced", "partly evidenced", "claimed only", "not known", "not applicable"]


class DimensionScore(_Frozen):
    """One dimension's interval in points out of `weight`, what is claimed for it, and what the two say of each other."""

    name: str
    title: str
    weight: float
    low: float
    high: float
    claimed: float | None = None
    gap: float = Field(0, description="claimed minus the nearest end of the interval, 0 if the claim lies within")
    evidenced_share: float = Field(ge=0, le=1)
    basis: Basis
    reasons: tuple[str, ...] = Field((), description="how the points came about, a sentence for each part")
    note: str = Field("", description="what was written beside the claim")
    target: float | None = Field(None, description="points that are aimed for here; empty: all of `weight`")
    target_because: str = Field("", description="why no more, or no less, is aimed for")

    @property
    def aim(self) -> float:
        """Give the points aimed for."""
        return self.weight if self.target is None else self.target

    @property
    def short(self) -> float:
        """Give the points that the lower end lies below the aim, 0 if it does not; a dimension that left lacks none."""
        return 0.0 if self.basis == "not applicable" else round(max(0.0, self.aim - self.low), _DIGITS)

    @property
    def short_at_best(self) -> float:
        """Give the points that even the upper end lies below the aim."""
        return 0.0 if self.basis == "not applicable" else round(max(0.0, self.aim - self.high), _DIGITS)


class Scorecard(_Frozen):
    """The whole score on 0 to 100."""

    low: float
    high: float
    claimed: float | None = Field(
        None, description="score of the claimed dimensions, scaled to 100; none if nothing is claimed"
    )
    claimed_points: float = Field(0, description="points claimed, of `claimable`")
    claimable: float = Field(0, description="weight of the dimensions that somebody made a claim for")
    reachable: float = Field(
        description="the highest lower end that the rules of this version could ever evidence here"
    )
    claimed_share: float = Field(0, ge=0, le=1, description="share of the weight that somebody made a claim for")
    evidenced_share: float = Field(ge=0, le=1)
    band: str | None = Field(description="the band, if both ends of the interval lie in it")
    band_low: str
    band_high: str
    advice: str = Field(description="what the bands that the interval lies in advise")
    reason: str = Field("", description="why there is no score, empty if there is one")
    dimensions: tuple[DimensionScore, ...]


def shown(score: float) -> int:
    """Give a score as it is displayed: floored, never rounded across a band.

    >>> shown(60.99)
    60
    """
    return math.floor(round(score, _DIGITS))


def interpolate(value: float, anchors: Anchors) -> float:
    """Give the share that a value earns, on straight lines between (value, share) anchors in rising order of value.

    >>> interpolate(0.97, [(0.90, 0.0), (0.95, 0.5), (0.99, 1.0)])
    0.75
    """
    if value <= anchors[0][0]:
        return anchors[0][1]
    for (x0, y0), (x1, y1) in pairwise(anchors):
        if value < x1:
            return round(y0 + (y1 - y0) * (value - x0) / (x1 - x0), _DIGITS)
    return anchors[-1][1]


def judged(
    share: float,
    anchors: Anchors,
    message: str,
    rows: Iterable[Mapping[str, Any]] = (),
    subject: str = "",
) -> Finding:
    """Say true where the share earns everything between the anchors, and false with what it earns where it does not."""
    met = interpolate(share, anchors)
    if met >= 1:
        return true(message, rows=rows, subject=subject)
    return false(message, met=met, rows=rows, subject=subject)


def scorecard(
    rubric: Rubric,
    findings: Iterable[Finding],
    claims: Mapping[str, Claim] | None = None,
    leaving: Mapping[str, str] | None = None,
    targets: Mapping[str, Target] | None = None,
) -> Scorecard:
    """Add up the findings: an interval per dimension and in all, with the claims and the targets beside them.

    `leaving` maps dimensions that do not apply as a whole to the reason why.
    """
    by_rule = {finding.rule: finding for finding in findings}
    claims, leaving = claims or {}, leaving or {}
    dimensions = tuple(
        _aimed(_dimension(each, by_rule, claims.get(each.name), leaving.get(each.name)), (targets or {}).get(each.name))
        for each in rubric.dimensions
    )
    applying = [each for each in dimensions if each.basis != "not applicable"]
    weight = sum(each.weight for each in applying)
    if not weight:
        reason = "No dimension applies, so there is nothing to score."
        low, high, share = 0.0, 0.0, 0.0
    else:
        low = round(100 * sum(each.low for each in applying) / weight, _DIGITS)
        high = round(100 * sum(each.high for each in applying) / weight, _DIGITS)
        share = round(sum(each.evidenced_share * each.weight for each in applying) / weight, _DIGITS)
        reason = "" if share else "No rule could be decided from the evidence, so there is no score yet."
    claimed = [each for each in applying if each.claimed is not None]
    claimed_weight = sum(each.weight for each in claimed)
    band_low, band_high = rubric.band(low), rubric.band(high)
    return Scorecard(
        low=low,
        high=high,
        claimed=round(100 * sum(each.claimed or 0 for each in claimed) / claimed_weight, _DIGITS) if claimed else None,
        claimed_points=round(sum(each.claimed or 0 for each in claimed), _DIGITS),
        claimable=claimed_weight,
        claimed_share=round(claimed_weight / weight, _DIGITS) if weight else 0,
        reachable=_reachable(rubric, by_rule, {each.name for each in applying}),
        evidenced_share=share,
        band=band_low.name if band_low == band_high and not reason else None,
        band_low=band_low.name,
        band_high=band_high.name,
        advice=_advice(band_low, band_high),
        reason=reason,
        dimensions=dimensions,
    )


def _reachable(rubric: Rubric, findings: Mapping[str, Finding], applying: Collection[str]) -> float:
    """Give the score if every rule that applies held."""
    held = weight = 0.0
    for dimension in rubric.dimensions:
        if dimension.name in applying:
            parts = sum(part.points for part in dimension.parts if not _leaves(findings.get(part.rule)))
            held += dimension.weight * parts / _applicable(dimension, findings)
            weight += dimension.weight
    return round(100 * held / weight, _DIGITS) if weight else 0.0


def _advice(low: Band, high: Band) -> str:
    """Give the band's advice; where the ends lie in different bands, what is open has to be found out first."""
    return low.advice if low == high else "The interval spans several bands: find out first what is open."


def with_points(rubric: Rubric, findings: Sequence[Finding], leaving: Mapping[str, str] | None = None) -> list[Finding]:
    """Fill in each finding's points, and what its repair would add to the score's lower end."""
    parts = {part.rule: (dimension, part) for dimension in rubric.dimensions for part in dimension.parts}
    leaving = leaving or {}
    by_rule = {finding.rule: finding for finding in findings}
    weight = sum(each.weight for each in rubric.dimensions if _applies(each, by_rule) and each.name not in leaving)
    filled = []
    for finding in findings:
        if finding.rule in parts:
            dimension, part = parts[finding.rule]
            low, high = _earned(part, finding)
            gains = finding.outcome == "false" and not finding.waived and dimension.name not in leaving
            gain = (
                (part.points - low) * dimension.weight / _applicable(dimension, by_rule) * 100 / weight
                if gains
                else 0.0
            )
            points = Points(
                dimension=dimension.name, possible=part.points, low=low, high=high, if_fixed=round(gain, _DIGITS)
            )
            finding = finding.model_copy(update={"points": points})
        filled.append(finding)
    return filled


class Open(_Frozen):
    """Points that nobody knows yet whether they are earned: of one rule, or of a dimension that has no rule for them."""

    dimension: str
    rule: str = Field("", description="the rule that evidence would decide; empty where no rule of this version can")
    points: float = Field(description="score points between what is earned at least and at most")
    message: str = Field(description="what is missing")


def open_points(rubric: Rubric, findings: Iterable[Finding], leaving: Mapping[str, str] | None = None) -> list[Open]:
    """Give what the interval is made of, part by part, the largest first; their sum is the interval's width."""
    by_rule = {finding.rule: finding for finding in findings}
    applying = [each for each in rubric.dimensions if each.name not in (leaving or {}) and _applies(each, by_rule)]
    weight = sum(each.weight for each in applying)
    found = []
    for dimension in applying:
        stretch = dimension.weight / _applicable(dimension, by_rule) * 100 / weight
        for part in dimension.parts:
            finding = by_rule.get(part.rule)
            least, most = _earned(part, finding)
            message = finding.message if finding else f"No rule named {part.rule} was run."
            found.append((dimension.name, part.rule, (most - least) * stretch, message))
        left = dimension.weight - sum(part.points for part in dimension.parts)
        found.append((dimension.name, "", left * stretch, dimension.undecided))
    made = [
        Open(dimension=name, rule=rule, points=round(points, _DIGITS), message=message)
        for name, rule, points, message in found
        if points > 1e-9
    ]
    return sorted(made, key=lambda each: (-each.points, each.dimension, each.rule))


def _leaves(finding: Finding | None) -> bool:
    return finding is not None and (finding.outcome == "not_applicable" or bool(finding.waived))


def _applicable(dimension: RubricDimension, findings: Mapping[str, Finding]) -> float:
    """Give the points of the dimension that are left when the parts that do not apply are gone."""
    return dimension.weight - sum(part.points for part in dimension.parts if _leaves(findings.get(part.rule)))


def _applies(dimension: RubricDimension, findings: Mapping[str, Finding]) -> bool:
    return _applicable(dimension, findings) > 1e-9


def _earned(part: Part, finding: Finding | None) -> tuple[float, float]:
    """Give the least and the most points that the part earns; a part that leaves earns none."""
    if _leaves(finding):
        return 0.0, 0.0
    if finding is None or finding.met is None or finding.outcome not in ("true", "false", "not_known"):
        return 0.0, part.points
    high = finding.met if finding.met_high is None else finding.met_high
    return round(part.points * finding.met, _DIGITS), round(part.points * high, _DIGITS)


def _dimension(
    dimension: RubricDimension, findings: Mapping[str, Finding], claim: Claim | None, leaves: str | None
) -> DimensionScore:
    told = {
        "name": dimension.name,
        "title": dimension.title,
        "weight": dimension.weight,
        "note": claim.note if claim else "",
    }
    if leaves is not None or not _applies(dimension, findings):
        why = leaves or "None of its parts applies here."
        return DimensionScore(**told, low=0, high=0, evidenced_share=0, basis="not applicable", reasons=(why,))
    applicable = _applicable(dimension, findings)
    stretch = dimension.weight / applicable
    low, high = 0.0, dimension.weight - sum(part.points for part in dimension.parts)
    reasons = []
    for part in dimension.parts:
        finding = findings.get(part.rule)
        least, most = _earned(part, finding)
        low, high = low + least, high + most
        reasons.append(_reason(part, finding, least, most))
    if dimension.undecided:
        reasons.append(dimension.undecided)
    low, high = round(low * stretch, _DIGITS), round(high * stretch, _DIGITS)
    share = round(max(0.0, 1 - (high - low) / dimension.weight), _DIGITS)
    claimed = claim.points if claim else None
    return DimensionScore(
        **told,
        low=low,
        high=high,
        claimed=claimed,
        gap=_gap(claimed, low, high),
        evidenced_share=share,
        basis=_basis(share, claimed),
        reasons=tuple(reasons),
    )


def _aimed(score: DimensionScore, target: Target | None) -> DimensionScore:
    if target is None:
        return score
    return score.model_copy(update={"target": min(target.points, score.weight), "target_because": target.because})


def _gap(claimed: float | None, low: float, high: float) -> float:
    if claimed is None or low <= claimed <= high:
        return 0.0
    return round(claimed - (high if claimed > high else low), _DIGITS)


def _basis(share: float, claimed: float | None) -> Basis:
    if share >= 1:
        return "evidenced"
    if share > 0:
        return "partly evidenced"
    return "not known" if claimed is None else "claimed only"


def _reason(part: Part, finding: Finding | None, least: float, most: float) -> str:
    points = f"{part.points:g} point{'' if part.points == 1 else 's'}"
    if finding is None:
        return f"{points} open: no rule named {part.rule} was run."
    if _leaves(finding):
        return f"{points} left out: {finding.waived or finding.message}"
    if least == most:
        return f"{least:.4g} of {points}: {finding.message}"
    if finding.met is not None:
        return f"{least:.4g} to {most:.4g} of {points}: {finding.message}"
    return f"{points} open: {finding.message}"
