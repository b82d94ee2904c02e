"""PostgreSQL as the place of a proof: schemas of the proof's own, made and dropped by it; nobody else's are touched.

The address is the name of an environment variable that holds it, or the address itself, and is never shown.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from decom_nb.errors import InputError, Mistake, need
from decom_nb.proof.database import SECONDS, Failed
from decom_nb.proof.place import Places
from decom_nb.sql.text import name, string

if TYPE_CHECKING:
    import psycopg

_TABLES = (
    "SELECT n.nspname, c.relname, concat_ws(' ', (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), "
    "', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), "
    "(SELECT string_agg(pg_get_constraintdef(k.oid), ', ' ORDER BY k.conname) FROM pg_constraint k WHERE k.conrelid = c.oid)) "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p') AND starts_with(n.nspname, {prefix}) AND n.nspname <> {kept}"
)


@dataclass(frozen=True)
class _Table:
    made: str
    rows: tuple[tuple[Any, ...], ...]
    copy: str


class InPostgres:
    """Schemas of the proof's own in a database that somebody gave."""

    dialect = "postgres"

    def __init__(self, address: str, seconds: float = SECONDS) -> None:
        need("psycopg", "pushdown", "prove loads on PostgreSQL")
        self._address = os.environ.get(address, address)
        self._shown = address if address in os.environ else "the address that was given"
        self._prefix = f"decom_proof_{secrets.token_hex(4)}"
        self._kept = f"{self._prefix}_kept"
        self._seconds = seconds
        self._connection = self.connect()
        self._loading: psycopg.Connection[Any] | None = None
        version = self._connection.info.server_version
        self.engine = f"PostgreSQL {version // 10_000}"
        self.places = Places(self._prefix)
        self.apart: set[str] = set()
        self._copies = 0
        self._tables = _TABLES.format(prefix=string(self._prefix), kept=string(self._kept))
        try:
            self.run(f"CREATE SCHEMA {name(self._prefix)}")
            self.run(f"CREATE SCHEMA {name(self._kept)}")
        except Failed as error:
            self.close()
            hint = "give the role CREATE on the database, or another database"
            raise InputError(Mistake("", 0, self._shown, f"no schema can be made there: {error}", hint)) from None

    def connect(self) -> psycopg.Connection[Any]:
        """Open a connection that sees nothing but the proof's tables by plain names."""
        import psycopg

        try:
            connection = psycopg.connect(self._address, autocommit=True, connect_timeout=10)
        except (psycopg.Error, UnicodeError):
            hint = "check the address, that the server runs, and that its user may log in"
            raise InputError(Mistake("", 0, self._shown, "no PostgreSQL answers there", hint)) from None
        connection.prepare_threshold = None
        self._ready(connection)
        return connection

    def _ready(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(
            f"SET search_path = {name(self._prefix)}; SET TimeZone = 'UTC'; SET client_min_messages = error; "
            f"SET statement_timeout = {int(self._seconds * 1000)}; SET lock_timeout = {int(self._seconds * 1000)}"
        )

    def run(self, sql: str) -> None:
        """Run one statement of the proof itself."""
        execute(self._connection, sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Give all rows of a query of the proof itself."""
        return execute(self._connection, sql)

    def session(self) -> PostgresSession:
        """Open a connection for a load; one that was killed or ended is washed and taken again, which is as good and faster."""
        if self._loading is None or self._loading.closed:
            self._loading = self.connect()
        return PostgresSession(self._loading, self._ready)

    def content(self) -> dict[str, tuple[str, tuple[tuple[Any, ...], ...]]]:
        """Give what all tables hold."""
        found = {}
        for schema, table, made in self.rows(self._tables):
            written = f"{name(schema)}.{name(table)}"
            if written.casefold() not in self.apart:
                found[written] = (made, tuple(self.rows(f"SELECT CAST(t AS TEXT) FROM {written} AS t")))
        return found

    def mark(self) -> dict[str, _Table]:
        """Keep what all tables hold."""
        found = {}
        for written, (made, rows) in self.content().items():
            self._copies += 1
            copy = f"{name(self._kept)}.t{self._copies}"
            self.run(f"CREATE TABLE {copy} (LIKE {written} INCLUDING ALL)")
            self.run(f"INSERT INTO {copy} OVERRIDING SYSTEM VALUE SELECT * FROM {written}")
            found[written] = _Table(made, rows, copy)
        return found

    def restore(self, mark: dict[str, _Table]) -> None:
        """Bring back what was kept."""
        there = self.content()
        for written in there.keys() - mark.keys():
            self.run(f"DROP TABLE {written} CASCADE")
        for written, kept in mark.items():
            made, rows = there.get(written, ("", ()))
            if (made, rows) == (kept.made, kept.rows) and written in there:
                continue
            if written in there and made == kept.made:
                self.run(f"DELETE FROM {written}")
            else:
                self.run(f"DROP TABLE IF EXISTS {written} CASCADE")
                self.run(f"CREATE TABLE {written} (LIKE {kept.copy} INCLUDING ALL)")
            self.run(f"INSERT INTO {written} OVERRIDING SYSTEM VALUE SELECT * FROM {kept.copy}")

    def close(self) -> None:
        """Drop the proof's schemas, and no others."""
        if self._loading is not None:
            self._loading.close()
        if self._connection.closed:
            return
        try:
            ours = f"SELECT nspname FROM pg_namespace WHERE starts_with(nspname, {string(self._prefix)})"
            for (schema,) in self.rows(ours):
                self.run(f"DROP SCHEMA {name(schema)} CASCADE")
        finally:
            self._connection.close()


class PostgresSession:
    """A connection of its own to the same tables."""

    def __init__(self, connection: psycopg.Connection[Any], ready: Any) -> None:
        self._connection, self._ready = connection, ready

    def run(self, sql: str) -> None:
        """Run one statement."""
        execute(self._connection, sql)

    def kill(self) -> None:
        """Take back what was not committed, and drop what is temporary."""
        if not self._connection.closed:
            self._connection.rollback()
            self._connection.execute("DISCARD ALL")
            self._ready(self._connection)

    end = kill


def execute(connection: psycopg.Connection[Any], sql: str) -> list[tuple[Any, ...]]:
    """Run a statement and give its rows. Raises `Failed`."""
    import psycopg

    try:
        cursor = connection.execute(sql.encode())  # bytes: it is no pattern with % in it
        return cursor.fetchall() if cursor.description else []
    except psycopg.Error as error:
        first = str(error).strip().splitlines()
        raise Failed(first[0] if first else type(error).__name__) from None
