"""What evidence is made of: the sources it came from, what was wrong in them, and the typed values read out of them.

Collectors (`dbt.py`, `runs.py`) make these, `collect.py` puts them together, audits and reports show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from decom_nb.evidence.relation import Relation
    from decom_nb.evidence.store import Store

UNRECOGNISED = "unrecognised"
"""The kind of what no collector knows."""

SHOWN_PROBLEMS = 100
"""How many problems a source keeps; `problems_total` says how many there were."""

Number = int | float


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SourceFile(_Frozen):
    """One file: what it is, what was read from it and how old that is."""

    path: str = Field(
        description="relative to the engagement with forward slashes; one outside is given as it was written"
    )
    kind: str
    sha256: str = Field(
        "",
        description="of the file as it lies there, or of samples of a large table, as its note says; empty if not read",
    )
    bytes: int = Field(0, ge=0)
    rows: int = Field(0, ge=0, description="facts read from it: resources, results, tables, lines of a log")
    counts: dict[str, int] = Field(
        default_factory=dict, description="the rows by status, or by type where they have none"
    )
    as_of: datetime | None = Field(None, description="when its content is from, by its own word")
    note: str = Field("", description="why it was not read, or what else one should know of it")


class Problem(_Frozen):
    """Something wrong in a file, which did not stop the rest from being read."""

    path: str
    line: int = Field(0, ge=0, description="counted from 1; 0 where the problem has no line")
    what: str

    def __str__(self) -> str:
        """Give the problem as one line: ``path:line: what``."""
        return f"{self.path}:{self.line}: {self.what}" if self.line else f"{self.path}: {self.what}"


class Source(_Frozen):
    """All files of one kind, with their sums."""

    kind: str
    files: tuple[SourceFile, ...]
    rows: int = Field(0, ge=0)
    totals: dict[str, Number] = Field(default_factory=dict, description="what else was counted, by name")
    counts: dict[str, int] = Field(
        default_factory=dict, description="the rows by status, or by type where they have none"
    )
    problems: tuple[Problem, ...] = Field((), description=f"the first {SHOWN_PROBLEMS}")
    problems_total: int = Field(0, ge=0)
    as_of: datetime | None = Field(None, description="of its newest file")


@dataclass(frozen=True)
class Evidence:
    """What was read: the sources, the typed values that rules ask for by parameter name, and the store of what is many."""

    sources: tuple[Source, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    store: Store | None = None

    def source(self, kind: str) -> Source | None:
        """Give the source of that kind, if there is one."""
        return next((source for source in self.sources if source.kind == kind), None)


@dataclass(frozen=True)
class Pointer:
    """Where evidence lies by somebody's word: a file or folder, relative to the engagement or absolute, and what it is.

    `kind` is a kind, such as ``run logs``, or a collector's name, such as ``dbt``; empty leaves it to the content.
    """

    path: str
    kind: str = ""


@dataclass(frozen=True)
class Found:
    """A file that a collector is to read: where it lies, how its path is shown, and what it was recognised as."""

    path: Path
    shown: str
    kind: str
    sha256: str = ""
    bytes: int = 0
    note: str = ""
    """What one should know of how it was identified."""


@runtime_checkable
class Identifying(Protocol):
    """A collector of files that may be too large to be read for nothing but their hash.

    Its files are never taken for one another: two that are equal are two tables, or two parts of one.
    """

    def identify(self, path: Path) -> tuple[str, str]:
        """Give what goes for the file's SHA-256, and a note if it is not that of its whole content."""


class Known(Protocol):
    """What is said of every collector."""

    name: str
    """The parameter name under which rules ask for its value."""

    words: str
    """What it reads, in words, as a finding says it is missing."""

    kinds: tuple[str, ...]
    """The kinds of file it reads, in the order in which their sources are listed."""

    def recognises(self, path: Path, head: bytes) -> str:
        """Give the kind of a file by its first bytes, decompressed; empty if unknown. `path` is for a further look."""


@runtime_checkable
class Loading(Known, Protocol):
    """A collector that puts what it reads into the evidence store rather than into Python; it has no `read` to call."""

    relations: tuple[Relation, ...]
    """What it fills, all in one schema of its own."""

    def load(self, found: Sequence[Found], store: Store) -> tuple[Any, tuple[Source, ...]]:
        """Create its relations in the store and fill them; give a value as `Collector.read` does."""


class Collector(Known, Protocol):
    """Knows one outside source. A new one is a line in `collect.COLLECTORS`."""

    def read(self, found: Sequence[Found]) -> tuple[Any, tuple[Source, ...]]:
        """Read the files into one value (``None`` if they hold nothing) and a source per kind. No bad file raises."""


def source_of(
    kind: str,
    files: Iterable[SourceFile],
    problems: Iterable[Problem],
    *,
    totals: Mapping[str, Number] | None = None,
    problems_more: int = 0,
) -> Source:
    """Sum files of one kind up: rows, counts and age are theirs, problems come in the order of file and line.

    `problems_more` counts further problems, which come after those given.
    """
    listed = tuple(sorted(files, key=lambda file: file.path))
    ordered = sorted(problems, key=lambda problem: (problem.path, problem.line, problem.what))
    return Source(
        kind=kind,
        files=listed,
        rows=sum(file.rows for file in listed),
        totals=dict(totals or {}),
        counts=added(file.counts for file in listed),
        problems=tuple(ordered[:SHOWN_PROBLEMS]),
        problems_total=len(ordered) + problems_more,
        as_of=max((file.as_of for file in listed if file.as_of), default=None),
    )


def added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Add counts up by name, in the order of the names.

    >>> added([{"pass": 2}, {"fail": 1, "pass": 1}])
    {'fail': 1, 'pass': 3}
    """
    sums: dict[str, int] = {}
    for each in counts:
        for name, count in each.items():
            sums[name] = sums.get(name, 0) + count
    return dict(sorted(sums.items()))
