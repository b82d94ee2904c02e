"""What the notebook shows of monitoring: health, week by week, the calendar, durations, incidents, what is unusual, promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from decom_nb.chart import Figure
from decom_nb.phases.monitoring import charts
from decom_nb.phases.monitoring.alert_view import alerts, logs, severities
from decom_nb.row_table import row_table
from decom_nb.view import View, render, view
from decom_nb.wording import floored, listed

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = [
    "alerts",
    "calendar",
    "durations",
    "health",
    "incidents",
    "irregular",
    "logs",
    "service_levels",
    "severities",
    "weeks",
]

SHOWN_PIPELINES = 40
"""How many pipelines the health table shows; the audit keeps more."""
SHOWN_INCIDENTS = 60
"""How many incidents the table under the timeline holds."""
FIRST_INCIDENTS = 6
"""How many of them are not folded away."""
BADGES = {"P0": "critical", "P1": "high", "P2": "medium", "P3": "low"}
"""How the four levels of severity are marked; of a range the worst."""

STATES = {"alert": "bad", "unsure": "unknown", "watch": "warn", "ok": "good", "not_known": "not_applicable"}
"""How each state of a metric is marked."""
WORDS = {"alert": "alert", "unsure": "unsure", "watch": "watch", "ok": "ok", "not_known": "not known"}

_NO_RUNS = (
    "Nothing is known of any run yet. Put run logs, exports of the scheduler, lineage events or dbt's run results into "
    "evidence/ to see how the pipelines are doing."
)
_SHOWN_COLUMNS = ("success_rate", "runtime", "freshness", "volume", "checks", "failed")
_SHORT = {
    "success_rate": "Success",
    "runtime": "Runtime",
    "freshness": "Freshness",
    "volume": "Volume",
    "checks": "Checks",
    "failed": "Failed",
}
_UNITS = {"duration": "minutes", "volume": "rows"}


def health(pipeline_health: Mapping[str, Any] | None) -> View:
    """The eight metrics now, over all and pipeline by pipeline, and when the evidence ends."""
    if not pipeline_health or not pipeline_health["now"]:
        return view(_note(_NO_RUNS))
    told = {each["metric"]: each for each in pipeline_health["metrics"]}
    overall = {each["metric"]: each for each in pipeline_health["overall"]}
    metrics = [
        {
            **each,
            "state": overall[name]["state"],
            "says": overall[name]["says"],
            "now": _shown(each, overall[name]),
            "target": _held(each, each["target"], aim=True),
            "alert": _held(each, each["alert"], aim=False),
        }
        for name, each in told.items()
    ]
    gone = {each["pipeline"] for each in pipeline_health.get("aside", ())}
    present = [each for each in pipeline_health["pipelines"] if each["pipeline"] not in gone]
    chosen = present[:SHOWN_PIPELINES]
    pipelines = [
        {
            "pipeline": each["pipeline"],
            "tier": each["tier"],
            "cells": [_cell(told[name], each["metrics"].get(name)) for name in _SHOWN_COLUMNS],
        }
        for each in chosen
    ]
    found = [
        {**row, "title": _SHORT.get(name, name)}
        for each in chosen
        for name, row in each["metrics"].items()
        if row["says"]
    ]
    sources = listed(f"{name} ({count})" for name, count in pipeline_health["sources"].items())
    aside: dict[int, list[str]] = {}
    for each in reversed(pipeline_health.get("aside", ())):
        aside.setdefault(each["days"], []).append(each["pipeline"])
    return view(
        _html(
            "health.html",
            health=pipeline_health,
            stale=pipeline_health["stale"],
            metrics=metrics,
            columns=[{"title": _SHORT[name]} for name in _SHOWN_COLUMNS],
            pipelines=pipelines,
            found=found,
            more=pipeline_health["total"] - len(gone) - len(chosen),
            aside=aside,
            kinds=STATES,
            words=WORDS,
            sources=sources,
            several=any(each["also_in"] for each in chosen),
        )
    )


def _cell(told: Mapping[str, Any], row: Mapping[str, Any] | None) -> dict[str, Any]:
    title = _SHORT[told["metric"]]
    if row is None:
        return {"title": title, "state": "", "now": "", "says": ""}
    return {"title": title, "state": row["state"], "now": _shown(told, row), "says": row["says"]}


def _shown(told: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """Give a value as its unit asks: a share in percent, floored; a count as it is."""
    if row.get("value") is None:
        return ""
    return f"{row['value']:g}" if told["unit"] == "count" else floored(row["value"])


def _held(told: Mapping[str, Any], threshold: float, *, aim: bool) -> str:
    """Give a threshold in words, such as "at least 99 %"."""
    value = f"{threshold:g}" if told["unit"] == "count" else floored(threshold)
    high = told["better"] == "high"
    if aim:
        return f"at least {value}" if high else f"at most {value}"
    return f"below {value}" if high else f"above {value}"


def weeks(health_by_week: Sequence[Mapping[str, Any]] | None, pipeline_health: Mapping[str, Any] | None) -> View:
    """The success rate of each week, with how sure it is."""
    rows = charts.week_rows(health_by_week or ())
    if not rows or not pipeline_health:
        return view(_note(_NO_RUNS))
    rate = next(each for each in pipeline_health["metrics"] if each["metric"] == "success_rate")
    worst = min(rows, key=lambda row: row["share"])
    alt = (
        f"Success rate of {len(rows)} weeks; the lowest was {floored(worst['share'])} of {worst['runs']} runs in the week from "
        f"{worst['week']}, the last {floored(rows[-1]['share'])}."
    )
    note = (
        f"Bars are 95 % intervals (Wilson). Solid: the target of {floored(rate['target'])}; dashed: the alert below "
        f"{floored(rate['alert'])}."
    )
    drawn = charts.success_by_week(rows, rate["target"], rate["alert"])
    return view(Figure(drawn, "Successful runs, week by week", alt, rows, note))


def calendar(run_days: Mapping[str, Any] | None) -> View:
    """What became of the runs of each pipeline on each of the last days."""
    if not run_days or not run_days["rows"]:
        return view(_note(_NO_RUNS))
    rows = charts.calendar_rows(run_days)
    failed = sum(row["state"] == "a run failed" for row in rows)
    alt = (
        f"{len(run_days['rows'])} pipelines by {run_days['days']} days from {run_days['first']}: on {failed} a run failed, on "
        f"{sum(row['state'] == 'a run was partial' for row in rows)} one was partial."
    )
    left = run_days["total"] - len(run_days["rows"])
    note = f"{left:,} more pipelines are not drawn." if left > 0 else ""
    shown = [row for row in rows if row["state"] not in ("every run succeeded", "no run")]
    return view(Figure(charts.calendar(rows), "Runs by day", alt, shown, note))


def durations(run_days: Mapping[str, Any] | None, pipeline_health: Mapping[str, Any] | None) -> View:
    """The longest run of each day against the SLA, of the pipelines that come nearest to it."""
    rows = charts.duration_rows(run_days) if run_days else []
    if not rows or not pipeline_health:
        return view(
            _note("No pipeline has both finished runs and an SLA: documents/service_levels.yaml holds the SLAs.")
        )
    alert = next(each["alert"] for each in pipeline_health["metrics"] if each["metric"] == "runtime")
    over = sorted({row["pipeline"] for row in rows if row["share"] > 1})
    alt = f"Longest run of each day as a share of the SLA for {len({row['pipeline'] for row in rows})} pipelines; "
    alt += f"over it were {listed(over)}." if over else "none was over it."
    without = [each["pipeline"] for each in (run_days or {}).get("rows", ()) if not each["sla_minutes"]]
    note = f"Solid: the SLA; dashed: {floored(alert)} of it, where the alert begins."
    if without:
        note += f" Without an SLA: {listed(without[:5])}{' and more' if len(without) > 5 else ''}."
    return view(Figure(charts.durations(rows, alert), "Duration against the SLA", alt, rows, note))


def incidents(incidents: Mapping[str, Any] | None) -> View:
    """When something went wrong, for how long, and what took what with it."""
    if not incidents:
        return view(_note(_NO_RUNS))
    if not incidents["rows"]:
        return view(_note("Every run that ended was a success."))
    rows = charts.incident_rows(incidents)
    note = "A mark is where an incident began, the bar lasts until it was made good."
    if any(row["caused_by"] for row in rows):
        note += " A dashed line leads from the pipeline that caused one."
    if (left := incidents["total"] - len(rows)) > 0:
        began = incidents["rows"][-1]["began_at"][:10] if incidents["total"] == len(incidents["rows"]) else ""
        note += f" Not drawn: {left:,} that began before" + (f", the oldest on {began}." if began else ".")
    drawn = []
    if rows:
        alt = f"{len(rows)} incidents of {len({row['pipeline'] for row in rows})} pipelines from {rows[0]['began'][:10]} on."
        drawn = [Figure(charts.timeline(rows), "Incidents", alt, [], note)]
    shown = incidents["rows"][:SHOWN_INCIDENTS]
    told = {"rows": shown, "first": FIRST_INCIDENTS, "more": incidents["total"] - len(shown), "badges": BADGES}
    table = _html("incident_table.html", **told, duration=_duration)
    return view(_html("incidents.html", told=incidents, duration=_duration), *drawn, table)


def irregular(irregularities: Mapping[str, Any] | None) -> View:
    """Days and levels out of the ordinary in durations and volumes, and pipelines that pass when tried again."""
    if not irregularities:
        return view(_note(_NO_RUNS))
    looked = irregularities["looked_at"]
    if not any(looked.values()):
        return view(_note("No pipeline has run on 28 days or more: what is usual cannot be told yet."))
    blocks: list[Any] = []
    for series in irregularities["series"]:
        rows = charts.series_rows(series, irregularities)
        unit = _UNITS[series["what"]]
        odd = [row for row in rows if row["state"] != "usual"]
        moved = [row["day"] for row in rows if row["shift"]]
        alt = f"{series['what'].capitalize()} of {series['pipeline']} on {len(rows)} days: {len(odd)} unusual days"
        alt += f", another level from {listed(moved)} on." if moved else "."
        note = "A dashed rule marks the day from which on the level is another." if moved else ""
        title = f"{series['pipeline']}: {series['what']} by day"
        blocks.append(Figure(charts.unusual_series(rows, unit), title, alt, rows, note))
    unusual: list[dict[str, Any]] = [
        {
            "pipeline": each["pipeline"],
            "what": f"{each['what']}, {_UNITS[each['what']]}",
            "days": each["first"] if each["first"] == each["last"] else f"{each['first']} to {each['last']}",
            "at its peak": each["value"],
            "usual": f"{each['low']:,.4g} to {each['high']:,.4g}",
            "explained by": "a failure" if each["beside_failure"] else "the volume" if each["with_volume"] else "",
        }
        for each in irregularities["unusual"]
    ]
    shifts = [
        {
            "pipeline": each["pipeline"],
            "what": f"{each['what']}, {_UNITS[each['what']]}",
            "since": each["day"],
            "before": each["before"],
            "after": each["after"],
            "change": "" if each["share"] is None else f"{each['share']:+.0%}",
        }
        for each in irregularities["shifts"]
    ]
    flaky = [
        {
            "pipeline": each["pipeline"],
            "runs": each["runs"],
            "passed on retry": each["passed_on_retry"],
            "share": floored(each["share"]),
            "commonest error": each["commonest_error"],
        }
        for each in irregularities["flaky"]
    ]
    told = {"durations": looked["duration"], "volumes": looked["volume"], "too_short": irregularities["too_short"]}
    told["unusual"] = [
        {name: value for name, value in each.items() if value} for each in unusual if not each["explained by"]
    ]
    told["explained"] = [each for each in unusual if each["explained by"]]
    tables = _html("irregular.html", **told, shifts=shifts, flaky=flaky, row_table=row_table)
    return view(tables, *blocks)


def service_levels(service_levels: Mapping[str, Any] | None) -> View:
    """What each pipeline promises."""
    levels = service_levels or {}
    return view(
        _html("service_levels.html", pipelines=levels.get("pipelines", ()), default=levels.get("default_sla_minutes"))
    )


def _duration(minutes: float) -> str:
    """Give minutes as a person says them.

    >>> [_duration(minutes) for minutes in (0.4, 12, 90, 1500, 6000, 1046880)]
    ['a minute', '12 minutes', '1.5 hours', '25 hours', '4.2 days', '727 days']
    """
    if round(minutes) <= 1:
        return "a minute"
    if minutes < 60:
        return f"{minutes:.0f} minutes"
    hours = minutes / 60
    if hours <= 48:
        return f"{hours:.2g} hours"
    return f"{hours / 24:.2g} days" if hours < 2400 else f"{hours / 24:,.0f} days"


def _note(text: str) -> Markup:
    return _html("note.html", text=text)


def _when(moment: str | None) -> tuple[str, str]:
    """Give day and time of a moment, in words that break nowhere but between them."""
    if not moment:
        return "", ""
    at = datetime.fromisoformat(moment)
    return f"{at.day}\u00a0{at:%b}\u00a0{at.year}", f"{at:%H:%M}"


def _html(template: str, **values: Any) -> Markup:
    return render("decom_nb.phases.monitoring", template, when=_when, **values)
