"""Tables that lie in the evidence itself: recognised by content, told by footers and first lines, never read through.

The value that rules ask for as `tables` says which tables there are; `sources_in` makes sources of them, so that a suite
can name a table by its file without anybody having written down where it lies.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, cast

from decom_nb.errors import DecomError, InputError, Mistake
from decom_nb.evidence import files
from decom_nb.evidence.source import Evidence, Found, Problem, Source, SourceFile, source_of
from decom_nb.evidence.tables.delimited import BOMS, ZSTD_MAGIC
from decom_nb.evidence.tables.place import ENDINGS, kind_by_mark, kind_of, partition_keys, stem, unpacked
from decom_nb.evidence.tables.reading import literal
from decom_nb.evidence.tables.source import TableKind, TableSource
from decom_nb.evidence.tables.table import Column
from decom_nb.sql.text import string

if TYPE_CHECKING:
    from decom_nb.evidence.tables.session import Tables
    from decom_nb.evidence.tables.table import Table

KIND_WORDS = {
    "parquet": "parquet table",
    "csv": "csv table",
    "jsonl": "json lines table",
    "duckdb": "duckdb database",
    "sqlite": "sqlite database",
    "delta": "delta table",
    "iceberg": "iceberg table",
}
"""What each kind is called among the kinds of evidence."""

_KINDS = {words: kind for kind, words in KIND_WORDS.items()}
_DELTA_LOG = re.compile(rb'^\s*\{"(commitInfo|protocol|metaData|add|remove|txn|checkpointMetadata)"\s*:')
_MOST_LISTED = 500  # tables of one database that are described; the rest are counted


@dataclass(frozen=True)
class FoundTable:
    """A table that lies in the evidence."""

    name: str
    path: str
    """Of its file or folder: relative to the engagement, or as somebody wrote it."""
    kind: str
    columns: tuple[Column, ...] = ()
    rows: int | None = None
    """How many, if a footer or a catalogue tells; nothing is counted for it."""
    bytes: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FoundTables:
    """All tables that lie in the evidence, in the order of their paths."""

    tables: tuple[FoundTable, ...] = ()
    sources: tuple[TableSource, ...] = field(default=(), repr=False)
    """Where they lie, for `Tables`; one for a whole database."""


def sources_in(evidence: Evidence | FoundTables | None) -> tuple[TableSource, ...]:
    """Give the sources of the tables that lie in the evidence; their paths are relative to the engagement."""
    found = evidence.values.get("tables") if isinstance(evidence, Evidence) else evidence
    return found.sources if isinstance(found, FoundTables) else ()


def combined(written: Iterable[TableSource], found: Iterable[TableSource]) -> tuple[TableSource, ...]:
    """Put the sources that people wrote down before those that were found; what they name or point to, they mean.

    Two found tables of one name are both given: `Tables` says so when somebody asks for that name.
    """
    stated = tuple(written)
    names = {_name(each) for each in stated}
    paths = {_path(each) for each in stated if each.path}
    return stated + tuple(each for each in found if _name(each) not in names and _path(each) not in paths)


def _name(source: TableSource) -> str:
    return (source.name or stem(source.path)).casefold()


def _path(source: TableSource) -> str:
    return PurePosixPath(source.path).as_posix()


class TableFiles:
    """The collector. It stands last: what another collector knows by its content is not taken for a mere table."""

    name = "tables"
    words = "tables: Parquet, CSV, JSON lines, DuckDB or SQLite files"
    kinds: tuple[str, ...] = tuple(_KINDS)

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a table by its mark; where its kind has none, by its ending, if the content does not contradict it."""
        if "_delta_log" in path.parts:
            return KIND_WORDS["delta"] if _DELTA_LOG.match(head) or kind_by_mark(head[:16]) else ""
        if path.parent.name == "metadata" and (b'"table-uuid"' in head or head.startswith(b"Obj\x01")):
            return KIND_WORDS["iceberg"]
        if kind := kind_by_mark(head[:16]):
            return KIND_WORDS[kind]
        kind = ENDINGS.get(PurePosixPath(unpacked(path.name)).suffix.lower(), "")
        if kind == "csv":  # packed with zstd, the head is not text
            return KIND_WORDS[kind] if head.startswith((ZSTD_MAGIC, *BOMS)) or b"\0" not in head[:4096] else ""
        if kind == "jsonl":
            return KIND_WORDS[kind] if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") else ""
        return ""

    def identify(self, path: Path) -> tuple[str, str]:
        """Give what tells one version of the file from another, and a note if that is not its whole content."""
        return files.sample_sha256(path)

    def read(self, found: Sequence[Found]) -> tuple[FoundTables | None, tuple[Source, ...]]:
        """Find out which files make one table, and what footers and first lines tell of each."""
        from decom_nb.evidence.tables.session import Tables

        described = _Described()
        listed = described.named_in_utf8(sorted(found, key=lambda each: each.shown))
        groups = _grouped(listed)
        if unsure := [each for each in groups if each.by_likeness]:
            with Tables(each.inner(at) for at, each in enumerate(unsure)) as session:
                parts = [part for at, each in enumerate(unsure) for part in _apart(each, str(at), session)]
            sure = [each for each in groups if not each.by_likeness]
            groups = sorted([*sure, *parts], key=lambda each: each.shown)
        with Tables(each.inner(at) for at, each in enumerate(groups)) as session:
            for at, group in enumerate(groups):
                described.take(group, str(at), session)
        sources = tuple(described.source(words, found) for words in _KINDS if any(each.kind == words for each in found))
        value = FoundTables(tuple(described.tables), tuple(each.source() for each in groups))
        return (value if groups else None), sources


