"""Query logs of five engines: units, times, tables; what a log does not say stays unknown."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from decom_nb.evidence.collect import collect
from decom_nb.evidence.query_log import QueryLog
from tests.evidence.made import put, read, said, source

SNOWFLAKE: dict[str, Any] = {
    "QUERY_ID": "q1",
    "QUERY_TEXT": "SELECT * FROM orders WHERE id = 4711",
    "DATABASE_NAME": "SHOP",
    "SCHEMA_NAME": "MART",
    "USER_NAME": "ANNA",
    "WAREHOUSE_NAME": "WH",
    "EXECUTION_STATUS": "SUCCESS",
    "ERROR_MESSAGE": "",
    "START_TIME": "2026-10-01 02:00:00.000 -0700",
    "END_TIME": "2026-10-01 02:00:02.500 -0700",
    "TOTAL_ELAPSED_TIME": "2500",
    "BYTES_SCANNED": "1000000",
    "ROWS_PRODUCED": "10",
    "PARTITIONS_SCANNED": "4",
    "PARTITIONS_TOTAL": "40",
    "CREDITS_USED_CLOUD_SERVICES": "0.001",
    "QUERY_TAG": "dbt",
}


def asked(**fields: Any) -> dict[str, Any]:
    """A statement of Snowflake's log, that above but for the fields given."""
    return {**SNOWFLAKE, **fields}


def table(*rows: dict[str, Any]) -> str:
    text = io.StringIO()
    lines = csv.DictWriter(text, rows[0])
    lines.writeheader()
    lines.writerows(rows)
    return text.getvalue()


def log(folder: Path) -> QueryLog:
    value = read(folder).values["query_log"]
    assert isinstance(value, QueryLog)
    return value


def one(folder: Path) -> dict[str, Any]:
    (row,) = log(folder).query("FROM query_log.queries")
    return row


def names(folder: Path, access: str = "reads") -> list[str]:
    sql = "SELECT DISTINCT table_name FROM query_log.tables WHERE access = $access ORDER BY table_name"
    return [row["table_name"] for row in log(folder).query(sql, {"access": access})]


def test_snowflake_says_milliseconds_partitions_and_the_session(tmp_path: Path) -> None:
    put(tmp_path, "history.csv", table(asked()))
    row = one(tmp_path)
    wanted = {
        "engine": "snowflake",
        "user_name": "ANNA",
        "warehouse": "WH",
        "started_at": datetime(2026, 10, 1, 9, tzinfo=UTC),
        "ended_at": datetime(2026, 10, 1, 9, 0, 2, 500_000, tzinfo=UTC),
        "seconds": 2.5,
        "bytes_scanned": 1_000_000,
        "status": "success",
        "calls": 1,
        "cost_units": 0.001,
        "tags": "dbt",
        "partitions_scanned": 4,
        "partitions_total": 40,
        "parsed": True,
        "shape": "SELECT * FROM orders WHERE id = ?",
        "error": None,
    }
    assert {name: row[name] for name in wanted} == wanted
    assert names(tmp_path) == ["shop.mart.orders"]


def test_bigquery_names_its_tables_itself(tmp_path: Path) -> None:
    jobs = [
        {
            "job_id": "j1",
            "query": "SELECT * FROM d.some_view",
            "project_id": "p",
            "user_email": "anna@example.com",
            "state": "DONE",
            "start_time": "2026-10-01 01:00:01.5 UTC",
            "end_time": "2026-10-01 01:00:03 UTC",
            "total_bytes_processed": "2199023255552",
            "total_bytes_billed": "1099511627776",
            "referenced_tables": [{"project_id": "p", "dataset_id": "d", "table_id": "Base"}],
            "destination_table": {"project_id": "p", "dataset_id": "_anonymous", "table_id": "x"},
        },
        {
            "job_id": "j2",
            "query": "CREATE TABLE d.n AS SELECT * FROM d.t",
            "project_id": "p",
            "state": "DONE",
            "start_time": "2026-10-01 01:00:00 UTC",
            "total_bytes_processed": "1",
            "error_result": {"reason": "invalid"},
        },
    ]
    put(tmp_path, "lines/jobs.jsonl", "\n".join(map(json.dumps, jobs)))
    rows = log(tmp_path).query("FROM query_log.queries ORDER BY query_id")
    assert [(row["seconds"], row["bytes_scanned"], row["cost_units"], row["status"]) for row in rows] == [
        (1.5, 2**41, 1.0, "success"),
        (None, 1, None, "failed"),
    ]
    assert names(tmp_path) == ["p.d.base", "p.d.t"]
    assert names(tmp_path, "writes") == ["p.d.n"]
    (tmp_path / "lines/jobs.jsonl").unlink()
    put(tmp_path, "jobs.json", jobs)
    assert names(tmp_path) == ["p.d.base", "p.d.t"]


