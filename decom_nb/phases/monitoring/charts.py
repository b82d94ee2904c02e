"""Charts of runs: calendar, durations, incidents, success by week, unusual series. Rows in, chart out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from decom_nb import palette
from decom_nb.chart import ACCENT, ACCENT_SOFT, BAD, GOOD, INK, LINE, MUTED, UNKNOWN, WARN, alt, layered
from decom_nb.series.interval import wilson

MOST_LINES = 6
"""How many pipelines' durations are drawn: more lines cannot be told apart."""

MOST_MARKS = 4
"""How many days an axis of days names: more run into each other on a telephone."""
TIMELINE_DAYS = 91
"""How many days before the end of the evidence the timeline of incidents shows."""

DAY_STATES: Mapping[str, str] = {
    "every run succeeded": GOOD,
    "a run was partial": WARN,
    "a run failed": BAD,
    "a run never ended": UNKNOWN,
    "no run": LINE,
}
"""What a day of the calendar may be, each with its colour."""


def calendar_rows(run_days: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a row for each pipeline and day with what became of its runs; the worst counts."""
    first = date.fromisoformat(run_days["first"])
    rows = []
    for order, each in enumerate(run_days["rows"]):
        for day in range(run_days["days"]):
            runs, failed, partial, never = (each[what][day] for what in ("runs", "failed", "partial", "open"))
            state = (
                "no run"
                if not runs
                else "a run failed"
                if failed
                else "a run was partial"
                if partial
                else "a run never ended"
                if never
                else "every run succeeded"
            )
            rows.append(
                {
                    "pipeline": each["pipeline"],
                    "order": order,
                    "day": (first + timedelta(days=day)).isoformat(),
                    "state": state,
                    "runs": runs,
                    "failed": failed,
                    "partial": partial,
                }
            )
    return rows


def calendar(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw pipelines against days; the colour says what became of the runs."""
    met = [state for state in DAY_STATES if any(row["state"] == state for row in rows)]
    scale = alt.Scale(domain=met, range=[DAY_STATES[state] for state in met])
    cells = (
        alt.Chart()
        .mark_rect(stroke=palette.PAPER.light, strokeWidth=0.5)
        .encode(
            x=alt.X(
                "day:O",
                title=None,
                axis=alt.Axis(
                    # A day without an hour is read as UTC and would be told as the day before, west of Greenwich.
                    labelExpr="utcFormat(toDate(datum.value), '%d %b')",
                    labelAngle=0,
                    labelLimit=60,  # the width of a column is the limit otherwise, and a label is wider
                    values=_marked([str(row["day"]) for row in rows]),
                    labelOverlap="greedy",
                    labelSeparation=24,
                    ticks=False,
                    domain=False,
                ),
            ),
            y=alt.Y("pipeline:N", sort=alt.SortField("order"), title=None, axis=_names()),
            color=alt.Color("state:N", scale=scale, sort=met, title=None, legend=_legend(len(met))),
            tooltip=[
                alt.Tooltip("pipeline:N"),
                alt.Tooltip("day:N"),
                alt.Tooltip("state:N"),
                alt.Tooltip("runs:Q"),
                alt.Tooltip("failed:Q"),
                alt.Tooltip("partial:Q"),
            ],
        )
    )
    return layered(cells, rows=rows, height=alt.Step(20))


def _marked(days: Sequence[str]) -> list[str]:
    """Give the days that an axis names: few, and none so near to an end that its label leaves the chart.

    >>> _marked([f"2026-11-{day:02}" for day in range(1, 30)])
    ['2026-11-05', '2026-11-13', '2026-11-21']
    """
    told = sorted(set(days))
    if len(told) <= MOST_MARKS:
        return told[1:-1] or told
    step = -(-len(told) // MOST_MARKS)
    return told[step // 2 : len(told) - step // 3 : step][:MOST_MARKS]


def duration_rows(run_days: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a row for each day of the pipelines that come nearest to their SLA: the longest run, and its share of the SLA."""
    first = date.fromisoformat(run_days["first"])
    promised = [each for each in run_days["rows"] if each["sla_minutes"]]

    def nearest(each: Mapping[str, Any]) -> tuple[float, str]:
        known = [minutes for minutes in each["longest_minutes"] if minutes is not None]
        return -max(known, default=0) / each["sla_minutes"], each["pipeline"]

    return [
        {
            "pipeline": each["pipeline"],
            "day": (first + timedelta(days=day)).isoformat(),
            "minutes": minutes,
            "sla_minutes": each["sla_minutes"],
            "share": round(minutes / each["sla_minutes"], 4),
        }
        for each in sorted(promised, key=nearest)[:MOST_LINES]
        for day, minutes in enumerate(each["longest_minutes"])
        if minutes is not None
    ]


def durations(rows: Sequence[dict[str, Any]], alert: float) -> Any:
    """Draw the longest run of each day as a share of the SLA; rules mark the SLA and where the alert begins."""
    names = list(dict.fromkeys(row["pipeline"] for row in rows))
    base = alt.Chart().encode(x=alt.X("day:T", title=None, axis=alt.Axis(format="%d %b", tickCount=6)))
    lines = base.mark_line(strokeWidth=1.6).encode(
        y=alt.Y("share:Q", title="longest run of the day, share of its SLA", axis=alt.Axis(format=".0%")),
        color=alt.Color(
            "pipeline:N", sort=names, scale=alt.Scale(domain=names), title=None, legend=_legend(3, "stroke")
        ),
        tooltip=[
            alt.Tooltip("pipeline:N"),
            alt.Tooltip("day:T", format="%Y-%m-%d"),
            alt.Tooltip("minutes:Q", format=".1f"),
            alt.Tooltip("sla_minutes:Q", title="SLA, minutes"),
            alt.Tooltip("share:Q", format=".1%", title="share of the SLA"),
        ],
    )
    rules = [
        alt.Chart().mark_rule(strokeDash=dash, color=colour, strokeWidth=1.4).encode(y=alt.datum(at))
        for at, dash, colour in ((1.0, [1, 0], BAD), (alert, [5, 4], INK))
    ]
    return layered(*rules, lines, rows=rows, height=260)


def incident_rows(incidents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a row for each incident from when to when, the oldest first; one that is not over lasts until the evidence ends.

    Those that began before the last `TIMELINE_DAYS` of the evidence are left out: one of years would leave no room for the rest.
    """
    ends = incidents["ends_at"]
    since = datetime.fromisoformat(ends) - timedelta(days=TIMELINE_DAYS) if ends else None
    rows = [
        {
            "pipeline": each["pipeline"],
            "began": each["began_at"],
            "ended": each["recovered_at"] or incidents["ends_at"],
            "state": _state(each),
            "severity": each["severity"],
            "runs": each["runs"],
            "caused_by": each["caused_by"],
            "minutes": each["minutes_to_recover"],
            "error": each["error"],
        }
        for each in incidents["rows"]
        if since is None or datetime.fromisoformat(each["began_at"]) >= since
    ]
    return sorted(rows, key=lambda row: (row["began"], row["pipeline"]))


def _state(incident: Mapping[str, Any]) -> str:
    if not incident["recovered_at"]:
        return "not over yet"
    return "failed" if incident["status"] == "failed" else "partial"


def timeline(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw incidents as bars in time; a line leads from the pipeline that caused one to the one that it took with it."""
    met = [state for state in ("failed", "partial", "not over yet") if any(row["state"] == state for row in rows)]
    colours = {"failed": BAD, "partial": WARN, "not over yet": palette.SERIES[3].light}
    colour = alt.Color(
        "state:N",
        sort=met,
        scale=alt.Scale(domain=met, range=[colours[state] for state in met]),
        title=None,
        legend=_legend(3),
    )
    tooltip = [
        alt.Tooltip("pipeline:N"),
        alt.Tooltip("began:T", format="%Y-%m-%d %H:%M"),
        alt.Tooltip("ended:T", format="%Y-%m-%d %H:%M", title="over"),
        alt.Tooltip("minutes:Q", format=",.0f", title="minutes to recover"),
        alt.Tooltip("severity:N"),
        alt.Tooltip("caused_by:N", title="caused by"),
        alt.Tooltip("error:N"),
    ]
    years = {str(row[name])[:4] for row in rows for name in ("began", "ended")}
    written = "%b %Y" if len(years) > 1 else "%d %b"
    x = alt.X("began:T", title=None, scale=alt.Scale(padding=8), axis=alt.Axis(format=written, tickCount=5))
    y = alt.Y("pipeline:N", title=None, sort="ascending", axis=_names())
    base = alt.Chart().encode(x=x, y=y, tooltip=tooltip)
    links = (
        alt.Chart()
        .transform_filter("datum.caused_by !== ''")
        .mark_rule(color=MUTED, strokeWidth=1.2, strokeDash=[3, 2])
        .encode(x=x, y=alt.Y("caused_by:N", sort="ascending", title=None), y2="pipeline:N")
    )
    bars = base.mark_bar(size=11, cornerRadius=0).encode(x2="ended:T", color=colour)
    starts = base.mark_tick(size=17, thickness=2.5).encode(color=colour)
    return layered(links, bars, starts, rows=rows, height=alt.Step(26))


def week_rows(health_by_week: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give a row for each week of all pipelines: the share of successes with its interval."""
    rows = []
    for each in health_by_week:
        if each["pipeline"] == "" and each["runs"]:
            low, high = wilson(each["success"], each["runs"])
            share = each["success"] / each["runs"]
            told = {"week": each["week"], "runs": each["runs"], "success": each["success"]}
            rows.append({**told, "share": round(share, 4), "low": round(low, 4), "high": round(high, 4)})
    return rows


def success_by_week(rows: Sequence[dict[str, Any]], target: float, alert: float) -> Any:
    """Draw the share of successes of each week with its interval, and the target and the alert threshold as rules."""
    base = alt.Chart().encode(
        x=alt.X("week:T", title=None, scale=alt.Scale(padding=14), axis=alt.Axis(format="%d %b", tickCount=6)),
        tooltip=[
            alt.Tooltip("week:T", format="%Y-%m-%d", title="week from"),
            alt.Tooltip("success:Q"),
            alt.Tooltip("runs:Q", title="of"),
            alt.Tooltip("share:Q", format=".1%"),
            alt.Tooltip("low:Q", format=".1%", title="at least"),
            alt.Tooltip("high:Q", format=".1%", title="at most"),
        ],
    )
    y = alt.Y("share:Q", title="successful runs", axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=False, nice=False))
    ranges = base.mark_bar(size=9, color=ACCENT_SOFT, cornerRadius=3).encode(y=alt.Y("low:Q"), y2="high:Q")
    points = base.mark_point(color=ACCENT, size=55).encode(y=y)
    rules = [
        alt.Chart().mark_rule(strokeDash=dash, color=colour, strokeWidth=1.4).encode(y=alt.datum(at))
        for at, dash, colour in ((target, [1, 0], GOOD), (alert, [5, 4], BAD))
    ]
    return layered(ranges, *rules, points, rows=rows, height=220)


def series_rows(series: Mapping[str, Any], irregularities: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a row for each day of a series: its value, and whether it is unusual or the first of a new level."""
    mine = [
        each
        for each in irregularities["unusual"]
        if (each["pipeline"], each["what"]) == (series["pipeline"], series["what"])
    ]
    moved = {
        each["day"]
        for each in irregularities["shifts"]
        if (each["pipeline"], each["what"]) == (series["pipeline"], series["what"])
    }
    return [
        {
            "day": day,
            "value": value,
            "state": _unusual(day, mine),
            "shift": day in moved,
        }
        for day, value in series["points"]
    ]


def _unusual(day: str, stretches: Sequence[Mapping[str, Any]]) -> str:
    hit = next((each for each in stretches if each["first"] <= day <= each["last"]), None)
    if hit is None:
        return "usual"
    return "unusual, beside a failure" if hit["beside_failure"] else "unusual"


def unusual_series(rows: Sequence[dict[str, Any]], unit: str) -> Any:
    """Draw a series by day; points mark unusual days, rules the days from which on the level is another."""
    base = alt.Chart().encode(x=alt.X("day:T", title=None, axis=alt.Axis(format="%d %b", tickCount=6)))
    y = alt.Y("value:Q", title=unit, axis=alt.Axis(format="~s" if unit == "rows" else "~g"))
    tooltip = [alt.Tooltip("day:T", format="%Y-%m-%d"), alt.Tooltip("value:Q", format=",.4~g"), alt.Tooltip("state:N")]
    met = [each for each in ("unusual", "unusual, beside a failure") if any(row["state"] == each for row in rows)]
    colours = {"unusual": BAD, "unusual, beside a failure": WARN}
    line = base.mark_line(color=ACCENT, strokeWidth=1.4).encode(y=y, tooltip=tooltip)
    shifts = base.transform_filter("datum.shift").mark_rule(color=INK, strokeDash=[5, 4], strokeWidth=1.4).encode()
    layers = [shifts, line]
    if met:
        layers.append(
            base.transform_filter("datum.state !== 'usual'")
            .mark_point(size=70)
            .encode(
                y=y,
                tooltip=tooltip,
                color=alt.Color(
                    "state:N",
                    scale=alt.Scale(domain=met, range=[colours[each] for each in met]),
                    title=None,
                    legend=_legend(2),
                ),
            )
        )
    return layered(*layers, rows=rows, height=170)


def _names() -> Any:
    return alt.Axis(domain=False, ticks=False, labelLimit=170)


def _legend(columns: int, symbol: str = "square") -> Any:
    return alt.Legend(orient="top", columns=min(columns, 2), symbolType=symbol)  # two fit a telephone
