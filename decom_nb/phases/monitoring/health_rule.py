"""What must hold of pipelines' health, and what is out of the ordinary; `rules.py` takes the rules from here."""

from __future__ import annotations

from datetime import timedelta
from itertools import dropwhile
from typing import Any

from decom_nb.finding import Finding, false, not_known, true
from decom_nb.history import History
from decom_nb.phases.monitoring.health import Health
from decom_nb.phases.monitoring.irregular import Flaky, Irregular, Stretch, cause_within, limits
from decom_nb.rule import rule
from decom_nb.wording import floored, listed

_NAMED = 3
"""How many pipelines a sentence names."""


@rule
def pipelines_are_fresh(health: Health) -> Finding:
    """Every pipeline's data is as fresh as promised."""
    return _held(health, "freshness", "keep the age that is promised of their data")


@rule
def checks_pass_in_runs(health: Health) -> Finding:
    """Quality checks pass."""
    return _held(health, "checks", "pass enough of their checks")


def _held(health: Health, metric: str, what: str) -> Finding:
    """Judge how many pipelines are not in alert by a metric; those that are unsure leave the rule open unless one alerts."""
    known = health.of(metric)
    overall = health.overall(metric)
    if not known:
        return not_known(overall.says)
    bad = [each for each in known if each.state == "alert"]
    unsure = [each for each in known if each.state == "unsure"]
    rows = [
        {"pipeline": each.pipeline, "state": each.state, "value": round(each.value or 0, 4), "what": each.says}
        for each in (*bad, *unsure)
    ]
    without = sum(1 for each in health.readings if each.metric == metric and each.pipeline and each.value is None)
    message = f"{len(known) - len(bad) - len(unsure)} of {len(known)} pipelines {what}"
    if bad:
        message += (
            f"; {_some([each.pipeline for each in bad])} do not" if len(bad) > 1 else f"; {bad[0].pipeline} does not"
        )
    message += "."
    if unsure:
        message += f" {len(unsure)} more cannot be told from so few."
    if without:
        message += f" Of {without} others the figure or the promise is missing."
    subject = f"{len(known)} pipelines"
    if bad:
        return false(message, met=1 - (len(bad) + len(unsure)) / len(known), rows=rows, subject=subject)
    return not_known(message, rows=rows, subject=subject) if unsure else true(message, subject=subject)


@rule
def pipelines_still_run(health: Health) -> Finding:
    """Every pipeline runs as often as it should."""
    if not health.due:
        return not_known(
            "Of no pipeline is it known how often it should run: no schedule is written down as cron, and none ran often enough."
        )
    bad = [each for each in health.due if each.state == "alert"]
    open_ = [each for each in health.due if each.state == "watch"]
    total = len(health.due)
    message = f"{total - len(bad) - len(open_)} of {total} pipelines ran up to the end of the evidence as often as they should."
    for each in (*bad, *open_)[:_NAMED]:
        message += f" {each.pipeline}: {each.says[:1].lower()}{each.says[1:]}"
    rows = [each.row() for each in (*bad, *open_)]
    subject = f"{total} pipelines"
    if bad:
        return false(message, met=1 - (len(bad) + len(open_)) / total, rows=rows, subject=subject)
    return not_known(message, rows=rows, subject=subject) if open_ else true(message, subject=subject)


@rule
def volumes_are_steady(health: Health, irregular: Irregular, *, lately_days: int) -> Finding:
    """Pipelines write about as many rows as they usually do."""
    known = health.of("volume")
    if not known:
        return not_known(health.overall("volume").says)
    off = {each.pipeline: each for each in known if each.state == "alert"}
    strange = [
        each
        for each in irregular.stretches
        if each.what == "volume"
        and not each.explained
        and each.last > irregular.last[each.pipeline] - timedelta(days=lately_days)
    ]
    rows: list[dict[str, Any]] = [
        {"pipeline": name, "when": "last day", "what": each.says} for name, each in off.items()
    ]
    rows += [{"pipeline": each.pipeline, "when": _when(each), "what": _rows_told(each)} for each in strange]
    bad = {*off, *(each.pipeline for each in strange)}
    looked = irregular.series("volume")
    judged = {*(each.pipeline for each in known), *looked}
    message = (
        f"{len(off)} of {len(known)} pipelines wrote far more or fewer rows on their last day than in the week before it; "
        f"{len(strange)} times in the last {lately_days} days the rows were unusual for the weekday "
        f"(of {len(looked)} pipelines with four weeks or more)."
    )
    if not bad:
        return true(message, subject=f"{len(judged)} pipelines")
    return false(message, met=1 - len(bad) / len(judged), rows=rows, subject=f"{len(judged)} pipelines")


