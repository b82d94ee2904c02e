"""The gate: what keeps an audit from passing. The command line fails the build with it."""

from __future__ import annotations

from dataclasses import dataclass

from decom_nb.audit import Audit
from decom_nb.baseline import Baseline, news
from decom_nb.difference import Moved, Turned, difference
from decom_nb.finding import SEVERITIES, Severity
from decom_nb.score import shown
from decom_nb.wording import points

_LEAST = 1e-9


def gate(audit: Audit, fail_under: float | None, fail_on: Severity | None, known: Baseline | None = None) -> list[str]:
    """Say in sentences what fails the gate; nothing if it passes.

    `fail_under` is held against the score's lower end: what is not evidenced is not counted on. `fail_on` fails for each
    finding of that severity or worse that is false, or whose rule crashed, and that is not waived; with a baseline, only for
    what is not in it.
    """
    failures = []
    card = audit.scorecard
    if fail_under is not None and card.low < fail_under:
        failures.append(
            card.reason
            or f"The score is at least {shown(card.low)} (at most {shown(card.high)}), below {fail_under:g}."
        )
    if fail_on is not None:
        worst = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        new = {each.finding.rule: each.words for each in news(known, audit)} if known else None
        failures += [
            f"{finding.rule} ({finding.severity}{f', {new[finding.rule]}' if new else ''}): {finding.message}"
            for finding in audit.findings
            if finding.outcome in ("false", "error")
            and finding.severity in worst
            and not finding.waived
            and (new is None or finding.rule in new)
        ]
    return failures


@dataclass(frozen=True)
class Regression:
    """What became worse since an earlier audit: `failures` by the platform's doing, `told` by that of our rules."""

    failures: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def regression(before: Audit, after: Audit) -> Regression:
    """Hold an audit against an earlier one: tell whether the lower end of anything fell, or a rule ceased to hold.

    Only what the platform did counts. Where our rules changed, alone or as well, that is told and fails nothing.
    """
    found = difference(before, after)
    titles = {each.name: each.title for each in after.scorecard.dimensions}
    left = {each.name for each in after.scorecard.dimensions if each.basis == "not applicable"}
    failures, told = [], []
    for moved in (found.score, *found.dimensions):
        if moved.name in left:
            continue
        title = titles.get(moved.name, "The score")
        if moved.you[0] < -_LEAST:
            failures.append(f"{title} fell: {_fall(moved)}")
        if moved.rules[0] + moved.either[0] < -_LEAST:
            fell = _amount(-moved.rules[0] - moved.either[0])
            told.append(f"{title}: {fell} points less at the lower end come from rules that changed, and fail nothing.")
    waived = {each.rule for each in after.findings if each.waived}
    for turned in found.findings:
        if turned.after not in ("false", "error") or turned.rule in waived:
            continue
        if turned.before == "true" and turned.cause == "you":
            failures.append(f"{turned.rule} held, and does not any more: {turned.message}")
        elif turned.cause != "you" and turned.before in ("", "true"):
            told.append(_by_rules(turned))
    return Regression(tuple(failures), tuple(told))


def _fall(moved: Moved) -> str:
    """Say by how much the lower end fell, like for like."""
    like = "" if moved.low_before + moved.you[0] == moved.low_after else ", like for like"
    return f"{_amount(-moved.you[0])} points less at the lower end{like}, now {points(moved.low_after)}."


def _amount(fallen: float) -> str:
    return points(fallen) if fallen >= 0.1 else "less than 0.1"


def _by_rules(turned: Turned) -> str:
    said = "is new" if not turned.before else "judges otherwise than before"
    return f"{turned.rule} {said} and does not hold: {turned.message}"
