"""The gate: what keeps an audit, or a room's own check, from passing. The command line fails the build with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from decom_nb.audit import Audit
from decom_nb.baseline import Baseline, news
from decom_nb.difference import Moved, Turned, difference
from decom_nb.finding import SEVERITIES, Finding, Severity
from decom_nb.score import shown
from decom_nb.wording import listed, points

_LEAST = 1e-9


def gate(audit: Audit, fail_under: float | None, fail_on: Severity | None, known: Baseline | None = None) -> list[str]:
    """Say in sentences what fails the gate; nothing if it passes.

    `fail_under` is held against the score's lower end: what is not evidenced is not counted on. `fail_on` fails for each
    finding of that severity or worse that is false, or whose rule crashed, and that is not waived; with a baseline, only for
    what is not in it.
    """
    failing = []
    card = audit.scorecard
    if fail_under is not None and card.low < fail_under:
        failing.append(
            card.reason
            or f"The score is at least {shown(card.low)} (at most {shown(card.high)}), below {fail_under:g}."
        )
    if fail_on is not None:
        new = {each.finding.rule: each.words for each in news(known, audit)} if known else None
        failing += failures(audit.findings, fail_on, new)
    return failing


def failures(findings: Iterable[Finding], fail_on: Severity | None, new: Mapping[str, str] | None = None) -> list[str]:
    """Say a sentence for each finding of that severity or worse that is false, or whose rule crashed, and that is not waived.

    With `new`, only for the rules in it, with what it says of them.
    """
    worst = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on else ()
    return [
        f"{finding.rule} ({finding.severity}{f', {new[finding.rule]}' if new else ''}): {finding.message}"
        for finding in findings
        if finding.outcome in ("false", "error")
        and finding.severity in worst
        and not finding.waived
        and (new is None or finding.rule in new)
    ]


@dataclass(frozen=True)
class Regression:
    """What became worse, or is no longer shown, since an earlier audit.

    `failures` are by the platform's doing or that of its evidence, `told` by that of our rules.
    """

    failures: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def regression(before: Audit, after: Audit) -> Regression:
    """Hold an audit against an earlier one: tell whether the lower end of anything fell, or a rule ceased to hold.

    Only what the platform did counts. Where our rules changed, alone or as well, that is told and fails nothing.
    """
    found = difference(before, after)
    titles = {each.name: each.title for each in after.scorecard.dimensions}
    left = {each.name for each in after.scorecard.dimensions if each.basis == "not applicable"}
    withdrawn, worse = _withdrawn(before, after)
    failures, told = [], []
    for moved in (found.score, *found.dimensions):
        if moved.name in left:
            continue
        title = titles.get(moved.name, "The score")
        if moved.you[0] < -_LEAST:
            hidden = [rule for rule, where in withdrawn.items() if moved.name in ("score", where)]
            only = hidden and not (worse if moved.name == "score" else moved.name in worse)
            failures.append(f"{title} {_hidden(moved, hidden)}" if only else f"{title} fell: {_fall(moved)}")
        if moved.rules[0] + moved.either[0] < -_LEAST:
            fallen = -moved.rules[0] - moved.either[0]
            told.append(
                f"{title}: {_amount(fallen)} less at the lower end {_verb(fallen)} from rules that changed, and fail nothing."
            )
    waived = {each.rule for each in after.findings if each.waived}
    for turned in found.findings:
        if turned.after not in ("false", "error") or turned.rule in waived:
            continue
        if turned.before == "true" and turned.cause == "you":
            now = "does not any more" if turned.after == "false" else "could not be judged this time"
            failures.append(f"{turned.rule} held, and {now}: {turned.message}")
        elif turned.cause != "you" and turned.before in ("", "true"):
            told.append(_by_rules(turned))
    return Regression(tuple(failures), tuple(told))


def _fall(moved: Moved) -> str:
    """Say by how much the lower end fell, like for like."""
    like = "" if moved.low_before + moved.you[0] == moved.low_after else ", like for like"
    return f"{_amount(-moved.you[0])} less at the lower end{like}, now {points(moved.low_after)}."


def _hidden(moved: Moved, rules: Sequence[str]) -> str:
    """Say how much is no longer shown, where nothing is known to have become worse: the evidence is silent."""
    what = f"is no longer shown as high: {_amount(-moved.you[0])} less at the lower end, now {points(moved.low_after)}"
    return f"{what}, for the evidence does not tell of {listed(rules)} any more."


def _withdrawn(before: Audit, after: Audit) -> tuple[dict[str, str], set[str]]:
    """Give the rules that earned points and are not known now, with their dimension; and the dimensions known to be worse."""
    names = {former: rule for rule, version in after.rules.items() for former in version.formerly}
    old = {names.get(each.rule, each.rule): each.points for each in before.findings if each.points}
    withdrawn, worse = {}, set()
    for each in after.findings:
        was = old.get(each.rule)
        if was is None or each.points is None or each.points.low >= was.low - _LEAST:
            continue
        if each.outcome == "not_known":
            withdrawn[each.rule] = each.points.dimension
        else:
            worse.add(each.points.dimension)
    return withdrawn, worse


def _amount(fallen: float) -> str:
    if fallen < 0.1:
        return "less than 0.1 points"
    return f"{points(fallen)} {'point' if points(fallen) == '1' else 'points'}"


def _verb(fallen: float) -> str:
    return "comes" if points(fallen) == "1" else "come"


def _by_rules(turned: Turned) -> str:
    said = "is new" if not turned.before else "judges otherwise than before"
    return f"{turned.rule} {said} and does not hold: {turned.message}"
