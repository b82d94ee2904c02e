"""An audit: decisions, findings and the scorecard of one engagement at one moment, as one immutable file.

`book.py` makes audits, every face renders them, and `recomputed` gets the score out of the file alone.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from decom_nb.decide import Decision
from decom_nb.engagement import Engagement
from decom_nb.errors import InputError, Mistake
from decom_nb.evidence.source import Source
from decom_nb.finding import SEVERITIES, Finding, Severity
from decom_nb.milestone import RECENT, Milestone, MilestoneDimension, thinned
from decom_nb.plan import Plan
from decom_nb.rule_version import RuleVersion
from decom_nb.score import Claim, Rubric, Scorecard, Target, scorecard, with_points
from decom_nb.suggest import instead

T = TypeVar("T")

FILE_NAME = "audit.json"
_OUTSIDE_DIGEST = {"id", "taken_at", "milestone", "milestones"}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Who(_Frozen):
    """The engagement as the audit saw it."""

    name: str
    client: str = ""


class Input(_Frozen):
    """A file that the audit read."""

    path: str = Field(description="relative to the engagement, or as engagement.yaml points to it")
    kind: str
    sha256: str


class Waiver(_Frozen):
    """Somebody's word that a rule or a whole dimension is to be left out of the score, and until when."""

    target: str = Field(description="a rule (room.name) or a dimension of the rubric")
    reason: Literal["out of scope", "business priority", "architecture constraint", "other"]
    because: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    expires: str = Field(description="ISO date; from the day after it counts no more")
    expired: bool = Field(description="whether it had expired on the day of the audit")


class Repair(_Frozen):
    """What to do about one finding, and what it brings."""

    rule: str
    title: str
    message: str = Field(description="what was found")
    remedy: str
    severity: Severity
    effort: str
    gain: float = Field(description="score points that the repair adds to the lower end")
    gain_per_effort: float


class Audit(_Frozen):
    """Everything known at one moment. The order of every list is part of the result."""

    schema_version: Literal[1] = 1
    id: str = ""
    taken_at: datetime
    milestone: str = Field("", description="what somebody called this audit, as “before Christmas”")
    milestones: tuple[Milestone, ...] = Field((), description="what earlier audits of this engagement came to, by time")
    versions: dict[str, str] = Field(description="of this package, its code and the knowledge it judged by")
    rules: dict[str, RuleVersion] = Field(default_factory=dict, description="the rules as they were, by id")
    engagement: Who
    inputs: tuple[Input, ...]
    sources: tuple[Source, ...] = Field(description="the evidence, by what it is")
    documents: dict[str, Any] = Field(description="what people filled in, by document name")
    measures: dict[str, Any] = Field(description="what was worked out from evidence and documents, by name")
    failures: tuple[str, ...] = Field((), description="measures that could not be worked out, each with the reason")
    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]
    waivers: tuple[Waiver, ...]
    claims: dict[str, Claim]
    targets: dict[str, Target] = Field(default_factory=dict, description="what dimensions are meant to be worth here")
    rubric: Rubric
    repairs: tuple[Repair, ...] = Field(description="by gain over effort, the best first")
    plan: Plan | None = Field(None, description="the cheapest ways to the next band and to the targets")
    scorecard: Scorecard

    def decision(self, question: str) -> Decision:
        """Give the decision for a question such as ``architecture.pattern``."""
        by_question = {each.question: each for each in self.decisions}
        return _named(by_question, question, "there is no decision on this in the audit")

    def finding(self, rule: str) -> Finding:
        """Give the finding of a rule such as ``monitoring.runs_succeed``."""
        return _named(
            {each.rule: each for each in self.findings}, rule, "there is no finding of this rule in the audit"
        )

    def digest(self) -> str:
        """Give the SHA-256 of everything but id, time and what was before: equal for equal inputs and versions."""
        return hashlib.sha256(self.model_dump_json(exclude=_OUTSIDE_DIGEST).encode()).hexdigest()

    def as_milestone(self) -> Milestone:
        """Give what this audit came to, as later ones keep it."""
        card = self.scorecard
        applying = [each for each in card.dimensions if each.basis != "not applicable"]
        return Milestone(
            id=self.id,
            name=self.milestone,
            taken_at=self.taken_at,
            scored=not card.reason,
            low=card.low,
            high=card.high,
            dimensions=tuple(MilestoneDimension.model_validate(each, from_attributes=True) for each in applying),
            versions=self.versions,
        )


def _named(known: Mapping[str, T], name: str, what: str) -> T:
    if name not in known:
        raise InputError(Mistake("", 0, name, what, instead(name, known)))
    return known[name]


def leaving(waivers: tuple[Waiver, ...], rubric: Rubric) -> dict[str, str]:
    """Give the dimensions that standing waivers take out as a whole, each with the reason in words."""
    names = {dimension.name for dimension in rubric.dimensions}
    return {each.target: waived_because(each) for each in waivers if each.target in names and not each.expired}


def waived_because(waiver: Waiver) -> str:
    """Say in a sentence why something is left out, who answers for it and until when."""
    return f"Left out ({waiver.reason}): {waiver.because.rstrip('.')}. {waiver.owner} answers for it until {waiver.expires}."


