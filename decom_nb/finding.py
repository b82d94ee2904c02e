"""A finding: one rule's outcome, what it was about, the rows that show it and the points it holds.

Rules make findings with `true`, `false`, `between`, `of_all`, `not_applicable` and `not_known`; the runner in `rule.py` fills in
what the room's YAML knows (severity, remedy, effort) and `score.py` reads the points.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Outcome = Literal["true", "false", "not_applicable", "not_known", "error"]
Severity = Literal["critical", "high", "medium", "low"]
Effort = Literal["low", "medium", "high"]
Row = Mapping[str, Any]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From worst to mildest."""

SHOWN_ROWS = 200
"""How many rows a finding keeps; `rows_total` says how many there were."""


class Points(BaseModel):
    """What a finding holds in the rubric: `earned` lies between `low` and `high`, out of `possible` points of `dimension`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dimension: str
    possible: float = Field(ge=0, description="points of the dimension that this rule can earn")
    low: float = Field(ge=0, description="points earned if everything not known counts as nothing")
    high: float = Field(ge=0, description="points earned if everything not known counts as full")
    if_fixed: float = Field(0, ge=0, description="what the repair adds to the total score's lower end, in score points")


class Finding(BaseModel):
    """One rule's outcome at one moment."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    rule: str = Field("", description="the rule's id, room.name")
    phase: str = Field("", description="the room the rule lives in")
    title: str = Field("", description="the rule as a sentence that is true when all is well")
    outcome: Outcome
    severity: Severity = "medium"
    subject: str = Field("", description="what the finding is about, for example the name of a dbt project")
    message: str = Field(description="what was found, in one or two sentences with the figures")
    met: float | None = Field(
        None, ge=0, le=1, description="how much of what the rule asks for is there, 0 to 1, at least"
    )
    met_high: float | None = Field(
        None, ge=0, le=1, description="the same, at most; empty where that is the same number"
    )
    evidence: tuple[dict[str, Any], ...] = Field((), description="the rows that show it, at most 200")
    rows_total: int = Field(0, ge=0, description="how many rows there were before the cut")
    identified_by: tuple[str, ...] = Field(
        (), description="columns that tell one violating row from another; empty where the rows are no violations"
    )
    sources: tuple[str, ...] = Field((), description="the inputs it was read from")
    remedy: str = ""
    effort: Effort = "medium"
    waived: str = Field("", description="why and by whom this finding is kept out of the score, empty if it is not")
    points: Points | None = None


def _finding(
    outcome: Outcome, message: str, met: float | None, rows: Iterable[Row], subject: str, met_high: float | None = None
) -> Finding:
    kept = [dict(row) for row in rows]
    return Finding(
        outcome=outcome,
        message=message,
        met=met,
        met_high=met_high,
        evidence=tuple(kept[:SHOWN_ROWS]),
        rows_total=len(kept),
        subject=subject,
    )


def true(message: str, *, rows: Iterable[Row] = (), subject: str = "") -> Finding:
    """Say that the rule holds: all of its points are earned."""
    return _finding("true", message, 1.0, rows, subject)


def false(message: str, *, met: float = 0.0, rows: Iterable[Row] = (), subject: str = "") -> Finding:
    """Say that the rule does not hold; `met` in 0..1 is the share of it that does, and earns that share of its points."""
    return _finding("false", message, met, rows, subject)


def between(low: float, high: float, message: str, *, rows: Iterable[Row] = (), subject: str = "") -> Finding:
    """Say that the share that holds lies between `low` and `high`: true or false if both ends agree, else not known."""
    outcome: Outcome = "true" if low >= 1 else "false" if high < 1 else "not_known"
    return _finding(outcome, message, low, rows, subject, high if high > low else None)


def of_all(total: int, wrong: int, message: str, *, unknown: int = 0, rows: Iterable[Row] = ()) -> Finding:
    """Say that of `total` so many are wrong, and of `unknown` others it is not known: they bound the share that holds.

    >>> of_all(4, 1, "one is late", unknown=1).outcome, of_all(4, 0, "one was not asked", unknown=1).outcome
    ('false', 'not_known')
    """
    return between(1 - (wrong + unknown) / total, 1 - wrong / total, message, rows=rows)


def not_applicable(message: str, *, rows: Iterable[Row] = (), subject: str = "") -> Finding:
    """Say that the rule has nothing to judge here: its points leave the dimension, nobody earns them."""
    return _finding("not_applicable", message, None, rows, subject)


def not_known(message: str, *, rows: Iterable[Row] = (), subject: str = "") -> Finding:
    """Say that the evidence does not tell: the points stay open and widen the interval."""
    return _finding("not_known", message, None, rows, subject)


def row_fingerprint(row: Row, identified_by: Iterable[str]) -> str:
    """Give what tells a violating row from others, however much else in it changes; the rule's id is no part of it.

    >>> row = {"model": "orders", "column": "id", "nulls": 3}
    >>> row_fingerprint(row, ["model", "column"]) == row_fingerprint({**row, "nulls": 4}, ["model", "column"])
    True
    """
    identity = {name: row.get(name) for name in identified_by}
    written = json.dumps(identity, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def fingerprints(finding: Finding) -> tuple[str, ...]:
    """Give the fingerprints of a finding's violating rows, each once; none where its rows are not violations."""
    if not finding.identified_by or finding.outcome != "false":
        return ()
    return tuple(dict.fromkeys(row_fingerprint(row, finding.identified_by) for row in finding.evidence))
