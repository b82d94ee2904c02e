"""What changed from one audit to a later one, and who changed it. Pure; the ``diff`` command and trend pages show it.

A score moves because the platform did, or because we judge otherwise. The two are told apart by putting today's rubric and
today's rules, one after the other, in the place of those of the earlier audit, and scoring its findings again each time:

    before ──► today's rubric ──► findings of rules that changed over unchanged inputs, new ones, gone ones   our rules
           ──► findings of rules that changed, over inputs that changed as well                               either
           ──► after                                                                                          you

The three add up to the whole movement. See docs/decisions/0006-who-moved-the-score.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from decom_nb.audit import Audit, leaving
from decom_nb.finding import Finding
from decom_nb.score import Rubric, Scorecard, scorecard

Cause = Literal["you", "rules", "either"]
"""Who changed something: the platform, its evidence and documents (or time alone); our rules; both, so that nobody can tell."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Moved(_Frozen):
    """A score's interval before and after, and how much of its movement is whose; the three add up to it."""

    name: str
    low_before: float
    high_before: float
    low_after: float
    high_after: float
    you: tuple[float, float] = Field((0.0, 0.0), description="what the platform moved the lower and the upper end by")
    rules: tuple[float, float] = Field((0.0, 0.0), description="what our rules moved them by")
    either: tuple[float, float] = Field((0.0, 0.0), description="what cannot be told: rule and inputs changed both")


class Turned(_Frozen):
    """A finding whose outcome is another one now; empty where a rule is new or gone."""

    rule: str
    before: str
    after: str
    message: str
    cause: Cause = "you"


class Decided(_Frozen):
    """A decision that recommends something else now."""

    question: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class RuleChange(_Frozen):
    """A rule that is another one now: it is new, gone, renamed, judges otherwise or only says it in other words."""

    rule: str
    what: Literal["new", "gone", "renamed", "judges otherwise", "other words", "other points"]
    formerly: str = ""


class Difference(_Frozen):
    """All that changed; empty lists where nothing did."""

    before: str
    after: str
    score: Moved
    dimensions: tuple[Moved, ...]
    findings: tuple[Turned, ...]
    decisions: tuple[Decided, ...]
    inputs_changed: tuple[str, ...]
    other_versions: tuple[str, ...]
    rules_changed: tuple[RuleChange, ...] = ()


def difference(before: Audit, after: Audit) -> Difference:
    """Compare two audits of one engagement."""
    names = _renamed(before, after)
    old = {names.get(each.rule, each.rule): each for each in before.findings}
    new = {each.rule: each for each in after.findings}
    causes = _causes(before, after, old, new)
    steps = _between(before, after, names, old, new, causes)
    advised = {each.question: each.recommended for each in before.decisions}
    there = {each.name for each in before.scorecard.dimensions}
    return Difference(
        before=before.id,
        after=after.id,
        score=_moved("score", steps),
        dimensions=tuple(
            moved
            for each in after.scorecard.dimensions
            if each.name in there
            for moved in [_moved(each.name, steps)]
            if (moved.low_before, moved.high_before) != (moved.low_after, moved.high_after)
        ),
        findings=tuple(
            Turned(
                rule=rule,
                before=was,
                after=now,
                message=new[rule].message if rule in new else "",
                cause=causes[rule],
            )
            for rule in dict.fromkeys([*new, *old])
            for was in [old[rule].outcome if rule in old else ""]
            for now in [new[rule].outcome if rule in new else ""]
            if was != now
        ),
        decisions=tuple(
            Decided(question=each.question, before=advised[each.question], after=each.recommended)
            for each in after.decisions
            if advised.get(each.question, each.recommended) != each.recommended
        ),
        inputs_changed=_inputs_changed(before, after),
        other_versions=tuple(name for name in after.versions if before.versions.get(name) != after.versions[name]),
        rules_changed=tuple(_rule_changes(before, after, names, old, new)),
    )


def _renamed(before: Audit, after: Audit) -> dict[str, str]:
    """Give the later id of each rule of the earlier audit that has another one now."""
    now = {each.rule for each in after.findings}
    return {
        former: rule
        for rule, version in after.rules.items()
        for former in version.formerly
        if former not in now and any(each.rule == former for each in before.findings)
    }


def _inputs_changed(before: Audit, after: Audit) -> tuple[str, ...]:
    old = {(each.path, each.kind): each.sha256 for each in before.inputs}
    new = {(each.path, each.kind): each.sha256 for each in after.inputs}
    changed = {path for path, kind in old.keys() | new.keys() if old.get((path, kind)) != new.get((path, kind))}
    return tuple(sorted(changed))