def _when(stretch: Stretch) -> str:
    return str(stretch.first) if stretch.first == stretch.last else f"{stretch.first} to {stretch.last}"


def _rows_told(stretch: Stretch) -> str:
    peak = stretch.peak
    return f"{peak.value:,.0f} rows on {peak.day}, {peak.low:,.0f} to {peak.high:,.0f} are usual"


@rule
def runtime_is_stable(irregular: Irregular) -> Finding:
    """Pipelines take no longer than they used to."""
    looked = irregular.series("duration")
    if not looked:
        return not_known("No pipeline has run on 28 days or more: a change of level cannot be told from chance yet.")
    risen = []
    for (pipeline, what), moved in irregular.climbs().items():
        since = [each.found for each in dropwhile(lambda each: each.found.share <= 0, moved)]
        if what == "duration" and since and since[-1].after >= since[0].before * (1 + limits().shift_share.value):
            risen.append((pipeline, since[0].before / 60, since[-1].after / 60, [str(each.day) for each in since]))
    message = (
        f"{len(looked) - len(risen)} of {len(looked)} pipelines with four weeks of runs or more take as long as ever."
    )
    if not risen:
        return true(message, subject=f"{len(looked)} pipelines")
    risen.sort(key=lambda each: (each[1] / each[2], each[0]))
    rows = [
        {"pipeline": name, "before_minutes": round(before, 1), "now_minutes": round(now, 1), "changed_on": listed(on)}
        for name, before, now, on in risen
    ]
    name, before, now, on = risen[0]
    how = f"on {on[0]}" if len(on) == 1 else f"in {len(on)} steps since {on[0]}"
    message += f" {name} went from {before:.1f} to {now:.1f} minutes {how}."
    return false(message, met=1 - len(rows) / len(looked), rows=rows, subject=f"{len(looked)} pipelines")


@rule
def pipelines_are_not_flaky(
    history: History, flaky: tuple[Flaky, ...], *, most: float, times_needed: int, runs_needed: int
) -> Finding:
    """Pipelines seldom fail only to pass when they are tried again."""
    runs = sum(each.runs for each in history.pipelines)
    if runs < runs_needed:
        return not_known(f"Only {runs} runs are told of; {runs_needed} are needed.")
    bad = [each for each in flaky if each.share > most and each.healed + each.again >= times_needed]
    rows = [
        {
            "pipeline": each.pipeline,
            "runs": each.runs,
            "passed_on_retry": each.healed + each.again,
            "share": round(each.share, 4),
            "commonest_error": each.error,
        }
        for each in bad
    ]
    total = sum(bool(each.runs) for each in history.pipelines)
    times = sum(each.healed + each.again for each in flaky)
    message = f"{times} times a run failed and passed when it was tried again; in "
    if not bad:
        return true(
            f"{message}no pipeline more often than in {floored(most)} of its runs.", subject=f"{total} pipelines"
        )
    message += f"{_some([each.pipeline for each in bad])} more often than in {floored(most)} of the runs."
    return false(message, met=1 - len(bad) / total, rows=rows, subject=f"{total} pipelines")


@rule
def failures_do_not_cascade(history: History, *, failures_needed: int) -> Finding:
    """A failure stays where it happens and takes no other pipeline with it."""
    chains = history.chains(cause_within())
    if not history.upstream:
        return not_known("Nothing tells which pipeline reads what another writes: no lineage connects them.")
    if len(chains) < failures_needed:
        return not_known(f"Only {len(chains)} incidents are told of; {failures_needed} are needed.")
    caused = [each for each in chains if each.caused_by]
    rows = [
        {
            "pipeline": each.pipeline,
            "began_at": each.began_at.isoformat(),
            "status": each.status,
            "caused_by": each.caused_by,
            "began_with": each.root,
            "hours_until_made_good": None if each.seconds is None else round(each.seconds / 3600, 1),
        }
        for each in reversed(caused)
    ]
    message = f"{len(caused)} of {len(chains)} incidents were caused by one upstream that was not yet made good."
    if not caused:
        return true(message)
    message += f" They began with {_some(sorted({each.root for each in caused}))}."
    return false(message, met=1 - len(caused) / len(chains), rows=rows, subject=f"{len(chains)} incidents")


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return listed([*names[:_NAMED], f"{more} more"] if more > 0 else names)
