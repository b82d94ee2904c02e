"""The eight health metrics, worked out of the history: per pipeline and over all, each with the counts behind it.

Windows end where all evidence ends, so that what is counted together is of the same days; a pipeline last seen before its window
is set aside and named. The age of data counts to where the pipeline's own source ends: nothing is said of the time after that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from decom_nb.history import History, same_dataset
from decom_nb.phases.monitoring.health_table import STATES, State, health_table, metric
from decom_nb.phases.monitoring.pipeline_day import Days
from decom_nb.phases.monitoring.promise import Promises
from decom_nb.phases.monitoring.stopped import Due
from decom_nb.series.interval import wilson
from decom_nb.wording import floored_between, listed

if TYPE_CHECKING:
    from decom_nb.evidence.check_runs import CheckRuns
    from decom_nb.evidence.dbt import Dbt
    from decom_nb.evidence.store import Store

HOUR = 3600.0
_NAMED = 5
"""How many pipelines a sentence names."""
_MOST_HOURS = 48
"""More hours are told in days."""
_FEW_DAYS = 3
"""Of fewer days with rows no mean is taken."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric of one pipeline, or of all together where `pipeline` is empty."""

    metric: str
    pipeline: str
    state: State
    says: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    good: int | None = None
    of: int | None = None

    def row(self) -> dict[str, Any]:
        """Give it as it is kept in the audit."""
        told = {
            "metric": self.metric,
            "pipeline": self.pipeline,
            "state": self.state,
            "value": _short(self.value),
            "low": _short(self.low),
            "high": _short(self.high),
            "good": self.good,
            "of": self.of,
            "says": self.says,
        }
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True)
class Health:
    """All readings: of each metric those of the pipelines, then the one over all.

    `due` are the pipelines of which it is known when they should run; `aside` those without a run in the window up to `end`, with
    how many days before it they were last seen.
    """

    readings: tuple[Reading, ...]
    due: tuple[Due, ...] = ()
    aside: Mapping[str, int] = field(default_factory=dict)
    end: datetime | None = None

    def of(self, name: str) -> tuple[Reading, ...]:
        """Give the readings of one metric, pipeline by pipeline, where there is a value."""
        return tuple(each for each in self.readings if each.metric == name and each.pipeline and each.value is not None)

    def overall(self, name: str) -> Reading:
        """Give the reading of one metric over all pipelines."""
        return next(each for each in self.readings if each.metric == name and not each.pipeline)


def nows(history: History, today: date) -> dict[str, datetime]:
    """Give for each pipeline the moment up to which its source tells of it; never later than the day of the audit."""
    latest = datetime.combine(today, time.max, UTC)
    ends = history.ends_at
    return {each.name: min(ends.get(each.source, latest), latest) for each in history.pipelines}


@dataclass(frozen=True)
class Recent:
    """What happened of late in one pipeline."""

    ended: int
    good: int
    finished: int
    mean_seconds: float | None
    checks_passed: int | None
    checks_failed: int | None
    failed: int
    last_success_at: datetime | None
    last_started_at: datetime | None


def recent(history: History, now: Mapping[str, datetime]) -> dict[str, Recent]:
    """Count the runs of each pipeline over the windows of tables/health.yaml."""
    settings = health_table().settings
    values: dict[str, Any] = {
        "pipelines": list(now),
        "nows": [each.replace(tzinfo=None) for each in now.values()],
        "window": int(settings.window_days.value),
        "runtime": int(settings.runtime_days.value),
        "failed": int(settings.failed_hours.value),
    }
    rows = history.query(_RECENT, values) if now else []
    return {row.pop("pipeline"): Recent(**row) for row in rows}