TABLE_FILES = TableFiles()


@dataclass(frozen=True)
class _Group:
    """Files that are one table, or one database."""

    name: str
    kind: str
    shown: str
    path: str
    files: tuple[Found, ...]
    folder: bool = False
    by_likeness: bool = False
    """Whether the files are taken together only because they lie in one folder: then they must have the same columns."""

    def source(self) -> TableSource:
        """Give the source as it stands for others: by its name, relative to the engagement."""
        is_database = self.kind in ("duckdb", "sqlite")
        told = kind_of(self.files[0].path) if not self.folder else self.kind
        return TableSource(
            name="" if is_database else self.name,
            path=self.shown,
            kind=None if told == self.kind else cast(TableKind, self.kind),
        )

    def inner(self, at: int) -> TableSource:
        """Give the source as it is read here: by a number, so that names may be what they are."""
        return TableSource(name=str(at), path=self.path, kind=cast(TableKind, self.kind))


def _grouped(found: Sequence[Found]) -> list[_Group]:
    """Put files together: of a lake table, of a partitioned folder, of a folder that holds nothing but Parquet."""
    lakes = {_lake_of(each): _KINDS[each.kind] for each in found if _KINDS[each.kind] in ("delta", "iceberg")}
    tops: dict[tuple[str, str, bool], list[Found]] = {}
    alone: list[Found] = []
    for each in found:
        lake = next((folder for folder in lakes if folder and each.shown.startswith(f"{folder}/")), "")
        if lake:
            tops.setdefault((lake, lakes[lake], False), []).append(each)
        elif top := _partitioned_top(each.shown):
            tops.setdefault((top, _KINDS[each.kind], False), []).append(each)
        elif each.kind == KIND_WORDS["parquet"] and _may_be_one(each.shown):
            tops.setdefault((each.shown.rpartition("/")[0], "parquet", True), []).append(each)
        else:
            alone.append(each)
    groups = [_alone(each) for each in alone]
    for (top, kind, by_likeness), members in tops.items():
        if by_likeness and len(members) == 1:
            groups.append(_alone(members[0]))
            continue
        depth = members[0].shown[len(top) :].count("/")
        path = str(members[0].path.parents[depth - 1])
        pattern = by_likeness and any(
            each.shown.startswith(f"{top}/") and each not in members for each in found
        )  # other tables lie there too
        end = "/*.parquet" if pattern else ""
        groups.append(
            _Group(
                name=top.rpartition("/")[2],
                kind=kind,
                shown=(literal(top) if pattern else top) + end,
                path=(literal(path) if pattern else path) + end,
                files=tuple(members),
                folder=True,
                by_likeness=by_likeness,
            )
        )
    return sorted(groups, key=lambda each: each.shown)


def _alone(each: Found) -> _Group:
    return _Group(stem(each.shown), _KINDS[each.kind], each.shown, str(each.path), (each,))


def _lake_of(each: Found) -> str:
    """Give the folder of the lake table that a file of its metadata belongs to."""
    parts = each.shown.split("/")
    mark = "_delta_log" if "_delta_log" in parts else "metadata"
    return "/".join(parts[: parts.index(mark)]) if mark in parts else ""


def _partitioned_top(shown: str) -> str:
    """Give the folder above those that name partitions; empty if none does, or nothing is above."""
    parts = shown.split("/")
    at = next((at for at, part in enumerate(parts[:-1]) if partition_keys(f"{part}/x")), 0)
    return "/".join(parts[:at])


def _may_be_one(shown: str) -> bool:
    """Tell whether the folder of a Parquet file may be one table: the folder of all evidence is none."""
    folder = shown.rpartition("/")[0].rpartition("/")[2]
    return bool(folder) and folder != "evidence"


