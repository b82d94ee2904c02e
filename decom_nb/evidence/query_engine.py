"""The query logs of each engine: how an export is recognised, and which of its columns say what, in which unit.

`query_log_files.py` reads by this. Sources: Snowflake ACCOUNT_USAGE.QUERY_HISTORY, BigQuery INFORMATION_SCHEMA.JOBS, Redshift
SYS_QUERY_HISTORY and STL_QUERY, Databricks system.query.history, PostgreSQL pg_stat_statements, each by its vendor's reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from decom_nb.evidence.export_file import ColumnNames

MILLISECONDS, MICROSECONDS = 1e-3, 1e-6
BLOCK = 8192.0
"""Bytes of a block of PostgreSQL, as it is built unless somebody said otherwise."""
TEBIBYTE = 1 / 2**40


@dataclass(frozen=True)
class Told:
    """Where something stands: the first of these columns that a file has, times a factor; `sum` adds all of them up."""

    columns: tuple[str, ...]
    times: float = 1.0
    sum: bool = False


@dataclass(frozen=True)
class QueryEngine:
    """One kind of log: `marks` are groups of columns; a file that has all of one group is such a log."""

    kind: str
    engine: str
    dialect: str
    marks: tuple[tuple[str, ...], ...]
    fields: Mapping[str, Told]
    """By column of `query_log.queries`."""
    referenced: tuple[str, str] | None = None
    """Columns that name the tables themselves: those read, and the one written."""
    backslashes: bool = True
    """Whether a backslash escapes a quote in a literal."""
    cut_at: int = 0
    """The length at which the log cuts a text; 0 where it does not."""
    cumulative: bool = False
    """Whether a row sums up all calls since some moment, so that of two exports the one with more calls counts."""
    also: tuple[str, ...] = field(default=())
    """Further columns that a query is known by, besides its id."""

    @property
    def columns(self) -> tuple[tuple[str, ...], ...]:
        """All columns that are read, alternatives together."""
        return (*(told.columns for told in self.fields.values()), *((each,) for each in self.referenced or ()))


def _one(*columns: str, times: float = 1.0) -> Told:
    return Told(columns, times)


ENGINES: tuple[QueryEngine, ...] = (
    QueryEngine(
        kind="snowflake query history",
        engine="snowflake",
        dialect="snowflake",
        marks=tuple(
            ("QUERY_ID", "QUERY_TEXT", mark)
            for mark in ("WAREHOUSE_NAME", "TOTAL_ELAPSED_TIME", "BYTES_SCANNED", "EXECUTION_STATUS", "ROLE_NAME")
        ),
        fields={
            "query_id": _one("QUERY_ID"),
            "text": _one("QUERY_TEXT"),
            "user_name": _one("USER_NAME"),
            "warehouse": _one("WAREHOUSE_NAME"),
            "database": _one("DATABASE_NAME"),
            "schema_name": _one("SCHEMA_NAME"),
            "started_at": _one("START_TIME"),
            "ended_at": _one("END_TIME"),
            "seconds": _one("TOTAL_ELAPSED_TIME", "EXECUTION_TIME", times=MILLISECONDS),
            "bytes_scanned": _one("BYTES_SCANNED"),
            "rows_produced": _one("ROWS_PRODUCED"),
            "status": _one("EXECUTION_STATUS"),
            "error": _one("ERROR_MESSAGE"),
            "cost_units": _one("CREDITS_USED_CLOUD_SERVICES"),
            "tags": _one("QUERY_TAG"),
            "partitions_scanned": _one("PARTITIONS_SCANNED"),
            "partitions_total": _one("PARTITIONS_TOTAL"),
        },
        cut_at=100_000,
    ),
    QueryEngine(
        kind="bigquery jobs",
        engine="bigquery",
        dialect="bigquery",
        marks=tuple(("job_id", "query", mark) for mark in ("total_bytes_processed", "total_slot_ms", "statement_type")),
        fields={
            "query_id": _one("job_id"),
            "text": _one("query"),
            "user_name": _one("user_email"),
            "warehouse": _one("reservation_id"),
            "database": _one("project_id"),
            "started_at": _one("start_time", "creation_time"),
            "ended_at": _one("end_time"),
            "bytes_scanned": _one("total_bytes_processed"),
            "status": _one("state"),
            "error": _one("error_result"),
            "cost_units": _one("total_bytes_billed", times=TEBIBYTE),
            "tags": _one("labels"),
        },
        referenced=("referenced_tables", "destination_table"),
    ),
    QueryEngine(
        kind="redshift query history",
        engine="redshift",
        dialect="redshift",
        marks=(("query_text", "query_id", "elapsed_time"), ("query_text", "query_id", "returned_rows")),
        fields={
            "query_id": _one("query_id"),
            "text": _one("query_text"),
            "user_name": _one("username", "user_name", "usename", "user_id"),
            "warehouse": _one("compute_type", "service_class_name"),
            "database": _one("database_name"),
            "started_at": _one("start_time"),
            "ended_at": _one("end_time"),
            "seconds": _one("elapsed_time", times=MICROSECONDS),
            "bytes_scanned": _one("scanned_bytes", "bytes_scanned"),
            "rows_produced": _one("returned_rows"),
            "status": _one("status"),
            "error": _one("error_message"),
            "tags": _one("query_label"),
        },
        cut_at=4000,
    ),
    QueryEngine(
        kind="redshift stl_query",
        engine="redshift",
        dialect="redshift",
        marks=(("querytxt", "starttime"),),
        fields={
            "query_id": _one("query"),
            "text": _one("querytxt"),
            "user_name": _one("usename", "username", "userid"),
            "database": _one("database"),
            "started_at": _one("starttime"),
            "ended_at": _one("endtime"),
            "status": _one("aborted"),
            "tags": _one("label"),
        },
        cut_at=4000,
    ),
    QueryEngine(
        kind="databricks query history",
        engine="databricks",
        dialect="databricks",
        marks=tuple(("statement_text", mark) for mark in ("statement_id", "executed_by", "execution_status")),
        fields={
            "query_id": _one("statement_id"),
            "text": _one("statement_text"),
            "user_name": _one("executed_by", "executed_as"),
            "warehouse": _one("compute"),
            "started_at": _one("start_time"),
            "ended_at": _one("end_time"),
            "seconds": _one("total_duration_ms", "execution_duration_ms", times=MILLISECONDS),
            "bytes_scanned": _one("read_bytes"),
            "rows_produced": _one("produced_rows"),
            "status": _one("execution_status"),
            "error": _one("error_message"),
            "tags": _one("query_tags"),
            "partitions_scanned": _one("read_files"),
            "partitions_total": Told(("read_files", "pruned_files"), sum=True),
        },
    ),
    QueryEngine(
        kind="pg_stat_statements",
        engine="postgres",
        dialect="postgres",
        marks=(("queryid", "query", "calls"), ("query", "calls", "total_exec_time"), ("query", "calls", "mean_time")),
        fields={
            "query_id": _one("queryid"),
            "text": _one("query"),
            "user_name": _one("rolname", "usename", "user_name", "username", "userid"),
            "database": _one("datname", "database", "dbid"),
            "seconds": _one("total_exec_time", "total_time", times=MILLISECONDS),
            "bytes_scanned": Told(("shared_blks_hit", "shared_blks_read"), BLOCK, sum=True),
            "rows_produced": _one("rows"),
            "calls": _one("calls"),
        },
        backslashes=False,
        cumulative=True,
        also=("userid", "rolname", "usename", "dbid", "datname", "toplevel"),
    ),
)
"""All kinds of log, in the order in which they are tried."""

STATUSES = {
    "success": "success",
    "succeeded": "success",
    "finished": "success",
    "done": "success",
    "0": "success",
    "fail": "failed",
    "failed": "failed",
    "failed_with_error": "failed",
    "incident": "failed",
    "error": "failed",
    "1": "cancelled",  # STL_QUERY's `aborted`: stopped by the system or by a user
    "canceled": "cancelled",
    "cancelled": "cancelled",
    "running": "running",
    "pending": "running",
    "queued": "running",
    "planning": "running",
    "returning": "running",
}
"""What the engines' words for how a query ended come to."""


def engine_of(names: ColumnNames) -> QueryEngine | None:
    """Say which engine's log has these columns, if one's has."""
    for each in ENGINES:
        if any(len(names.among(marks)) == len(marks) for marks in each.marks):
            return each
    return None
