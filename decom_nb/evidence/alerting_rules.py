"""Reads alert rules and routes: Prometheus rule files, Alertmanager's configuration, Grafana's alert rules in all their forms.

`alerting_files.py` calls it with a file's content as plain data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from decom_nb.evidence.alerting import AlertRule, Matcher, Receiver, Recording, Route
from decom_nb.evidence.json_file import mapping, number, sequence, text

LineOf = Callable[[tuple[str | int, ...]], int]
"""Gives the line on which the value at a path stands, 0 where there is none."""

DEEPEST = 20
"""How deep a tree of routes may be."""
LONGEST = 20_000
"""How many characters of an expression are kept."""
MOST_ROUTES = 10_000
"""How many routes are read of one file."""

_PLAIN_MATCHER = re.compile(r"""^\s*["']?([A-Za-z_][\w.]*)["']?\s*(=~|!~|!=|=)\s*(.*?)\s*$""")
_QUERIES = ("expr", "rawSql", "query", "rawQuery", "expression", "queryText")
"""Where the models of Grafana's data sources keep what is asked."""


@dataclass
class Rules:
    """What one file holds, and what is wrong in it, as pairs of line and words."""

    rules: list[AlertRule] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    receivers: list[Receiver] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    wrong: list[tuple[int, str]] = field(default_factory=list)


def rules_of(data: Any, origin: str, line_of: LineOf) -> Rules:
    """Read alert rules: of Prometheus (file, custom resource, answer of its API) or of Grafana (export, API, ruler)."""
    found = Rules()
    if isinstance(data, list):
        for at, each in enumerate(data):
            _grafana_rule(found, mapping(each), text(mapping(each).get("ruleGroup")), origin, line_of((at,)))
        return found
    path: tuple[str | int, ...] = ()
    top = mapping(data)
    for step in ("spec", "data"):
        if "groups" not in top and mapping(top.get(step)).get("groups") is not None:
            top, path = mapping(top[step]), (*path, step)
    groups = top.get("groups")
    if groups is not None and not isinstance(groups, list):
        found.wrong.append((line_of((*path, "groups")), "groups is not a list"))
    for at, group in enumerate(sequence(groups)):
        name = text(mapping(group).get("name"))
        for number_, rule in enumerate(sequence(mapping(group).get("rules"))):
            line = line_of((*path, "groups", at, "rules", number_))
            _rule(found, rule, name, origin, line)
    return found


def _rule(found: Rules, rule: Any, group: str, origin: str, line: int) -> None:
    told = mapping(rule)
    if "data" in told or "grafana_alert" in told or "condition" in told:
        _grafana_rule(found, told, group, origin, line)
        return
    expression = text(told.get("expr") or told.get("query"))[:LONGEST]
    kind = text(told.get("type"))
    name = text(told.get("alert") or (told.get("name") if kind == "alerting" else ""))
    record = text(told.get("record") or (told.get("name") if kind == "recording" else ""))
    if name and expression:
        found.rules.append(
            AlertRule(
                name,
                "prometheus",
                group,
                expression,
                _labels(told.get("labels")),
                _says(told.get("annotations")),
                _waits(told.get("for", told.get("duration"))),
                False,
                origin,
                line,
            )
        )
    elif record and expression:
        found.recordings.append(Recording(record, expression))
    else:
        lacks = "expr" if name or record else "alert or record"
        found.wrong.append((line, f"left out: a rule without {lacks}" + (f": {name or record}" if name else "")))


def _grafana_rule(found: Rules, rule: Any, group: str, origin: str, line: int) -> None:
    """Read a rule of Grafana; the ruler's API has its core under ``grafana_alert``, the rest beside it."""
    outer = mapping(rule)
    told = {**outer, **mapping(outer.get("grafana_alert"))}
    name = text(told.get("title"))
    queries = [query for each in sequence(told.get("data")) for query in asked(mapping(mapping(each).get("model")))]
    if not name:
        found.wrong.append((line, "left out: a rule without title"))
        return
    if told.get("record"):
        target = text(mapping(told["record"]).get("metric"))
        found.recordings.append(Recording(target or name, "\n".join(queries)))
        return
    if not queries:
        found.wrong.append((line, f"kept without its queries, for it has none: {name}"))
    found.rules.append(
        AlertRule(
            name,
            "grafana",
            group,
            "\n".join(queries),
            _labels(told.get("labels")),
            _says(told.get("annotations")),
            _waits(told.get("for")),
            told.get("isPaused") is True or told.get("is_paused") is True,
            origin,
            line,
        )
    )


def asked(model: Any) -> Iterator[str]:
    """Give what a target of a panel, or a query of a rule, asks its data source for."""
    for name in _QUERIES:
        value = model.get(name)
        if isinstance(value, str) and value.strip():
            yield value.strip()[:LONGEST]
        elif isinstance(value, dict):
            yield from asked(value)


def alertmanager_of(data: Any, origin: str, line_of: LineOf) -> Rules:
    """Read Alertmanager's configuration, or Grafana's contact points and policies; no address and no key is kept."""
    found, top = Rules(), mapping(data)
    for at, each in enumerate(sequence(top.get("receivers"))):
        told = mapping(each)
        channels = sorted(
            name.removesuffix("_configs") for name, value in told.items() if name.endswith("_configs") and value
        )
        name = text(told.get("name"))
        if name:
            found.receivers.append(Receiver(name, tuple(channels), origin))
        else:
            found.wrong.append((line_of(("receivers", at)), "left out: a receiver without name"))
    for each in sequence(top.get("contactPoints")):
        told = mapping(each)
        kinds = sorted({text(mapping(one).get("type")) for one in sequence(told.get("receivers"))} - {""})
        found.receivers.append(Receiver(text(told.get("name")), tuple(kinds), origin))
    if top.get("route") is not None:
        _route(found, top["route"], "", (), 0, origin)
    for each in sequence(top.get("policies")):
        _route(found, each, "", (), 0, origin)
    names = {each.name for each in found.receivers}
    for missing in sorted({route.receiver for route in found.routes} - names) if names else ():
        found.wrong.append((line_of(("route",)), f"a route goes to the receiver {missing}, which is not there"))
    return found


def _route(found: Rules, route: Any, receiver: str, above: tuple[Matcher, ...], depth: int, origin: str) -> None:
    told = mapping(route)
    own = text(told.get("receiver")) or receiver
    if depth > DEEPEST or len(found.routes) >= MOST_ROUTES:
        found.wrong.append((0, f"routes below a depth of {DEEPEST}, or after the first {MOST_ROUTES:,}, are not read"))
        return
    met = (*above, *_route_matchers(told))
    found.routes.append(Route(own, met, depth, origin))
    for each in sequence(told.get("routes")):
        _route(found, each, own, met, depth + 1, origin)


def _route_matchers(told: Any) -> Iterator[Matcher]:
    for label, value in mapping(told.get("match")).items():
        yield Matcher(label, "=", text(value))
    for label, value in mapping(told.get("match_re")).items():
        yield Matcher(label, "=~", text(value))
    for each in sequence(told.get("object_matchers")):
        if isinstance(each, list) and len(each) == 3:
            yield Matcher(text(each[0]), text(each[1]), text(each[2]))
    for each in sequence(told.get("matchers")):
        for part in text(each).strip("{} ").split(","):
            if read := _PLAIN_MATCHER.match(part):
                yield Matcher(read[1], read[2], read[3].strip("\"'"))


def _labels(value: Any) -> dict[str, str]:
    return {str(name): text(each) for name, each in mapping(value).items()}


def _says(annotations: Any) -> str:
    """Give what an alert says to people; other annotations are links and such, which may hold what is nobody's business."""
    told = mapping(annotations)
    return " ".join(filter(None, (text(told.get(name)) for name in ("summary", "title", "message", "description"))))


def _waits(value: Any) -> str:
    seconds = number(value)
    return f"{seconds:g}s" if seconds else text(value) if isinstance(value, str) else ""