def repairs(rubric: Rubric, findings: tuple[Finding, ...]) -> tuple[Repair, ...]:
    """Rank what can be repaired by score points gained over effort; equal ones by severity."""
    made = []
    for finding in findings:
        if finding.points and finding.points.if_fixed > 0:
            gain = finding.points.if_fixed
            made.append(
                Repair(
                    rule=finding.rule,
                    title=finding.title,
                    message=finding.message,
                    remedy=finding.remedy,
                    severity=finding.severity,
                    effort=finding.effort,
                    gain=gain,
                    gain_per_effort=round(gain / rubric.efforts[finding.effort], 6),
                )
            )
    return tuple(sorted(made, key=lambda each: (-each.gain_per_effort, SEVERITIES.index(each.severity), each.rule)))


def first(repairs: Sequence[Repair], most: int = 3) -> tuple[Repair, ...]:
    """Give what to do first: the best gains for their effort, and in any case the largest gain."""
    chosen = list(repairs[:most])
    largest = max(repairs, key=lambda each: each.gain, default=None)
    if largest is not None and largest not in chosen:
        chosen[-1] = largest
    return tuple(chosen)


def recomputed(audit: Audit) -> Scorecard:
    """Work the scorecard out again from what the audit holds: findings, rubric, claims and waivers."""
    out = leaving(audit.waivers, audit.rubric)
    return scorecard(audit.rubric, with_points(audit.rubric, audit.findings, out), audit.claims, out, audit.targets)


def milestones(folders: Sequence[Path], before: datetime) -> tuple[Milestone, ...]:
    """Give what the audits in these folders came to, and what they tell of others, if taken before that moment.

    One that cannot be read is passed over: the past of a score must not keep anybody from today's.
    """
    found: dict[str, Milestone] = {}
    for folder in sorted(folders, reverse=True)[: 2 * RECENT]:
        if folder.name not in found:
            for each in _told(folder / FILE_NAME, _stamp(folder / FILE_NAME)):
                found.setdefault(each.id, each)
    return thinned(each for each in found.values() if each.taken_at < before)


def _stamp(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=512)
def _told(file: Path, stamp: int) -> tuple[Milestone, ...]:
    """Read what one audit's file tells of itself and of those before it, and leave the rest of it alone."""
    try:
        kept = json.loads(file.read_bytes())
        card = kept["scorecard"]
        applying = [each for each in card["dimensions"] if each["basis"] != "not applicable"]
        fields = MilestoneDimension.model_fields
        own = Milestone(
            id=kept["id"],
            name=kept.get("milestone", ""),
            taken_at=kept["taken_at"],
            scored=not card["reason"],
            low=card["low"],
            high=card["high"],
            dimensions=tuple(MilestoneDimension(**{name: each[name] for name in fields}) for each in applying),
            versions=kept["versions"],
        )
        return (own, *map(Milestone.model_validate, kept.get("milestones", ())))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return ()


def write(audit: Audit, folder: Path) -> Path:
    """Write the audit under ``folder/<id>/audit.json``, whole or not at all, and give that path. Audits are never changed."""
    file = folder / audit.id / FILE_NAME
    try:
        if not file.is_file():
            _put(audit, folder, file)
    except OSError as error:
        what = f"the audit cannot be kept here: {error.strerror or error}"
        instead_ = "check that this is a folder, that you may write to it and that there is space"
        raise InputError(Mistake(str(folder), 0, "", what, instead_)) from error
    return file


def _put(audit: Audit, folder: Path, file: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".taking-") as temporary:
        made = Path(temporary) / audit.id
        made.mkdir()
        with (made / FILE_NAME).open("w", encoding="utf-8", newline="\n") as opened:
            opened.write(audit.model_dump_json(indent=1) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        (made / FILE_NAME).chmod(0o444)
        try:
            made.rename(file.parent)
        except OSError as error:
            # Somebody else took the same audit meanwhile. An empty folder would have been replaced.
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or not file.is_file():
                raise


def read(path: Path) -> Audit:
    """Read an audit from its file or its folder; what is not one is an `InputError`."""
    file = path
    try:
        file = path / FILE_NAME if path.is_dir() else path
        if not stat.S_ISREG(file.stat().st_mode):
            raise InputError(Mistake(str(file), 0, "", "this is no file", "give an audit's file or folder"))
        return Audit.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        raise InputError(Mistake(str(path), 0, "", "there is no audit here", "take one: decom audit DIR")) from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        what = f"this is not an audit this version can read ({error.error_count()} differences from the schema)"
        raise InputError(Mistake(str(file), 0, key, what, "see: decom schema audit")) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        told = error.strerror if isinstance(error, OSError) and error.strerror else error
        what = f"the audit cannot be read: {told}"
        raise InputError(Mistake(str(path), 0, "", what, "check that this is an audit that you may read")) from error


def last(engagement: Path) -> Audit:
    """Read the last audit of the engagement in a folder; `InputError` where none was taken."""
    opened = Engagement.open(engagement)
    if not (taken := opened.audits()):
        raise InputError(Mistake(str(engagement), 0, "", "no audit has been taken yet", f"decom audit {engagement}"))
    return read(taken[-1])


def identity(taken_at: datetime, digest: str) -> str:
    """Give the id of an audit: its time in UTC, to the millisecond so that ids sort by time, and the head of its digest.

    >>> identity(datetime(2026, 1, 2, 3, 4, 5, 67000, tzinfo=UTC), "c0ffee00aa")
    '20260102T030405067Z-c0ffee00'
    """
    utc = taken_at.astimezone(UTC)
    return f"{utc:%Y%m%dT%H%M%S}{utc.microsecond // 1000:03}Z-{digest[:8]}"
