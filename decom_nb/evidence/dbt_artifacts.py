"""Recognises dbt artifacts, plain or gzipped, by the schema address that they carry, and reads them into one `Dbt`.

What each artifact holds is read by `dbt_manifest.py` and `dbt_results.py`; here they are told apart, put to their
project and summed up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from decom_nb.evidence import dbt_manifest, dbt_results, files, json_file
from decom_nb.evidence.dbt import EARLIEST, Dbt
from decom_nb.evidence.dbt_manifest import Manifest
from decom_nb.evidence.dbt_results import CatalogTable, Freshness, Invocation
from decom_nb.evidence.json_file import NotReadableError, mapping, moment, sequence, text
from decom_nb.evidence.source import Found, Number, Problem, Source, SourceFile, source_of

KINDS = {
    "manifest": "dbt manifest",
    "run-results": "dbt run results",
    "catalog": "dbt catalog",
    "sources": "dbt sources",
}
"""The kinds by the word that dbt uses in an artifact's schema address."""

KNOWN_VERSIONS = {"dbt manifest": (2, 12), "dbt run results": (1, 6), "dbt catalog": (1, 1), "dbt sources": (1, 3)}
"""The oldest and newest schema version that this has been tried on."""

ESSENTIAL = {"dbt manifest": "nodes", "dbt run results": "results", "dbt catalog": "nodes", "dbt sources": "results"}
"""What an artifact of each kind cannot do without."""

_SCHEMA = re.compile(rb'"dbt_schema_version"\s*:\s*"[^"]{0,200}/(manifest|run-results|catalog|sources)/v\d+')
_SCHEMA_ADDRESS = re.compile(r"/(manifest|run-results|catalog|sources)/v(\d{1,6})")
_FIRST_KEY = re.compile(
    rb'\s*\{\s*"(args|child_map|disabled|docs|elapsed_time|errors|exposures|metadata|nodes|results)"'
)
_SEARCHED_BYTES = 1 << 22
_OVERLAP = 512


class DbtArtifacts:
    """The collector: recognises artifacts by the schema address that they carry, and reads them into one `Dbt`."""

    name = "dbt"
    words = "dbt artifacts"
    kinds = tuple(KINDS.values())

    def recognises(self, path: Path, head: bytes) -> str:
        """Give the kind by the schema address, which stands in front unless somebody sorted the keys."""
        start = head.removeprefix(b"\xef\xbb\xbf")
        if not start.lstrip().startswith(b"{"):
            return ""
        told = _SCHEMA.search(start)
        if told is None and len(head) == files.HEAD_BYTES and _FIRST_KEY.match(start):
            told = _searched(path)
        return KINDS[told[1].decode()] if told else ""

    def read(self, found: Sequence[Found]) -> tuple[Dbt | None, tuple[Source, ...]]:
        """Read the artifacts; the manifests first, because they tell which project the others belong to."""
        reading = _Reading()
        for file in found:
            reading.open(file)
        for artifact in reading.waiting:
            reading.read(artifact)
        dbt = reading.dbt()
        return None if dbt == Dbt() else dbt, reading.sources(dbt)


DBT = DbtArtifacts()


@dataclass(frozen=True)
class _Artifact:
    """An artifact that was opened: its file, what it is and what it holds."""

    file: Found
    kind: str
    version: int
    content: Mapping[str, Any]

    @property
    def origin(self) -> str:
        """The path as it is shown."""
        return self.file.shown

    @property
    def invocation_id(self) -> str:
        """The id of the dbt run that wrote it."""
        return text(mapping(self.content.get("metadata")).get("invocation_id"))

    def unique_ids(self) -> set[str]:
        """Give the ids that it is about."""
        results = (text(mapping(line).get("unique_id")) for line in sequence(self.content.get("results")))
        return {*results, *mapping(self.content.get("nodes")), *mapping(self.content.get("sources"))}


