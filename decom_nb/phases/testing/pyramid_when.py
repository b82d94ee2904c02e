"""When tests ran, or are set to run, against when they should. `pyramid.py` calls it.

Everything counts back from the evidence's own end, never from today: an export that is a month old says nothing of that month.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise

from decom_nb.evidence.test_code import Trigger
from decom_nb.phases.testing.pyramid_table import Need, PyramidTable, pyramid_table
from decom_nb.wording import floored, listed

_NAMES = {
    name: number
    for names in (("sun", "mon", "tue", "wed", "thu", "fri", "sat"),)
    for number, name in enumerate(names)
} | {
    name: number + 1
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
}  # fmt: skip
_WATCHED_DAYS = 3000
"""Over how many days a schedule is played through: eight years, so that there are two of February 29."""
_RELEASES = ("release", "tag")


@dataclass(frozen=True, slots=True)
class Start:
    """What starts tests of a layer: a job of a workflow, and by what."""

    job: str
    triggers: tuple[Trigger, ...]


@dataclass(frozen=True, slots=True)
class PipelineRuns:
    """How many runs of pipelines were seen, how many had the tests with them, and how many do not tell; `what` names them."""

    runs: int
    tested: int
    untold: int
    what: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Whether one need is met, as a share between `low` and `high`, and by which evidence, in a sentence."""

    need: str
    low: float
    high: float
    says: str

    @property
    def outcome(self) -> str:
        """Say it in a word: yes, no, partly, or not known."""
        if self.low >= 1:
            return "yes"
        if self.high < 1 or self.low == self.high:
            return "no" if self.high <= 0 else "partly"
        return "not known"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of when a layer runs."""

    times: tuple[datetime, ...]
    starts: tuple[Start, ...]
    workflows: bool
    """Whether any CI workflow was seen at all: without one, nothing is known of pull requests."""
    end: datetime | None
    pipeline_runs: PipelineRuns | None = None


def kept(need: Need, seen: Seen, table: PyramidTable | None = None) -> Kept:
    """Judge one need by the evidence."""
    if need.on:
        return _on_event(need, seen)
    if need.within_days is not None:
        return _within(need, need.within_days, seen, table or pyramid_table())
    return _with_runs(need, seen)


def _on_event(need: Need, seen: Seen) -> Kept:
    wanted = _RELEASES if need.on == "release" else ("pull_request", "merge_queue")
    jobs = list(dict.fromkeys(each.job for each in seen.starts if any(one.on in wanted for one in each.triggers)))
    if jobs:
        return Kept(need.words, 1, 1, f"Started {need.words} by {listed(jobs)}.")
    if seen.workflows:
        return Kept(need.words, 0, 0, f"No workflow that was seen runs them {need.words}.")
    return Kept(need.words, 0, 1, "No CI workflow was seen that could tell.")


def _within(need: Need, days: float, seen: Seen, table: PyramidTable) -> Kept:
    scheduled = [
        (gap, each.job)
        for each in seen.starts
        for one in each.triggers
        if one.on == "schedule" and (gap := longest_gap(one.cron)) is not None
    ]
    good = [job for gap, job in scheduled if gap <= days]
    if good:
        return Kept(need.words, 1, 1, f"A schedule starts them {need.words}: {listed(dict.fromkeys(good))}.")
    share = _fresh(seen.times, seen.end, days * table.slack.value)
    if share is not None and len(seen.times) >= table.runs_needed.value:
        last = f"{len(seen.times)} runs, last {seen.times[-1]:%Y-%m-%d}"
        if share >= 1:
            return Kept(need.words, 1, 1, f"They ran {need.words} in all that was seen ({last}).")
        return Kept(
            need.words, share, share, f"For {floored(share)} of the time the last run was recent enough ({last})."
        )
    if scheduled:
        gap, job = min(scheduled)
        return Kept(need.words, 0, 0, f"The schedule of {job} leaves {gap:g} days between runs.")
    if any(one.on == "schedule" for each in seen.starts for one in each.triggers):
        return Kept(need.words, 0, 1, "A schedule starts them, and how often is set outside the workflow file.")
    if seen.workflows and not seen.times:
        return Kept(need.words, 0, 0, "No workflow that was seen starts them on a schedule, and no run was seen.")
    return Kept(need.words, 0, 1, f"Too few runs were seen to tell how often they run ({len(seen.times)}).")


def _with_runs(need: Need, seen: Seen) -> Kept:
    told = seen.pipeline_runs
    if told is None or not told.runs:
        return Kept(need.words, 0, 1, "No runs of pipelines were seen that could tell.")
    low, high = told.tested / told.runs, (told.tested + told.untold) / told.runs
    says = f"{told.tested:,} of {told.runs:,} {told.what} had them."
    if told.untold:
        says += f" {told.untold:,} do not tell."
    return Kept(need.words, low, high, says)


def _fresh(times: Sequence[datetime], end: datetime | None, days: float) -> float | None:
    """Give the share of the time, from the first run to the end, in which the last run was at most so many days old."""
    if not times or end is None or end <= times[0]:
        return None
    moments = [*(time for time in times if time <= end), end]
    limit = timedelta(days=days)
    late = sum((max(timedelta(), later - earlier - limit) for earlier, later in pairwise(moments)), timedelta())
    return 1 - late / (end - times[0])


@cache
def longest_gap(cron: str) -> float | None:
    """Give the longest time in days between the days on which a cron line fires, nothing if it cannot be read.

    >>> longest_gap("0 3 * * *"), longest_gap("0 3 * * 1-5"), longest_gap("0 4 * * SUN"), longest_gap("0 0 1 */3 *")
    (1.0, 3.0, 7.0, 92.0)
    """
    fields = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
              "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *"}.get(cron.strip(), cron).split()  # fmt: skip
    if len(fields) != 5:
        return None
    try:
        _, _, days, months, weekdays = (
            _values(field, low, high) for field, (low, high) in zip(fields, _BOUNDS, strict=True)
        )
    except ValueError:
        return None
    weekdays = {each % 7 for each in weekdays}
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    start = date(2024, 1, 1)
    fired = []
    for number in range(_WATCHED_DAYS):
        day = start + timedelta(days=number)
        of_month, of_week = day.day in days, day.isoweekday() % 7 in weekdays
        if day.month in months and ((of_month or of_week) if either else (of_month and of_week)):
            fired.append(number)
    if not fired:
        return None
    gaps = [later - earlier for earlier, later in pairwise(fired)]
    return float(max(gaps, default=_WATCHED_DAYS))


_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def _values(field: str, low: int, high: int) -> set[int]:
    """Give the values that one field of a cron line stands for; raises `ValueError`."""
    found: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        if span == "*":
            first, last = low, high
        else:
            one, dash, other = span.partition("-")
            first = _number(one)
            last = _number(other) if dash else high if step else first
        if not (low <= first <= last <= high):
            raise ValueError(field)
        found.update(range(first, last + 1, max(1, int(step or 1))))
    return found


def _number(text: str) -> int:
    return _NAMES[text] if text in _NAMES else int(text)


def days_of(times: Iterable[datetime]) -> frozenset[date]:
    """Give the days in UTC of some moments."""
    return frozenset(each.astimezone(UTC).date() for each in times)
