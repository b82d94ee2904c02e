"""Reads what fired: Alertmanager's alerts and the messages it sends, PagerDuty's incidents, Grafana's annotations of alerts.

Of people only that somebody took an alert up, and when, is kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from decom_nb.evidence.alerting import Fired
from decom_nb.evidence.json_file import mapping, moment, number, sequence, text

_NEVER = 1900
"""Alertmanager writes the year 1 where an alert has not ended."""
_LEVELS = ("severity", "priority", "level")
"""Labels that say how bad an alert is."""


@dataclass
class History:
    """What one file holds, and what is wrong in it, as pairs of line and words."""

    fired: list[Fired] = field(default_factory=list)
    wrong: list[tuple[int, str]] = field(default_factory=list)


def history_of(documents: list[tuple[int, Any]], origin: str) -> History:
    """Read what fired from JSON documents, each with the line on which it stands (0 where a file is one document)."""
    found = History()
    for line, data in documents:
        for each in _entries(data):
            told = mapping(each)
            if "startsAt" in told:
                _alertmanager(found, told, origin, line)
            elif "newState" in told or "alertId" in told:
                _grafana(found, told, origin, line)
            elif "incident_number" in told or "incident_key" in told:
                _incident(found, told, origin, line)
            else:
                found.wrong.append((line, "left out: neither an alert nor an incident"))
    return found


def incidents_of(content: str, origin: str) -> History:
    """Read PagerDuty's incidents from the CSV that its reports give."""
    found = History()
    reader = csv.DictReader(io.StringIO(content, newline=""))
    try:
        for row in reader:
            told = {
                _heading(name): value
                for name, value in row.items()
                if isinstance(name, str) and isinstance(value, str) and value.strip()
            }
            _incident(found, told, origin, reader.line_num)
    except csv.Error as error:
        found.wrong.append((reader.line_num, f"read up to here: {error}"))
    return found


def merged(fired: Iterable[Fired]) -> Iterator[Fired]:
    """Give each alert once, where several messages tell of it: as it stood when it began, and with how it ended."""
    found: dict[tuple[Any, ...], Fired] = {}
    for each in fired:
        key = (each.system, each.name, tuple(sorted(each.labels.items())), each.started_at)
        before = found.get(key)
        if before is None:
            found[key] = each
        else:
            taken_up = [at for at in (before.acknowledged_at, each.acknowledged_at) if at is not None]
            ends = [at for at in (before.ended_at, each.ended_at) if at is not None]
            found[key] = replace(before, acknowledged_at=min(taken_up, default=None), ended_at=max(ends, default=None))
    yield from found.values()


def _heading(name: str) -> str:
    """Give a heading as the newer exports write it: ``Incident Number`` is ``incident_number``."""
    return name.strip().lower().replace(" ", "_").replace("(utc)", "").strip("_")


def _entries(data: Any) -> Iterator[Any]:
    """Give the alerts in a document, whatever wraps them."""
    if isinstance(data, list):
        for each in data:
            yield from _entries(each) if "alerts" in mapping(each) else (each,)
        return
    told = mapping(data)
    for name in ("alerts", "incidents", "data", "annotations", "items"):
        if isinstance(told.get(name), list | dict):
            yield from _entries(told[name])
            return
    yield data


def _alertmanager(found: History, told: Mapping[str, Any], origin: str, line: int) -> None:
    labels = {str(name): text(value) for name, value in mapping(told.get("labels")).items()}
    name = labels.get("alertname", "")
    started = moment(told.get("startsAt"))
    if started is None:
        found.wrong.append((line, f"left out: the alert {name} has no time at which it started"))
        return
    ended = moment(told.get("endsAt"))
    notes = mapping(told.get("annotations"))
    over = ended is not None and ended.year > _NEVER and text(told.get("status")) != "firing" and not _active(told)
    found.fired.append(
        Fired(
            name,
            "alertmanager",
            labels,
            " ".join(filter(None, (text(notes.get(key)) for key in ("summary", "description", "message")))),
            started,
            None,
            ended if over else None,
            _level(labels),
            origin,
            line,
        )
    )


def _active(told: Mapping[str, Any]) -> bool:
    """Tell whether the alert still stands: until then the end is only when it would time out."""
    return text(mapping(told.get("status")).get("state")) in ("active", "suppressed", "unprocessed")


def _level(labels: Mapping[str, str]) -> str:
    return next((labels[name] for name in _LEVELS if labels.get(name)), "")


def _grafana(found: History, told: Mapping[str, Any], origin: str, line: int) -> None:
    """Read an annotation; those that say that an alert is over are the ends of others."""
    if not text(told.get("newState")).lower().startswith("alerting"):
        return
    at, end = number(told.get("time")), number(told.get("timeEnd"))
    started = _from_milliseconds(at)
    name = text(told.get("alertName")) or text(told.get("text")).split(" {", 1)[0].split("\n", 1)[0]
    if started is None:
        found.wrong.append((line, f"left out: the annotation of {name} has no time"))
        return
    tags = dict(tag.split(":", 1) for tag in map(text, sequence(told.get("tags"))) if ":" in tag)
    ended = _from_milliseconds(end) if end and at and end > at else None
    found.fired.append(
        Fired(name, "grafana", tags, text(told.get("text")), started, None, ended, _level(tags), origin, line)
    )


def _from_milliseconds(value: float | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(value / 1000, UTC) if value else None
    except (OverflowError, OSError, ValueError):
        return None


def _incident(found: History, told: Mapping[str, Any], origin: str, line: int) -> None:
    what = text(told.get("title")) or text(told.get("description")) or text(told.get("summary"))
    started = moment(told.get("created_at") or told.get("created_on"))
    if started is None:
        found.wrong.append(
            (line, f"left out: incident {text(told.get('incident_number'))} has no time of its creation")
        )
        return
    priority = told.get("priority")
    service = text(told.get("service_name")) or text(mapping(told.get("service")).get("summary"))
    found.fired.append(
        Fired(
            what,
            "pagerduty",
            {name: value for name, value in (("service", service), ("key", text(told.get("incident_key")))) if value},
            what,
            started,
            _acknowledged(told, started),
            moment(told.get("resolved_at") or told.get("resolved_on")),
            text(mapping(priority).get("summary")) or text(told.get("priority_name")) or text(told.get("urgency")),
            origin,
            line,
        )
    )


def _acknowledged(told: Mapping[str, Any], started: datetime) -> datetime | None:
    """Give when somebody first took an incident up."""
    times = [moment(mapping(each).get("at")) for each in sequence(told.get("acknowledgements"))]
    if known := [each for each in times if each is not None]:
        return min(known)
    seconds = told.get("seconds_to_first_ack")
    try:
        return started + timedelta(seconds=float(seconds)) if seconds not in (None, "") else None
    except (TypeError, ValueError, OverflowError):
        return None