class _Reading:
    """Artifacts on their way into a `Dbt`, with what was wrong in them."""

    def __init__(self) -> None:
        self.waiting: list[_Artifact] = []
        self._manifests: dict[str, tuple[Manifest, Path, frozenset[str]]] = {}
        self._invocations: dict[str, Invocation] = {}
        self._freshness: list[Freshness] = []
        self._catalog: list[CatalogTable] = []
        self._files: dict[str, list[SourceFile]] = {kind: [] for kind in KINDS.values()}
        self._problems: dict[str, list[Problem]] = {kind: [] for kind in KINDS.values()}

    def open(self, file: Found) -> None:
        """Load a file, and read it at once if it is a manifest: only one of these is in memory at a time."""
        try:
            content = json_file.load(file.path)
        except NotReadableError as error:
            self._refuse(file, error.what, error.line)
            return
        if not isinstance(content, dict):
            self._refuse(file, "not a dbt artifact: its content is not an object")
            return
        told = _SCHEMA_ADDRESS.search(text(mapping(content.get("metadata")).get("dbt_schema_version")))
        artifact = _Artifact(file, KINDS[told[1]] if told else file.kind, int(told[2]) if told else 0, content)
        if ESSENTIAL[artifact.kind] not in content:
            self._refuse(file, f"not a {artifact.kind}: it has no {ESSENTIAL[artifact.kind]}")
            return
        self._complain(artifact, _remarks(artifact))
        if artifact.kind == KINDS["manifest"]:
            self._read_manifest(artifact)
        else:
            self.waiting.append(artifact)

    def read(self, artifact: _Artifact) -> None:
        """Read what is not a manifest."""
        if artifact.kind == KINDS["run-results"]:
            self._read_invocation(artifact)
        elif artifact.kind == KINDS["catalog"]:
            self._read_catalog(artifact)
        else:
            self._read_freshness(artifact)

    def dbt(self) -> Dbt:
        """Give what was read, in an order that does not depend on that of the files."""
        return Dbt(
            manifests=tuple(self._manifests[origin][0] for origin in sorted(self._manifests)),
            invocations=tuple(
                sorted(self._invocations.values(), key=lambda each: (each.generated_at or EARLIEST, each.origin))
            ),
            freshness=tuple(sorted(self._freshness, key=lambda each: (each.origin, each.unique_id))),
            catalog=tuple(sorted(self._catalog, key=lambda each: (each.origin, each.unique_id))),
        )

    def sources(self, dbt: Dbt) -> tuple[Source, ...]:
        """Give a source for each kind that has files."""
        current = {manifest.project: manifest.origin for manifest in dbt.current}
        superseded = {
            each.origin: current[each.project] for each in dbt.manifests if current[each.project] != each.origin
        }
        executed = len(dbt.executed)
        totals: dict[str, dict[str, Number]] = {
            "manifest": {
                "projects": len(current),
                "superseded": len(superseded),
                "disabled": sum(each.disabled for each in dbt.manifests),
            },
            "run-results": {
                "invocations": len(dbt.invocations),
                "executed": executed,
                "not executed": len(dbt.results) - executed,
            },
            "catalog": {"columns": sum(len(table.columns) for table in dbt.catalog)},
            "sources": {"tables": len({each.key for each in dbt.freshness})},
        }
        made = []
        for word, kind in KINDS.items():
            listed = [_noted(file, superseded.get(file.path)) for file in self._files[kind]]
            if listed:
                made.append(source_of(kind, listed, self._problems[kind], totals=totals[word]))
        return tuple(made)

    def _read_manifest(self, artifact: _Artifact) -> None:
        read = dbt_manifest.manifest(artifact.content, artifact.origin, artifact.version)
        ids = frozenset(mapping(artifact.content.get("nodes"))) | frozenset(mapping(artifact.content.get("sources")))
        self._manifests[artifact.origin] = (read, artifact.file.path.parent, ids)
        self._complain(artifact, read.odd)
        self._list(artifact, sum(read.counts.values()), read.counts, read.generated_at)

    def _read_invocation(self, artifact: _Artifact) -> None:
        read = dbt_results.invocation(artifact.content, artifact.origin, artifact.version, self._project(artifact))
        told = f"{read.invocation_id} {read.generated_at}" if read.invocation_id and read.generated_at else read.origin
        if told in self._invocations:
            note = f"the same invocation as {self._invocations[told].origin}, read once"
            self._list(artifact, 0, {}, read.generated_at, note)
            return
        self._invocations[told] = read
        self._complain(artifact, read.odd)
        note = "" if read.executed else f"dbt {read.command or 'has'} ran no model and no test here"
        self._list(artifact, len(read.results), read.counts, read.generated_at, note)

    def _read_catalog(self, artifact: _Artifact) -> None:
        read = dbt_results.catalog(artifact.content, artifact.origin, self._project(artifact))
        self._catalog.extend(read)
        at = moment(mapping(artifact.content.get("metadata")).get("generated_at"))
        self._list(artifact, len(read), Counter(table.unique_id.split(".")[0] for table in read), at)

    def _read_freshness(self, artifact: _Artifact) -> None:
        read, odd = dbt_results.freshness(artifact.content, artifact.origin, self._project(artifact))
        self._freshness.extend(read)
        self._complain(artifact, odd)
        at = moment(mapping(artifact.content.get("metadata")).get("generated_at"))
        self._list(artifact, len(read), Counter(each.status for each in read), at)

    def _project(self, artifact: _Artifact) -> str:
        """Say whose it is: the project that declares most of its ids, else the commonest package in them.

        Of equals the manifest of the same invocation comes first, then one in the same folder.
        """
        about = artifact.unique_ids()
        ranked = sorted(
            (
                -len(about & ids),
                read.invocation_id != artifact.invocation_id,
                folder != artifact.file.path.parent,
                origin,
            )
            for origin, (read, folder, ids) in self._manifests.items()
        )
        if ranked and ranked[0][0]:
            return self._manifests[ranked[0][-1]][0].project
        packages = Counter(each.split(".")[1] for each in about if "." in each)
        return min(packages, key=lambda package: (-packages[package], package), default="")

    def _complain(self, artifact: _Artifact, what: Iterable[str]) -> None:
        self._problems[artifact.kind].extend(Problem(path=artifact.origin, what=each) for each in what)

    def _list(
        self, artifact: _Artifact, rows: int, counts: Mapping[str, int], as_of: datetime | None, note: str = ""
    ) -> None:
        self._files[artifact.kind].append(
            SourceFile(
                path=artifact.origin,
                kind=artifact.kind,
                sha256=artifact.file.sha256,
                bytes=artifact.file.bytes,
                rows=rows,
                counts=dict(sorted(counts.items())),
                as_of=as_of,
                note=note,
            )
        )

    def _refuse(self, file: Found, what: str, line: int = 0) -> None:
        kind = file.kind if file.kind in self._files else KINDS["manifest"]
        self._problems[kind].append(Problem(path=file.shown, line=line, what=what))
        self._files[kind].append(
            SourceFile(path=file.shown, kind=kind, sha256=file.sha256, bytes=file.bytes, note=what)
        )


