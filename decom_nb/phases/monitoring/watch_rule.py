"""What must hold of how pipelines are watched: by alerts, dashboards and logs, and in time. `rules.py` takes the rules from here.

Nothing is concluded from evidence that is not there. Where alert rules were read, a pipeline that none of them watches is one
that nobody watches; where only alerts that fired were read, it is not known.
"""

from __future__ import annotations

from collections.abc import Sequence

from decom_nb.evidence.alerting import Alerting
from decom_nb.evidence.runs import Runs
from decom_nb.finding import Finding, between, not_known
from decom_nb.history import History
from decom_nb.phases.monitoring.alert_coverage import Coverage, coverage
from decom_nb.phases.monitoring.alert_kind import kind_table
from decom_nb.phases.monitoring.alert_notice import Notice, after_the_last, judged_happenings, notices, share_in_time
from decom_nb.phases.monitoring.alert_pipeline import pipeline_names
from decom_nb.phases.monitoring.dashboard_metric import shown
from decom_nb.phases.monitoring.documents import ServiceLevels
from decom_nb.phases.monitoring.log_conformance import conformance
from decom_nb.phases.monitoring.promise import Promises
from decom_nb.rule import rule
from decom_nb.score import Anchors, interpolate, judged
from decom_nb.wording import floored, floored_between, listed

_NO_PIPELINES = "No pipeline is known: neither service levels nor the history of runs name one."
_NAMED = 5
"""How many names a message lists; the rows have all."""


@rule
def failures_raise_alerts(
    alerting: Alerting, service_levels: ServiceLevels | None, history: History | None, *, anchors: Anchors
) -> Finding:
    """Every pipeline raises an alert when it fails."""
    return _covered(alerting, service_levels, history, "failure", anchors)


@rule
def freshness_is_watched(
    alerting: Alerting, service_levels: ServiceLevels | None, history: History | None, *, anchors: Anchors
) -> Finding:
    """Every pipeline raises an alert when its data gets too old."""
    return _covered(alerting, service_levels, history, "freshness", anchors)


@rule
def anomalies_are_watched(
    alerting: Alerting, service_levels: ServiceLevels | None, history: History | None, *, anchors: Anchors
) -> Finding:
    """Every pipeline raises an alert when something is not as it usually is."""
    return _covered(alerting, service_levels, history, "anomaly", anchors)


def _covered(
    alerting: Alerting, service_levels: ServiceLevels | None, history: History | None, kind: str, anchors: Anchors
) -> Finding:
    """Judge the share of pipelines over which an alert of a kind watches."""
    names = pipeline_names(service_levels, history)
    if not names:
        return not_known(_NO_PIPELINES)
    told = coverage(alerting, names)
    if not told.rules_told and not told.fired:
        return not_known("The evidence on alerting holds neither alert rules nor alerts that fired.")
    bare = [name for name in names if not told.watched(name, kind)]
    good = len(names) - len(bare)
    title = kind_table().title(kind)
    message = f"{good} of {len(names)} pipelines have an alert on {title}." + _of_bare(bare) + _remarks(told, kind)
    rows = [_row(told, name, kind) for name in (*bare, *(name for name in names if name not in bare))]
    subject = f"{len(names)} pipelines"
    if told.rules_told:
        return judged(good / len(names), anchors, message, rows, subject)
    message += " Only alerts that fired were read; which rules there are besides is not known."
    return between(interpolate(good / len(names), anchors), 1.0, message, rows=rows, subject=subject)


def _of_bare(bare: Sequence[str]) -> str:
    if not bare:
        return ""
    more = len(bare) - _NAMED
    return f" None watches {listed([*bare[:_NAMED], f'{more} more'] if more > 0 else bare, 'or')}."


def _remarks(told: Coverage, kind: str) -> str:
    of_all = [each for each in told.watches if each.by == "all" and kind in each.kinds]
    silent = [each for each in told.watches if each.silent and kind in each.kinds]
    text = ""
    if of_all:
        names = listed(each.rule.name for each in of_all[:_NAMED])
        text += (
            f" {names} names no pipeline and is taken to watch all; it does so as far as each reports what it looks at."
        )
    if silent:
        text += f" {silent[0].rule.name} goes to {silent[0].silent}, which tells nobody, and does not count."
    return text


def _row(told: Coverage, name: str, kind: str) -> dict[str, object]:
    found = told.by_rule(name, kind)
    return {
        "pipeline": name,
        "rules": ", ".join(each.rule.name for each in found),
        "told by": found[0].by if found else "",
        "where": ", ".join(dict.fromkeys(f"{each.rule.origin}:{each.rule.line}" for each in found)),
        "fired": told.by_history(name, kind),
    }


