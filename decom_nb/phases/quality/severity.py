"""How bad a violated check is: its declared level, raised or lowered by what the evidence shows, each step with its reason.

The levels, the steps and their limits are knowledge: tables/severity.yaml.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.check import PRIORITIES, Checked, Priority
from decom_nb.knowledge import Row, Setting
from decom_nb.phases.quality.lineage import Use
from decom_nb.wording import listed, percent

_NAMED = 2
"""How many reports a reason names; the others are counted."""
_NUMBERS = ("uniqueness", "validity", "accuracy", "consistency")
"""Dimensions in which a violation makes a number wrong, rather than leaving it out or late."""


class Level(Row):
    """One of the four levels."""

    level: Priority
    title: str
    definition: str
    response: str


class Step(Row):
    """What evidence does to a declared level."""

    to: Priority
    direction: Literal["up", "down"]
    says: str


class Words(Row):
    """Words that are recognised."""

    words: tuple[str, ...]


class Steps(BaseModel):
    """The steps, in the order in which they are taken: lowering comes first, so that nothing lowers what was raised."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    little_and_unread: Step
    much_affected: Step
    late: Step
    missing_for_reports: Step
    read_downstream: Step
    wrong_in_dashboards: Step
    personal: Step
    regulated: Step


class SeverityTable(BaseModel):
    """tables/severity.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    levels: tuple[Level, ...]
    much: Setting
    little: Setting
    material: Setting
    steps: Steps
    regulated_words: Words
    of_form: Words
    dashboards: Words
    not_in_production: Words

    def level(self, priority: Priority) -> Level:
        """Give a level by its short name."""
        return next(each for each in self.levels if each.level == priority)


@cache
def severity_table() -> SeverityTable:
    """Give the knowledge, read once."""
    return knowledge.load(SeverityTable, Path(__file__).parent / "tables" / "severity.yaml")


@dataclass(frozen=True)
class Judged:
    """A level and how it came about."""

    level: Priority
    declared: Priority
    reasons: tuple[str, ...]

    @property
    def response(self) -> str:
        """Give what the methodology asks for at this level."""
        return severity_table().level(self.level).response


def judged(check: Checked, use: Use | None, personal: Collection[str] = (), regulated: Collection[str] = ()) -> Judged:
    """Judge a check: one that is violated by the evidence, any other stays as it was declared.

    `use` is ``None`` where no lineage knows the table; `personal` and `regulated` are columns of it.
    """
    level: Priority = check.severity
    reasons = [f"Declared {check.severity}"]
    if check.verdict != "fail":
        return Judged(level, check.severity, (f"{reasons[0]}, and not violated.",))
    for step, told in _steps(check, use, personal, regulated):
        if (_rank(step.to) < _rank(level)) == (step.direction == "up") and step.to != level:
            reasons.append(f"{'raised' if step.direction == 'up' else 'lowered'} to {step.to}: {told}")
            level = step.to
    if len(reasons) == 1:
        known = "the evidence does not say otherwise" if use else "no lineage says who reads this table"
        reasons.append(f"{known}, so it stays")
    return Judged(level, check.severity, (f"{'; '.join(reasons)}.",))


def _rank(level: Priority) -> int:
    return PRIORITIES.index(level)


def _steps(
    check: Checked, use: Use | None, personal: Collection[str], regulated: Collection[str]
) -> Iterator[tuple[Step, str]]:
    """Give the steps that the evidence asks for, with what each says here; lowering first."""
    table = severity_table()
    steps, share = table.steps, check.share
    if share is not None and share < table.little.value and use is not None and use.unread:
        yield (
            steps.little_and_unread,
            steps.little_and_unread.says.format(share=percent(share), little=percent(table.little.value)),
        )
    if share is not None and share > table.much.value:
        yield (
            steps.much_affected,
            steps.much_affected.says.format(share=percent(share), much=percent(table.much.value)),
        )
    if check.dimension == "freshness":
        yield steps.late, steps.late.says
    yield from _downstream(check, use)
    for step, columns in ((steps.personal, personal), (steps.regulated, regulated)):
        if concerned := [name for name in check.columns if name in columns]:
            yield step, step.says.format(columns=listed(concerned))


def _downstream(check: Checked, use: Use | None) -> Iterator[tuple[Step, str]]:
    table = severity_table()
    steps = table.steps
    if use is None or not use.exposures:
        return
    reports = _some([each.name for each in use.exposures])
    if check.dimension == "completeness":
        yield steps.missing_for_reports, steps.missing_for_reports.says.format(reports=reports)
    else:
        yield steps.read_downstream, steps.read_downstream.says.format(reports=reports)
    live = [
        each.name
        for each in use.exposures
        if each.kind in table.dashboards.words and each.maturity not in table.not_in_production.words
    ]
    counts = check.dimension in _NUMBERS and check.kind not in table.of_form.words
    if live and counts and (check.share is None or check.share > table.material.value):
        extent = f"{percent(check.share)} of the records" if check.share is not None else "the table as a whole fails"
        yield steps.wrong_in_dashboards, steps.wrong_in_dashboards.says.format(dashboards=_some(live), extent=extent)


def _some(names: list[str]) -> str:
    """Name the first of them and count the rest."""
    more = len(names) - _NAMED
    return listed([*names[:_NAMED], f"{more} more"] if more > 0 else names)
