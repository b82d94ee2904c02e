"""Which alerts watch which pipeline: rules matched by label and by name, and alerts that fired by what they say.

The labels and words that tell stand in tables/alert_kinds.yaml. Rules, measures and the severity of failures ask here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from decom_nb.evidence.alerting import Alerting, AlertRule, Fired, Matcher, Route, selectors
from decom_nb.phases.monitoring.alert_kind import (
    KINDS,
    about_runs,
    kind_table,
    kinds_fired,
    kinds_of,
    names_in,
    words_of,
)

Names = Mapping[str, Sequence[str]]
"""The pipelines, each with all names it goes by, its own first."""

_SHORTEST = 3
"""Shorter names than this are found in labels alone, not in text, where they would be found anywhere."""
_TEMPLATE = "{{"
_NO_NAME = "\0"
"""No pipeline is called so: a condition that admits it says nothing of any."""


@dataclass(frozen=True)
class Watch:
    """One rule as a watch over pipelines: what it is about, whose runs it sees, and by what one can tell."""

    rule: AlertRule
    kinds: tuple[str, ...]
    pipelines: tuple[str, ...]
    by: str
    """``label``, ``name``, or ``all``: it names no pipeline and looks at runs."""
    silent: str = ""
    """The receiver it goes to if that tells nobody."""


@dataclass(frozen=True)
class Coverage:
    """All watches, and what fired, over a given set of pipelines."""

    names: Names
    watches: tuple[Watch, ...]
    fired: tuple[tuple[Fired, tuple[str, ...], tuple[str, ...]], ...]
    """What fired, each with its kinds and its pipelines."""
    rules_told: bool
    """Whether any file of rules was read; without one only what fired shows which rules there are."""
    _cells: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict, repr=False)

    def by_rule(self, pipeline: str, kind: str) -> tuple[Watch, ...]:
        """Give the watches over a pipeline that are about something of that kind and reach somebody."""
        return tuple(
            each for each in self.watches if kind in each.kinds and pipeline in each.pipelines and not each.silent
        )

    def by_history(self, pipeline: str, kind: str) -> int:
        """Count the alerts of that kind that fired for a pipeline."""
        return sum(kind in kinds and pipeline in whose for _, kinds, whose in self.fired)

    def watched(self, pipeline: str, kind: str) -> bool:
        """Tell whether something of that kind is watched: by a rule, or because an alert of it has fired."""
        return bool(self.by_rule(pipeline, kind) or self.by_history(pipeline, kind))

    @cached_property
    def unmatched(self) -> tuple[Watch, ...]:
        """Give the rules that watch none of the pipelines."""
        return tuple(each for each in self.watches if not each.pipelines)

    @cached_property
    def unplaced(self) -> tuple[Watch, ...]:
        """Give the rules of which nothing tells what they are about."""
        return tuple(each for each in self.watches if not each.kinds)

    def rows(self) -> list[dict[str, object]]:
        """Give a row per pipeline and kind: the rules that watch it, and how often such an alert fired."""
        return [
            {
                "pipeline": pipeline,
                "kind": kind,
                "rules": [each.rule.name for each in found],
                "by": found[0].by if found else "",
                "fired": self.by_history(pipeline, kind),
            }
            for pipeline in self.names
            for kind in KINDS
            for found in (self.by_rule(pipeline, kind),)
        ]


def coverage(alerting: Alerting, names: Names) -> Coverage:
    """Match everything that alerting tells with the pipelines."""
    finder = _Finder(names)
    watches = []
    for rule in alerting.active_rules:
        whose, by = finder.of_rule(rule, alerting.written_out(rule.expression))
        labels = {"alertname": rule.name, **rule.labels}
        watches.append(Watch(rule, kinds_of(rule, alerting), whose, by, silent_receiver(alerting, labels)))
    known = {each.rule.name: each.kinds for each in watches}
    fired = tuple((each, kinds_fired(each, known), finder.of_fired(each)) for each in alerting.fired)
    return Coverage(names, tuple(watches), fired, bool(alerting.rule_files))


def silent_receiver(alerting: Alerting, labels: Mapping[str, str]) -> str:
    """Give the receiver that alerts with these labels go to if it has no channel, and nothing if it has or is unknown."""
    receiver = receiver_of(alerting.routes, labels)
    channels = {each.name: each.channels for each in alerting.receivers}
    return receiver if receiver in channels and not channels[receiver] else ""


def receiver_of(routes: Sequence[Route], labels: Mapping[str, str]) -> str:
    """Give the receiver that a tree of routes has for these labels: at each fork the first branch that admits them.

    A label that only a firing alert has, as from a metric, is not known here and admits no branch that asks for it.
    """
    chosen: Route | None = None
    for route in routes:
        if chosen is not None and route.depth <= chosen.depth:
            break
        if route.depth == (chosen.depth + 1 if chosen else 0) and all(_admits(each, labels) for each in route.matchers):
            chosen = route
    return chosen.receiver if chosen else ""


def _admits(matcher: Matcher, labels: Mapping[str, str]) -> bool:
    value = labels.get(matcher.label, "")
    return _TEMPLATE not in value and matcher.admits(value)


class _Finder:
    """Finds pipelines by their names: in labels, in conditions on labels, in names and in text."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._own = {
            _plain(name): pipeline for pipeline, all_names in reversed(list(names.items())) for name in all_names
        }
        long_ones = sorted(
            (
                (words_of(name), pipeline)
                for pipeline, all_names in names.items()
                for name in all_names
                if len(name) >= _SHORTEST
            ),
            key=lambda each: (-len(each[0]), each[1]),
        )
        self._worded = [
            (re.compile(rf"(?<![a-z0-9]){re.escape(words)}(?![a-z0-9])"), name) for words, name in long_ones if words
        ]

    def of_rule(self, rule: AlertRule, expression: str) -> tuple[tuple[str, ...], str]:
        """Give the pipelines that a rule watches, and by what one can tell."""
        labelled = self._labelled(rule.labels)
        if labelled or _of_another(rule.labels):
            return labelled, "label"
        narrowed, narrows = self._narrowed(expression)
        if narrows:
            return narrowed, "label"
        if named := self._named([*names_in(expression), *_quoted(expression), rule.name, rule.says]):
            return named, "name"
        texts = [*names_in(expression), rule.name]
        return (tuple(self._names), "all") if about_runs(texts) else ((), "")

    def of_fired(self, alert: Fired) -> tuple[str, ...]:
        """Give the pipelines that an alert which fired is of."""
        labelled = self._labelled(alert.labels)
        if labelled or _of_another(alert.labels):
            return labelled
        return self._named([alert.name, *alert.labels.values(), alert.says])

    def _labelled(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """Give the pipelines named outright by labels in which a pipeline's name may stand."""
        table = kind_table()
        places = {*table.pipeline_labels.words, *table.may_be_pipeline_labels.words}
        found = {self._own.get(_plain(value)) for label, value in labels.items() if label.lower() in places}
        return self._ordered(found - {None})

    def _narrowed(self, expression: str) -> tuple[tuple[str, ...], bool]:
        """Give the pipelines that the conditions in an expression admit, and whether any of them narrows it at all.

        Conditions within one pair of braces hold together; of several pairs, each may bring its own pipelines in.
        """
        table = kind_table()
        found: set[str | None] = set()
        narrows = False
        for block in selectors(expression):
            sure = [each for each in block if each.label in table.pipeline_labels.words and each.value]
            perhaps = [each for each in block if each.label in table.may_be_pipeline_labels.words]
            sure += [each for each in perhaps if not each.admits(_NO_NAME) and any(self._admitted(each))]
            if sure:
                narrows = True
                admitted = [set(self._admitted(each)) for each in sure]
                found |= admitted[0].intersection(*admitted[1:])
        return self._ordered(found), narrows

    def _admitted(self, matcher: Matcher) -> list[str]:
        """Give the pipelines that a condition admits: one that excludes has to let all of its names pass."""
        if matcher.value.startswith(("$", "[[")):  # a variable of a dashboard: any of them
            return list(self._names)
        quantity = any if matcher.operator in ("=", "=~") else all
        return [
            pipeline
            for pipeline, all_names in self._names.items()
            if quantity(matcher.admits(each) or _loosely(matcher, each) for each in all_names)
        ]

    def _named(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Give the pipelines whose names stand in texts; a name within a longer one is not meant."""
        found: set[str | None] = set()
        for text in texts:
            rest = words_of(text)
            for pattern, pipeline in self._worded:
                rest, times = pattern.subn("·", rest)
                if times:
                    found.add(pipeline)
        return self._ordered(found)

    def _ordered(self, found: Iterable[str | None]) -> tuple[str, ...]:
        wanted = set(found)
        return tuple(pipeline for pipeline in self._names if pipeline in wanted)


def _of_another(labels: Mapping[str, str]) -> bool:
    """Tell whether labels name a pipeline, known or not; what a template makes of them is not known."""
    sure = kind_table().pipeline_labels.words
    return any(label.lower() in sure and value and _TEMPLATE not in value for label, value in labels.items())


def _plain(name: str) -> str:
    return re.sub(r"[\s.\-/]+", "_", name.strip().casefold())


def _loosely(matcher: Matcher, name: str) -> bool:
    return matcher.operator == "=" and _plain(matcher.value) == _plain(name)


def _quoted(expression: str) -> list[str]:
    """Give text in single quotes, in which SQL has its values."""
    return re.findall(r"'([^']{1,200})'", expression)
