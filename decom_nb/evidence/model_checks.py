"""A dimensional model held against its data: the files that ``decom modeling check --data`` leaves under ``evidence/models``.

Rules and views ask for a `ModelChecks` under the name "model_checks". The modeling room makes a `ModelCheck`, and nothing of it
is worked out again here: an audit never reads the tables for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from decom_nb.evidence import json_file
from decom_nb.evidence.json_file import NotReadableError
from decom_nb.evidence.source import Found, Problem, Source, SourceFile, source_of

KIND = "model checks"
FORMAT = "decom model check 1"
Asked = Literal["grain", "natural key", "levels", "foreign key"]
Verdict = Literal["holds", "broken", "not_known"]

_MARK = re.compile(rb'"format"\s*:\s*"decom model check \d')


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Checked(_Frozen):
    """One thing that a model says, held against its table."""

    asked: Asked
    table: str = Field(description="the fact table or dimension of the model")
    columns: tuple[str, ...] = Field(
        description="columns of the model: the grain, the key, the lower and the upper level"
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


class ModelCheckFiles:
    """The collector."""

    name = "model_checks"
    words = "a model held against its data (decom modeling check --data)"
    kinds: tuple[str, ...] = (KIND,)

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a check by the word that it starts with."""
        return KIND if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _MARK.search(head) else ""

    def read(self, found: Sequence[Found]) -> tuple[ModelChecks | None, tuple[Source, ...]]:
        """Read all files; one that is no check of this version is a problem, and the others count."""
        checks: list[tuple[ModelCheck, str]] = []
        listed: list[SourceFile] = []
        problems: list[Problem] = []
        for file in found:
            told = {"path": file.shown, "kind": KIND, "sha256": file.sha256, "bytes": file.bytes}
            try:
                check = _check(file)
            except NotReadableError as error:
                listed.append(SourceFile.model_validate({**told, "note": error.what}))
                problems.append(Problem(path=file.shown, line=error.line, what=f"left out: {error.what}"))
                continue
            checks.append((check, file.shown))
            verdicts = [each.verdict for each in check.checked]
            counts = {each: verdicts.count(each) for each in sorted(set(verdicts))}
            listed.append(
                SourceFile.model_validate({**told, "rows": len(verdicts), "counts": counts, "as_of": check.taken_at})
            )
        checks.sort(key=lambda each: (each[0].taken_at, each[1]))
        value = ModelChecks(tuple(check for check, _ in checks)) if checks else None
        return value, (source_of(KIND, listed, problems, totals={"checks": len(checks)}),)


MODEL_CHECKS = ModelCheckFiles()


def _check(file: Found) -> ModelCheck:
    """Read one check, or say why it is none."""
    content = json_file.load(file.path)
    told = content.get("format") if isinstance(content, dict) else None
    if told != FORMAT:
        raise NotReadableError(f"it is in the format {str(told)[:60]!r}, and this version reads {FORMAT!r}")
    try:
        check = ModelCheck.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise NotReadableError(f"it is not as a check leaves it: {place}: {first['msg']}") from error
    at = check.taken_at
    return check.model_copy(update={"taken_at": at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)})