def _causes(before: Audit, after: Audit, old: Mapping[str, Finding], new: Mapping[str, Finding]) -> dict[str, Cause]:
    """Say of each rule who can have changed its finding."""
    inputs = set(_inputs_changed(before, after))
    same_code = before.versions.get("code") == after.versions.get("code") and "code" in before.versions
    causes: dict[str, Cause] = {}
    for rule in (*new, *old):
        if rule not in old or rule not in new:
            causes[rule] = "rules"  # where there was no rule there was no finding, whatever the platform was like
            continue
        read = {*old[rule].sources, *new[rule].sources}
        changed = bool(read & inputs) if read else bool(inputs)
        if _judged_alike(before, after, rule, old[rule].rule):
            # Nothing that the rule reads has changed: then a collector did, or the day on which it was asked.
            causes[rule] = "you" if changed or same_code else "rules"
        else:
            causes[rule] = "either" if changed else "rules"
    return causes


def _judged_alike(before: Audit, after: Audit, rule: str, former: str) -> bool:
    if before.rules and after.rules:
        was, now = before.rules.get(former), after.rules.get(rule)
        return was is not None and now is not None and was.judges == now.judges
    return before.versions == after.versions  # audits from before rules had versions


def _between(
    before: Audit,
    after: Audit,
    names: Mapping[str, str],
    old: Mapping[str, Finding],
    new: Mapping[str, Finding],
    causes: Mapping[str, Cause],
) -> tuple[Scorecard, Scorecard, Scorecard, Scorecard]:
    """Give the scorecards on the way: before; with our rules of today; with all rules of today; after."""
    out = leaving(_under_new_names(before, names).waivers, after.rubric)

    def scored(turned: set[Cause]) -> Scorecard:
        found = []
        for rule in dict.fromkeys([*old, *new]):
            taken = new.get(rule) if causes[rule] in turned else old.get(rule)
            if taken is not None:
                waived = old[rule].waived if rule in old else ""
                found.append(taken.model_copy(update={"rule": rule, "waived": waived}))
        return scorecard(after.rubric, found, leaving=out)

    if _same_judging(before, after) and not any(cause != "you" for cause in causes.values()):
        return before.scorecard, before.scorecard, before.scorecard, after.scorecard
    return before.scorecard, scored({"rules"}), scored({"rules", "either"}), after.scorecard


def _under_new_names(audit: Audit, names: Mapping[str, str]) -> Audit:
    waivers = tuple(each.model_copy(update={"target": names.get(each.target, each.target)}) for each in audit.waivers)
    return audit.model_copy(update={"waivers": waivers})


def _same_judging(before: Audit, after: Audit) -> bool:
    return before.rubric == after.rubric


def _ends(card: Scorecard, name: str) -> tuple[float, float]:
    if name == "score":
        return card.low, card.high
    return next(((each.low, each.high) for each in card.dimensions if each.name == name), (0.0, 0.0))


def _moved(name: str, steps: tuple[Scorecard, ...]) -> Moved:
    first, ours, all_ours, last = (_ends(card, name) for card in steps)

    def shift(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
        return round(end[0] - start[0], 9), round(end[1] - start[1], 9)

    return Moved(
        name=name,
        low_before=first[0],
        high_before=first[1],
        low_after=last[0],
        high_after=last[1],
        rules=shift(first, ours),
        either=shift(ours, all_ours),
        you=shift(all_ours, last),
    )


def _rule_changes(
    before: Audit, after: Audit, names: Mapping[str, str], old: Mapping[str, Finding], new: Mapping[str, Finding]
) -> Iterable[RuleChange]:
    former = {now: was for was, now in names.items()}
    points = _points(before.rubric, names), _points(after.rubric, {})
    for rule in dict.fromkeys([*new, *old]):
        if rule not in old:
            yield RuleChange(rule=rule, what="new")
            continue
        if rule not in new:
            yield RuleChange(rule=rule, what="gone")
            continue
        if rule in former:
            yield RuleChange(rule=rule, what="renamed", formerly=former[rule])
        was, now = before.rules.get(old[rule].rule), after.rules.get(rule)
        if was and now and was.judges != now.judges:
            yield RuleChange(rule=rule, what="judges otherwise")
        elif was and now and (was.because, was.how, was.source) != (now.because, now.how, now.source):
            yield RuleChange(rule=rule, what="other words")
        if points[0].get(rule) != points[1].get(rule):
            yield RuleChange(rule=rule, what="other points")


def _points(rubric: Rubric, names: Mapping[str, str]) -> dict[str, tuple[str, float]]:
    return {
        names.get(part.rule, part.rule): (dimension.name, part.points)
        for dimension in rubric.dimensions
        for part in dimension.parts
    }
