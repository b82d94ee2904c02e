"""The gate: what keeps an audit from passing. The command line fails the build with it."""

from __future__ import annotations

from decom_nb.audit import Audit
from decom_nb.finding import SEVERITIES, Severity
from decom_nb.score import shown


def gate(audit: Audit, fail_under: float | None, fail_on: Severity | None) -> list[str]:
    """Say in sentences what fails the gate; nothing if it passes.

    `fail_under` is held against the score's lower end: what is not evidenced is not counted on. `fail_on` fails for each
    finding of that severity or worse that is false, or whose rule crashed, and that is not waived.
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
        failures += [
            f"{finding.rule} ({finding.severity}): {finding.message}"
            for finding in audit.findings
            if finding.outcome in ("false", "error") and finding.severity in worst and not finding.waived
        ]
    return failures
