"""Reads the Parquet files of dbt's Information Schema, as they lie in ``target/info_schema/v1``, into the evidence store.

A file is known by its name, ``dbt.models.parquet`` or ``dbt_rt.run_results.parquet``: dbt contracts both names and columns
(crates/dbt-index-core/src/info_schema/schema.rs in dbt-labs/dbt-core). A column that a file lacks, or that has
another type, is NULL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from decom_nb.evidence import files
from decom_nb.evidence.dbt_information import NODES, RELATIONS, RUNTIME, DbtInformation
from decom_nb.evidence.relation import Column, Relation
from decom_nb.evidence.rows import rows_of
from decom_nb.evidence.source import Found, Problem, Source, SourceFile, source_of
from decom_nb.evidence.tables.reading import literal
from decom_nb.sql.text import name, string

if TYPE_CHECKING:
    import duckdb

    from decom_nb.evidence.store import Store

KIND = "dbt information schema"

VERSION = 1
"""The version of the Information Schema that is known here."""

_NAMED = re.compile(r"(dbt|dbt_rt|dbt_internal)\.([a-z_]+)\.parquet")
_PROJECT = (
    Column("project_name", "VARCHAR", ""),
    Column("schema_version", "BIGINT", ""),
    Column("ingested_at", "TIMESTAMP", ""),
    Column("last_full_parse_at", "TIMESTAMP", ""),
)
_BY_TABLE: Mapping[str, Relation] = {each.name.partition(".")[2]: each for each in RELATIONS}


class DbtInformationFiles:
    """The collector."""

    name = "dbt_information"
    words = "dbt's Information Schema"
    kinds: tuple[str, ...] = (KIND,)
    relations: tuple[Relation, ...] = RELATIONS

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a file of the schema by its mark and its name."""
        return KIND if head.startswith(b"PAR1") and _NAMED.fullmatch(path.name) else ""

    def identify(self, path: Path) -> tuple[str, str]:
        """Give what tells one version of the file from another: equal files of two sets are read for both."""
        return files.sample_sha256(path)

    def load(self, found: Sequence[Found], store: Store) -> tuple[DbtInformation | None, tuple[Source, ...]]:
        """Read the tables that are known, each set of files for itself; others are listed with the reason."""
        store.create(RELATIONS)
        reading = _Reading(store.con)
        sets = [_Set(tuple(each), store.con) for each in _by_folder(found)]
        newest: dict[str, _Set] = {}
        for each in sorted(sets, key=lambda each: each.age):
            newest[each.project] = each
        for each in sets:
            for file in each.files:
                reading.read(file, each, newest[each.project])
        for table, key in RUNTIME.items():
            store.con.execute(_FORGET_REPEATED.format(table=table, key=", ".join(key)))
        source = source_of(KIND, reading.listed, reading.problems, totals={"projects": len(newest), "sets": len(sets)})
        return DbtInformation(store) if source.rows else None, (source,)


DBT_INFORMATION: DbtInformationFiles = DbtInformationFiles()


@dataclass(frozen=True)
class _Set:
    """The files of one folder, which dbt wrote together."""

    files: tuple[Found, ...]
    con: duckdb.DuckDBPyConnection

    @cached_property
    def _told(self) -> dict[str, Any]:
        """What the file dbt.project says; nothing if it is missing or broken."""
        import duckdb

        for file in self.files:
            if _table(file) == "project":
                try:
                    there = _columns(file, self.con)
                    values = ", ".join(f"{_cast(each, there)} AS {each.name}" for each in _PROJECT)
                    return next(iter(rows_of(self.con.execute(f"SELECT {values} FROM {_parquet(file)} LIMIT 1"))), {})  # noqa: S608
                except duckdb.Error:
                    continue
        return {}

    @property
    def project(self) -> str:
        """The project's name; that of the folder if none is told."""
        return str(self._told.get("project_name") or PurePosixPath(self.files[0].shown).parent)

    @property
    def version(self) -> int:
        """The version of the schema."""
        told = self._told.get("schema_version")
        return told if isinstance(told, int) else VERSION

    @property
    def age(self) -> tuple[str, str]:
        """What sets are ordered by: when they were written, then their path."""
        at = self._told.get("ingested_at") or self._told.get("last_full_parse_at")
        return (at.isoformat() if isinstance(at, datetime) else "", self.files[0].shown)


class _Reading:
    """Files on their way into the relations, with what was wrong in them."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self.listed: list[SourceFile] = []
        self.problems: list[Problem] = []

    def read(self, file: Found, own: _Set, newest: _Set) -> None:
        """Read one file, if its table is known and no newer set replaces it."""
        import duckdb

        table = _table(file)
        relation = _BY_TABLE.get("projects" if table == "project" else "nodes" if table in NODES else table)
        note, rows = "", 0
        if relation is None:
            note = f"the table {table} is not used here"
        elif own is not newest and table not in RUNTIME:
            note = f"superseded by {PurePosixPath(newest.files[0].shown).parent}, a newer set of the same project"
        else:
            try:
                rows = self._insert(file, relation, own.project)
            except duckdb.Error as error:
                note = f"cannot be read: DuckDB says {type(error).__name__}"
                self.problems.append(Problem(path=file.shown, what=note))
        if own.version != VERSION and table == "project":
            what = f"version {own.version} of the Information Schema is read as far as it is like version {VERSION}"
            self.problems.append(Problem(path=file.shown, what=what))
        self.listed.append(
            SourceFile(
                path=file.shown,
                kind=KIND,
                sha256=file.sha256,
                bytes=file.bytes,
                rows=rows,
                counts={table: rows} if rows else {},
                note=note,
            )
        )

    def _insert(self, file: Found, relation: Relation, project: str) -> int:
        there = _columns(file, self._con)
        values = ", ".join(_value(column, there, project, file) for column in relation.columns)
        done = self._con.execute(
            f"INSERT INTO {relation.name} SELECT {values} FROM {_parquet(file)}"  # noqa: S608 - quoted by sql/text.py
        )
        return int(done.fetchall()[0][0])


# Of what several sets tell, the first is kept.
_FORGET_REPEATED = """
DELETE FROM dbt_information.{table} WHERE rowid NOT IN (
    SELECT min(rowid) FROM dbt_information.{table} GROUP BY project, {key}
)
"""


def _value(column: Column, there: set[str], project: str, file: Found) -> str:
    if column.name == "project":
        return string(project)
    if column.name == "origin":
        return string(file.shown)
    return _cast(column, there)


def _cast(column: Column, there: set[str]) -> str:
    return f"TRY_CAST({name(column.name)} AS {column.type})" if column.name in there else "NULL"


def _columns(file: Found, con: duckdb.DuckDBPyConnection) -> set[str]:
    """Give the names of a file's columns."""
    return {str(row[0]).lower() for row in con.execute(f"DESCRIBE FROM {_parquet(file)}").fetchall()}


def _table(file: Found) -> str:
    named = _NAMED.fullmatch(file.path.name)
    return named[2] if named else ""


def _parquet(file: Found) -> str:
    return f"read_parquet({string(literal(file.path))})"


def _by_folder(found: Sequence[Found]) -> Iterator[list[Found]]:
    folders: dict[Path, list[Found]] = {}
    for file in sorted(found, key=lambda each: each.shown):
        folders.setdefault(file.path.parent, []).append(file)
    yield from folders.values()
