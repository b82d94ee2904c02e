"""The plan: the cheapest repairs that bring the score into the next band, and those that bring every dimension to its target.

Exact: no set of repairs reaches the goal with less effort. Pure; `book.py` makes it, the audit keeps it, every face shows it.
What repairs cannot reach is said, with the evidence that would open more points.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from decom_nb.finding import SEVERITIES, Effort, Finding, Severity
from decom_nb.score import Open, Rubric, Scorecard, open_points, shown

_UNIT = 10**9  # points and efforts are counted in billionths: whole numbers, so that sums are exact


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Step(_Frozen):
    """A repair that somebody may tick off: what it brings and what it takes."""

    rule: str
    dimension: str
    title: str
    remedy: str
    severity: Severity
    effort: Effort
    cost: float = Field(description="what the effort counts, by the rubric's efforts")
    gain: float = Field(description="score points that it adds to the lower end")
    ticked: bool = Field(False, description="whether it is decided on already, by the document `repair_plan`")


class Way(_Frozen):
    """The cheapest way to one goal, from where the ticked repairs lead."""

    goal: str = Field(description="band or targets")
    title: str = Field(description="the goal in words")
    needs: float = Field(description="score points that the lower end lacks")
    steps: tuple[str, ...] = Field(description="rules to repair, in the order in which the repairs are ranked")
    cost: float
    gain: float = Field(description="score points that the steps bring together")
    reaches: float = Field(description="the score's lower end after the ticked repairs and these")
    missing: float = Field(description="score points that no repair brings; 0 where the goal is reached")
    openings: tuple[Open, ...] = Field(
        (), description="where points are missing: what evidence could open, the most first"
    )

    @property
    def reached(self) -> bool:
        """Tell whether the steps are enough."""
        return self.missing <= 0


class Plan(_Frozen):
    """All repairs, those ticked, and the ways from there."""

    low: float = Field(description="the score's lower end today")
    ticked_low: float = Field(description="the same with all ticked repairs made")
    steps: tuple[Step, ...] = Field(description="every repair that brings points, best gain for its effort first")
    gone: tuple[str, ...] = Field((), description="ticked rules that have nothing left to repair")
    band: Way | None = Field(description="to the next band; none where the highest is reached")
    targets: Way

    def step(self, rule: str) -> Step:
        """Give the step that repairs a rule."""
        return next(each for each in self.steps if each.rule == rule)


def cheapest(options: Sequence[tuple[float, float]], need: float) -> tuple[int, ...] | None:
    """Give the places of the (gain, cost) options that together gain `need` for the least cost; ``None`` if all do not.

    Of equally cheap sets the one that gains most is taken, then the smallest, then the one that is named first.

    >>> cheapest([(5, 3), (3, 1), (3, 1)], 5)
    (1, 2)
    """
    gains = [round(gain * _UNIT) for gain, _ in options]
    costs = [round(cost * _UNIT) for _, cost in options]
    wanted = round(need * _UNIT)
    if wanted <= 0:
        return ()
    if sum(gain for gain in gains if gain > 0) < wanted:
        return None
    # Every set that is not beaten: none costs as little and gains as much. Whatever is added to a beaten one, it stays beaten.
    unbeaten: list[tuple[int, int, int, tuple[int, ...]]] = [(0, 0, 0, ())]
    for place, (gain, cost) in enumerate(zip(gains, costs, strict=True)):
        if gain <= 0:
            continue
        longer = [(c + cost, g - gain, n + 1, (*chosen, place)) for c, g, n, chosen in unbeaten]
        unbeaten = _unbeaten([*unbeaten, *longer])
    return min(each for each in unbeaten if -each[1] >= wanted)[3]


def _unbeaten(
    sets: list[tuple[int, int, int, tuple[int, ...]]],
) -> list[tuple[int, int, int, tuple[int, ...]]]:
    """Keep, in rising order of cost, each set that gains more than all cheaper ones; gains are counted below zero."""
    kept: list[tuple[int, int, int, tuple[int, ...]]] = []
    for each in sorted(sets):
        if not kept or each[1] < kept[-1][1]:
            kept.append(each)
    return kept


def plan(
    rubric: Rubric,
    findings: Sequence[Finding],
    card: Scorecard,
    ticked: Collection[str] = (),
    leaving: Mapping[str, str] | None = None,
) -> Plan:
    """Make the plan from findings with their points; `ticked` are the rules whose repair is decided on."""
    steps = _steps(rubric, findings, ticked)
    free = [each for each in steps if not each.ticked]
    opened = open_points(rubric, findings, leaving)
    low = _sum([card.low, *(each.gain for each in steps if each.ticked)])
    above = [band for band in rubric.bands if round(low - band.start, 9) < 0]
    return Plan(
        low=card.low,
        ticked_low=low,
        steps=steps,
        gone=tuple(sorted(set(ticked) - {each.rule for each in steps})),
        band=_to_band(above[0].name, above[0].start, low, free, opened) if above and not card.reason else None,
        targets=_to_targets(card, low, steps, opened),
    )


def _steps(rubric: Rubric, findings: Iterable[Finding], ticked: Collection[str]) -> tuple[Step, ...]:
    made = [
        Step(
            rule=each.rule,
            dimension=each.points.dimension,
            title=each.title,
            remedy=each.remedy,
            severity=each.severity,
            effort=each.effort,
            cost=rubric.efforts[each.effort],
            gain=each.points.if_fixed,
            ticked=each.rule in ticked,
        )
        for each in findings
        if each.points and each.points.if_fixed > 0
    ]
    return tuple(sorted(made, key=lambda each: (-each.gain / each.cost, SEVERITIES.index(each.severity), each.rule)))


def _to_band(name: str, start: float, low: float, free: Sequence[Step], opened: Sequence[Open]) -> Way:
    needs = round(start - low, 9)
    found = cheapest([(each.gain, each.cost) for each in free], needs)
    chosen = list(free) if found is None else [free[place] for place in found]
    return _way("band", f"{name}, from {shown(start)}", needs, low, chosen, max(0.0, needs - _gain(chosen)), opened)


def _to_targets(card: Scorecard, low: float, steps: Sequence[Step], opened: Sequence[Open]) -> Way:
    """Bring each dimension to its target; a repair belongs to one dimension, so each is a question of its own."""
    applying = [each for each in card.dimensions if each.basis != "not applicable"]
    weight = sum(each.weight for each in applying)
    chosen: set[str] = set()
    needs, missing = 0.0, 0.0
    lacking: set[str] = set()
    for dimension in applying:
        mine = [each for each in steps if each.dimension == dimension.name]
        need = round(dimension.short * 100 / weight - _gain([each for each in mine if each.ticked]), 9)
        if need <= 0:
            continue
        free = [each for each in mine if not each.ticked]
        found = cheapest([(each.gain, each.cost) for each in free], need)
        taken = free if found is None else [free[place] for place in found]
        chosen |= {each.rule for each in taken}
        needs += need
        if (short := round(need - _gain(taken), 9)) > 0:
            missing += short
            lacking.add(dimension.name)
    there = [each for each in steps if each.rule in chosen]
    opened = [each for each in opened if each.dimension in lacking]
    set_ones = any(each.target is not None for each in applying)
    title = "the targets of all dimensions" if set_ones else "full points in every dimension"
    return _way("targets", title, round(needs, 9), low, there, missing, opened)


def _way(
    goal: str, title: str, needs: float, low: float, steps: Sequence[Step], missing: float, opened: Sequence[Open]
) -> Way:
    missing = round(missing, 9)
    return Way(
        goal=goal,
        title=title,
        needs=needs,
        steps=tuple(each.rule for each in steps),
        cost=_sum(each.cost for each in steps),
        gain=_gain(steps),
        reaches=_sum([low, _gain(steps)]),
        missing=missing,
        openings=tuple(opened) if missing else (),
    )


def _gain(steps: Iterable[Step]) -> float:
    return _sum(each.gain for each in steps)


def _sum(values: Iterable[float]) -> float:
    return round(sum(values), 9)
