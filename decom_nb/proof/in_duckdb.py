"""DuckDB as the place of a proof: in memory, without files, network or extensions, and nothing of that can be changed by SQL."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from decom_nb.proof.compare import hashable
from decom_nb.proof.database import SECONDS, Failed
from decom_nb.proof.place import Places
from decom_nb.sql.text import name

if TYPE_CHECKING:
    import duckdb

LOCKED = (
    "SET TimeZone = 'UTC'",
    "SET threads = 1",  # a handful of rows: more of them only wait for one another
    "SET memory_limit = '512MB'",
    "SET temp_directory = ''",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET python_enable_replacements = false",  # a table's name never means a variable of Python
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
"""What holds before the first statement of a load runs, and cannot be changed after the last of these."""
_KEPT = "decom_kept"
_TABLES = (
    "SELECT schema_name, table_name, sql FROM duckdb_tables() "
    f"WHERE NOT internal AND NOT temporary AND schema_name <> '{_KEPT}'"
)
_LOOKS_EVERY = 0.05


@dataclass(frozen=True)
class _Table:
    created: str
    rows: tuple[tuple[Any, ...], ...]
    copy: str
    """The name of the table that holds its rows; empty if it had none."""


class InDuckDB:
    """A database in memory."""

    dialect = "duckdb"

    def __init__(self, seconds: float = SECONDS) -> None:
        import duckdb

        self.engine = f"DuckDB {duckdb.__version__}"
        self.places = Places()
        self._connection = duckdb.connect(":memory:")
        self._watch = _Watch(seconds)
        self._copies = 0
        self.apart: set[str] = set()
        for each in LOCKED:
            self.run(each)
        self.run(f"CREATE SCHEMA {_KEPT}")

    def run(self, sql: str) -> None:
        """Run one statement of the proof itself."""
        self._watch.over(self._connection, sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Give all rows of a query of the proof itself."""
        return self._watch.over(self._connection, sql)

    def session(self) -> DuckDBSession:
        """Open a connection for a load."""
        return DuckDBSession(self._connection.cursor(), self._watch)

    def content(self) -> dict[str, tuple[str, tuple[tuple[Any, ...], ...]]]:
        """Give what all tables hold."""
        found = {}
        for schema, table, created in self.rows(_TABLES):
            written = f"{name(schema)}.{name(table)}"
            if written.casefold() not in self.apart:
                # Python has no word for an instant without a package of its own.
                query = (
                    f"SELECT CAST(t AS VARCHAR) FROM {written} AS t" if "TIME ZONE" in created else f"FROM {written}"
                )
                found[written] = (created, tuple(map(hashable, self.rows(query))))
        return found

    def mark(self) -> dict[str, _Table]:
        """Keep what all tables hold."""
        found = {}
        for written, (created, rows) in self.content().items():
            copy = ""
            if rows:
                self._copies += 1
                copy = f"{_KEPT}.t{self._copies}"
                self.run(f"CREATE TABLE {copy} AS FROM {written}")
            found[written] = _Table(created, rows, copy)
        return found

    def restore(self, mark: dict[str, _Table]) -> None:
        """Bring back what was kept."""
        there = self.content()
        for written in there.keys() - mark.keys():
            self.run(f"DROP TABLE {written} CASCADE")
        for written, kept in mark.items():
            created, rows = there.get(written, ("", ()))
            if created == kept.created and rows == kept.rows:
                continue
            if created == kept.created and rows:
                self.run(f"DELETE FROM {written}")
            elif created != kept.created:
                if created:
                    self.run(f"DROP TABLE {written} CASCADE")
                self.run(kept.created)
            if kept.copy:
                self.run(f"INSERT INTO {written} FROM {kept.copy}")

    def close(self) -> None:
        """Forget everything."""
        self._watch.end()
        self._connection.close()


class DuckDBSession:
    """A connection of its own to the same tables."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, watch: _Watch) -> None:
        self._cursor, self._watch = cursor, watch

    def run(self, sql: str) -> None:
        """Run one statement."""
        self._watch.over(self._cursor, sql)

    def kill(self) -> None:
        """Close it as it is: what was not committed is taken back."""
        import duckdb

        with suppress(duckdb.Error):  # no transaction is open
            self._cursor.rollback()
        self._cursor.close()

    end = kill


class _Watch:
    """Interrupts a statement that takes too long; one thread for all of them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: tuple[float, Any] | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def over(self, connection: Any, sql: str) -> list[tuple[Any, ...]]:
        """Run a statement and give its rows. Raises `Failed`."""
        import duckdb

        self._running = (time.monotonic() + self._seconds, connection)
        try:
            rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
        except duckdb.InterruptException:
            raise Failed(f"it was stopped after {self._seconds:g} seconds") from None
        except duckdb.Error as error:
            if "pytz" in str(error):  # the rows are there; only Python has no word for an instant without that package
                return []
            raise Failed(str(error).strip().splitlines()[0]) from None
        finally:
            self._running = None
        return rows

    def end(self) -> None:
        """Look no more."""
        self._ended.set()

    def _look(self) -> None:
        while not self._ended.wait(_LOOKS_EVERY):
            running = self._running
            if running is not None and time.monotonic() > running[0]:
                running[1].interrupt()
