"""What ``decom <room> check`` does in each room: its rules judged by what is there, what they found told, and the gate.

The rooms' `check_verb.py` call it; each says in its own words what a finding comes to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from decom_nb.errors import GateFailed

if TYPE_CHECKING:
    from decom_nb.finding import Finding, Severity
    from decom_nb.supply import Supply
    from decom_nb.terminal import Out

_STYLES = {"error": "bold red", "false": "red", "not_known": "yellow"}
"""What is told of in words, in this order; --json has every finding."""


def judged(package: str, supply: Supply) -> list[Finding]:
    """Run the rules of the room that is this package, in their order."""
    from decom_nb.phase import Phase
    from decom_nb.rule import run

    return run(Phase(package).rules, supply, {})


def tell(
    out: Out,
    found: Sequence[Finding],
    about: Mapping[str, Any],
    fail_on: Severity | None,
    words: Callable[[Finding], Iterable[str]],
) -> None:
    """Print what a room's rules found, after what it is `about`; `words` are the lines of one finding without its remedy.

    Raises `GateFailed` where one of the severity `fail_on` or worse does not hold, or its rule crashed.
    """
    from decom_nb.gate import failures

    failing = failures(found, fail_on)
    rows = [each.model_dump(mode="json", exclude={"points", "waived", "phase"}) for each in found]
    out.data({**about, "findings": rows, "gate": failing})
    for outcome, style in _STYLES.items():
        for each in found:
            if each.outcome == outcome:
                head, *rest = words(each)
                out.line(head, style)
                for line in (*rest, f"To do: {each.remedy}") if outcome == "false" else rest:
                    out.line(f"  {line}")
    held = sum(each.outcome == "true" for each in found)
    idle = sum(each.outcome == "not_applicable" for each in found)
    out.line(f"{held} of {len(found)} rules hold; {idle} have nothing to judge here.")
    if failing:
        raise GateFailed("\n".join(failing))