def test_redshift_says_microseconds(tmp_path: Path) -> None:
    row = {
        "user_id": "100",
        "query_id": "7",
        "database_name": "dev",
        "status": "success",
        "start_time": "2026-10-01 02:00:00",
        "end_time": "2026-10-01 02:00:04",
        "elapsed_time": "4000000",
        "returned_rows": "3",
        "query_text": "SELECT * FROM mart.orders",
        "username": "anna",
    }
    put(tmp_path, "history.csv", table(row))
    told = one(tmp_path)
    assert (told["engine"], told["seconds"], told["user_name"], told["bytes_scanned"]) == (
        "redshift",
        4.0,
        "anna",
        None,
    )
    assert names(tmp_path) == ["dev.mart.orders"]


def test_redshifts_old_log_says_what_was_aborted(tmp_path: Path) -> None:
    row = {
        "userid": "1",
        "query": "7",
        "database": "dev",
        "querytxt": "SELECT 1 FROM a",
        "starttime": "2026-10-01 02:00:00",
    }
    put(
        tmp_path,
        "stl.csv",
        table(*[{**row, "query": at, "endtime": "2026-10-01 02:00:09", "aborted": at} for at in ("0", "1")]),
    )
    rows = log(tmp_path).query("FROM query_log.queries ORDER BY query_id")
    assert [(row["status"], row["seconds"]) for row in rows] == [("success", 9.0), ("cancelled", 9.0)]
    assert [use.reads for use in log(tmp_path).tables] == [1]


def test_a_text_that_the_engine_cut_is_not_parsed(tmp_path: Path) -> None:
    cut = ("SELECT * FROM orders WHERE x IN (" + "1, " * 4000)[:4000]
    put(tmp_path, "stl.csv", table({"query": "7", "querytxt": cut, "starttime": "2026-10-01 02:00:00"}))
    evidence = read(tmp_path)
    only = source(evidence, "redshift stl_query")
    assert only.totals["tables not known"] == evidence.values["query_log"].unparsed == 1
    assert only.files[0].note == "1 texts were cut by the engine after 4,000 characters, and are not parsed"


def test_databricks_comes_as_parquet(tmp_path: Path) -> None:
    sql = """
        COPY (SELECT 's1' AS statement_id, 'anna' AS executed_by, 'FINISHED' AS execution_status,
            {'type': 'WAREHOUSE', 'warehouse_id': 'w1'} AS compute, 'SELECT * FROM main.shop.orders' AS statement_text,
            1500::BIGINT AS total_duration_ms, TIMESTAMPTZ '2026-10-01 02:00:00+02' AS start_time,
            TIMESTAMPTZ '2026-10-01 02:00:02+02' AS end_time, 4096::BIGINT AS read_bytes, 5::BIGINT AS read_files,
            15::BIGINT AS pruned_files, 9::BIGINT AS produced_rows) TO '$file'
    """
    duckdb.connect().execute(sql.replace("$file", str(tmp_path / "history.parquet")))
    row = one(tmp_path)
    assert (row["engine"], row["seconds"], row["status"]) == ("databricks", 1.5, "success")
    assert (row["partitions_scanned"], row["partitions_total"]) == (5, 20)
    assert row["started_at"] == datetime(2026, 10, 1, tzinfo=UTC)
    assert "w1" in row["warehouse"]
    assert names(tmp_path) == ["main.shop.orders"]


