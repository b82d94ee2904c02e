"""What an alert is about, from failure to cost, told by the words of tables/alert_kinds.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.evidence.alerting import Alerting, AlertRule, Fired, matchers
from decom_nb.knowledge import Row

KINDS = ("failure", "freshness", "duration", "volume", "quality", "anomaly", "cost")
"""What alerts can be about, in the order in which they are shown."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[a-z]+|\d+")
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`""")
_BRACES = re.compile(r"\{[^{}]*\}")
_RANGE = re.compile(r"\[[^\]]*\]")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_:][\w:]*(?!\w|\s*\()")


class KindRow(Row):
    """One thing that alerts are about, and how it is recognised."""

    kind: str
    title: str
    says: str
    words: tuple[str, ...]
    expression: tuple[str, ...]
    decisive: tuple[str, ...] = ()

    @cached_property
    def _worded(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(self.words)})\b")

    @cached_property
    def _written(self) -> re.Pattern[str] | None:
        return _any_of(self.expression)

    @cached_property
    def _deciding(self) -> re.Pattern[str] | None:
        return _any_of(self.decisive)

    def named_in(self, text: str) -> bool:
        """Tell whether one of the words stands in a text that `words_of` gave."""
        return bool(self._worded.search(text))

    def written_in(self, expression: str) -> bool:
        """Tell whether the expression is written as those of this kind are."""
        return bool(self._written and self._written.search(expression))

    def decided_by(self, expression: str) -> bool:
        """Tell whether the expression can be of this kind alone, whatever names stand in it."""
        return bool(self._deciding and self._deciding.search(expression))


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns), re.IGNORECASE | re.DOTALL) if patterns else None


class Words(Row):
    """Words that are recognised."""

    words: tuple[str, ...]


class KindTable(BaseModel):
    """tables/alert_kinds.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: tuple[KindRow, ...]
    anomaly: KindRow
    pipeline_labels: Words
    may_be_pipeline_labels: Words
    status_labels: Words
    kind_labels: Words
    about_runs: Words

    def first(self, text: str) -> str:
        """Give the kind of the first row with a word in the text, nothing if there is none."""
        return next((row.kind for row in self.kinds if row.named_in(text)), "")

    def title(self, kind: str) -> str:
        """Give a kind's name for people."""
        return next(row.title for row in (*self.kinds, self.anomaly) if row.kind == kind)


@cache
def kind_table() -> KindTable:
    """Give the knowledge, read once."""
    return knowledge.load(KindTable, Path(__file__).parent / "tables" / "alert_kinds.yaml")


def words_of(name: str) -> str:
    """Take a name apart into words.

    >>> words_of("OrdersFailed"), words_of("pipeline_rows_total"), words_of("airflow.dagrun.SLAMiss2")
    ('orders failed', 'pipeline rows total', 'airflow dagrun sla miss 2')
    """
    return " ".join(part.lower() for part in _PARTS.findall(name))


def names_in(expression: str) -> tuple[str, ...]:
    """Give the names of metrics, or of what SQL speaks of; no functions, no labels, no text in quotes.

    >>> names_in('sum by (dag) (increase(runs_failed{dag="a"}[1h])) > 0')
    ('runs_failed',)
    """
    bare = _GROUPING.sub(" ", _RANGE.sub(" ", _BRACES.sub(" ", _QUOTED.sub(" ", expression))))
    return tuple(dict.fromkeys(name for name in _NAME.findall(bare) if name.lower() not in _NO_NAMES))


_NO_NAMES = frozenset(
    [
        "and",
        "or",
        "unless",
        "by",
        "without",
        "on",
        "ignoring",
        "offset",
        "bool",
        "select",
        "from",
        "where",
        "group",
        "order",
        "limit",
        "as",
        "if",
    ]
)


def kinds_of(rule: AlertRule, alerting: Alerting) -> tuple[str, ...]:
    """Say what a rule is about: a few kinds, in the order of `KINDS`; none if nothing tells."""
    return _kinds(alerting.written_out(rule.expression), rule.name, rule.labels, rule.says)


def kinds_fired(alert: Fired, rules: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Say what an alert that fired was about: what its rule is, given by name, or what its own words say."""
    return rules.get(alert.name) or _kinds("", alert.name, alert.labels, alert.says)


def _kinds(expression: str, name: str, labels: Mapping[str, str], says: str) -> tuple[str, ...]:
    table = kind_table()
    stated = {labels[label].lower() for label in table.kind_labels.words if label in labels} & set(KINDS)
    found = (
        stated
        or _by_expression(expression)
        or _known(table.first(words_of(name)))
        or _known(table.first(words_of(says)))
    )
    usual = table.anomaly
    if usual.written_in(expression) or any(usual.named_in(words_of(each)) for each in (name, *names_in(expression))):
        found = found | {usual.kind}
    return tuple(kind for kind in KINDS if kind in found)


def _by_expression(expression: str) -> set[str]:
    table = kind_table()
    if decided := {row.kind for row in table.kinds if row.decided_by(expression)}:
        return decided
    found = {table.first(words_of(name)) for name in names_in(expression)}
    ends = [each.value for each in matchers(expression) if each.label in table.status_labels.words]
    found |= {table.first(words_of(value)) for value in ends if not found - {""}}
    if not found - {""}:
        found |= {row.kind for row in table.kinds if row.written_in(expression)}
    return found - {""}


def _known(kind: str) -> set[str]:
    return {kind} if kind else set()


def about_runs(texts: Iterable[str]) -> bool:
    """Tell whether something speaks of runs of something, rather than of a machine."""
    pattern = re.compile(rf"\b(?:{'|'.join(kind_table().about_runs.words)})\b")
    return any(pattern.search(words_of(text)) for text in texts)