def _apart(group: _Group, name: str, session: Tables) -> list[_Group]:
    """Give a group whole if it is one table, else a group for each of its files."""
    if not group.by_likeness:
        return [group]
    try:
        if session.open(name).same_columns:
            return [group]
    except DecomError:
        pass  # what is wrong with one of the files is said of that file
    return [_alone(each) for each in group.files]


class _Described:
    """Collects what is found out of each group: the tables, and of each file its rows and what is wrong."""

    def __init__(self) -> None:
        self.tables: list[FoundTable] = []
        self._counts: Counter[tuple[str, str]] = Counter()
        self._held: Counter[str] = Counter()
        self._rows: dict[str, int] = {}
        self._notes: dict[str, str] = {}
        self._problems: list[tuple[str, Problem]] = []

    def named_in_utf8(self, found: Sequence[Found]) -> list[Found]:
        """Leave out files whose names are no text: nobody could write down where they lie."""
        kept = []
        for each in found:
            try:
                str(each.path).encode()
                kept.append(each)
            except UnicodeEncodeError:
                self._problem(each, "its name is not UTF-8; rename it")
        return kept

    def take(self, group: _Group, name: str, session: Tables) -> None:
        """Describe one group, or say of its files what is wrong."""
        if group.kind in ("duckdb", "sqlite"):
            self._database(group)
            return
        try:
            table = session.open(name)
        except DecomError as error:
            self._wrong(group, error)
            return
        rows = self._footers(table, group, session) if table.files else None
        self._add(group, group.name, table, rows)

    def _database(self, group: _Group) -> None:
        from decom_nb.evidence.tables.session import Tables

        with Tables([TableSource(path=group.path, kind=cast(TableKind, group.kind))]) as session:
            names = session.names
            for mistake in session.mistakes:
                self._wrong(group, InputError(mistake))
            for name in names[:_MOST_LISTED]:
                try:
                    self._add(group, name, session.open(name), None)
                except DecomError as error:
                    self._wrong(group, error)
            if len(names) > _MOST_LISTED:
                self._notes[group.files[0].shown] = f"{len(names)} tables, of which the first {_MOST_LISTED} are listed"

    def _footers(self, table: Table, group: _Group, session: Tables) -> int | None:
        """Give the rows that footers tell, and keep those of each file."""
        import duckdb

        try:
            told = session.connection.execute(
                f"SELECT file_name, num_rows FROM parquet_file_metadata([{', '.join(map(string, table.files))}])"
            ).fetchall()
        except duckdb.Error as error:
            self._wrong(group, InputError(Mistake(group.shown, 0, "", session.said(error))))
            return None
        rows = dict(told)
        for each in group.files:
            self._rows[each.shown] = rows.get(str(each.path.absolute()), 0)
        return sum(rows.values())

    def _add(self, group: _Group, name: str, table: Table, rows: int | None) -> None:
        size = sum(each.bytes for each in group.files) if group.kind not in ("duckdb", "sqlite") else 0
        self.tables.append(FoundTable(name, group.shown, group.kind, table.columns, rows, size, table.notes))
        words = KIND_WORDS[group.kind]
        self._counts[words, "tables"] += 1
        self._counts[words, "columns"] += len(table.columns)
        self._held[group.files[0].shown] += 1
        if table.notes:
            self._notes.setdefault(group.files[0].shown, "; ".join(table.notes)[:500])

    def _wrong(self, group: _Group, error: DecomError) -> None:
        for mistake in error.mistakes if isinstance(error, InputError) else [Mistake("", 0, "", str(error))]:
            what = f"{mistake.what} - {mistake.instead}" if mistake.instead else mistake.what
            which = next((each for each in group.files if mistake.file.endswith(each.path.name)), group.files[0])
            self._problem(which, what, mistake.line)

    def _problem(self, each: Found, what: str, line: int = 0) -> None:
        self._problems.append((each.kind, Problem(path=each.shown, line=line, what=what)))

    def source(self, words: str, found: Sequence[Found]) -> Source:
        """Give the source of one kind."""
        listed = [
            SourceFile(
                path=each.shown,
                kind=words,
                sha256=each.sha256,
                bytes=each.bytes,
                rows=self._rows.get(each.shown, 0),
                counts={"table": self._held[each.shown]} if self._held[each.shown] else {},
                note="; ".join(filter(None, [self._notes.get(each.shown, ""), each.note])),
            )
            for each in found
            if each.kind == words
        ]
        totals = {what: self._counts[words, what] for what in ("tables", "columns") if self._counts[words, what]}
        return source_of(words, listed, [each for kind, each in self._problems if kind == words], totals=totals)
