"""Whether each clause of a contract is kept: by a run of its checks, and by run logs for what only they show.

Availability is worked out as follows. A load that succeeds makes the data available from its end until the promised age
(`freshness_hours`) has passed; the share counts the time from the end of the first successful load in the log to the end of
the log. What was before the first success, and what an unreadable line would have said, is not known and not counted as
unavailable. Without a promise of freshness there is no such share.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from decom_nb.check import Checked, CheckRun, Priority
from decom_nb.contract.clause import Clause, clauses
from decom_nb.contract.model import Contract

Outcome = Literal["true", "false", "not_known"]


class Load(Protocol):
    """What is looked at of a run (`evidence.runs.Run`)."""

    @property
    def status(self) -> str:
        """How it ended: success, failed or partial."""

    @property
    def completed_at(self) -> datetime:
        """When it ended."""


class PipelineCount(Protocol):
    """What is looked at of a pipeline's counts (`evidence.runs.Pipeline`)."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def unknown(self) -> int:
        """How many runs could not be read."""


class RunLog(Protocol):
    """What is needed of run logs (`evidence.runs.Runs`)."""

    def of(self, pipeline: str) -> Sequence[Load]:
        """Give the runs of a pipeline, by start."""

    @property
    def pipelines(self) -> Sequence[PipelineCount]:
        """All pipelines, counted."""

    @property
    def period(self) -> tuple[datetime, datetime] | None:
        """The first and the last start in the log."""


@dataclass(frozen=True)
class Availability:
    """The share of time in which the newest successful load was no older than promised, or why it cannot be told."""

    percent: float | None
    since: datetime | None = None
    until: datetime | None = None
    loads: int = 0
    unreadable: int = 0
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    """When it was not, from and to, in order."""
    because: str = ""


@dataclass(frozen=True)
class ClauseResult:
    """Whether one clause is kept, as a finding says it."""

    clause: Clause
    outcome: Outcome
    message: str
    violations: int | None = None
    rows: tuple[dict[str, Any], ...] = ()
    """Rows that show it: keys of failing rows, or the gaps in which the data was not available."""
    checked: Checked | None = None

    @property
    def path(self) -> str:
        """Give the clause's path."""
        return self.clause.path

    @property
    def severity(self) -> Priority:
        """Give how bad a breach is."""
        return self.clause.severity


def availability(contract: Contract, runs: RunLog, until: datetime | None = None) -> Availability:
    """Work out the availability of a contract's table over the log of its pipeline, up to `until` or the log's end."""
    hours, pipeline = contract.terms.sla.freshness_hours, pipeline_of(contract, runs)
    if not hours:
        return Availability(None, because="the contract promises no freshness, by which availability is told")
    if not pipeline:
        return Availability(None, because=f"run logs name no pipeline for {contract.table}: write `pipeline`")
    loads = list(runs.of(pipeline))
    unreadable = sum(each.unknown for each in runs.pipelines if each.name == pipeline)
    ends = sorted(each.completed_at for each in loads if each.status == "success")
    last = max([each.completed_at for each in loads] + ([runs.period[1]] if runs.period else []), default=None)
    end = until or last
    ends = [each for each in ends if end is not None and each <= end]
    if not ends or end is None or end <= ends[0]:
        why = f"run logs show no successful load of {pipeline} that was followed by anything"
        return Availability(None, loads=len(ends), unreadable=unreadable, because=why)
    promised = timedelta(hours=hours)
    gaps: list[tuple[datetime, datetime]] = []
    for one, following in zip(ends, [*ends[1:], end], strict=True):
        if following - one > promised:
            gaps.append((one + promised, following))
    missing = sum(((to - start) for start, to in gaps), timedelta())
    percent = 100 * (1 - missing / (end - ends[0]))
    return Availability(percent, ends[0], end, len(ends), unreadable, tuple(gaps))


def pipeline_of(contract: Contract, runs: RunLog) -> str:
    """Give the pipeline that loads the contract's table: the one it names, or one that is called like the table."""
    known = [each.name for each in runs.pipelines]
    wanted = [contract.terms.pipeline] if contract.terms.pipeline else [contract.table, contract.terms.name]
    return next((each for each in wanted if each in known), "")