_RECENT = """
WITH moments AS (
    SELECT unnest(CAST($pipelines AS VARCHAR[])) AS pipeline, unnest(CAST($nows AS TIMESTAMP[])) AS now
)

SELECT
    pipeline,
    count(*) FILTER (status IN ('success', 'failed', 'partial') AND started_at > now - to_days($window)) AS ended,
    count(*) FILTER (status = 'success' AND started_at > now - to_days($window)) AS good,
    count(seconds) FILTER (status IN ('success', 'partial') AND started_at > now - to_days($runtime)) AS finished,
    avg(seconds) FILTER (status IN ('success', 'partial') AND started_at > now - to_days($runtime)) AS mean_seconds,
    CAST(sum(checks_passed) FILTER (started_at > now - to_days($window)) AS HUGEINT) AS checks_passed,
    CAST(sum(checks_failed) FILTER (started_at > now - to_days($window)) AS HUGEINT) AS checks_failed,
    count(*) FILTER (status = 'failed' AND coalesce(ended_at, started_at) > now - to_hours($failed)) AS failed,
    max(ended_at) FILTER (status = 'success') AS last_success_at,
    max(started_at) AS last_started_at
FROM history.runs JOIN moments USING (pipeline)
WHERE started_at <= now
GROUP BY pipeline
ORDER BY pipeline
"""


def success_rates(told: Mapping[str, Recent]) -> list[Reading]:
    """Give the share of successes of late, with its interval."""
    counted = [(name, each.good, each.ended) for name, each in told.items()]
    days = int(health_table().settings.window_days.value)
    nothing = f"no run ended in the {days} days before the evidence ends"
    return _shares(
        "success_rate", counted, f"runs that ended in the last {days} days of the evidence were successes", nothing
    )


def check_rates(
    told: Mapping[str, Recent], outside: Mapping[str, tuple[int, int]], loose: tuple[int, int] = (0, 0)
) -> list[Reading]:
    """Give the share of checks that passed: within runs, and by `outside`, which counts passed and failed ones on tables.

    `loose` are those on tables that nobody says a pipeline writes: they count over all.
    """
    counted = []
    for name, each in told.items():
        passed, failed = outside.get(name, (0, 0))
        passed, failed = passed + (each.checks_passed or 0), failed + (each.checks_failed or 0)
        counted.append((name, passed, passed + failed))
    days = int(health_table().settings.window_days.value)
    nothing = f"no check is told of in the {days} days before the evidence ends"
    return _shares("checks", counted, f"checks of the last {days} days of the evidence passed", nothing, loose)


def _shares(
    name: str, counted: Sequence[tuple[str, int, int]], what: str, nothing: str, more: tuple[int, int] = (0, 0)
) -> list[Reading]:
    total = ("", sum(good for _, good, _ in counted) + more[0], sum(of for _, _, of in counted) + sum(more))
    found = []
    for pipeline, good, of in [*counted, total]:
        if not of:
            found.append(Reading(name, pipeline, "not_known", f"{nothing}."))
            continue
        low, high = wilson(good, of)
        state = metric(name).state(good / of, low, high)
        says = f"{good:,} of {of:,} {what}"
        if state == "unsure":
            says += f"; its 95 % interval, {floored_between(low, high)}, holds the alert threshold"
        found.append(Reading(name, pipeline, state, f"{says}.", good / of, low, high, good, of))
    return found


