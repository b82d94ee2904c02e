"""Files that commands of ours leave under ``evidence/``: JSON objects that say their format, one collector for each format.

A file of another version, or one that was changed by hand so that it contradicts itself, is a problem, and the others count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from decom_nb import atomic
from decom_nb.errors import InputError, Mistake
from decom_nb.evidence import json_file
from decom_nb.evidence.json_file import NotReadableError
from decom_nb.evidence.source import Found, Problem, Source, SourceFile, source_of

M = TypeVar("M", bound=BaseModel)
V = TypeVar("V")


@dataclass(eq=False)
class OwnFiles(Generic[M, V]):
    """The collector of one format of ours."""

    name: str
    words: str
    kind: str
    format: str
    """What the file's `format` says, a number at its end: ``decom load proof 1``."""
    model: type[M]
    value: Callable[[tuple[M, ...], tuple[str, ...]], V]
    """Makes what rules ask for of all files, the oldest first, and of where each lies."""
    counted: Callable[[M], Mapping[str, int]]
    """What is told of a file: its parts by outcome."""
    noun: str = "runs"
    totals: Callable[[V], Mapping[str, int]] = field(default=lambda _: {})
    """What is told of all files together, beside their number."""
    note: Callable[[M], str] = field(default=lambda _: "")
    """What has to be said of a file besides, such as that it was not finished."""
    contradiction: Callable[[M], str] = field(default=lambda _: "")
    """Says in which of its figures a file contradicts itself; empty if in none."""
    kinds: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = (self.kind,)

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a file by the format that it names, of any version."""
        family = re.escape(self.format.rstrip("0123456789")).encode()
        mark = rb'"format"\s*:\s*"' + family + rb"\d"
        return self.kind if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and re.search(mark, head) else ""

    def read(self, found: Sequence[Found]) -> tuple[V | None, tuple[Source, ...]]:
        """Read all files; one that is none of this version is a problem, and the others count."""
        taken: list[tuple[datetime, str, M]] = []
        listed: list[SourceFile] = []
        problems: list[Problem] = []
        for file in sorted(found, key=lambda each: each.shown):
            told: dict[str, Any] = {
                "path": file.shown,
                "kind": self.kind,
                "sha256": file.sha256,
                "bytes": file.bytes,
            }
            try:
                at, content = self._content(file)
            except NotReadableError as error:
                listed.append(SourceFile(**told, note=error.what))
                problems.append(Problem(path=file.shown, line=error.line, what=f"left out: {error.what}"))
                continue
            taken.append((at, file.shown, content))
            counts = dict(self.counted(content))
            listed.append(
                SourceFile(**told, rows=sum(counts.values()), counts=counts, as_of=at, note=self.note(content))
            )
        taken.sort(key=lambda each: each[:2])
        contents, places = tuple(each for _, _, each in taken), tuple(place for _, place, _ in taken)
        value = self.value(contents, places) if taken else None
        totals = {self.noun: len(taken), **(self.totals(value) if value is not None else {})}
        return value, (source_of(self.kind, listed, problems, totals=totals),)

    def _content(self, file: Found) -> tuple[datetime, M]:
        """Read one file and when it was taken, or say why it is none."""
        told = json_file.load(file.path)
        names = told.get("format") if isinstance(told, dict) else None
        if names != self.format:
            raise NotReadableError(f"it is in the format {str(names)[:60]!r}, and this version reads {self.format!r}")
        try:
            content = self.model.model_validate(told)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise NotReadableError(f"it is not as it was left: {place}: {first['msg']}") from error
        if wrong := self.contradiction(content):
            raise NotReadableError(f"it was changed after it was made: {wrong}")
        at = _when(content)
        return at, content.model_copy(update={"taken_at": at})


def keep(content: BaseModel, taken_at: datetime, folder: Path) -> Path:
    """Write such a file under a name made of its time, whole or not at all, and give it; no file replaces another.

    `InputError` where the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what, hint = f"cannot be made: {error.strerror or error}", "check that you may write to the engagement"
        raise InputError(Mistake(str(folder), 0, "", what, hint)) from error
    with atomic.locked(folder):
        stem = f"{taken_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        names = (f"{stem}{f'-{at}' if at else ''}.json" for at in range(10_000))
        file = next(path for path in (folder / name for name in names) if not path.exists())
        atomic.write(file, content.model_dump_json(indent=1).encode() + b"\n")
    return file


def _when(content: Any) -> datetime:
    at: datetime = content.taken_at
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
