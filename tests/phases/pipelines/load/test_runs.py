"""Loads run on DuckDB: what stops them changes nothing, what they were told they keep, whatever the source does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import duckdb
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from decom_nb.phases.pipelines.load.case import case
from decom_nb.phases.pipelines.load.plan import plan
from decom_nb.phases.pipelines.load.words import ENGINES, asked, instant
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.proof.case import LoadCase
from decom_nb.proof.in_duckdb import InDuckDB
from decom_nb.proof.in_postgres import InPostgres
from decom_nb.proof.prove import prove
from tests.phases.pipelines.load.made_pipeline import COMBINATIONS, STRATEGIES, made
from tests.phases.pipelines.load.warehouse import Warehouse

START = datetime(2026, 3, 1)
COLUMNS = made("merge").model_dump()["columns"]


@lru_cache
def found_case(*each: str) -> LoadCase:
    return case(made(*each), "duckdb")


def row(warehouse: Warehouse, order: int | None, minute: int, amount: int = 1, status: str = "a", day: int = 1) -> None:
    at = START + timedelta(minutes=minute)
    warehouse.insert(order_id=order, order_date=date(2026, 3, day), status=status, amount=amount, updated_at=at)


def load(warehouse: Warehouse, minute: int) -> None:
    warehouse.load(START + timedelta(minutes=minute))


def orders(warehouse: Warehouse, what: str = "order_id, amount") -> list[tuple[object, ...]]:
    return warehouse.rows(f"SELECT {what} FROM {warehouse.target} ORDER BY 1")


def run(pipeline: Pipeline) -> Warehouse:
    return Warehouse(case(pipeline, "duckdb"))


def test_a_gate_before_the_write_stops_it_and_the_position_stays() -> None:
    warehouse = run(made("merge"))
    row(warehouse, 1, 0)
    load(warehouse, 1)
    row(warehouse, 2, 2, amount=-5)
    with pytest.raises(duckdb.Error, match=r"amount >= 0.*rows that break it: 1"):
        load(warehouse, 3)
    assert orders(warehouse) == [(1, 1)]
    assert warehouse.rows("SELECT position_time FROM control.watermarks") == [(START,)]
    warehouse.con.execute(f"UPDATE {warehouse.source} SET amount = 5 WHERE order_id = 2")
    load(warehouse, 4)
    assert orders(warehouse) == [(1, 1), (2, 5)]


def test_a_gate_after_the_write_takes_it_back() -> None:
    warehouse = run(made("upsert"))
    row(warehouse, 1, 0)
    load(warehouse, 1)
    row(warehouse, 1, 2, amount=7, status="bad")
    with pytest.raises(duckdb.Error, match="status <> 'BAD'"):
        load(warehouse, 3)
    assert orders(warehouse) == [(1, 1)]
    assert warehouse.rows("SELECT position_time FROM control.watermarks") == [(START,)]


@pytest.mark.parametrize(
    ("column", "says"), [("order_id", "no key is missing"), ("updated_at", "the incremental key is never missing")]
)
def test_a_row_without_key_or_position_stops_the_load_rather_than_getting_lost(column: str, says: str) -> None:
    warehouse = run(made("merge"))
    row(warehouse, 1, 0)
    row(warehouse, 2, 0)
    warehouse.con.execute(f"UPDATE {warehouse.source} SET {column} = NULL WHERE order_id = 2")
    with pytest.raises(duckdb.Error, match=says):
        load(warehouse, 1)
    assert orders(warehouse) == []


@pytest.mark.parametrize(("strategy", "reads"), [("truncate-reload", "full"), ("soft-delete", "incremental")])
def test_an_empty_source_does_not_empty_the_target(strategy: str, reads: str) -> None:
    warehouse = run(made(strategy, reads))
    row(warehouse, 1, 0)
    load(warehouse, 1)
    warehouse.con.execute(f"DELETE FROM {warehouse.source}")
    with pytest.raises(duckdb.Error, match="the source is not empty"):
        load(warehouse, 2)
    assert orders(warehouse) == [(1, 1)]


def test_one_row_stamped_in_the_future_hides_nothing_that_comes_after_it() -> None:
    warehouse = run(made("merge"))
    row(warehouse, 1, 60 * 24 * 365)
    load(warehouse, 1)
    row(warehouse, 2, 90)
    load(warehouse, 100)
    assert orders(warehouse) == [(1, 1), (2, 1)]


def test_a_late_row_comes_in_within_the_lookback_and_an_older_version_changes_nothing() -> None:
    warehouse = run(made("merge"))
    row(warehouse, 1, 100, amount=1)
    load(warehouse, 101)
    row(warehouse, 2, 41, amount=2)
    row(warehouse, 1, 60, amount=9)
    load(warehouse, 102)
    assert orders(warehouse) == [(1, 1), (2, 2)]


def test_a_row_that_moves_between_partitions_is_there_once() -> None:
    warehouse = run(made("partition-swap"))
    row(warehouse, 1, 0, day=1)
    row(warehouse, 2, 0, day=1)
    row(warehouse, 3, 0, day=2)
    load(warehouse, 1)
    warehouse.con.execute(
        f"UPDATE {warehouse.source} SET order_date = DATE '2026-03-02', updated_at = ? WHERE order_id IN (1, 2)",
        [START + timedelta(minutes=90)],
    )
    load(warehouse, 91)
    assert orders(warehouse, "order_id, day(order_date)") == [(1, 2), (2, 2), (3, 2)]


def test_a_mark_is_set_once_and_taken_away_when_the_row_is_back() -> None:
    warehouse = run(made("soft-delete"))
    row(warehouse, 1, 0)
    row(warehouse, 2, 0)
    load(warehouse, 1)
    warehouse.con.execute(f"DELETE FROM {warehouse.source} WHERE order_id = 1")
    load(warehouse, 2)
    load(warehouse, 3)
    assert orders(warehouse, "order_id, deleted_at") == [(1, START + timedelta(minutes=2)), (2, None)]
    row(warehouse, 1, 0)
    load(warehouse, 4000)
    assert orders(warehouse, "order_id, deleted_at") == [(1, None), (2, None)]


@pytest.mark.parametrize("strategy", ["append", "truncate-reload", "partition-swap"])
def test_without_keys_the_whole_row_counts_missing_values_included(strategy: str) -> None:
    from decom_nb.phases.pipelines.load.script import script

    bare = made(strategy, "full", load={"merge_keys": []})
    keyed = case(made(strategy, "full"), "duckdb")
    warehouse = Warehouse(
        type(keyed)(**{**vars(keyed), "script": script(bare, "duckdb"), "target": _without_key(keyed.target)})
    )
    for _ in range(2):
        row(warehouse, 1, 0)
        warehouse.insert(order_id=2, order_date=date(2026, 3, 1), status=None, amount=None, updated_at=None)
    for minute in (1, 2):
        load(warehouse, minute)
        assert orders(warehouse) == [(1, 1), (2, None)]


def _without_key(table):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(table, primary_key=())


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "update", "copy", "version", "delete", "late", "load", "killed"]),
        st.integers(0, 7),
        st.integers(1, 4),
        st.integers(0, 3),
    ),
    min_size=3,
    max_size=24,
)


@pytest.mark.slow
@pytest.mark.parametrize("each", COMBINATIONS, ids=str)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(acts=ACTS)
def test_whatever_the_source_does_the_target_holds_what_it_must(each, acts) -> None:  # type: ignore[no-untyped-def]
    found = found_case(*each)
    warehouse, minute, made_up = Warehouse(found), 0, 0
    for act, pick, day, amount in [*acts, ("load", 0, 1, 0)]:
        minute += pick % 3
        keys = [one[0] for one in warehouse.rows(f"SELECT DISTINCT order_id FROM {warehouse.source} ORDER BY 1")]
        key = keys[pick % len(keys)] if keys else None
        at = START + timedelta(minutes=minute)
        if act in ("insert", "late"):
            made_up += 1
            row(warehouse, made_up, minute - (50 if act == "late" else 0), amount, "ab"[pick % 2], day)
        elif act in ("load", "killed"):
            minute += 1
            until = (pick * 4 + day) % len(found.script.steps) if act == "killed" else None
            if not keys and found.claims.refuses_empty and warehouse.rows(f"SELECT 1 FROM {warehouse.target}"):
                continue
            warehouse.load(START + timedelta(minutes=minute), until)
            if act == "load":
                assert warehouse.differences() == ([], [])
        elif key is None:
            continue
        elif act == "copy":
            warehouse.con.execute(
                f"INSERT INTO {warehouse.source} SELECT * FROM {warehouse.source} WHERE order_id = {key}"
            )
        elif act == "update" and found.claims.updates:
            warehouse.con.execute(
                f"UPDATE {warehouse.source} SET order_date = ?, amount = ?, status = ?, updated_at = ? WHERE order_id = ?",
                [date(2026, 3, day), amount, None if pick == 7 else "c", at, key],
            )
        elif act == "version" and found.claims.versions and found.claims.updates:
            row(warehouse, key, minute, amount, "v", day)
        elif act == "delete" and found.claims.deletes != "ignored" and len(keys) > 1:
            warehouse.con.execute(f"DELETE FROM {warehouse.source} WHERE order_id = {key}")


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_proof_holds_on_duckdb(strategy: str) -> None:
    reads = "full" if strategy == "truncate-reload" else "incremental"
    database = InDuckDB()
    proof = prove(case(made(strategy, reads), "duckdb"), database, taken_at=START)
    database.close()
    assert [each.name for each in proof.scenarios if each.outcome == "refuted"] == []


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_proof_holds_on_postgres(strategy: str, postgres_url: str) -> None:
    reads = "full" if strategy == "truncate-reload" else "incremental"
    database = InPostgres(postgres_url)
    proof = prove(case(made(strategy, reads), "postgres"), database, taken_at=START)
    database.close()
    assert [each.name for each in proof.scenarios if each.outcome == "refuted"] == []


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_the_position_of_an_instant_is_the_same_in_every_zone(zone: str) -> None:
    """A row stamped in the future moves the position to the load's instant, which is in UTC and in no session's zone."""
    columns = [each | {"data_type": "TIMESTAMPTZ"} if each["name"] == "updated_at" else each for each in COLUMNS]
    warehouse = run(made("merge", columns=columns))
    warehouse.con.execute(f"SET TimeZone = '{zone}'")
    for order, at in ((1, "2026-02-28 23:00:00+00"), (2, "2026-03-09 00:00:00+00")):
        warehouse.insert(order_id=order, order_date=date(2026, 3, 1), status="a", amount=1, updated_at=at)
    load(warehouse, 0)
    assert warehouse.rows("SELECT epoch(position_instant) FROM control.watermarks") == [
        (datetime(2026, 3, 1, tzinfo=UTC).timestamp(),)
    ]
    warehouse.insert(order_id=3, order_date=date(2026, 3, 1), status="a", amount=1, updated_at="2026-02-28 23:30:00+00")
    load(warehouse, 1)
    assert orders(warehouse) == [(1, 1), (2, 1), (3, 1)]


@pytest.mark.slow
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_postgres_has_the_same_position_in_every_zone(zone: str, postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as con:
        con.execute(f"SET TIME ZONE '{zone}'".encode())
        query = asked(f"SELECT {instant()} AS at", "postgres").replace(":loaded_at", "'2026-03-01 00:00:00'")
        row = con.execute(query.encode()).fetchone()
        assert row
        assert row[0] == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("dialect", ENGINES)
def test_no_engine_takes_the_instant_for_the_session_s_own(dialect: str) -> None:
    text = asked(f"SELECT {instant()} AS at", dialect)
    tree = sqlglot.parse_one(text, read=dialect)
    assert isinstance(tree, exp.Select)
    assert "UTC" in text or "+00:00" in text
    assert text.count(":loaded_at") == 1


def test_a_swap_of_all_partitions_takes_out_what_is_gone_and_keeps_partitions_that_are_gone() -> None:
    """What the note says, the claim claims and the oracle asks is what happens."""
    pipeline = made("partition-swap", "full")
    warehouse = run(pipeline)
    assert warehouse.case.claims.deletes == "hard"
    assert any("stays as it was" in each for each in plan(pipeline, "duckdb").notes)
    for order, day in ((1, 1), (2, 1), (3, 2), (4, 3)):
        row(warehouse, order, order, day=day)
    load(warehouse, 10)
    warehouse.con.execute(f"DELETE FROM {warehouse.source} WHERE order_id IN (2, 3)")
    warehouse.con.execute(f"UPDATE {warehouse.source} SET order_date = DATE '2026-03-04' WHERE order_id = 4")
    load(warehouse, 11)
    assert orders(warehouse, "order_id, day(order_date)") == [(1, 1), (3, 2), (4, 4)]
    assert warehouse.differences() == ([], [])
    row(warehouse, 5, 12, day=2)
    load(warehouse, 13)
    assert orders(warehouse, "order_id, day(order_date)") == [(1, 1), (4, 4), (5, 2)]
    assert warehouse.differences() == ([], [])


def test_a_swap_of_what_changed_promises_nothing_of_what_is_gone() -> None:
    pipeline = made("partition-swap")
    assert case(pipeline, "duckdb").claims.deletes == "ignored"
    assert any("not promised" in each for each in plan(pipeline, "duckdb").notes)
