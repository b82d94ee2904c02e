"""The collector of alerting: tells Prometheus', Alertmanager's, Grafana's and PagerDuty's files apart, and has them read.

Recognised by content: rule files and their custom resource, answers of the APIs, exports for provisioning, dashboards, alerts
and incidents. What is wrong in a file is a problem with its line, and what can be read of it still counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from decom_nb.errors import InputError
from decom_nb.evidence import files, json_file
from decom_nb.evidence.alerting import Alerting, AlertRule, Fired, Panel, Receiver, Recording, Route
from decom_nb.evidence.alerting_dashboards import dashboard_of
from decom_nb.evidence.alerting_history import history_of, incidents_of, merged
from decom_nb.evidence.alerting_rules import LineOf, alertmanager_of, rules_of
from decom_nb.evidence.source import Found, Problem, Source, SourceFile, source_of

RULES = "alert rules"
ROUTES = "alert routes"
DASHBOARDS = "dashboards"
FIRED = "alert history"

LIMIT = 1 << 26
"""A file of more bytes than this (64 MiB, decompressed) is refused."""


def _all(*patterns: str) -> Callable[[bytes], bool]:
    compiled = [re.compile(each.encode(), re.MULTILINE) for each in patterns]
    return lambda head: all(each.search(head) for each in compiled)


_JSON: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    (FIRED, _all(r'"startsAt"\s*:', r'"labels"\s*:', r'"(endsAt|fingerprint)"\s*:')),
    (FIRED, _all(r'"incident_(number|key)"\s*:', r'"created_(at|on)"\s*:')),
    (FIRED, _all(r'"newState"\s*:', r'"alertId"\s*:|"alertName"\s*:', r'"time"\s*:')),
    (RULES, _all(r'"groups"\s*:', r'"rules"\s*:', r'"(alert|record)"\s*:', r'"expr"\s*:')),
    (RULES, _all(r'"groups"\s*:', r'"rules"\s*:', r'"query"\s*:', r'"type"\s*:\s*"(alerting|recording)"')),
    (RULES, _all(r'"(apiVersion"\s*:\s*1\b|ruleGroup"\s*:|grafana_alert"\s*:)', r'"title"\s*:', r'"refId"\s*:')),
    (ROUTES, _all(r'"(contactPoints|policies)"\s*:\s*\[', r'"apiVersion"\s*:\s*1\b')),
    (ROUTES, _all(r'"route"\s*:\s*\{', r'"receivers"\s*:\s*\[', r'"receiver"\s*:')),
    (DASHBOARDS, _all(r'"elements"\s*:\s*\{', r'"kind"\s*:\s*"Panel"')),
    (
        DASHBOARDS,
        _all(r'"(panels|rows)"\s*:\s*\[', r'"(gridPos|targets|schemaVersion|graphTooltip|fieldConfig|templating)"\s*:'),
    ),
)
_KEY = r"(^[ \t]*(- +)?|[{,][ \t]*)"
_YAML: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    (RULES, _all(r"^[ \t]*groups:", rf"{_KEY}rules:", rf"{_KEY}(alert|record):[ \t]*\S", rf"{_KEY}expr:")),
    (RULES, _all(r"^apiVersion:[ \t]*1\b", r"^groups:", rf"{_KEY}rules:", rf"{_KEY}(refId|condition):")),
    (ROUTES, _all(r"^apiVersion:[ \t]*1\b", r"^(contactPoints|policies):")),
    (ROUTES, _all(r"^route:", r"^receivers:", rf"{_KEY}receiver:")),
)
_INCIDENTS = re.compile(rb"^[^\r\n]*\bincident[_ ]number\b[^\r\n]*\bcreated[_ ](on|at)\b", re.IGNORECASE)


@dataclass
class _Read:
    """What has been read so far."""

    rules: list[AlertRule] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    receivers: list[Receiver] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    dashboards: list[str] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)
    rule_files: list[str] = field(default_factory=list)
    history_files: list[str] = field(default_factory=list)


class AlertingFiles:
    """The collector."""

    name = "alerting"
    words = "alert rules, dashboards or alert history (Prometheus, Alertmanager, Grafana, PagerDuty)"
    kinds: tuple[str, ...] = (RULES, ROUTES, DASHBOARDS, FIRED)

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a file by the names of its keys or columns."""
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if start[:1] in (b"{", b"["):
            return next((kind for kind, fits in _JSON if fits(head)), "")
        if _INCIDENTS.match(start):
            return FIRED
        return next((kind for kind, fits in _YAML if fits(head.removeprefix(b"\xef\xbb\xbf"))), "")

    def read(self, found: Sequence[Found]) -> tuple[Alerting | None, tuple[Source, ...]]:
        """Read all files; each problem has its line where its form has lines."""
        read = _Read()
        listed: dict[str, list[SourceFile]] = {kind: [] for kind in self.kinds}
        problems: dict[str, list[Problem]] = {kind: [] for kind in self.kinds}
        for file in sorted(found, key=lambda each: each.shown):
            common = {"path": file.shown, "kind": file.kind, "sha256": file.sha256, "bytes": file.bytes}
            try:
                counts, wrong, as_of = _READERS[file.kind](read, file)
            except json_file.NotReadableError as error:
                listed[file.kind].append(SourceFile(**common, note=error.what))
                problems[file.kind].append(Problem(path=file.shown, line=error.line, what=f"left out: {error.what}"))
                continue
            counts = {name: count for name, count in counts.items() if count}
            listed[file.kind].append(SourceFile(**common, rows=sum(counts.values()), counts=counts, as_of=as_of))
            problems[file.kind] += [Problem(path=file.shown, line=line, what=what) for line, what in wrong]
        sources = tuple(
            source_of(kind, listed[kind], problems[kind], totals=_totals(kind, read))
            for kind in self.kinds
            if listed[kind]
        )
        said = any(each.rows or not each.note for kind in self.kinds for each in listed[kind])
        read.fired = list(merged(read.fired))
        value = Alerting(**{name: tuple(each) for name, each in vars(read).items()})
        return value if said else None, sources


