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
from decom_nb.schedule import schedule
from decom_nb.wording import floored, listed

_DAY_MINUTES = 24 * 60
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
        return Kept(need.words, 0, 0, f"The schedule of {job} leaves {round(gap, 1):g} days between runs.")
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
    """Give the longest time in days between two times at which a cron line fires, nothing if it cannot be read or never does.

    >>> longest_gap("0 3 * * *"), longest_gap("0 3 * * 1-5"), longest_gap("0 4 * * SUN"), longest_gap("0 0 1 */3 *")
    (1.0, 3.0, 7.0, 92.0)
    """
    found = schedule(cron)
    gaps = found.gaps() if found else None
    return gaps[1] / _DAY_MINUTES if gaps else None


def days_of(times: Iterable[datetime]) -> frozenset[date]:
    """Give the days in UTC of some moments."""
    return frozenset(each.astimezone(UTC).date() for each in times)