def test_postgres_does_not_say_when(tmp_path: Path) -> None:
    row = {
        "userid": "10",
        "dbid": "16384",
        "queryid": "-5",
        "query": "SELECT * FROM public.orders WHERE a = $1",
        "calls": "100",
        "total_exec_time": "5000.5",
        "rows": "300",
        "shared_blks_hit": "10",
        "shared_blks_read": "20",
    }
    put(tmp_path, "statements.csv", table(row, {**row, "userid": "11", "calls": "5"}))
    told = log(tmp_path)
    (use,) = told.tables
    assert (use.table, use.reads, use.readers) == ("public.orders", 105, 2)
    assert (use.last_read, use.days_unread, told.ends_at, told.days) == (None, None, None, 0.0)
    assert told.timeless == ("postgres",)
    assert told.unread(30) == ()  # nobody knows; it is not counted as read now, nor as unread
    assert told.users[0].seconds == pytest.approx(5.0005)
    (scan,) = told.scans(1)
    assert (scan.bytes_scanned, scan.calls) == (2 * 30 * 8192, 105)
    assert source(read(tmp_path), "pg_stat_statements").files[0].note.startswith("it does not say when a statement ran")


def test_of_two_snapshots_of_postgres_the_one_with_more_calls_counts(tmp_path: Path) -> None:
    row = {"queryid": "1", "query": "SELECT * FROM a", "calls": "3", "total_exec_time": "1"}
    put(tmp_path, "monday.csv", table(row))
    put(tmp_path, "tuesday.csv", table({**row, "calls": "7"}))
    assert [use.reads for use in log(tmp_path).tables] == [7]


def test_days_count_from_the_logs_own_end(tmp_path: Path) -> None:
    put(
        tmp_path,
        "history.csv",
        table(
            asked(QUERY_TEXT="SELECT 1 FROM old", START_TIME="2020-01-01 00:00:00", END_TIME="2020-01-01 00:00:01"),
            asked(
                QUERY_ID="q2",
                QUERY_TEXT="SELECT 1 FROM new",
                START_TIME="2020-02-10 00:00:00",
                END_TIME="2020-02-10 00:00:00",
            ),
            asked(
                QUERY_ID="q3", QUERY_TEXT="INSERT INTO written SELECT 1", START_TIME="2020-02-10 00:00:00", END_TIME=""
            ),
        ),
    )
    told = log(tmp_path)
    assert told.ends_at == datetime(2020, 2, 10, tzinfo=UTC)
    assert told.days == 40
    assert {use.table: use.days_unread for use in told.tables} == {
        "shop.mart.old": 40.0,
        "shop.mart.new": 0.0,
        "shop.mart.written": None,
    }
    assert [use.table for use in told.unread(30)] == ["shop.mart.written", "shop.mart.old"]


def test_a_failed_statement_reads_nothing(tmp_path: Path) -> None:
    put(tmp_path, "history.csv", table(asked(EXECUTION_STATUS="FAIL", ERROR_MESSAGE="no such table")))
    told = log(tmp_path)
    assert told.tables == ()
    assert [(user.user, user.failed) for user in told.users] == [("ANNA", 1)]


def test_what_reads_a_view_reads_what_is_below_it(tmp_path: Path) -> None:
    texts = [
        "CREATE VIEW v AS SELECT * FROM base",
        "CREATE VIEW w AS SELECT * FROM mart.v",
        "SELECT * FROM shop.mart.w",
        "CREATE VIEW loop AS SELECT * FROM loop2",
        "CREATE VIEW loop2 AS SELECT * FROM loop",
    ]
    put(tmp_path, "history.csv", table(*[asked(QUERY_ID=f"q{at}", QUERY_TEXT=text) for at, text in enumerate(texts)]))
    assert names(tmp_path) == ["shop.mart.base", "shop.mart.v", "shop.mart.w"]
    assert {use.table: use.reads for use in log(tmp_path).tables if use.reads} == {
        "shop.mart.base": 1,
        "shop.mart.v": 1,
        "shop.mart.w": 1,
    }


