"""What a platform's alerting says of itself: rules, routes, dashboards, and the alerts that fired. `alerting_files.py` reads it.

Rules and measures ask for an `Alerting` under the name "alerting". What an alert means (a failure, stale data, a late run) and
whose it is are opinions, and rooms have those; here is what stands in the files.

Where an alert is sent is kept by name and kind of channel alone: addresses, keys and people are not.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_SELECTOR = re.compile(r"""\{((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[^{}"'`])*)\}""")
_MATCHER = re.compile(r"""([A-Za-z_][\w.]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)""")
_ESCAPED = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)", re.DOTALL)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_WORD = re.compile(r"[A-Za-z_:][\w:]*")


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label within an expression or a route: ``pipeline=~"load_.*"``."""

    label: str
    operator: str
    value: str

    def admits(self, text: str) -> bool:
        """Tell whether a label of that value meets it; a pattern that is none admits nothing."""
        if self.operator in ("=", "!="):
            return (self.value == text) == (self.operator == "=")
        found = _full_match(self.value, text)
        return found == (self.operator == "=~")


@lru_cache(maxsize=10_000)
def _full_match(pattern: str, text: str) -> bool:
    """Tell whether a pattern fits all of a text, as RE2 sees it: Prometheus has it too, and no pattern takes it for ever."""
    import duckdb

    try:
        found = _matching().cursor().execute("SELECT regexp_full_match(?, ?)", [text, pattern]).fetchone()
    except duckdb.Error:
        return False
    return bool(found and found[0])


@cache
def _matching() -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(":memory:", config={"enable_external_access": False, "threads": 1})


def selectors(expression: str) -> tuple[tuple[Matcher, ...], ...]:
    """Give the conditions on labels in a PromQL or LogQL expression, those within one pair of braces together.

    >>> selectors('rate(runs{pipeline="a"}[5m]) > 0')
    ((Matcher(label='pipeline', operator='=', value='a'),),)
    """
    blocks = (_MATCHER.findall(each) for each in _SELECTOR.findall(expression))
    return tuple(
        tuple(Matcher(label, operator, _meant(value)) for label, operator, value in block) for block in blocks if block
    )


def _meant(quoted: str) -> str:
    """Give what a string means; between backticks everything means itself."""
    inner = quoted[1:-1]
    return inner if quoted[0] == "`" or "\\" not in inner else _ESCAPED.sub(lambda found: _unescaped(found[1]), inner)


def _unescaped(code: str) -> str:
    """Give what stands behind a backslash in a PromQL string, whose escapes are those of Go."""
    if len(code) == 1:
        return _ESCAPES.get(code, code)
    number = int(code, 8) if code.isdigit() and len(code) == 3 else int(code[1:], 16)
    return chr(number) if number <= sys.maxunicode else "\N{REPLACEMENT CHARACTER}"


def matchers(expression: str) -> tuple[Matcher, ...]:
    """Give all conditions on labels in an expression, in their order."""
    return tuple(each for block in selectors(expression) for each in block)


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alert rule: what it looks at and what it says when it fires."""

    name: str
    system: str
    """``prometheus`` or ``grafana``."""
    group: str
    expression: str
    """PromQL, LogQL or SQL as it is written; of several queries, one after the other."""
    labels: Mapping[str, str]
    says: str
    """Its summary and description."""
    waits: str
    """How long the condition has to hold before it fires, as it is written; empty if not at all."""
    paused: bool
    origin: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording rule: an expression under a name that alert rules use."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where alerts go: its name and the kinds of channel, such as ``email`` or ``pagerduty``; never an address or a key."""

    name: str
    channels: tuple[str, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class Route:
    """One branch of a routing tree: the alerts whose labels it is for, and who gets them."""

    receiver: str
    matchers: tuple[Matcher, ...]
    depth: int
    origin: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel of a dashboard: its title and what it draws."""

    dashboard: str
    title: str
    expressions: tuple[str, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert that fired, or an incident that somebody was called for. Times are in UTC."""

    name: str
    system: str
    """``alertmanager``, ``pagerduty`` or ``grafana``."""
    labels: Mapping[str, str]
    says: str
    started_at: datetime
    acknowledged_at: datetime | None
    """When a person took it up; nothing where the export does not tell."""
    ended_at: datetime | None
    severity: str
    origin: str
    line: int = 0


@dataclass(frozen=True)
class Alerting:
    """All that was read of alerting; each part in the order of files and of their lines."""

    rules: tuple[AlertRule, ...] = ()
    recordings: tuple[Recording, ...] = ()
    receivers: tuple[Receiver, ...] = ()
    routes: tuple[Route, ...] = ()
    dashboards: tuple[str, ...] = ()
    """The titles of all dashboards, those without a panel too."""
    panels: tuple[Panel, ...] = ()
    fired: tuple[Fired, ...] = ()
    rule_files: tuple[str, ...] = ()
    """Files of alert rules that could be read, those that hold no rule too."""
    history_files: tuple[str, ...] = field(default=())
    """Files of alert history that could be read, those that hold no alert too."""

    @cached_property
    def active_rules(self) -> tuple[AlertRule, ...]:
        """Give the rules that are not paused."""
        return tuple(each for each in self.rules if not each.paused)

    @cached_property
    def _recorded(self) -> Mapping[str, str]:
        return {each.name: each.expression for each in self.recordings}

    def written_out(self, expression: str) -> str:
        """Give an expression with, behind it, those of the recording rules that it names, and that they name in turn."""
        parts, waiting = [expression], [expression]
        while waiting:
            for word in _WORD.findall(waiting.pop()):
                recorded = self._recorded.get(word)
                if recorded is not None and recorded not in parts:
                    parts.append(recorded)
                    waiting.append(recorded)
        return "\n".join(parts)

    @cached_property
    def period(self) -> tuple[datetime, datetime] | None:
        """Give when the first and the last of the alerts fired that the history tells of."""
        times = [each.started_at for each in self.fired]
        return (min(times), max(times)) if times else None
