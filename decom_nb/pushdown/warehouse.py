"""An engine of the client as pushed-down checks see it: columns of a table, and the rows of one query at a time.

Nothing is written: PostgreSQL runs a read-only transaction that is rolled back, others are only ever sent a SELECT. A query
runs beside a clock, so that a limit or a person can end it.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from decom_nb.errors import InputError, Mistake
from decom_nb.evidence.tables.secret import redacted
from decom_nb.pushdown.column_types import duckdb_type
from decom_nb.pushdown.flavour import FLAVOURS
from decom_nb.pushdown.seen import Seen
from decom_nb.sql.text import name as quoted

Rows = list[tuple[Any, ...]]

_PLAIN_NAME = re.compile(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*){0,2}")
_TICK = 0.02
"""Seconds between two looks at the clock."""
_GRACE = 10
"""Seconds that a server has to end a query."""
_COMMON = {"pyspark": "spark"}
"""Where ibis's name for a backend is not sqlglot's for its SQL."""


class Stopped(Exception):  # noqa: N818 - somebody wanted it to end
    """A person or a limit ended the query; the message says which."""


class Failed(Exception):  # noqa: N818 - reads as what it says
    """The engine did not answer; the message is its own first line, without secrets."""


class Warehouse:
    """Any backend of ibis that has a dialect known here. Subclasses know what their engine does beyond that."""

    def __init__(self, backend: Any, dialect: str) -> None:
        self.backend = backend
        self.dialect = dialect
        self.flavour = FLAVOURS[dialect]
        self.queries = 0
        """How many queries over tables were sent."""
        self._left_running = False

    # -- what is there

    def seen(self, there: str) -> Seen:
        """Look a table up by its name there; raises `Failed` if there is none."""
        parts = named(there, self.dialect)
        problem: Exception | None = None
        for written in dict.fromkeys((parts, tuple(self.folded(each) for each in parts))):
            spelled = self.whole(written)
            *before, table = spelled
            database = tuple(before) if len(before) > 1 else before[0] if before else None
            try:
                schema = self.backend.table(table, database=database).schema()
            except Exception as error:  # every engine has errors of its own for a table that is not there
                problem = problem or error
                continue
            columns = tuple((name, duckdb_type(type_)) for name, type_ in schema.items())
            folded = [name.casefold() for name, _ in columns]
            if len(set(folded)) < len(folded):
                twice = sorted({each for each in folded if folded.count(each) > 1})
                raise Failed(f"{there} has columns that differ in capitals only: {', '.join(twice)}")
            return self.refined(Seen(spelled, columns))
        raise Failed(f"{there} cannot be read: {self.said(problem)}")

    def whole(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Give a name with the schema in which the engine finds it, where that has to be said."""
        return parts

    def folded(self, identifier: str) -> str:
        """Give a name as the engine has it when nobody quotes it."""
        if self.dialect in ("snowflake",):
            return identifier.upper()
        return identifier.lower() if self.dialect in ("postgres", "redshift", "trino") else identifier

    def refined(self, seen: Seen) -> Seen:
        """Give the table as it is once the engine's own catalog was asked for what ibis does not tell."""
        return seen

    # -- asking

    @contextlib.contextmanager
    def session(self, seconds: float | None) -> Iterator[None]:
        """Do something with the engine read-only; afterwards everything is as before."""
        del seconds
        yield

    def ask(self, query: str, *, until: float | None = None, cancelled: Callable[[], bool] | None = None) -> Rows:
        """Give the rows of a query.

        `until` is a moment of `time.monotonic`. Raises `Stopped` when it has passed or `cancelled` says so, `Failed` when the
        engine does not answer.
        """
        if self._left_running:
            raise Failed("an earlier query could not be ended there, and still runs")
        self.queries += 1
        found: list[Rows] = []
        problem: list[BaseException] = []

        def work() -> None:
            try:
                found.append(self.rows(query))
            except BaseException as error:  # handed to the thread that waits
                problem.append(error)

        worker = threading.Thread(target=work, name="decom-pushdown", daemon=True)
        worker.start()
        worker.join(_TICK / 10)
        why = ""
        try:
            while worker.is_alive() and not why:
                if cancelled is not None and cancelled():
                    why = "it was cancelled"
                elif until is not None and time.monotonic() > until:
                    why = "the time limit for the table was reached"
                else:
                    worker.join(_TICK)
        except BaseException:  # Control-C, or what asks whether to go on
            self._end(worker)
            raise
        if why:
            self._end(worker)
        elif found:
            return found[0]
        elif not self.was_stopped(problem[0]):
            raise Failed(self.said(problem[0])) from None
        raise Stopped(why or "the time limit for the table was reached") from None

    def _end(self, worker: threading.Thread) -> None:
        """End the query of a thread; wait for that for as long as it takes a server to notice."""
        until = time.monotonic() + _GRACE
        while worker.is_alive() and time.monotonic() < until:
            with contextlib.suppress(Exception):  # it may have ended just now
                self.cancel()
            worker.join(_TICK * 5)
        self._left_running = worker.is_alive()

    def rows(self, query: str) -> Rows:
        """Run a query and give its rows."""
        cursor = self.backend.raw_sql(query)
        try:
            rows = cursor.fetchall() if hasattr(cursor, "fetchall") else list(cursor)
            return [tuple(map(plain, row)) for row in rows]
        finally:
            if hasattr(cursor, "close"):
                cursor.close()

    def cancel(self) -> None:
        """End the query that runs, as far as the engine lets that be done from here."""

    def was_stopped(self, error: BaseException) -> bool:
        """Tell whether the engine ended the query because its own clock ran out."""
        del error
        return False

    def said(self, error: BaseException | None) -> str:
        """Give what an error says in one line, without a secret."""
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        return redacted(lines[0] if lines else type(error).__name__)[:300]