def test_statements_that_differ_in_literals_share_a_fingerprint(tmp_path: Path) -> None:
    alike = [
        "SELECT * FROM a WHERE x = 'it''s' AND y = 12",
        "SELECT *\n  FROM a -- don't stop at 'this\nWHERE x = 'b' AND y = 3.5",
        "SELECT * FROM a /* 'quoted */ WHERE x = '' AND y = 0",
    ]
    other = ["SELECT * FROM a2 WHERE x = 'b' AND y = 3", 'SELECT * FROM "a b" WHERE x = 1']
    put(
        tmp_path,
        "history.csv",
        table(*[asked(QUERY_ID=f"q{at}", QUERY_TEXT=text) for at, text in enumerate(alike + other)]),
    )
    rows = log(tmp_path).query("SELECT fingerprint, shape FROM query_log.queries ORDER BY query_id")
    assert [len({row["fingerprint"] for row in rows[:3]}), len({row["fingerprint"] for row in rows})] == [1, 3]
    assert rows[0]["shape"] == "SELECT * FROM a WHERE x = ? AND y = ?"
    assert rows[4]["shape"] == 'SELECT * FROM "a b" WHERE x = ?'


def test_a_statement_in_two_exports_counts_once(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", table(asked(), asked(QUERY_ID="q2")))
    put(tmp_path, "b.csv", table(asked(QUERY_ID="q2"), asked(QUERY_ID="q3")))
    evidence = read(tmp_path)
    only = source(evidence, "snowflake query history")
    assert (only.rows, only.totals["repeated"]) == (3, 1)


def test_what_is_wrong_in_a_row_is_said_and_stops_nothing(tmp_path: Path) -> None:
    rows = [asked(BYTES_SCANNED="many"), asked(QUERY_ID="q2", QUERY_TEXT=""), asked(QUERY_ID="q3", QUERY_TEXT="selec")]
    put(tmp_path, "history.csv", table(*rows) + "1,2,3\r\n")
    evidence = read(tmp_path)
    only = source(evidence, "snowflake query history")
    assert said(only) == [
        'history.csv: kept: bytes_scanned is "many"',
        "history.csv: left out: 1 rows without the text of a statement",
        "history.csv:5: left out: missing columns: 1,2,3",
    ]
    assert (only.rows, only.totals["left out"], only.totals["tables not known"]) == (2, 2, 1)


def test_a_packed_log_in_another_encoding_is_read(tmp_path: Path) -> None:
    text = table(asked(QUERY_TEXT="SELECT 'é' FROM a", USER_NAME="ANDRÉ"))
    put(tmp_path, "history.csv.gz", text.encode("latin-1"))
    assert one(tmp_path)["user_name"] == "ANDRÉ"


def test_the_engines_own_catalogues_are_no_tables_of_the_client(tmp_path: Path) -> None:
    texts = [
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM snowflake.account_usage.query_history",
        "SELECT * FROM pg_class",
    ]
    put(tmp_path, "history.csv", table(*[asked(QUERY_ID=f"q{at}", QUERY_TEXT=text) for at, text in enumerate(texts)]))
    assert log(tmp_path).tables == ()


def test_what_is_asked_of_the_log_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("decom_nb.evidence.query_log_tables.MOST_PARSED", 2)
    monkeypatch.setattr("decom_nb.evidence.query_log_tables._AT_ONCE", 1)
    rows = [asked(QUERY_ID=f"q{at}", QUERY_TEXT=f"SELECT * FROM t{at}") for at in range(4)] + [
        asked(QUERY_ID="q9", QUERY_TEXT="SELECT * FROM t3")
    ]
    put(tmp_path, "history.csv", table(*rows))
    told = log(tmp_path)
    assert told.unparsed == 2
    assert "shop.mart.t3" in {use.table for use in told.tables}  # the most used come first


def test_other_tables_are_no_query_log(tmp_path: Path) -> None:
    put(tmp_path, "queries.csv", "query,calls\nx,1\n")
    assert [each.kind for each in collect([tmp_path], tmp_path).sources] == ["csv table"]