def _remarks(artifact: _Artifact) -> list[str]:
    """Say what is strange about an artifact's kind and version."""
    if not artifact.version:
        return [f"names no schema version; read as {artifact.kind} because it is given as such"]
    remarks = []
    if artifact.file.kind != artifact.kind:
        remarks.append(f"given as {artifact.file.kind}, but it is a {artifact.kind}, and was read as that")
    oldest, newest = KNOWN_VERSIONS[artifact.kind]
    if artifact.version > newest:
        remarks.append(
            f"v{artifact.version} is newer than v{newest}, the newest known here; read as far as it is understood"
        )
    if artifact.version < oldest:
        remarks.append(
            f"v{artifact.version} is older than v{oldest}, the oldest known here; read as far as it is understood"
        )
    return remarks


def _noted(file: SourceFile, newer: str | None) -> SourceFile:
    return (
        file.model_copy(update={"note": f"superseded by {newer}, a newer manifest of the same project"})
        if newer
        else file
    )


def _searched(path: Path) -> re.Match[bytes] | None:
    """Look for the schema address in the whole of a file, a few MiB at a time."""
    with files.opened(path) as file:
        before = b""
        while more := file.read(_SEARCHED_BYTES):
            if found := _SCHEMA.search(before + more):
                return found
            before = more[-_OVERLAP:]
    return None
