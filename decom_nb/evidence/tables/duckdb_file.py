"""DuckDB files, attached read-only and without a lock.

DuckDB locks a file for as long as it is attached, and a lock for reading keeps the client's own jobs from writing. So the
lock is given back as soon as the file is attached (see `_without_lock`); that the file did not change during a run is
told by `Tables.fingerprint` before and after, as it is for any other file.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from decom_nb.evidence.tables.database import Attached
from decom_nb.evidence.tables.reading import NotReadableError
from decom_nb.sql.text import name, string

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


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
    return Attached(alias, connection)


def _without_lock(path: Path) -> None:
    """Give the lock on a file back while it stays open.

    Locks of POSIX belong to a process and a file, and go when the process closes any descriptor of that file, so to open
    it and close it is enough (fcntl(2), "Record locks"). Elsewhere the lock stays until the session is closed. A
    connection of this very process that writes to the file loses nothing: DuckDB had refused to attach it.
    """
    if os.name == "posix":
        with path.open("rb"):
            pass


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
