"""What is said of one pipeline under one rule, and how the words on many become a finding. `rules.py` calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from decom_nb.finding import Finding, between, false, not_applicable, not_known, true
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.wording import counted, listed

NAMED = 6
"""How many pipelines a message names; the rows have all."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a rule holds for a pipeline; `says` tells what is wrong, or what is missing to tell."""

    how: Literal["holds", "broken", "open", "not asked"]
    says: str = ""


HOLDS = Verdict("holds")
NOT_ASKED = Verdict("not asked")
"""The rule is about pipelines of another kind."""


def broken(says: str) -> Verdict:
    """Say what is wrong."""
    return Verdict("broken", says)


def untold(says: str) -> Verdict:
    """Say what would have to be known."""
    return Verdict("open", says)


def broken_if(wrong: object, says: str) -> Verdict:
    """Give what is wrong where something is, and that the rule holds where nothing is."""
    return broken(says) if wrong else HOLDS


def judged(pipelines: Sequence[Pipeline], judge: Callable[[Pipeline], Verdict], about: str) -> Finding:
    """Make one finding of the verdicts on all pipelines; `about` names those that the rule is about, in the plural.

    A row for each pipeline for which it does not hold; where it cannot be told, what is missing is in the message.
    """
    if not pipelines:
        return not_known("No pipeline is described: each has a file in documents/pipeline/.")
    verdicts = [(each, judge(each)) for each in pipelines]
    asked = [(each, verdict) for each, verdict in verdicts if verdict.how != "not asked"]
    if not asked:
        return not_applicable(f"Of {counted(len(pipelines), 'pipeline')}, none has {about}.")
    wrong = [(each, verdict.says) for each, verdict in asked if verdict.how == "broken"]
    unclear = [(each, verdict.says) for each, verdict in asked if verdict.how == "open"]
    rows = [{"pipeline": each.called, "says": says} for each, says in wrong]
    among = f"{counted(len(asked), 'pipeline')} with {about}"
    if not wrong and not unclear:
        return true(f"It holds for {among}.")
    missing = f" Of {_named(each.called for each, _ in unclear)} it cannot be told: {unclear[0][1]}" if unclear else ""
    if not wrong:
        kept = len(asked) - len(unclear)
        return between(kept / len(asked), 1, f"It holds for {kept:,} of {among}.{missing}")
    high = 1 - len(wrong) / len(asked)
    low = high - len(unclear) / len(asked)
    first = f"{wrong[0][0].called}: {wrong[0][1]}"
    more = f" Others: {listed(each.called for each, _ in wrong[1:NAMED])}." if len(wrong) > 1 else ""
    message = f"It does not hold for {len(wrong):,} of {among}. {first}{more}{missing}"
    return between(low, high, message, rows=rows) if unclear else false(message, met=high, rows=rows)


def _named(names: Iterable[str]) -> str:
    first, *rest = names
    return f"{first} and {len(rest):,} more" if rest else first