ALERTING = AlertingFiles()


def _totals(kind: str, read: _Read) -> dict[str, int | float]:
    if kind == DASHBOARDS:
        return {"dashboards": len(read.dashboards)}
    if kind == RULES:
        return {"groups": len({(each.origin, each.group) for each in read.rules})}
    return {}


Counted = tuple[dict[str, int], list[tuple[int, str]], Any]


def _read_rules(read: _Read, file: Found) -> Counted:
    data, line_of = _content(file)
    told = rules_of(data, file.shown, line_of)
    read.rules += told.rules
    read.recordings += told.recordings
    read.rule_files.append(file.shown)
    paused = sum(each.paused for each in told.rules)
    counts = {"alert": len(told.rules) - paused, "paused": paused, "record": len(told.recordings)}
    return counts, told.wrong, None


def _read_routes(read: _Read, file: Found) -> Counted:
    data, line_of = _content(file)
    told = alertmanager_of(data, file.shown, line_of)
    read.receivers += told.receivers
    read.routes += told.routes
    return {"receiver": len(told.receivers), "route": len(told.routes)}, told.wrong, None


def _read_dashboard(read: _Read, file: Found) -> Counted:
    told = dashboard_of(json_file.load(file.path, LIMIT), file.shown)
    read.dashboards.append(told.title)
    read.panels += told.panels
    read.rules += told.rules
    if told.rules:
        read.rule_files.append(file.shown)
    return {"panel": len(told.panels), "alert": len(told.rules)}, [], None


def _read_history(read: _Read, file: Found) -> Counted:
    data = _bytes(file)
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        documents, wrong = _documents(data)
        told = history_of(documents, file.shown)
        told.wrong += wrong
    else:
        try:
            told = incidents_of(data.decode("utf-8-sig"), file.shown)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise json_file.NotReadableError("not UTF-8 text", line) from None
    read.fired += told.fired
    read.history_files.append(file.shown)
    ended = sum(each.ended_at is not None for each in told.fired)
    as_of = max((each.started_at for each in told.fired), default=None)
    return {"ended": ended, "open": len(told.fired) - ended}, told.wrong, as_of


_READERS: dict[str, Callable[[_Read, Found], Counted]] = {
    RULES: _read_rules,
    ROUTES: _read_routes,
    DASHBOARDS: _read_dashboard,
    FIRED: _read_history,
}


def _bytes(file: Found) -> bytes:
    try:
        with files.opened(file.path) as opened:
            data = opened.read(LIMIT + 1)
    except files.DAMAGED as error:
        raise json_file.NotReadableError(files.why(error)) from error
    if len(data) > LIMIT:
        raise json_file.TooLargeError(f"more than {LIMIT >> 20} MiB, which no such file is")
    return data


def _documents(data: bytes) -> tuple[list[tuple[int, Any]], list[tuple[int, str]]]:
    """Give a JSON document, or those that stand on lines of their own, and which lines are none."""
    try:
        return [(0, json_file.parse(data))], []
    except json_file.NotReadableError as error:
        lines = data.splitlines()
        if len(lines) < 2:
            raise
        first = error
    documents: list[tuple[int, Any]] = []
    wrong: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                documents.append((number, json_file.parse(line)))
            except json_file.NotReadableError as error:
                wrong.append((number, f"left out: {error.what}"))
    if not any(isinstance(each, dict) for _, each in documents):
        raise first
    return documents, wrong


def _content(file: Found) -> tuple[Any, LineOf]:
    """Give a file's content as plain data, from JSON or YAML, and what tells the lines in it."""
    from decom_nb.yaml_text.file import parse

    data = _bytes(file)
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return json_file.parse(data), lambda _: 0
    try:
        read = parse(data, file.shown)
    except InputError as error:
        # Its words may quote the text, and what routes alerts holds keys: those of our own parser say no more than they must.
        first = error.mistakes[0]
        what = "not YAML that can be read" if file.kind == ROUTES else f"not YAML that can be read: {first.what}"
        raise json_file.NotReadableError(what, first.line) from None
    return read.root.plain(), read.line
