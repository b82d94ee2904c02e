"""SQLite files, attached read-only.

SQLite in WAL mode writes two files beside the database even when it only reads, and leaves them there if it may not
write. So such a database is copied first, by SQLite's own backup, and the copy is read.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from decom_nb.evidence.tables.database import Attached
from decom_nb.evidence.tables.reading import NotReadableError
from decom_nb.sql.text import name, string

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_WAL_MODE = 2  # bytes 18 and 19 of the header, "write version" and "read version" (sqlite.org/fileformat2.html)
_SIDES = ("-wal", "-journal")


def attach_sqlite(path: Path, alias: str, connection: DuckDBPyConnection, scratch: Path) -> Attached:
    """Attach a SQLite file for reading, or a copy where reading would leave traces."""
    import duckdb

    with path.open("rb") as file:
        header = file.read(20)
    place = _copied(path, scratch / f"{alias}.sqlite") if _WAL_MODE in header[18:20] or _left_open(path) else path
    try:
        connection.execute(f"ATTACH {string(str(place))} AS {name(alias)} (TYPE sqlite, READ_ONLY)")
        attached = Attached(alias, connection)
        readable = attached.tables is not None
    except duckdb.Error:
        readable = False
    if not readable:
        raise NotReadableError("this is not a SQLite database, or it is damaged", "see that the file is whole")
    return attached


def _left_open(path: Path) -> bool:
    return any(Path(f"{path}{each}").exists() for each in _SIDES)


def _copied(path: Path, copy: Path) -> Path:
    """Copy a database as it stands with what its write-ahead log or journal holds, and open only the copy."""
    for ending in ("", *_SIDES):
        side = Path(f"{path}{ending}")
        if side.exists():
            shutil.copyfile(side, f"{copy}{ending}")
    import sqlite3

    wrong = ""
    try:
        with sqlite3.connect(copy) as database:  # plays the log back, or the journal
            database.execute("PRAGMA journal_mode = delete").fetchall()
        database.close()
    except sqlite3.Error as error:
        wrong = type(error).__name__
    if wrong:
        raise NotReadableError("this SQLite database is damaged, or was being written to", "try again")
    return copy