def runtimes(told: Mapping[str, Recent], promises: Promises) -> list[Reading]:
    """Give the mean runtime of late against the SLA."""
    days = int(health_table().settings.runtime_days.value)
    found = []
    for name, each in told.items():
        promise = promises.runtime.get(name)
        if each.mean_seconds is None:
            says = f"no run finished in the {days} days before the evidence ends"
            if each.last_started_at:
                says += f"; the last one began {each.last_started_at:%Y-%m-%d}"
            found.append(Reading("runtime", name, "not_known", f"{says}."))
            continue
        says = f"{each.mean_seconds / 60:.1f} minutes on average over {_counted(each.finished, 'run')} of the last {days} days"
        if promise is None:
            found.append(Reading("runtime", name, "not_known", f"{says}; no SLA is written down.", of=each.finished))
            continue
        share = each.mean_seconds / 60 / promise.value
        says += f", {_percent(share)} of the {promise.value:g} promised in {promise.written}."
        found.append(Reading("runtime", name, metric("runtime").state(share), says, share, of=each.finished))
    what = f"pipelines with an SLA take more than {_percent(metric('runtime').alert)} of it on average in the last {days} days"
    without = [name for name, each in told.items() if each.mean_seconds is None and name in promises.runtime]
    return [
        *found,
        _worst("runtime", found, what, _without(without, f"had an SLA and no finished run in these {days} days")),
    ]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What dbt source freshness found in a table: the newest row that had come, and when it looked."""

    table: str
    newest: datetime
    looked_at: datetime


def loaded(history: History, dbt: Dbt | None) -> dict[str, Loaded]:
    """Give for each pipeline the table it writes whose newest row is oldest, as `dbt source freshness` saw it last."""
    if not dbt or not dbt.freshness:
        return {}
    rows = history.query(
        "SELECT DISTINCT pipeline, dataset FROM history.datasets WHERE direction = 'writes' ORDER BY ALL"
    )
    named = {each.key: each for each in dbt.sources}
    latest = {each.key: each for each in sorted(dbt.freshness, key=lambda one: (one.at is not None, one.at or _NEVER))}
    found: dict[str, Loaded] = {}
    for key, each in latest.items():
        source = named.get(key)
        if source is None or each.max_loaded_at is None or each.at is None:
            continue
        table = source.identifier or source.name
        seen = Loaded(table, each.max_loaded_at, each.at)
        for row in rows:
            if same_dataset(row["dataset"], ".".join(filter(None, (source.database, source.schema, table)))):
                before = found.get(row["pipeline"])
                if before is None or seen.newest < before.newest:
                    found[row["pipeline"]] = seen
    return found


_NEVER = datetime.min.replace(tzinfo=UTC)


def freshness(
    told: Mapping[str, Recent],
    promises: Promises,
    now: Mapping[str, datetime],
    seen: Mapping[str, Loaded],
    end: datetime | None = None,
) -> list[Reading]:
    """Give the age of each pipeline's data against what is promised of it.

    `now` is where the source of each ends, `end` where all evidence ends: data that is too old only by the latter is unsure.
    """
    found = []
    for name, each in told.items():
        promise, at, says = promises.freshness.get(name), each.last_success_at, ""
        if at is not None:
            says = f"the last success ended {at:%Y-%m-%d %H:%M}"
        table = seen.get(name)
        if table and table.looked_at >= (at or table.looked_at) and (at is None or table.newest < at):
            at, says = table.newest, f"dbt saw no row in {table.table} newer than {table.newest:%Y-%m-%d %H:%M}"
        if at is None:
            found.append(Reading("freshness", name, "not_known", "no success is told of."))
            continue
        hours = max(0.0, (now[name] - at).total_seconds() / HOUR)
        says += f", {_age(hours)} before what is known of it ends"
        if promise is None:
            found.append(Reading("freshness", name, "not_known", f"{says}; no age is promised."))
            continue
        share = hours / promise.value
        says += f"; {promise.value:g} hours are promised in {promise.written}."
        state = metric("freshness").state(share)
        if state != "alert" and end and (end - at).total_seconds() / HOUR > promise.value:
            state = "unsure"
            says += f" Of the {_age((end - now[name]).total_seconds() / HOUR)} until the evidence ends its source tells nothing."
        found.append(Reading("freshness", name, state, says, share))
    return [*found, _worst("freshness", found, "pipelines with a promise have older data than it allows")]


def volumes(days: Days, pipelines: Iterable[str]) -> list[Reading]:
    """Give by how much the rows of the last whole day differ from the mean of the days with rows before it."""
    found = []
    wanted = int(health_table().settings.volume_days.value)
    for name in pipelines:
        told = [each for each in days.whole(name) if each.rows is not None]
        last, before = (told[-1], told[-1 - wanted : -1]) if told else (None, [])
        mean = sum(each.rows or 0 for each in before) / len(before) if before else 0.0
        if last is None or last.rows is None:
            found.append(Reading("volume", name, "not_known", "its runs do not tell how many rows they wrote."))
        elif len(before) < _FEW_DAYS or not mean:
            found.append(Reading("volume", name, "not_known", f"too few days with rows come before {last.day}."))
        else:
            share = abs(last.rows - mean) / mean
            says = f"{last.rows:,} rows on {last.day}, {mean:,.0f} on average over the {len(before)} days with rows before."
            found.append(Reading("volume", name, metric("volume").state(share), says, share, of=len(before)))
    return [
        *found,
        _worst("volume", found, f"pipelines are more than {_percent(metric('volume').alert)} off their mean"),
    ]


def failures(told: Mapping[str, Recent], now: Mapping[str, datetime], end: datetime | None) -> list[Reading]:
    """Count failed runs of the last hours of the evidence, of pipelines whose source (it ends at `now`) reaches into them."""
    hours = int(health_table().settings.failed_hours.value)
    found = []
    for name, each in told.items():
        if end is None or now[name] <= end - timedelta(hours=hours):
            says = (
                f"what is known of it ends {now[name]:%Y-%m-%d %H:%M}, before the last {hours} hours of the evidence."
            )
            found.append(Reading("failed", name, "not_known", says))
            continue
        says = f"{_counted(each.failed, 'run')} failed in the {hours} hours before {end:%Y-%m-%d %H:%M}."
        found.append(Reading("failed", name, metric("failed").state(each.failed), says, float(each.failed)))
    known = [each for each in found if each.value is not None]
    if not known:
        return [
            *found,
            Reading("failed", "", "not_known", f"no run is told of in the last {hours} hours of the evidence."),
        ]
    bad = sum(bool(each.value) for each in known)
    says = f"{bad} of {len(known)} pipelines had a failed run in the last {hours} hours of the evidence"
    says += f"; {len(found) - len(known)} more are not told of in these." if len(found) > len(known) else "."
    return [*found, Reading("failed", "", metric("failed").state(bad), says, float(bad), of=len(known))]


def backfills(store: Store, asked_for: Sequence[Any] | None, airflow: bool) -> list[Reading]:
    """Count backfills that wait: documents that say so, and runs of the scheduler; not known where neither could tell."""
    waiting = [each for each in asked_for or () if getattr(each, "status", "") == "pending"]
    queued: dict[str, int] = {}
    if airflow:
        queued = {row["dag_id"]: row["runs"] for row in store.query(_QUEUED)}
    if not airflow and not asked_for:
        return [Reading("backfills", "", "not_known", "neither a backfill document nor a scheduler's export is there.")]
    total = len(waiting) + sum(queued.values())
    says = f"{len(waiting)} asked for in documents/backfill/"
    says += f", {sum(queued.values())} runs queued or running in Airflow." if airflow else "."
    return [Reading("backfills", "", metric("backfills").state(total), says, float(total))]


_QUEUED = """
SELECT dag_id, count(*) AS runs FROM airflow.dag_runs
WHERE run_type LIKE 'backfill%' AND state IN ('queued', 'running') GROUP BY dag_id ORDER BY dag_id
"""


def cost(monthly_bill: Any | None, budget: float | None) -> list[Reading]:
    """Hold the newest whole month of the bill against the budget; both have to be in US dollars."""
    if monthly_bill is None or not monthly_bill.months:
        return [Reading("cost", "", "not_known", "there is no bill.")]
    others = [each for each in monthly_bill.currencies if each != "USD"]
    month = monthly_bill.newest("USD")
    if others or month is None:
        told = ", ".join(monthly_bill.currencies) or "no currency"
        return [Reading("cost", "", "not_known", f"the bill is in {told}, the budget in USD: they are not added up.")]
    says = f"{month.effective:,.2f} USD in {month.month}"
    if not month.complete:
        return [Reading("cost", "", "not_known", f"{says}, which the bill does not tell whole.")]
    if not budget:
        return [Reading("cost", "", "not_known", f"{says}; documents/brief.yaml states no budget.")]
    share = float(month.effective) / budget
    says += f", {_percent(share)} of the budget of {budget:,.0f} USD."
    return [Reading("cost", "", metric("cost").state(share), says, share)]


def checks_on_tables(
    history: History, check_runs: CheckRuns | None, since: datetime | None
) -> tuple[dict[str, tuple[int, int]], tuple[int, int]]:
    """Count the checks of tables by the pipeline that writes the table; second, those on tables of no known writer.

    Looks that are older than `since` do not count; a warning counts as passed, as its threshold was not reached.
    """
    found: dict[str, tuple[int, int]] = {}
    loose = (0, 0)
    rows = history.query(
        "SELECT DISTINCT pipeline, dataset FROM history.datasets WHERE direction = 'writes' ORDER BY ALL"
    )
    for table, seen in (check_runs.latest if check_runs else {}).items():
        if since and seen.taken_at < since:
            continue
        passed = sum(each.verdict in ("pass", "warn") for each in seen.checks)
        failed = sum(each.verdict == "fail" for each in seen.checks)
        writers = sorted({row["pipeline"] for row in rows if same_dataset(row["dataset"], table)})
        for name in writers[:1]:
            before = found.get(name, (0, 0))
            found[name] = before[0] + passed, before[1] + failed
        if not writers:
            loose = loose[0] + passed, loose[1] + failed
    return found, loose


def _worst(name: str, found: Sequence[Reading], what: str, more: str = "") -> Reading:
    """Give the reading over all: that of the pipeline that is worst off, and how many are as badly off as to alert."""
    known = [each for each in found if each.value is not None]
    if not known:
        return Reading(name, "", "not_known", f"no pipeline has both the figure and the promise.{more}")
    worst = max(known, key=lambda each: each.value or 0)
    bad = sum(each.state == "alert" for each in known)
    state = min((each.state for each in known), key=STATES.index)
    says = f"{bad} of {len(known)} {what}"
    says += f"; the worst is {worst.pipeline}: {worst.says}" if bad else "."
    if open_ := [each.pipeline for each in known if each.state == "unsure"]:
        says += _without(open_, "cannot be told, as the source ends before the evidence does")
    says += more
    return Reading(name, "", state, says, worst.value, good=len(known) - bad, of=len(known))


def aside(told: Mapping[str, Recent], end: datetime | None) -> dict[str, int]:
    """Give the pipelines without a run in the window up to the end of the evidence, and how many days before it they ran last."""
    days = timedelta(days=health_table().settings.window_days.value)
    last = {name: each.last_started_at for name, each in told.items()}
    return {name: (end - at).days for name, at in last.items() if end and at and at <= end - days}


def _without(names: Sequence[str], what: str) -> str:
    """Name pipelines of which something holds, as a sentence of its own; nothing where there are none."""
    more = len(names) - _NAMED
    shown = [*names[:_NAMED], f"{more} more"] if more > 0 else names
    return f" {listed(shown)} {what}." if names else ""


def _age(hours: float) -> str:
    """Give an age in hours, and in days from the third on.

    >>> [_age(hours) for hours in (0, 0.5, 26, 49, 240)]
    ['0.0 hours', '0.5 hours', '26.0 hours', '2.0 days', '10.0 days']
    """
    return f"{hours:.1f} hours" if hours <= _MOST_HOURS else f"{hours / 24:.1f} days"


def _percent(share: float) -> str:
    return f"{int(share * 1000 + 1e-9) / 10:g} %"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
