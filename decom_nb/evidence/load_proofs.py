"""Proofs of loads: the files that ``decom pipelines prove`` leaves under ``evidence/proofs``.

Rules, measures and views ask for a `LoadProofs` under the name "load_proofs". `proof/` makes a `LoadProof`, and nothing of it is
worked out again here: an audit never runs a load.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from decom_nb.evidence.own_file import OwnFiles

KIND = "load proofs"
FORMAT = "decom load proof 1"
Outcome = Literal["held", "refuted", "not claimed"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Difference(_Frozen):
    """The first row and column in which a target is not what it must be, or what stopped the load."""

    says: str = Field(description="all of it in one sentence")
    scenario: str
    load: int = Field(ge=1, description="the number of the load after which it was seen")
    killed: str = Field("", description="where the load was killed before, in words; empty if it was not")
    key: dict[str, str] = Field(default_factory=dict, description="the key of the row, by column")
    column: str = Field("", description="empty where a row is missing, or there too often")
    expected: str = ""
    found: str = ""


class ScenarioProof(_Frozen):
    """What one scenario came to."""

    name: str
    title: str
    outcome: Outcome
    loads: int = Field(0, ge=0, description="how often the load was run, killed runs included")
    note: str = Field("", description="why it was not tried")
    difference: Difference | None = None


class LoadProof(_Frozen):
    """One load, tried in all scenarios on one engine."""

    format: Literal["decom load proof 1"] = "decom load proof 1"
    taken_at: datetime
    pipeline: str
    origin: str = Field("", description="what was proven: the file of SQL, or empty for the load that is generated")
    dialect: str
    engine: str = Field(description="name and version")
    script_sha256: str = Field(description="of the load's statements, as `script_sum` makes it")
    document_sha256: str = Field("", description="of the pipeline's document as it was then; empty if it has none")
    passed: bool
    scenarios: tuple[ScenarioProof, ...]
    first_difference: Difference | None = None
    warnings: tuple[str, ...] = ()
    seconds: float = Field(ge=0)


@dataclass(frozen=True)
class LoadProofs:
    """All proofs, the oldest first."""

    proofs: tuple[LoadProof, ...]

    @cached_property
    def latest(self) -> Mapping[tuple[str, str, str], LoadProof]:
        """The newest proof of each pipeline, by pipeline, origin and engine, in that order."""
        return dict(sorted({(each.pipeline, each.origin, each.engine): each for each in self.proofs}.items()))

    def of(self, pipeline: str) -> tuple[LoadProof, ...]:
        """Give the newest proofs of a pipeline, one for each origin and engine."""
        return tuple(each for (called, _, _), each in self.latest.items() if called == pipeline)


def _counts(proof: LoadProof) -> Mapping[str, int]:
    return dict(sorted(Counter(each.outcome for each in proof.scenarios).items()))


def _contradiction(proof: LoadProof) -> str:
    """Say in what a proof contradicts itself; empty if in nothing."""
    refuted = [each for each in proof.scenarios if each.outcome == "refuted"]
    if proof.passed != (not refuted) or not proof.scenarios:
        return "its verdict is not that of its scenarios"
    return "" if all(each.difference for each in refuted) else "a scenario was refuted by no difference"


LOAD_PROOFS = OwnFiles(
    name="load_proofs",
    words="proofs of loads (decom pipelines prove --write)",
    kind=KIND,
    format=FORMAT,
    model=LoadProof,
    value=lambda proofs, _: LoadProofs(proofs),
    counted=_counts,
    noun="proofs",
    contradiction=_contradiction,
)