class PostgresWarehouse(Warehouse):
    """PostgreSQL: one read-only transaction with one view of the data for all queries of a table."""

    def whole(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Look up in which schema of the search path a table without one is."""
        if len(parts) > 1:
            return parts
        visible = (
            "SELECT n.nspname FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace "
            "WHERE r.relname = %s AND r.relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_catalog.pg_table_is_visible(r.oid)"
        )
        found = self.backend.con.execute(visible, parts).fetchone()
        return (found[0], *parts) if found else parts

    def refined(self, seen: Seen) -> Seen:
        """Ask the catalog which columns do not behave as ibis's type for them says."""
        schema = seen.parts[-2] if len(seen.parts) > 1 else None
        with self.backend.con.cursor() as cursor:
            rows = cursor.execute(_CATALOG, {"table": seen.parts[-1], "schema": schema}).fetchall()
        types, read_as = dict(seen.columns), {}
        for column, kind, base, written, deterministic, encoding in rows:
            if column not in types:
                continue
            if kind == "d":
                types[column] = duckdb_type(self.backend.compiler.type_mapper.from_string(written))
            if kind == "e" or base in ("bpchar", "name", "char", "json", "jsonb"):
                types[column] = types[column] if base in ("json", "jsonb") else "VARCHAR"
                read_as[column] = "TEXT"
            if base in ("citext", "money", "timetz", "xml") or deterministic is False:
                types[column] = str(written).upper()
            if types[column] in ("VARCHAR", "JSON") and encoding not in ("UTF8", "LATIN1"):
                types[column] = f"TEXT IN {encoding}"
        return Seen(seen.parts, tuple((name, types[name]) for name, _ in seen.columns), read_as)

    @contextlib.contextmanager
    def session(self, seconds: float | None) -> Iterator[None]:
        """Open a transaction that can only read and sees one state of the data; it is rolled back."""
        import psycopg

        con = self.backend.con
        alone = con.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        with con.transaction():
            if alone:
                con.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            con.execute("SET LOCAL transaction_read_only = on")
            con.execute("SET LOCAL TimeZone = 'UTC'")
            con.execute("SET LOCAL standard_conforming_strings = on")
            con.execute("SET LOCAL search_path = " + ", ".join(quoted(each) for each in self.search_path()))
            if seconds is not None:
                con.execute(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
            yield
            raise psycopg.Rollback

    def search_path(self) -> list[str]:
        """Give the schemas in which tables are looked for, the catalog first: nothing shadows a built-in function."""
        (found,) = self.backend.con.execute("SELECT current_schemas(false)").fetchone()
        return ["pg_catalog", *(each for each in found if each != "pg_catalog")]

    def rows(self, query: str) -> Rows:
        """Run a query inside the transaction; if it fails, the transaction goes on without it."""
        con = self.backend.con
        with con.transaction(), con.cursor() as cursor:
            cursor.execute(query)
            return [tuple(map(plain, row)) for row in cursor.fetchall()]

    def cancel(self) -> None:
        """Ask the server to end the query."""
        self.backend.con.cancel_safe(timeout=5)

    def was_stopped(self, error: BaseException) -> bool:
        """Tell whether the server's clock ran out."""
        return type(error).__name__ == "QueryCanceled"

    def said(self, error: BaseException | None) -> str:
        """Give the server's own sentence where there is one."""
        primary = getattr(getattr(error, "diag", None), "message_primary", None)
        return redacted(primary)[:300] if primary else super().said(error)


_CATALOG = """
SELECT a.attname, t.typtype::text, coalesce(b.typname, t.typname)::text,
  pg_catalog.format_type(
    coalesce(nullif(t.typbasetype, 0), a.atttypid), CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END
  ),
  c.collisdeterministic, pg_catalog.current_setting('server_encoding')
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class r ON r.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type b ON b.oid = nullif(t.typbasetype, 0)
LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
WHERE a.attnum > 0 AND NOT a.attisdropped AND r.relname = %(table)s
  AND CASE WHEN %(schema)s::text IS NULL THEN pg_catalog.pg_table_is_visible(r.oid) ELSE n.nspname = %(schema)s::text END
"""


class SparkWarehouse(Warehouse):
    """Spark: the session's settings that change an answer are set for as long as a table is looked at."""

    _SETTINGS = {  # noqa: RUF012 - never changed
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",  # an overflow is an error, as in DuckDB, and no other number
        "spark.sql.parser.escapedStringLiterals": "false",
        "spark.sql.caseSensitive": "false",
        "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # rather no answer than a rounded one
    }
    _GROUP = "decom_nb"

    def refined(self, seen: Seen) -> Seen:
        """Ask Spark itself which timestamps have a zone: a TIMESTAMP of Spark's has one, and ibis does not say so."""
        there = self.backend._session.table(".".join(f"`{part.replace('`', '``')}`" for part in seen.parts))
        zoned = {each.name for each in there.schema.fields if type(each.dataType).__name__ == "TimestampType"}
        columns = tuple((name, "TIMESTAMP WITH TIME ZONE" if name in zoned else type_) for name, type_ in seen.columns)
        return Seen(seen.parts, columns, seen.read_as)

    @contextlib.contextmanager
    def session(self, seconds: float | None) -> Iterator[None]:
        """Set what changes an answer, and set it back."""
        del seconds
        conf = self.backend._session.conf
        before = {each: conf.get(each, None) for each in self._SETTINGS}
        try:
            for key, value in self._SETTINGS.items():
                conf.set(key, value)
            yield
        finally:
            for key, value in before.items():
                if value is None:
                    conf.unset(key)
                else:
                    conf.set(key, value)

    def rows(self, query: str) -> Rows:
        """Run a query under a group of jobs that can be ended together."""
        try:
            with contextlib.suppress(Exception):  # Spark Connect has no SparkContext
                self.backend._session.sparkContext.setJobGroup(
                    self._GROUP, "checks of decom_nb", interruptOnCancel=True
                )
            return self._collected(self.backend._session.sql(query))
        finally:
            _let_go()

    def _collected(self, frame: Any) -> Rows:
        zoned = [type(each.dataType).__name__ == "TimestampType" for each in frame.schema.fields]
        return [
            tuple(
                # A timestamp of Spark's arrives as local time without saying so.
                value.astimezone(UTC)
                if of_zone and isinstance(value, datetime) and value.tzinfo is None
                else plain(value)
                for value, of_zone in zip(row, zoned, strict=True)
            )
            for row in frame.collect()
        ]

    def cancel(self) -> None:
        """End the jobs of the query."""
        self.backend._session.sparkContext.cancelJobGroup(self._GROUP)

    def said(self, error: BaseException | None) -> str:
        """Give Spark's own sentence, without its trace and the query."""
        text = super().said(error)
        return re.sub(r"^\[[A-Z_.]+\] ?", "", text)


def _let_go() -> None:
    """Close the connection to the JVM that py4j opened for this thread, which ends; nobody else would."""
    with contextlib.suppress(Exception):  # Spark Connect has none
        from pyspark import SparkContext

        client = SparkContext._jvm._gateway_client
        connection = client.get_thread_connection()
        client.deque.remove(connection)
        connection.close()


def open_warehouse(backend: Any, dialect: str = "") -> Warehouse:
    """Give a backend of ibis as a warehouse; raises `InputError` for an engine to which nothing can be pushed."""
    called = getattr(backend, "name", type(backend).__name__)
    dialect = dialect or _COMMON.get(called, called)
    if dialect not in FLAVOURS:
        known = ", ".join(each.called for each in FLAVOURS.values())
        what = f"checks cannot be pushed down to {called}"
        raise InputError(Mistake("", 0, "backend", what, f"the engines known are {known}; DuckDB runs them here"))
    kinds: dict[str, type[Warehouse]] = {"postgres": PostgresWarehouse, "spark": SparkWarehouse}
    return kinds.get(dialect, Warehouse)(backend, dialect)


def named(there: str, dialect: str) -> tuple[str, ...]:
    """Give the parts of a table's name: catalog, schema, table, as many as were written.

    >>> named("public.orders", "postgres"), named('"Sales 2026"."a.b"', "postgres"), named("order items", "postgres")
    (('public', 'orders'), ('Sales 2026', 'a.b'), ('order items',))
    """
    if _PLAIN_NAME.fullmatch(there):
        return tuple(there.split("."))
    if '"' in there or "`" in there:
        import sqlglot
        from sqlglot import exp

        try:
            table = exp.to_table(there, dialect=dialect)
        except sqlglot.errors.SqlglotError:
            return (there,)
        if isinstance(table, exp.Table) and not table.alias and 0 < len(table.parts) < 4:
            return tuple(part.name for part in table.parts)
    return (there,)


def plain(value: Any) -> Any:
    """Give a value of a driver as Python's own; a whole number in a decimal is an int, as DuckDB's sums of them are."""
    if isinstance(value, Decimal) and value.is_finite() and int(value.as_tuple().exponent) >= 0:
        return int(value)
    if isinstance(value, list | bytearray | memoryview):
        return str(value)
    return value
