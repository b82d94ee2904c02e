"""What changed from one audit to a later one. Pure; the ``diff`` command and trend pages show it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from decom_nb.audit import Audit


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Moved(_Frozen):
    """A score's interval before and after."""

    name: str
    low_before: float
    high_before: float
    low_after: float
    high_after: float


class Turned(_Frozen):
    """A finding whose outcome is another one now; empty where a rule is new or gone."""

    rule: str
    before: str
    after: str
    message: str


class Decided(_Frozen):
    """A decision that recommends something else now."""

    question: str
    before: tuple[str, ...]
    after: tuple[str, ...]


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


def difference(before: Audit, after: Audit) -> Difference:
    """Compare two audits of one engagement."""
    old_dimensions = {each.name: each for each in before.scorecard.dimensions}
    old_findings = {each.rule: each for each in before.findings}
    new_findings = {each.rule: each for each in after.findings}
    advised = {each.question: each.recommended for each in before.decisions}
    old_inputs = {each.path: each.sha256 for each in before.inputs}
    new_inputs = {each.path: each.sha256 for each in after.inputs}
    return Difference(
        before=before.id,
        after=after.id,
        score=_moved("score", before.scorecard, after.scorecard),
        dimensions=tuple(
            moved
            for each in after.scorecard.dimensions
            if each.name in old_dimensions
            for moved in [_moved(each.name, old_dimensions[each.name], each)]
            if (moved.low_before, moved.high_before) != (moved.low_after, moved.high_after)
        ),
        findings=tuple(
            Turned(rule=rule, before=was, after=now, message=new_findings[rule].message if rule in new_findings else "")
            for rule in dict.fromkeys([*new_findings, *old_findings])
            for was in [old_findings[rule].outcome if rule in old_findings else ""]
            for now in [new_findings[rule].outcome if rule in new_findings else ""]
            if was != now
        ),
        decisions=tuple(
            Decided(question=each.question, before=advised[each.question], after=each.recommended)
            for each in after.decisions
            if advised.get(each.question, each.recommended) != each.recommended
        ),
        inputs_changed=tuple(
            path
            for path in sorted(old_inputs.keys() | new_inputs.keys())
            if old_inputs.get(path) != new_inputs.get(path)
        ),
        other_versions=tuple(name for name in after.versions if before.versions.get(name) != after.versions[name]),
    )


class _Interval(BaseModel):
    low: float
    high: float


def _moved(name: str, before: _Interval | object, after: _Interval | object) -> Moved:
    was, now = (
        _Interval.model_validate(before, from_attributes=True),
        _Interval.model_validate(after, from_attributes=True),
    )
    return Moved(name=name, low_before=was.low, high_before=was.high, low_after=now.low, high_after=now.high)
