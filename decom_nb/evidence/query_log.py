"""Query logs: rules ask for a `QueryLog` under the name "query_log"; `query_log_files.py` makes it.

Engines keep their logs for days to a year, and export them later: every "days ago" here counts from the log's own end, never from
today. Postgres's pg_stat_statements says how often a statement ran, but not when: what it reads is used, and nobody knows when.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from decom_nb.evidence.relation import Relation, columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from decom_nb.evidence.store import Store

QUERIES: Relation = Relation(
    "query_log.queries",
    "A statement that was run; of pg_stat_statements, one that was run `calls` times, all in one row.",
    columns(
        ("engine", "VARCHAR", "snowflake, bigquery, redshift, databricks or postgres"),
        ("query_id", "VARCHAR", "as the engine gave it"),
        ("text", "VARCHAR", "the statement; it may hold personal data in its literals"),
        ("shape", "VARCHAR", "its first 500 characters with ? for each literal and comment: what may be shown"),
        (
            "fingerprint",
            "VARCHAR",
            "a hash that statements share which differ in literals, comments and white space only",
        ),
        ("user_name", "VARCHAR", "who ran it"),
        ("warehouse", "VARCHAR", "the warehouse or cluster that ran it"),
        ("database", "VARCHAR", "the database, catalog or project of the session"),
        ("schema_name", "VARCHAR", "the schema of the session"),
        ("started_at", "TIMESTAMP", "when it began; NULL if the log does not say"),
        ("ended_at", "TIMESTAMP", "when it ended"),
        ("seconds", "DOUBLE", "how long it took, waiting included; of all calls together"),
        (
            "bytes_scanned",
            "BIGINT",
            "what it read, of all calls together; Postgres: blocks of 8 KiB from disk and cache",
        ),
        ("rows_produced", "BIGINT", "what it gave, of all calls together"),
        ("status", "VARCHAR", "success, failed, cancelled or running; NULL if the log does not say"),
        ("error", "VARCHAR", "what the engine said, where it failed"),
        ("calls", "BIGINT", "how often it ran; 1 but for pg_stat_statements"),
        (
            "cost_units",
            "DOUBLE",
            "what the engine charges by: credits for cloud services (Snowflake), TiB billed (BigQuery)",
        ),
        ("tags", "VARCHAR", "query tag, label or labels, as they were written"),
        ("partitions_scanned", "BIGINT", "micro-partitions (Snowflake) or files (Databricks) that were read"),
        ("partitions_total", "BIGINT", "of how many"),
        ("parsed", "BOOLEAN", "whether the tables it touches are known"),
        ("origin", "VARCHAR", "the file"),
    ),
)

TABLES: Relation = Relation(
    "query_log.tables",
    "A table that a statement reads or writes, once for each way; what is read through a view that the log saw being made too.",
    columns(
        ("query_id", "VARCHAR", "the statement in `query_log.queries`"),
        ("engine", "VARCHAR", "its engine"),
        (
            "table_name",
            "VARCHAR",
            "in lower case; completed by database and schema of the session where the log says them",
        ),
        ("access", "VARCHAR", "reads, writes, or defines: what a view is made on, which reads nothing"),
    ),
)


@dataclass(frozen=True, slots=True)
class TableUse:
    """How a table was used, by statements that did not fail; times are None where the log has none."""

    engine: str
    table: str
    reads: int
    """Statements that read it, each call counted."""
    writes: int
    readers: int
    """How many users read it."""
    last_read: datetime | None
    last_written: datetime | None
    days_unread: float | None
    """From the last reading to the end of its engine's log; None if it was never read in it, or nobody knows when."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Statements that differ in their literals only, and what they read."""

    engine: str
    fingerprint: str
    shape: str
    calls: int
    bytes_scanned: int
    most_bytes: int
    """The most that one of them read; of pg_stat_statements, the mean of its calls."""
    partitions_scanned: int | None
    partitions_total: int | None
    seconds: float | None
    users: str
    tables: str


@dataclass(frozen=True, slots=True)
class UserLoad:
    """What one user ran."""

    engine: str
    user: str
    calls: int
    failed: int
    seconds: float | None
    bytes_scanned: int | None
    cost_units: float | None


