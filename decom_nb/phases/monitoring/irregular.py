"""What is out of the ordinary: unusual days, changes of level, pipelines that pass when tried again (tables/irregular.yaml)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.history import History, Incident
from decom_nb.knowledge import Setting
from decom_nb.phases.monitoring.pipeline_day import Day, Days
from decom_nb.series.anomaly import Unusual, unusual
from decom_nb.series.change_point import Shift, shifts
from decom_nb.series.season import DAYS_NEEDED

What = Literal["duration", "volume"]


class Limits(BaseModel):
    """From where on something is out of the ordinary."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deviations: Setting
    unusual_share: Setting
    shift_share: Setting
    made_good_minutes: Setting
    alert_early_minutes: Setting
    cause_within_hours: Setting


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    settings: Limits


@cache
def limits() -> Limits:
    """Give the room's knowledge of what is out of the ordinary."""
    return knowledge.load(_Table, Path(__file__).parent / "tables" / "irregular.yaml").settings


def cause_within() -> timedelta:
    """For how long what fails upstream is taken for the cause of what fails below."""
    return timedelta(hours=limits().cause_within_hours.value)


def alert_early() -> timedelta:
    """How long before a failed run begins an alert may have fired that tells of it."""
    return timedelta(minutes=limits().alert_early_minutes.value)


@dataclass(frozen=True, slots=True)
class UnusualDay:
    """A day of a pipeline on which its duration (in seconds) or its volume (in rows) was unusual."""

    pipeline: str
    what: What
    found: Unusual
    beside_failure: bool
    """Whether a run of the pipeline failed or was partial on that day or the one before, which explains most of them."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Unusual days of one series in a row."""

    pipeline: str
    what: What
    days: tuple[UnusualDay, ...]
    with_volume: bool
    """Whether the volume was unusual as well on one of the days: more rows take longer."""

    @property
    def first(self) -> date:
        """Its first day."""
        return self.days[0].found.day

    @property
    def last(self) -> date:
        """Its last day."""
        return self.days[-1].found.day

    @property
    def peak(self) -> Unusual:
        """The day that is furthest off."""
        return max((each.found for each in self.days), key=lambda each: abs(each.score))

    @property
    def beside_failure(self) -> bool:
        """Whether it is beside a failure."""
        return any(each.beside_failure for each in self.days)

    @property
    def explained(self) -> bool:
        """Whether a failure, or for a duration the volume, says why."""
        return self.beside_failure or self.with_volume


@dataclass(frozen=True, slots=True)
class LevelShift:
    """A lasting change in the duration or the volume of a pipeline."""

    pipeline: str
    what: What
    found: Shift


@dataclass(frozen=True, eq=False)
class Irregular:
    """All that is unusual; `looked_at` are the series of four weeks and more, `too_short` the pipelines without one."""

    days: tuple[UnusualDay, ...] = ()
    shifts: tuple[LevelShift, ...] = ()
    looked_at: tuple[tuple[str, What], ...] = ()
    too_short: tuple[str, ...] = ()
    last: Mapping[str, date] = field(default_factory=dict)

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """Unusual days in a row, the newest first."""
        rows = sorted(self.days, key=lambda each: (each.pipeline, each.what, each.found.day))
        volume = {(each.pipeline, each.found.day) for each in rows if each.what == "volume"}
        groups: list[list[UnusualDay]] = []
        for each in rows:
            last = groups[-1][-1] if groups else None
            same = last and (last.pipeline, last.what) == (each.pipeline, each.what)
            if last and same and (each.found.day - last.found.day).days == 1:
                groups[-1].append(each)
            else:
                groups.append([each])
        found = [
            Stretch(
                group[0].pipeline,
                group[0].what,
                tuple(group),
                group[0].what == "duration" and any((each.pipeline, each.found.day) in volume for each in group),
            )
            for group in groups
        ]
        return tuple(sorted(found, key=lambda each: (each.last, each.pipeline, each.what), reverse=True))

    def climbs(self) -> dict[tuple[str, What], tuple[LevelShift, ...]]:
        """Give by pipeline and series its changes of level, the oldest first."""
        found: dict[tuple[str, What], tuple[LevelShift, ...]] = {}
        for each in reversed(self.shifts):
            key = each.pipeline, each.what
            found[key] = (*found.get(key, ()), each)
        return found

    def series(self, what: What) -> tuple[str, ...]:
        """Give the pipelines of which such a series is long enough."""
        return tuple(pipeline for pipeline, looked in self.looked_at if looked == what)


