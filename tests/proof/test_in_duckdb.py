"""What a load may do in memory, and what not, even if no parser had looked at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.proof.database import Failed
from decom_nb.proof.in_duckdb import InDuckDB


@pytest.fixture
def database() -> InDuckDB:
    made = InDuckDB(seconds=0.5)
    made.run("CREATE SCHEMA raw")
    made.run("CREATE TABLE raw.t (id BIGINT PRIMARY KEY, seen TIMESTAMPTZ)")
    return made


def test_nothing_outside_is_reached(database: InDuckDB, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    frame = [1, 2]  # a variable that DuckDB would otherwise read by its name
    assert frame
    for sql in (
        f"SELECT * FROM read_csv('{secret}')", f"SELECT * FROM '{secret}'", f"COPY raw.t TO '{tmp_path}/out.csv'",
        f"ATTACH '{tmp_path}/x.db' AS x", "INSTALL httpfs", "SET threads = 4", "SET enable_external_access = true",
        "RESET lock_configuration", f"EXPORT DATABASE '{tmp_path}/all'", "SELECT * FROM frame",
        "SELECT * FROM glob('/*')", "SELECT * FROM read_text('/etc/hostname')",
    ):  # fmt: skip
        with pytest.raises(Failed):
            database.run(sql)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["secret.csv"]


def test_a_statement_that_does_not_end_is_stopped(database: InDuckDB) -> None:
    with pytest.raises(Failed, match=r"stopped after 0\.5 seconds"):
        database.run("SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b")
    assert database.rows("SELECT 1") == [(1,)]


def test_a_killed_session_leaves_what_it_committed_and_nothing_else(database: InDuckDB) -> None:
    session = database.session()
    session.run("CREATE TEMP TABLE own (a INT)")
    session.run("INSERT INTO raw.t VALUES (1, NULL)")
    session.run("BEGIN TRANSACTION")
    session.run("INSERT INTO raw.t VALUES (2, NULL)")
    session.kill()
    assert database.rows("SELECT id FROM raw.t") == [(1,)]
    with pytest.raises(Failed):
        database.session().run("SELECT * FROM own")


def test_a_mark_brings_back_rows_tables_and_constraints(database: InDuckDB) -> None:
    database.run("INSERT INTO raw.t VALUES (1, '2026-03-01 00:00:00+00')")
    mark = database.mark()
    before = database.content()
    for change in (
        ("UPDATE raw.t SET seen = NULL",),
        ("CREATE TABLE raw.left_behind (a INT)",),
        ("CREATE TABLE raw.new AS FROM raw.t", "DROP TABLE raw.t", "ALTER TABLE raw.new RENAME TO t"),
        ("DELETE FROM raw.t",),
        ("DROP TABLE raw.t",),
    ):
        for sql in change:
            database.run(sql)
        assert database.content() != before
        database.restore(mark)
        assert database.content() == before
    with pytest.raises(Failed, match="uplicate key"):
        database.run("INSERT INTO raw.t VALUES (1, NULL)")
