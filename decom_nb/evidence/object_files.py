"""Listings of object storage into `objects.objects`: S3 Inventory, `aws s3 ls --recursive`, `gsutil ls -l`, or a CSV of paths.

A CSV of an S3 Inventory has no header: its manifest says what its columns are, wherever it lies nearby; without one the values
do, as far as they can. Its keys are URL-encoded. An object in two listings counts once, as the later one has it.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decom_nb.evidence import files
from decom_nb.evidence.export_file import ExportFile, column_names, scratch_in
from decom_nb.evidence.lines import staged
from decom_nb.evidence.object_listing import OBJECTS, Objects
from decom_nb.evidence.object_sql import AMAZON_LINE, COLUMNS, GOOGLE_LINE, lines_sql, other_lines_sql, table_sql
from decom_nb.evidence.rows import rows_of
from decom_nb.evidence.source import Found, Problem, Source, SourceFile, source_of

if TYPE_CHECKING:
    from decom_nb.evidence.relation import Relation
    from decom_nb.evidence.store import Store

LISTING, INVENTORY, MANIFEST = "object listing", "s3 inventory", "s3 inventory manifest"

_S3_LS = re.compile(rb"\s*\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +\d+(\.\d+ [KMGTPE]iB)?( Bytes)? \S")
_GS_LS = re.compile(rb"\s*\d+ +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +gs://")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
_CLASSES = frozenset(
    (
        "STANDARD",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "GLACIER_IR",
        "DEEP_ARCHIVE",
        "REDUCED_REDUNDANCY",
    )
)


class ObjectFiles:
    """The collector."""

    name = "objects"
    words = "listings of object storage"
    kinds: tuple[str, ...] = (INVENTORY, MANIFEST, LISTING)
    relations: tuple[Relation, ...] = (OBJECTS,)

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a listing by its columns, by the shape of its lines, or as part of an inventory by its values."""
        if head.lstrip().startswith(b"{") and b'"fileSchema"' in head and b'"sourceBucket"' in head:
            return MANIFEST
        if _S3_LS.match(head) or _GS_LS.match(head):
            return LISTING
        names = column_names(path, head)
        if not names:
            return ""
        if _guessed(names.names):
            return INVENTORY
        named = {name: names.among(words) for name, words in COLUMNS.items()}
        if named["bytes"] and (named["key"] - {"name"}) and (named["modified_at"] or named["bucket"]):
            return LISTING
        return LISTING if named["bytes"] and named["key"] and named["bucket"] and named["modified_at"] else ""

    def load(self, found: Sequence[Found], store: Store) -> tuple[Objects | None, tuple[Source, ...]]:
        """Read all files, each as what it is, then drop what stands in two of them."""
        store.create(self.relations)
        schemas = [_schema(each) for each in found if each.kind == MANIFEST]
        read: list[_Read] = []
        with scratch_in(store.folder) as scratch:
            for each in sorted(found, key=lambda each: each.shown):
                if each.kind == MANIFEST:
                    told = next((schema for schema in schemas if schema.found is each), None)
                    read.append(_Read(each, told.note if told else "", told.problems if told else ()))
                else:
                    read.append(_read(each, schemas, store, scratch))
        repeated = {row["origin"]: row["rows"] for row in rows_of(store.con.execute(_AGAIN))}
        if repeated:
            store.con.execute(_DROP_AGAIN)
        tallies = {row["origin"]: row for row in rows_of(store.con.execute(_TALLIES))}
        sources = []
        for kind in self.kinds:
            ours = [each for each in read if each.found.kind == kind]
            if not ours:
                continue
            listed = [each.listed(tallies.get(each.found.shown)) for each in ours]
            problems = [problem for each in ours for problem in each.problems]
            here = {each.found.shown for each in ours}
            size = sum(row["bytes"] for origin, row in tallies.items() if origin in here)
            again = sum(rows for origin, rows in repeated.items() if origin in here)
            totals = {"bytes": int(size), "repeated": again} if kind != MANIFEST else {}
            sources.append(source_of(kind, listed, problems, totals=totals))
        return (Objects(store) if tallies else None), tuple(sources)


OBJECT_FILES: ObjectFiles = ObjectFiles()


@dataclass
class _Read:
    """What became of one file."""

    found: Found
    note: str = ""
    problems: tuple[Problem, ...] = ()

    def listed(self, tally: dict[str, Any] | None) -> SourceFile:
        """Give the file with what it held."""
        told = tally or {}
        return SourceFile(
            path=self.found.shown,
            kind=self.found.kind,
            sha256=self.found.sha256,
            bytes=self.found.bytes,
            rows=told.get("rows", 0),
            counts=told.get("counts", {}),
            as_of=told.get("as_of"),
            note=self.note,
        )


@dataclass(frozen=True)
class _Schema:
    """What the manifest of an inventory says: the columns of its files, and which files these are."""

    found: Found
    columns: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    note: str = ""
    problems: tuple[Problem, ...] = ()


def _schema(found: Found) -> _Schema:
    from decom_nb.evidence import json_file

    try:
        said = json_file.load(found.path, 1 << 26)
        columns = tuple(each.strip() for each in str(said["fileSchema"]).split(","))
        names = frozenset(Path(str(each["key"])).name for each in said["files"])
    except (json_file.NotReadableError, KeyError, TypeError, AttributeError):
        what = "not a manifest of an S3 Inventory: fileSchema or files is missing"
        return _Schema(found, note=what, problems=(Problem(path=found.shown, what=what),))
    return _Schema(found, columns, names, note=f"{len(names)} files of the bucket {said.get('sourceBucket', '')}")


