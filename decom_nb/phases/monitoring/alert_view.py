"""What the notebook shows of alerts and logs: who is watched, how bad what happened was, how logs keep to the standard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from decom_nb.chart import Figure
from decom_nb.phases.monitoring import alert_chart
from decom_nb.phases.monitoring.log_conformance import NOBODY
from decom_nb.row_table import row_table
from decom_nb.view import View, render, view
from decom_nb.wording import floored, listed

if TYPE_CHECKING:
    from markupsafe import Markup

SHOWN_FAILURES = 12
"""How many failures are shown one by one; the rest is a table."""

BADGES = {"P0": "critical", "P1": "high", "P2": "medium", "P3": "low"}
"""How the four levels are marked."""
NOTICED = {"in time": "good", "late": "bad", "unnoticed": "bad", "made good before": "info", "not known": "unknown"}
"""How it is marked when a failure was noticed."""
CARDS = {"failure": "Alert on failures", "freshness": "Alert on old data", "anomaly": "Alert on anomalies"}
"""The kinds of alert that the rubric pays for, each as what is counted of it."""
WHAT = {"failed": "failed", "partial": "was partial", "slow": "came close to its SLA", "late": "broke its SLA"}
"""What happened, in words."""
TIMES = {"failed": "failed", "partial": "partial", "slow": "close to the SLA", "late": "over the SLA"}
"""The same beside how often it happened."""

_NO_ALERTS = (
    "Nothing is known of alerts yet. Put Prometheus rule files, Grafana's exports of alert rules and dashboards, or what "
    "Alertmanager and PagerDuty tell of alerts that fired into evidence/. The alerts that the pipelines should have come from "
    "decom monitoring alerts DIR --write."
)
_NO_LOGS = (
    "No run log is among the evidence. Pipelines that log with decom_nb.log leave one; decom monitoring logging-schema prints "
    "what a line has to hold."
)
_NO_RUNS = "Nothing is known of any run yet, so nothing that went wrong either."


def alerts(alert_watch: Mapping[str, Any] | None) -> View:
    """Which alerts watch which pipeline, what nobody watches, and what dashboards show."""
    if not alert_watch:
        return view(_html("note.html", text=_NO_ALERTS))
    rows = alert_chart.coverage_rows(alert_watch)
    titles = [each["title"] for each in alert_watch["kinds"]]
    total = alert_watch["total"]
    told = listed(f"{each['title']} {alert_watch['watched'][each['kind']]}" for each in alert_watch["kinds"])
    met = {row["state"] for row in rows}
    note = "; ".join(f"{sign} {means}" for sign, means, _ in alert_chart.STATES.values() if means in met) + "."
    if total > alert_chart.MOST_PIPELINES:
        note += f" {total - alert_chart.MOST_PIPELINES:,} more pipelines are not drawn."
    alt = f"{total} pipelines by {len(titles)} kinds of alert; watched: {told}."
    figure = Figure(alert_chart.coverage_map(rows, titles), "Pipelines by what raises an alert", alt, rows, note)
    bare = [
        row["pipeline"] for row in alert_watch["rows"] if not any(cell["watched"] for cell in row["cells"].values())
    ]
    cards = [{"kind": kind, "words": words} for kind, words in CARDS.items()]
    return view(
        _html("alerts.html", watch=alert_watch, bare=bare, shown=cards),
        figure,
        _html("alerts_more.html", watch=alert_watch),
    )


def severities(alert_severities: Mapping[str, Any] | None) -> View:
    """How bad what went wrong was, by the methodology's conditions, and whether somebody was told in time."""
    if not alert_severities or not alert_severities["rows"]:
        return view(_html("note.html", text=_NO_RUNS))
    rows = [row for row in alert_severities["rows"] if row["what"] == "failed"]
    warnings = [row for row in alert_severities["rows"] if row["what"] != "failed"]
    return view(
        _html(
            "severities.html",
            told=alert_severities,
            shown=rows[:SHOWN_FAILURES],
            more=[_short(row) for row in rows[SHOWN_FAILURES:]],
            warnings=[_short(row) for row in warnings],
            badges=BADGES,
            noticed=NOTICED,
            times=TIMES,
            row_table=row_table,
            minutes=_minutes,
        )
    )


def logs(log_standard: Mapping[str, Any] | None) -> View:
    """How far each producer of run logs keeps to the standard, and which fields it owes, by file and line."""
    if not log_standard:
        return view(_html("note.html", text=_NO_LOGS))
    return view(_html("logs.html", told=log_standard, nobody=NOBODY, share=_share))


def _share(row: Mapping[str, Any]) -> str:
    return floored(row["conforming"] / row["lines"])


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give what happened as a row of a table."""
    return {
        "severity": row["severity"],
        "pipeline": row["pipeline"],
        "when": " ".join(_when(row["at"])),
        "what happened": WHAT[row["what"]],
        "why": row["reason"],
        "noticed": row["noticed"] or "",
    }


def _minutes(minutes: float) -> str:
    if minutes < 1:
        return "within a minute"
    if minutes < 120:
        return f"after {minutes:.0f} min"
    return f"after {minutes / 60:.1f} h" if minutes <= 48 * 60 else f"after {minutes / 1440:.1f} days"


def _when(moment: str) -> tuple[str, str]:
    """Give day and time of a moment, in words that break nowhere but between them."""
    at = datetime.fromisoformat(moment)
    return f"{at.day}\u00a0{at:%b}\u00a0{at.year}", f"{at:%H:%M}"


def _html(template: str, **values: Any) -> Markup:
    return render("decom_nb.phases.monitoring", template, when=_when, **values)