_VALUES: Mapping[What, Callable[[Day], float | None]] = {
    "duration": lambda day: day.seconds,
    "volume": lambda day: day.rows,
}


def points(days: Days, pipeline: str, what: What) -> list[tuple[date, float]]:
    """Give a series of a pipeline: whole days that tell of it, in order. Days without any rows at all are told of too."""
    of = _VALUES[what]
    return [(each.day, float(value)) for each in days.whole(pipeline) if (value := of(each)) is not None]


def irregular(days: Days) -> Irregular:
    """Look for unusual days and changes of level in every series that is long enough."""
    limit = limits()
    found: list[UnusualDay] = []
    moved: list[LevelShift] = []
    looked: list[tuple[str, What]] = []
    for pipeline, told in days.by_pipeline.items():
        bad = {each.day for each in told if each.failed or each.partial}
        for what in _VALUES:
            series = points(days, pipeline, what)
            if len(series) < DAYS_NEEDED or not any(value for _, value in series):
                continue
            looked.append((pipeline, what))
            when, values = [day for day, _ in series], [value for _, value in series]
            for each in unusual(when, values, deviations=limit.deviations.value, least_share=limit.unusual_share.value):
                beside = each.day in bad or each.day - timedelta(days=1) in bad
                found.append(UnusualDay(pipeline, what, each, beside))
            moved += [
                LevelShift(pipeline, what, each) for each in shifts(when, values, least_share=limit.shift_share.value)
            ]
    seen = {pipeline for pipeline, _ in looked}
    found.sort(key=lambda each: (each.found.day, abs(each.found.score), each.pipeline), reverse=True)
    moved.sort(key=lambda each: (each.found.day, each.pipeline, each.what), reverse=True)
    last = {pipeline: told[-1].day for pipeline, told in days.by_pipeline.items() if told}
    short = tuple(sorted(days.by_pipeline.keys() - seen))
    return Irregular(tuple(found), tuple(moved), tuple(looked), short, last)


@dataclass(frozen=True, slots=True)
class Flaky:
    """How often a pipeline failed and passed when it was tried again, with nothing repaired in between."""

    pipeline: str
    runs: int
    healed: int
    """Within the run itself, as the scheduler tells."""
    again: int
    """By a run that succeeded soon after a failed one."""
    error: str
    """The error that is told most often."""

    @property
    def share(self) -> float:
        """Its share of the runs."""
        return (self.healed + self.again) / self.runs if self.runs else 0.0


def flaky(history: History) -> tuple[Flaky, ...]:
    """Give every pipeline that ever passed when tried again, the one that does so most often first."""
    soon: dict[str, list[Incident]] = {}
    for each in history.incidents:
        if each.failures and each.seconds is not None and each.seconds <= 60 * limits().made_good_minutes.value:
            soon.setdefault(each.pipeline, []).append(each)
    found = [
        Flaky(each.name, each.runs, each.healed, len(soon.get(each.name, ())), _commonest(soon.get(each.name, ())))
        for each in history.pipelines
        if each.healed or each.name in soon
    ]
    return tuple(sorted(found, key=lambda each: (-each.share, each.pipeline)))


def _commonest(incidents: Iterable[Incident]) -> str:
    errors = [each.error for each in incidents if each.error]
    return max(sorted(set(errors)), key=errors.count, default="")
