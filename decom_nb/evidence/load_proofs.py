"""Proofs of loads: the files that ``decom pipelines prove`` leaves under ``evidence/proofs``.

Rules, measures and views ask for a `LoadProofs` under the name "load_proofs". `proof/` makes a `LoadProof`, and nothing of it is
worked out again here: an audit never runs a load.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from decom_nb.evidence import json_file
from decom_nb.evidence.json_file import NotReadableError
from decom_nb.evidence.source import Found, Problem, Source, SourceFile, source_of

if TYPE_CHECKING:
    from pathlib import Path

KIND = "load proofs"
FORMAT = "decom load proof 1"
Outcome = Literal["held", "refuted", "not claimed"]

_MARK = re.compile(rb'"format"\s*:\s*"decom load proof \d')


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


class LoadProofFiles:
    """The collector."""

    name = "load_proofs"
    words = "proofs of loads (decom pipelines prove --write)"
    kinds: tuple[str, ...] = (KIND,)

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a proof by the word that it starts with."""
        return KIND if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _MARK.search(head) else ""

    def read(self, found: Sequence[Found]) -> tuple[LoadProofs | None, tuple[Source, ...]]:
        """Read all files; one that is no proof of this version is a problem, and the others count."""
        proofs: list[tuple[LoadProof, str]] = []
        listed: list[SourceFile] = []
        problems: list[Problem] = []
        for file in found:
            told = {"path": file.shown, "kind": KIND, "sha256": file.sha256, "bytes": file.bytes}
            try:
                proof = _proof(file)
            except NotReadableError as error:
                listed.append(SourceFile.model_validate({**told, "note": error.what}))
                problems.append(Problem(path=file.shown, line=error.line, what=f"left out: {error.what}"))
                continue
            proofs.append((proof, file.shown))
            outcomes = [each.outcome for each in proof.scenarios]
            counts = {each: outcomes.count(each) for each in sorted(set(outcomes))}
            listed.append(
                SourceFile.model_validate({**told, "rows": len(outcomes), "counts": counts, "as_of": proof.taken_at})
            )
        proofs.sort(key=lambda each: (each[0].taken_at, each[1]))
        value = LoadProofs(tuple(proof for proof, _ in proofs)) if proofs else None
        return value, (source_of(KIND, listed, problems, totals={"proofs": len(proofs)}),)


LOAD_PROOFS = LoadProofFiles()


def _proof(file: Found) -> LoadProof:
    """Read one proof, or say why it is none."""
    content = json_file.load(file.path)
    told = content.get("format") if isinstance(content, dict) else None
    if told != FORMAT:
        raise NotReadableError(f"it is in the format {str(told)[:60]!r}, and this version reads {FORMAT!r}")
    try:
        proof = LoadProof.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise NotReadableError(f"it is not as a proof leaves it: {place}: {first['msg']}") from error
    if proof.passed != all(each.outcome != "refuted" for each in proof.scenarios):
        raise NotReadableError("it was changed after the proof: its verdict is not that of its scenarios")
    at = proof.taken_at
    return proof.model_copy(update={"taken_at": at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)})