@rule
def dashboards_show_health(alerting: Alerting, *, anchors: Anchors) -> Finding:
    """Dashboards show the eight health metrics."""
    if not alerting.dashboards:
        return not_known("No dashboard is among the evidence; export them, and what they show can be told.")
    found = shown(alerting)
    missing = [title for title, panels in found.items() if not panels]
    good = len(found) - len(missing)
    message = f"{good} of {len(found)} health metrics are shown on {_counted(len(alerting.dashboards), 'dashboard')}."
    if missing:
        message += f" None shows {listed(missing, 'or')}."
    rows = [
        {
            "metric": title,
            "panels": ", ".join(dict.fromkeys(each.title or "(no title)" for each in panels)),
            "dashboards": ", ".join(dict.fromkeys(each.dashboard for each in panels)),
        }
        for title, panels in sorted(found.items(), key=lambda each: bool(each[1]))
    ]
    return judged(good / len(found), anchors, message, rows, listed(alerting.dashboards[:_NAMED]))


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


@rule
def failures_are_noticed_in_time(
    alerting: Alerting,
    history: History,
    service_levels: ServiceLevels | None,
    promises: Promises | None,
    *,
    anchors: Anchors,
    failures_needed: int,
) -> Finding:
    """Failures are noticed within the time that their severity leaves."""
    told = coverage(alerting, pipeline_names(service_levels, history))
    if not alerting.fired:
        return not_known("No history of alerts is among the evidence, so it cannot be told when failures were noticed.")
    happened = judged_happenings(history, service_levels, promises)
    found, later = notices(happened, told), after_the_last(happened, told)
    strict = share_in_time(found, [each.severity.worst for each in found])
    mild = share_in_time(found, [each.severity.best for each in found])
    needed = max(strict[1], mild[1])
    if needed < failures_needed:
        return not_known(
            f"Within the time of the alert history only {_counted(needed, 'failure')} had to be noticed; "
            f"{failures_needed} are needed."
        )
    unsure = [
        share_in_time(later, levels)[1]
        for levels in ([each.severity.worst for each in later], [each.severity.best for each in later])
    ]
    within = sorted(good / total if total else 1.0 for good, total in (strict, mild))
    least = min(good / max(1, total + more) for (good, total), more in zip((strict, mild), unsure, strict=True))
    shares = (min(within[0], least), within[1]) if max(unsure) else tuple(within)
    message = (
        f"{strict[0]} of {strict[1]} failures were noticed within the time that their severity leaves; those made good "
        "before then are not counted."
    )
    if within[0] != within[1]:
        message = (
            f"{floored_between(*within)} of {needed} failures were noticed within the time that "
            "their severity leaves; what hangs on some of the pipelines nobody wrote down."
        )
    if max(unsure):
        message += (
            f" {_counted(max(unsure), 'more failure')} came after the last alert that is told of: whether the history of alerts "
            "ends there or the alerting fell silent is not known."
        )
    if not any(each.acknowledged for each in found):
        message += " The history tells when alerts fired, and not when somebody took them up."
    low, high = (interpolate(share, anchors) for share in shares)
    rows = [_notice_row(each) for each in sorted(found, key=_worst_first)]
    rows += [_notice_row(each) | {"noticed": "not known"} for each in later]
    return between(low, high, message, rows=rows, subject=_counted(len(found), "failure"))


def _worst_first(notice: Notice) -> tuple[bool, str, float]:
    state = notice.state(notice.severity.worst)
    return state in ("in time", "made good before"), notice.severity.worst, notice.happened.at.timestamp()


def _notice_row(notice: Notice) -> dict[str, object]:
    minutes = notice.minutes
    return {
        "pipeline": notice.happened.pipeline,
        "failed_at": notice.happened.at.isoformat(),
        "severity": notice.severity.shown,
        "noticed": notice.state(notice.severity.worst),
        "minutes_to_notice": None if minutes is None else round(minutes, 1),
        "alert": notice.alert.name if notice.alert else "",
        "taken_up": notice.acknowledged,
    }


@rule
def logs_follow_the_standard(runs: Runs, *, anchors: Anchors) -> Finding:
    """Run logs are written as the logging standard asks."""
    found = conformance(runs)
    lines = sum(each.lines for each in found)
    if not lines:
        return not_known("The run logs hold no line.")
    good = sum(each.conforming for each in found)
    rows = [
        {
            "pipeline": each.pipeline,
            "lines": each.lines,
            "conforming": each.conforming,
            "field": flaw.field if flaw else "",
            "missing": flaw.missing if flaw else 0,
            "wrong": flaw.wrong if flaw else 0,
            "example": flaw.example if flaw else "",
        }
        for each in sorted(found, key=lambda each: (each.share, each.pipeline))
        for flaw in each.flaws or (None,)
    ]
    message = f"{good:,} of {lines:,} lines ({floored(good / lines)}) in the run logs are as the standard asks."
    return judged(good / lines, anchors, message, rows, _counted(len(found), "producer"))