@dataclass(frozen=True, eq=False)
class QueryLog:
    """Query logs, in `query_log.queries` and `query_log.tables` of the store."""

    store: Store = field(repr=False)

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Give the rows of a query; values go in as ``$name``. Its timestamps are in UTC, and say so."""
        return self.store.query(sql, parameters)

    @cached_property
    def period(self) -> tuple[datetime, datetime] | None:
        """The first start and the last moment in the log; nothing if no statement says when it ran."""
        row = self.query(_PERIOD)[0]
        return (row["first"], row["last"]) if row["first"] else None

    @property
    def ends_at(self) -> datetime | None:
        """The last moment that the log knows of, from which "days ago" counts."""
        return self.period[1] if self.period else None

    @property
    def days(self) -> float:
        """How many days the log covers: it cannot tell that a table was not read for longer. 0 if it has no times."""
        return (self.period[1] - self.period[0]).total_seconds() / 86_400 if self.period else 0.0

    @cached_property
    def timeless(self) -> tuple[str, ...]:
        """The engines whose log does not say when a statement ran."""
        sql = "SELECT engine FROM query_log.queries GROUP BY engine HAVING count(started_at) = 0 ORDER BY engine"
        return tuple(row["engine"] for row in self.query(sql))

    @cached_property
    def unparsed(self) -> int:
        """How many statements touch tables that nobody knows: a table that seems unread may be read by one of them."""
        return int(self.query("SELECT count(*) AS n FROM query_log.queries WHERE NOT parsed")[0]["n"])

    @cached_property
    def tables(self) -> tuple[TableUse, ...]:
        """All tables that any statement touches, but for the engines' own catalogues, longest unread first."""
        return tuple(TableUse(**row) for row in self.query(_TABLES))

    def unread(self, days: float) -> tuple[TableUse, ...]:
        """Give the tables that nobody read in the last `days` days of the log; of engines without times, none.

        A table that the log never saw is not among them: ask for the tables there are, and take away `tables`.
        """
        return tuple(
            use
            for use in self.tables
            if use.engine not in self.timeless and (use.days_unread is None or use.days_unread >= days)
        )

    @cached_property
    def users(self) -> tuple[UserLoad, ...]:
        """What each user ran, the longest first."""
        return tuple(UserLoad(**row) for row in self.query(_USERS))

    def scans(self, least: int, most: int = 50) -> tuple[Scan, ...]:
        """Give the statements of which one read at least so many bytes, the largest first."""
        return tuple(Scan(**row) for row in self.query(_SCANS, {"least": least, "most": most}))


_PERIOD = """
SELECT min(started_at) AS first, max(greatest(started_at, coalesce(ended_at, started_at))) AS last
FROM query_log.queries
"""

_TABLES = """
WITH ends AS (
    SELECT engine, max(greatest(started_at, coalesce(ended_at, started_at))) AS at FROM query_log.queries GROUP BY engine
)

SELECT
    engine, table_name AS table,
    CAST(coalesce(sum(calls) FILTER (access = 'reads'), 0) AS BIGINT) AS reads,
    CAST(coalesce(sum(calls) FILTER (access = 'writes'), 0) AS BIGINT) AS writes,
    count(DISTINCT user_name) FILTER (access = 'reads') AS readers,
    max(started_at) FILTER (access = 'reads') AS last_read,
    max(started_at) FILTER (access = 'writes') AS last_written,
    date_diff('second', max(started_at) FILTER (access = 'reads'), any_value(ends.at)) / 86400.0 AS days_unread
FROM query_log.tables JOIN query_log.queries USING (query_id, engine) JOIN ends USING (engine)
WHERE status IS DISTINCT FROM 'failed' AND status IS DISTINCT FROM 'cancelled'
    AND NOT regexp_matches(table_name, '(^|\\.)(information_schema|pg_catalog|account_usage)\\.')
    AND NOT regexp_matches(table_name, '(^|\\.)(pg|stl|stv|svv|svl|sys)_\\w+$')
GROUP BY engine, table_name
ORDER BY days_unread DESC NULLS FIRST, table_name
"""

_USERS = """
SELECT
    engine, coalesce(user_name, '') AS user,
    CAST(sum(calls) AS BIGINT) AS calls,
    CAST(coalesce(sum(calls) FILTER (status = 'failed'), 0) AS BIGINT) AS failed,
    sum(seconds) AS seconds, CAST(sum(bytes_scanned) AS BIGINT) AS bytes_scanned, sum(cost_units) AS cost_units
FROM query_log.queries GROUP BY ALL ORDER BY seconds DESC NULLS LAST, user
"""

_SCANS = """
WITH large AS (
    SELECT
        engine, fingerprint, any_value(shape ORDER BY query_id) AS shape,
        CAST(sum(calls) AS BIGINT) AS calls,
        CAST(sum(bytes_scanned) AS BIGINT) AS bytes_scanned,
        CAST(max(bytes_scanned // calls) AS BIGINT) AS most_bytes,
        CAST(sum(partitions_scanned) AS BIGINT) AS partitions_scanned,
        CAST(sum(partitions_total) AS BIGINT) AS partitions_total,
        sum(seconds) AS seconds,
        coalesce(string_agg(DISTINCT user_name, ', ' ORDER BY user_name), '') AS users
    FROM query_log.queries WHERE bytes_scanned IS NOT NULL AND calls > 0
    GROUP BY engine, fingerprint HAVING most_bytes >= $least
)

SELECT
    large.*,
    coalesce((
        SELECT string_agg(DISTINCT table_name, ', ' ORDER BY table_name)
        FROM query_log.tables JOIN query_log.queries AS q USING (query_id, engine)
        WHERE q.engine = large.engine AND q.fingerprint = large.fingerprint AND access = 'reads'
    ), '') AS tables
FROM large ORDER BY most_bytes DESC, fingerprint LIMIT $most
"""
