"""PostgreSQL counts and judges what DuckDB does; what it would count otherwise is left open, with the reason."""

from __future__ import annotations

import threading
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlglot
import yaml

from decom_nb import pushdown
from decom_nb.check import CheckRun, Suite
from decom_nb.check.limits import Limits, Progress
from decom_nb.errors import InputError
from decom_nb.pushdown.warehouse import Failed, Warehouse, open_warehouse
from tests import postgres
from tests.pushdown import conformance

NAMES = {table: conformance.there(table) for table in conformance.TABLES}
NAMES["forever"] = "forever"
SLOW = [
    Suite.model_validate({"table": "forever", "checks": [{"check": "volume", "min_rows": 1}]}),
    Suite.model_validate({"table": "parents", "checks": [{"check": "volume", "min_rows": 1}]}),
]


@pytest.fixture(scope="module")
def backend(postgres_url: str) -> Any:
    conformance.load_postgres(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as made:
        made.execute(
            "CREATE OR REPLACE VIEW forever AS SELECT n FROM generate_series(1, 2000000000) n, pg_sleep(n / n * 60)"
        )
    found = pushdown.connect(postgres_url)
    yield found
    found.disconnect()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> CheckRun:
    path: Path = tmp_path_factory.mktemp("conformance") / "tables.duckdb"
    conformance.load_duckdb(path)
    return conformance.on_duckdb(path, conformance.suites())


@pytest.fixture(scope="module")
def there(backend: Any) -> CheckRun:
    return pushdown.run(conformance.suites(), backend, now=conformance.NOW, tables=NAMES)


@pytest.mark.slow
def test_counts_and_verdicts_are_those_of_duckdb(here: CheckRun, there: CheckRun) -> None:
    assert conformance.differing(here, there) == []
    assert {each.kind for each in there.checks if each.violations} >= set(conformance.KINDS_THAT_FIND)


@pytest.mark.slow
def test_few_checks_are_left_open_and_each_says_why(here: CheckRun, there: CheckRun) -> None:
    conformance.assert_few_open(here, there)


@pytest.mark.slow
def test_every_check_with_where_and_by_agrees(backend: Any, tmp_path: Path) -> None:
    suites = conformance.suites(whole=True)
    conformance.load_duckdb(tmp_path / "tables.duckdb")
    here = conformance.on_duckdb(tmp_path / "tables.duckdb", suites)
    there = pushdown.run(suites, backend, now=conformance.NOW, tables=NAMES)
    assert conformance.differing(here, there) == []
    conformance.assert_few_open(here, there)


@pytest.mark.slow
def test_one_query_per_table_and_one_for_each_that_takes_its_own(backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    ask = Warehouse.ask
    monkeypatch.setattr(Warehouse, "ask", lambda self, query, **more: (sent.append(query), ask(self, query, **more))[1])
    asked = yaml.safe_load((Path(__file__).with_name("twenty_four.yaml")).read_text(encoding="utf-8"))
    suite = Suite.model_validate({"table": "Facts é", "key": ["id"], "checks": asked["checks"]})
    assert len(suite.checks) == 24
    found = pushdown.run([suite], backend, now=conformance.NOW, tables=NAMES, samples=0)
    assert {each.verdict for each in found.checks} <= {"pass", "fail"}
    own = [each for each in suite.checks if each.kind in asked["own"]]
    assert len(sent) == 1 + len(own)
    trees = [sqlglot.parse_one(each, read="postgres") for each in sent]
    assert not any(tree.find(sqlglot.exp.Star) and not tree.find(sqlglot.exp.Count) for tree in trees)
    assert all(tree.find(sqlglot.exp.AggFunc) for tree in trees), "every query gives figures, none gives rows"

    sent.clear()
    again = pushdown.run([suite], backend, now=conformance.NOW, tables=NAMES, samples=4)
    rows = [query for query in sent if query.endswith("LIMIT 4")]
    failing = [
        each for each in again.checks if each.violations and each.kind not in ("volume", "statistic", "top_share")
    ]
    assert len(sent) == 1 + len(own) + len(rows)
    assert len(rows) == len([each for each in failing if each.samples])
    assert all(0 < len(each.samples) <= 4 for each in failing)


@pytest.mark.slow
def test_samples_show_keys_as_the_table_spells_them_and_no_personal_value(there: CheckRun) -> None:
    samples = {each.name: each.samples for each in there.checks if each.table == "Facts é"}
    assert {tuple(row) for row in samples['length_na"me']} == {("id",)}
    assert {row['na"me'] for row in samples['unique_Order Key_na"me']} <= {"•••", None}
    assert all(each["id"] is None for each in samples["not_null_id"])


@pytest.mark.slow
def test_the_query_that_finds_all_violations_finds_as_many(backend: Any, there: CheckRun) -> None:
    kinds = (
        "not_null",
        "range",
        "accepted_values",
        "regex",
        "length",
        "foreign_key",
        "expression",
        "monotone",
        "outliers",
        "custom_sql",
    )
    compared = 0
    for each in there.checks:
        if each.kind in kinds and each.verdict == "fail" and each.table == "Facts é" and " by" not in each.name:
            rows = backend.con.execute(f"SELECT count(*) FROM ({each.sql}) AS q").fetchone()
            assert rows == (each.violations,), each.name
            compared += 1
    assert compared > 40


def test_nothing_can_be_written(backend: Any) -> None:
    warehouse = open_warehouse(backend, "")
    with warehouse.session(None):
        for statement in (
            "CREATE TABLE made (x int)",
            f"DELETE FROM {NAMES['parents']}",
            "CREATE TEMP TABLE t (x int)",
        ):
            with pytest.raises(Failed, match="read-only"):
                warehouse.ask(statement)
        assert warehouse.ask("SELECT 1") == [(1,)]
    assert backend.con.execute("SHOW transaction_read_only").fetchone() == ("off",)


def test_all_queries_of_a_table_see_one_state(backend: Any, postgres_url: str) -> None:
    warehouse = open_warehouse(backend, "")
    query = f"SELECT count(*) FROM {NAMES['parents']}"
    with psycopg.connect(postgres_url, autocommit=True) as other, warehouse.session(None):
        before = warehouse.ask(query)
        other.execute(f"INSERT INTO {NAMES['parents']} VALUES (1000, 'late', 0)")
        try:
            assert warehouse.ask(query) == before
        finally:
            other.execute(f"DELETE FROM {NAMES['parents']} WHERE key = 1000")


def test_types_that_ibis_does_not_tell_apart(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as made:
        made.execute("DROP SCHEMA IF EXISTS odd CASCADE")
        made.execute("CREATE SCHEMA odd")
        made.execute("CREATE TYPE odd.mood AS ENUM ('sad', 'glad')")
        made.execute("CREATE DOMAIN odd.positive AS integer CHECK (VALUE > 0)")
        made.execute(
            "CREATE COLLATION odd.insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
        )
        made.execute(
            "CREATE TABLE odd.things (mood odd.mood, fixed char(5), bare numeric, worth money, pos odd.positive, doc jsonb,"
            ' "Capital" int, folded text COLLATE odd.insensitive, tags text[], spot point, ident uuid, big numeric(50, 10))'
        )
        made.execute(
            "INSERT INTO odd.things SELECT CASE WHEN n % 2 = 0 THEN 'sad' ELSE 'glad' END::odd.mood, 'ab', 0.12345678901 + n, 1,"
            "n, '{\"a\": 1}', n, 'x', '{a}', '(1,2)', gen_random_uuid(), n FROM generate_series(1, 10) n"
        )
    checks = [
        {"check": "accepted_values", "column": "mood", "values": ["sad", "unknown to the type"]},
        {"check": "range", "column": "mood", "min": "m"},
        {"check": "length", "column": "fixed", "max": 2},
        {"check": "range", "column": "bare", "min": 1.12345678901, "max": 9.2},
        {"check": "unique", "columns": ["bare"]},
        {"check": "range", "column": "pos", "max": 9},
        {"check": "range", "column": "capital", "max": 9},
        {"check": "not_null", "columns": ["folded", "tags", "spot", "worth"]},
        {"check": "unique", "columns": ["folded"], "name": "folded"},
        {"check": "unique", "columns": ["ident"]},
        {"check": "range", "column": "big", "max": 9},
        {"check": "statistic", "column": "big", "of": "sum", "max": 54},
        {"check": "length", "column": "doc", "min": 9},
    ]
    backend = pushdown.connect(postgres_url)
    try:
        found = pushdown.run(
            [Suite.model_validate({"table": "things", "checks": checks})],
            backend,
            now=conformance.NOW,
            tables={"things": "ODD.Things"},
        )
    finally:
        backend.disconnect()
    by_name = {each.name: each for each in found.checks}
    assert by_name.pop("folded").verdict == "error", "capitals are one letter there and two in DuckDB"
    counts = {name: each.violations for name, each in by_name.items()}
    assert counts == {
        "accepted_values_mood": 5, "range_mood": 5, "length_fixed": 0, "range_bare": 1, "unique_bare": 0, "range_pos": 1,
        "range_capital": 1, "not_null_folded_tags_spot_worth": 0, "unique_ident": 0, "range_big": 1,
        "statistic_big": 1, "length_doc": 10,
    }, [each.message for each in found.checks]  # fmt: skip
    assert dict(found.tables[0].columns)["bare"] == "DECIMAL"


def test_one_failing_expression_does_not_take_the_others_along(backend: Any) -> None:
    checks = [
        {"check": "not_null", "columns": ["id"]},
        {"check": "expression", "expression": '"Order Key" * "Order Key" > 0', "name": "overflow"},
        {"check": "range", "column": "small", "min": 0},
    ]
    suite = Suite.model_validate({"table": "Facts é", "checks": checks})
    found = {each.name: each for each in pushdown.run([suite], backend, now=conformance.NOW, tables=NAMES).checks}
    assert (found["overflow"].verdict, "out of range" in found["overflow"].message) == ("error", True)
    assert found["not_null_id"].violations
    assert found["range_small"].violations


def test_a_run_can_be_cancelled_and_leaves_nothing_running(backend: Any, postgres_url: str) -> None:
    stop = threading.Event()
    told: list[Progress] = []
    threading.Timer(0.3, stop.set).start()
    found = pushdown.run(SLOW, backend, now=conformance.NOW, tables=NAMES, cancelled=stop.is_set, progress=told.append)
    assert not found.complete
    assert [each.complete for each in found.tables] == [False, False]
    assert {each.verdict for each in found.checks} == {"not_known"}
    assert "cancelled" in found.checks[0].message
    assert told[0].total == 2
    with psycopg.connect(postgres_url) as other:
        running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%decom_t%'"
        assert other.execute(f"{running} AND pid <> pg_backend_pid()").fetchone() == (0,)
    assert pushdown.run(conformance.suites()[2:3], backend, now=conformance.NOW, tables=NAMES).complete


def test_control_c_ends_the_query_and_keeps_the_connection(backend: Any) -> None:
    def interrupted() -> bool:
        if len(asked) > 5:
            raise KeyboardInterrupt
        asked.append(True)
        return False

    asked: list[bool] = []
    found = pushdown.run(SLOW, backend, now=conformance.NOW, tables=NAMES, cancelled=interrupted)
    assert not found.complete
    assert {each.verdict for each in found.checks} == {"not_known"}
    assert pushdown.run(conformance.suites()[2:3], backend, now=conformance.NOW, tables=NAMES).complete


def test_earlier_runs_are_compared_with(backend: Any) -> None:
    suite = Suite.model_validate({"table": "parents", "checks": [{"check": "row_change", "max_change": 0.1}]})
    first = pushdown.run([suite], backend, now=conformance.NOW - timedelta(days=1), tables=NAMES)
    assert first.checks[0].verdict == "not_known"
    again = pushdown.run([suite], backend, now=conformance.NOW, tables=NAMES, history=[first])
    assert (again.checks[0].verdict, again.checks[0].value) == ("pass", 0)
    assert again.engine == "postgres"


def test_a_table_over_its_time_is_given_up_and_the_next_one_looked_at(backend: Any) -> None:
    found = pushdown.run(SLOW, backend, now=conformance.NOW, tables=NAMES, limits=Limits(seconds_per_table=0.5))
    assert not found.complete
    assert [each.complete for each in found.tables] == [False, True]
    assert [each.verdict for each in found.checks] == ["not_known", "pass"]
    assert "limit of 0.5 seconds" in found.checks[0].message
    assert "limit of 0.5 seconds" in found.tables[0].note


def test_progress_is_told_check_by_check(backend: Any) -> None:
    told: list[Progress] = []
    found = pushdown.run(conformance.suites()[2:], backend, now=conformance.NOW, tables=NAMES, progress=told.append)
    assert [each.done for each in told if each.check] == list(range(1, len(found.checks) + 1))
    assert told[-1].fraction == 1


def test_a_server_that_goes_away_is_an_error_of_each_check(postgres_url: str) -> None:
    backend = pushdown.connect(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (backend.con.info.backend_pid,))
    found = pushdown.run(conformance.suites()[2:3], backend, now=conformance.NOW, tables=NAMES)
    assert {each.verdict for each in found.checks} == {"error"}
    assert not found.complete
    assert postgres.PASSWORD not in found.model_dump_json()


def test_a_connection_by_name_is_never_shown(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_WAREHOUSE", postgres_url)
    backend = pushdown.connect("CLIENT_WAREHOUSE")
    assert backend.list_tables(database=conformance.SCHEMA)
    backend.disconnect()
    wrong = postgres_url.replace(postgres.PASSWORD, "hunter2secret")
    monkeypatch.setenv("CLIENT_WAREHOUSE", wrong)
    with pytest.raises(InputError, match="CLIENT_WAREHOUSE does not answer") as caught:
        pushdown.connect("CLIENT_WAREHOUSE")
    assert "hunter2secret" not in "".join(traceback.format_exception(caught.value))
