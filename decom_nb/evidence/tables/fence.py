"""The DuckDB that reads tables: in memory, with a private folder to spill to, and with a fence around it.

It sees the files of the sources and no other, downloads nothing, and its configuration is locked: what a client's SQL, or
a view in a client's database, would do beyond that, it cannot.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from decom_nb.errors import InputError, Mistake
from decom_nb.evidence.tables import remote
from decom_nb.evidence.tables.place import DATABASES, Place
from decom_nb.evidence.tables.reading import literal
from decom_nb.sql.text import string

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "2GB"
"""What DuckDB may take; beyond that it writes to a private folder, which is gone when the session is closed."""

CHANGEABLE = (
    "memory_limit",
    "threads",
    "preserve_insertion_order",
    "enable_external_file_cache",
    "parquet_metadata_cache",
)
"""Settings that whoever runs queries may change; all others are locked."""

_BESIDE = ("", ".wal", ".wal.checkpoint", ".wal.recovery", ".checkpoint.wal")


def connected(scratch: Path, memory_limit: str, threads: int | None) -> DuckDBPyConnection:
    """Open a DuckDB in memory; raises `InputError` if the limits are none."""
    import duckdb

    wrong = ""
    try:
        connection = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": False,
                "allow_community_extensions": False,
                "secret_directory": str(scratch / "secrets"),  # those that the user's home keeps stay there
                "memory_limit": memory_limit,
                "temp_directory": str(scratch / "spill"),
                **({"threads": threads} if threads else {}),
            },
        )
    except duckdb.Error as error:
        wrong = " ".join(str(error).split())
    if wrong:
        what = f"memory limit {memory_limit!r} or threads {threads!r} cannot be used: {wrong[:200]}"
        raise InputError(Mistake("", 0, "", what, "write a limit such as 2GB"))
    # Naive timestamps are UTC, whatever the machine says; the order of rows means nothing to a check.
    connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false; SET enable_progress_bar = false")
    return connection


def fence(connection: DuckDBPyConnection, places: Iterable[Place], scratch: Path) -> None:
    """Let DuckDB see the files of the sources and nothing else, and lock that."""
    folders, single = [str(scratch)], []
    for place in places:
        if place.is_remote:
            folder, thing = remote.fenced(place)
            folders += [folder] if folder else []
            single += [thing] if thing else []
        elif place.top:
            folders += [place.top, literal(place.top)]
        else:
            endings = _BESIDE if place.kind in DATABASES else ("",)
            single += [f"{form}{end}" for each in place.files for form in {str(each), literal(each)} for end in endings]
    connection.execute(f"SET allowed_directories = [{', '.join(map(string, dict.fromkeys(folders)))}]")
    connection.execute(f"SET allowed_paths = [{', '.join(map(string, dict.fromkeys(single)))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute(f"SET allowed_configs = [{', '.join(map(string, CHANGEABLE))}]")
    connection.execute("SET lock_configuration = true")