def enforced(
    contract: Contract,
    run: CheckRun | Iterable[CheckRun] | None,
    runs: RunLog | None = None,
    now: datetime | None = None,
) -> tuple[ClauseResult, ...]:
    """Say of each clause whether it is kept.

    Of several runs of checks, the newest that decided a clause counts. `now` is the moment at which freshness by run
    logs is judged; it is that of the newest run of checks, or the log's end, if left out.
    """
    taken = [run] if isinstance(run, CheckRun) else list(run or ())
    newest = sorted(taken, key=lambda each: each.taken_at, reverse=True)
    checked: dict[tuple[str, str], Checked] = {}
    for each in newest:
        for one in each.checks:
            if one.table == contract.table:
                checked.setdefault((one.name, one.kind), one)
    at = now or (newest[0].taken_at if newest else None)
    return tuple(_result(each, contract, checked, runs, at) for each in clauses(contract))


def _result(
    clause: Clause,
    contract: Contract,
    checked: dict[tuple[str, str], Checked],
    runs: RunLog | None,
    at: datetime | None,
) -> ClauseResult:
    if clause.held_by == "nobody":
        return ClauseResult(clause, "not_known", f"not checked: {clause.unchecked_because}")
    if clause.check is not None:
        found = checked.get((clause.path, clause.check.kind))
        return _by_check(clause, found, contract)
    if runs is None:
        return ClauseResult(clause, "not_known", "there are no run logs, which would show it")
    if clause.path.startswith("sla.availability"):
        return _by_availability(clause, contract, runs)
    return _by_newest_load(clause, contract, runs, at)


def _by_check(clause: Clause, found: Checked | None, contract: Contract) -> ClauseResult:
    if found is None:
        what = "no run of checks has looked at it yet: decom quality run DIR"
        return ClauseResult(clause, "not_known", what)
    outcomes: dict[str, Outcome] = {"pass": "true", "warn": "true", "fail": "false"}
    outcome = outcomes.get(found.verdict, "not_known")
    return ClauseResult(clause, outcome, found.message or found.verdict, found.violations, found.samples, found)


def _by_availability(clause: Clause, contract: Contract, runs: RunLog) -> ClauseResult:
    told, promised = availability(contract, runs), contract.terms.sla.availability_percent or 0
    if told.percent is None or told.since is None or told.until is None:
        return ClauseResult(clause, "not_known", told.because)
    # Floored, so that what is shown never reaches a promise that was not kept.
    shown = int(told.percent * 100) / 100
    window = f"from {told.since:%Y-%m-%d %H:%M} to {told.until:%Y-%m-%d %H:%M}, {told.loads} successful loads"
    message = f"{shown:g} % of the time, {promised:g} % promised ({window})"
    rows = tuple({"from": start.isoformat(), "to": to.isoformat()} for start, to in told.gaps)
    kept: Outcome = "true" if told.percent >= promised else "false"
    if told.unreadable and kept == "false":
        # A run that could not be read may have been a load within a gap.
        return ClauseResult(
            clause, "not_known", f"{message}; {told.unreadable} runs could not be read", len(rows), rows
        )
    return ClauseResult(clause, kept, message, len(rows), rows)


def _by_newest_load(clause: Clause, contract: Contract, runs: RunLog, at: datetime | None) -> ClauseResult:
    pipeline, promised = pipeline_of(contract, runs), contract.terms.sla.freshness_hours or 0
    if not pipeline:
        what = f"run logs name no pipeline for {contract.table}: write `pipeline`, or `freshness_column`"
        return ClauseResult(clause, "not_known", what)
    ends = [each.completed_at for each in runs.of(pipeline) if each.status == "success"]
    moment = at or (runs.period[1] if runs.period else None)
    if not ends or moment is None:
        return ClauseResult(clause, "not_known", f"run logs show no successful load of {pipeline}")
    newest = max(ends)
    age = (moment - newest).total_seconds() / 3600
    ago = f"{max(0.0, age):.1f} hours before {moment:%Y-%m-%d %H:%M}"
    message = f"the newest successful load ended {newest:%Y-%m-%d %H:%M}, {ago}"
    return ClauseResult(clause, "true" if age <= promised else "false", message, 0 if age <= promised else 1)
