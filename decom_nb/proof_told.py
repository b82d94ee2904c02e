"""Proofs of loads as lines in a terminal. The rooms' verbs that prove loads print with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from decom_nb.errors import GateFailed

if TYPE_CHECKING:
    from decom_nb.evidence.load_proofs import LoadProof
    from decom_nb.terminal import Out

_MARKS = {"held": "held", "refuted": "REFUTED", "not claimed": "not claimed"}


def tell(proof: LoadProof, out: Out) -> None:
    """Print what every scenario came to."""
    held = sum(each.outcome == "held" for each in proof.scenarios)
    tried = sum(each.outcome != "not claimed" for each in proof.scenarios)
    out.line(f"{proof.pipeline}{f' ({proof.origin})' if proof.origin else ''} on {proof.engine}", "bold")
    rows = [
        (
            each.title,
            _MARKS[each.outcome],
            str(each.loads or ""),
            each.difference.says.partition(": ")[2] if each.difference else each.note,
        )
        for each in proof.scenarios
    ]
    out.table(("scenario", "", "loads", ""), rows, right=("loads",), whole=("scenario",))
    for each in proof.warnings:
        out.line(f"Note: {each}.", "yellow")
    out.line(
        f"{held} of {tried} scenarios held, in {sum(each.loads for each in proof.scenarios):,} loads and {proof.seconds:.1f} s."
    )
    out.line()


def fail_if_refuted(proofs: Sequence[LoadProof]) -> None:
    """Raise `GateFailed` with the first difference of each load that was refuted, if one was."""
    if refuted := [each for each in proofs if not each.passed]:
        raise GateFailed("\n".join(_refuted(each) for each in refuted))


def _refuted(proof: LoadProof) -> str:
    first = proof.first_difference
    return f"{proof.pipeline} is refuted. {first.says if first else ''}"
