"""A dimensional model held against its data: the files that ``decom modeling check --data`` leaves under ``evidence/models``.

Rules and views ask for a `ModelChecks` under the name "model_checks". The modeling room makes a `ModelCheck`, and nothing of it
is worked out again here: an audit never reads the tables for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from decom_nb.evidence.own_file import OwnFiles

KIND = "model checks"
FORMAT = "decom model check 1"
Asked = Literal["grain", "natural key", "levels", "foreign key", "joined source"]
Verdict = Literal["holds", "broken", "not_known"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Checked(_Frozen):
    """One thing that a model says, held against its table."""

    asked: Asked
    table: str = Field(description="the fact table or dimension of the model")
    columns: tuple[str, ...] = Field(
        description="columns of the model: the grain, the key, the lower and the upper level; of a joined source with its table"
    )
    source: str = Field("", description="the table that was looked at")
    verdict: Verdict
    rows: int | None = Field(None, ge=0, description="rows that were looked at")
    violations: int | None = Field(None, ge=0, description="rows or values against it")
    says: str = Field(description="what was found, in a sentence")
    samples: tuple[dict[str, str], ...] = Field((), description="some that are against it; personal values are hidden")


class ModelCheck(_Frozen):
    """A whole model."""

    format: Literal["decom model check 1"] = "decom model check 1"
    taken_at: datetime
    document_sha256: str = Field("", description="of documents/dimensional_model.yaml as it was then")
    seconds: float = Field(ge=0)
    checked: tuple[Checked, ...]


@dataclass(frozen=True)
class ModelChecks:
    """All checks, the oldest first."""

    checks: tuple[ModelCheck, ...]

    @property
    def latest(self) -> ModelCheck:
        """Give the newest."""
        return self.checks[-1]


def _counts(check: ModelCheck) -> Mapping[str, int]:
    verdicts = [each.verdict for each in check.checked]
    return {each: verdicts.count(each) for each in sorted(set(verdicts))}


MODEL_CHECKS = OwnFiles(
    name="model_checks",
    words="a model held against its data (decom modeling check --data)",
    kind=KIND,
    format=FORMAT,
    model=ModelCheck,
    value=lambda checks, _: ModelChecks(checks),
    counted=_counts,
    noun="checks",
)
