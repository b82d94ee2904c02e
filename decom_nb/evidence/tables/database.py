"""Databases: DuckDB and SQLite files and Postgres servers, attached read-only, and the tables they hold.

DuckDB locks a file for as long as it is attached, and a lock for reading keeps the client's own jobs from writing. So the
lock is given back as soon as the file is attached (see `_without_lock`); that the file did not change during a run is
told by `Tables.fingerprint` before and after, as it is for any other file.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from decom_nb.evidence.tables.reading import NotReadableError
from decom_nb.sql.text import name, string
from decom_nb.suggest import instead

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DEFAULT_SCHEMAS = ("main", "public")


@dataclass(frozen=True)
class Attached:
    """A database that was attached, and what it holds: (schema, table) in order."""

    alias: str
    tables: tuple[tuple[str, str], ...]

    def offered(self) -> dict[str, tuple[str, str]]:
        """Give what each table is called: by its own name, or with its schema where two schemas have one of that name."""
        counts = Counter(table.casefold() for _, table in self.tables)
        return {
            (table if counts[table.casefold()] == 1 else f"{schema}.{table}"): (schema, table)
            for schema, table in self.tables
        }

    def find(self, wanted: str) -> tuple[str, str]:
        """Give schema and table of what somebody wrote as ``table`` or ``schema.table``, with or without quotes."""
        exact = [each for each in self.tables if wanted in (each[1], ".".join(each))]
        bare = [each for each in self.tables if _unquoted(wanted) in ((each[1],), each)]
        loose = [each for each in self.tables if wanted.casefold() in (each[1].casefold(), ".".join(each).casefold())]
        found = exact or bare or loose
        defaults = [each for each in found if each[0] in _DEFAULT_SCHEMAS]
        if len(found) == 1 or len(defaults) == 1:
            return found[0] if len(found) == 1 else defaults[0]
        if found:
            raise NotReadableError(
                f"{wanted!r} is in several schemas: {', '.join(sorted(each[0] for each in found))}",
                "write it with its schema",
                key="table",
            )
        near = (
            instead(wanted, [*self.offered(), *(".".join(each) for each in self.tables)][:200]) if self.tables else ""
        )
        raise NotReadableError(f"there is no table {wanted!r}", near or "it holds no table at all", key="table")

    def sql(self, schema: str, table: str) -> str:
        """Give what stands after FROM."""
        return f"{name(self.alias)}.{name(schema)}.{name(table)}"


def attach_duckdb(path: Path, alias: str, connection: DuckDBPyConnection) -> Attached:
    """Attach a DuckDB file for reading, and give its lock back."""
    import duckdb

    wrong = ""
    try:
        connection.execute(f"ATTACH {string(str(path))} AS {name(alias)} (TYPE duckdb, READ_ONLY)")
    except duckdb.Error as error:
        wrong = str(error)
    if wrong:
        raise NotReadableError(*_why_not(wrong))
    _without_lock(path)
    return Attached(alias, _listed(alias, connection))


def _without_lock(path: Path) -> None:
    """Give the lock on a file back while it stays open.

    Locks of POSIX belong to a process and a file, and go when the process closes any descriptor of that file, so to open
    it and close it is enough (fcntl(2), "Record locks"). Elsewhere the lock stays until the session is closed. A
    connection of this very process that writes to the file loses nothing: DuckDB had refused to attach it.
    """
    if os.name == "posix":
        with path.open("rb"):
            pass


def _listed(alias: str, connection: DuckDBPyConnection) -> tuple[tuple[str, str], ...]:
    rows = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1 AND NOT internal "
        "UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = $1 AND NOT internal "
        "ORDER BY ALL",
        [alias],
    ).fetchall()
    return tuple((schema, table) for schema, table in rows)


def _why_not(said: str) -> tuple[str, str]:
    """Give what is wrong and what to do, in our words, for the failures of attaching a file that are known."""
    if holder := re.search(r"Conflicting lock is held in .*?\(PID (\d+)\)", said):
        what = f"another process (PID {holder[1]}) has this database open for writing"
        return what, "wait until it is done, or point at a copy"
    if "Unique file handle conflict" in said or "already attached" in said:
        what = "this process itself has the database open for writing"
        return what, "close that connection first, or pass the tables as frames"
    if "encrypt" in said.lower():
        return "the database is encrypted", "point at a copy without encryption"
    if "version" in said.lower() and "storage" in said.lower():
        return "the file was written by a version of DuckDB that this one cannot read", "export its tables to Parquet"
    return "this is not a DuckDB database, or it is damaged", "see that the file is whole"


def _unquoted(wanted: str) -> tuple[str, ...]:
    return tuple(part[1:-1].replace('""', '"') for part in re.findall(r'"(?:[^"]|"")+"', wanted))