def _guessed(values: Sequence[str]) -> tuple[str, ...]:
    """Give the columns of a CSV without header by its first row, if it is one of an inventory.

    >>> _guessed(("lake", "raw/a%20b.csv", "120", "2026-08-01T00:00:00.000Z", "STANDARD"))
    ('Bucket', 'Key', 'Size', 'LastModifiedDate', 'StorageClass')
    """
    if len(values) < 4 or not _BUCKET.fullmatch(values[0]):
        return ()
    columns = ["Bucket", "Key"]
    truths = ["IsLatest", "IsDeleteMarker"]
    for at, each in enumerate(values[2:]):
        if each in ("true", "false") and truths:
            columns.append(truths.pop(0))
        elif each.isdigit() and "Size" not in columns:
            columns.append("Size")
        elif _TIME.fullmatch(each) and "LastModifiedDate" not in columns:
            columns.append("LastModifiedDate")
        elif each in _CLASSES and "StorageClass" not in columns:
            columns.append("StorageClass")
        else:
            columns.append(f"Other{at}")
    return tuple(columns) if {"Size", "LastModifiedDate"} <= set(columns) else ()


def _read(found: Found, schemas: Sequence[_Schema], store: Store, scratch: Path) -> _Read:
    import duckdb

    try:
        head = files.head(found.path)
        if _S3_LS.match(head) or _GS_LS.match(head):
            return _read_lines(found, store, google=bool(_GS_LS.match(head)))
        return _read_table(found, schemas, store, scratch)
    except (duckdb.Error, csv.Error, json.JSONDecodeError, *files.DAMAGED) as error:
        _forget(found, store)
        damaged = isinstance(error, files.DAMAGED)
        why = files.why(error) if damaged else f"DuckDB cannot read it ({type(error).__name__})"
        return _Read(found, f"not read: {why}", (Problem(path=found.shown, what=f"not read: {why}"),))


def _forget(found: Found, store: Store) -> None:
    store.con.execute("DELETE FROM objects.objects WHERE origin = $origin", {"origin": found.shown})


def _read_lines(found: Found, store: Store, *, google: bool) -> _Read:
    """Read what a command printed, line by line."""
    with staged([found]) as (ready,):
        of_listing = {"pattern": GOOGLE_LINE if google else AMAZON_LINE}
        store.con.execute(lines_sql(ready.path, found.shown, google=google), of_listing)
        odd = store.con.execute(other_lines_sql(ready.path), of_listing).fetchall()[0][0]
    note = "" if google else "its times have no zone and are taken as UTC; it does not name the bucket"
    broken = f"read up to here: {ready.broken}" if ready.broken else ""
    said = [
        Problem(path=found.shown, what=what)
        for what in (broken, f"{odd} lines are not of a listing" if odd else "")
        if what
    ]
    return _Read(found, note, tuple(said))


def _read_table(found: Found, schemas: Sequence[_Schema], store: Store, scratch: Path) -> _Read:
    """Read a table with columns: a CSV with a header or of an inventory, JSON, or Parquet."""
    file = ExportFile(found, store.con, scratch)
    note, encoded = "", False
    if file.format == "csv" and (guess := _guessed(file.names.names)):
        told = next((schema for schema in schemas if found.path.name in schema.names), None)
        columns = told.columns if told and len(told.columns) == len(guess) else guess
        note = "" if told else "no manifest of it was found: what its columns are was told from its first row"
        file.name_columns(columns)
        encoded = True
    file.read(lambda: store.con.execute(table_sql(file, encoded=encoded)), lambda: _forget(found, store))
    unfit = file.rejected()
    file.drop_rejects()
    problems = [
        Problem(path=found.shown, line=each["row"], what=f"left out: {each['error'].lower()}: {each['text']}")
        for each in unfit
    ]
    sql = "SELECT count(*) FROM objects.objects WHERE origin = $origin AND bytes IS NULL"
    if unknown := store.con.execute(sql, {"origin": found.shown}).fetchall()[0][0]:
        problems.append(Problem(path=found.shown, what=f"{unknown} objects are of unknown size"))
    return _Read(found, note, tuple(problems))


_RANKED = """
SELECT rowid AS place, row_number() OVER (
    PARTITION BY bucket, key, version_id ORDER BY modified_at DESC NULLS LAST, origin DESC
) AS rank
FROM objects.objects
"""

_AGAIN = """
SELECT origin, count(*) AS rows FROM objects.objects JOIN ($ranked) AS ranked ON place = objects.rowid
WHERE rank > 1 GROUP BY origin
""".replace("$ranked", _RANKED)

_DROP_AGAIN = """
DELETE FROM objects.objects WHERE rowid IN (SELECT place FROM ($ranked) WHERE rank > 1)
""".replace("$ranked", _RANKED)

_TALLIES = """
SELECT
    origin, CAST(sum(rows) AS BIGINT) AS rows, CAST(coalesce(sum(size), 0) AS BIGINT) AS bytes, max(last) AS as_of,
    map_from_entries(list((kind, rows) ORDER BY kind)) AS counts
FROM (
    SELECT origin, coalesce(format, 'other') AS kind, count(*) AS rows, sum(bytes) AS size, max(modified_at) AS last
    FROM objects.objects GROUP BY ALL
)
GROUP BY origin
"""
