"""Scripts as files: remarks that cannot be left, transactions as each engine begins them, parameters as its tools want them."""

from __future__ import annotations

import duckdb
import pytest

from decom_nb.sql.script import Block, Parameter, Script, Step
from decom_nb.sql.script_text import native, script_text

EVIL = "read\n; DROP TABLE t; --"


def script(dialect: str) -> Script:
    read = Step("CREATE TABLE s AS SELECT 'a:b' AS \":c\", CAST(:loaded_at AS TIMESTAMP) AS seen", EVIL)
    write = Step("INSERT INTO t SELECT * FROM s", "Write")
    return Script(
        dialect, (Block((read,)), Block((write,), atomic=True)), (Parameter("loaded_at", "TIMESTAMP", "when"),)
    )


def test_what_somebody_wrote_stays_within_its_remark() -> None:
    text = script_text(script("duckdb"), [EVIL, ""])
    with duckdb.connect() as connection:
        connection.execute('CREATE TABLE t (":c" VARCHAR, seen TIMESTAMP)')
        connection.execute(text.replace("$loaded_at", "'2026-11-26 12:00:00'"))
        assert connection.execute("FROM t").fetchall()[0][0] == "a:b"


@pytest.mark.parametrize(
    ("dialect", "begin", "commit", "parameter"),
    [
        ("bigquery", "BEGIN TRANSACTION;", "COMMIT TRANSACTION;", "@loaded_at"),
        ("snowflake", "BEGIN;", "COMMIT;", ":loaded_at"),
        ("duckdb", "BEGIN;", "COMMIT;", "$loaded_at"),
    ],
)
def test_each_engine_gets_its_own_words(dialect: str, begin: str, commit: str, parameter: str) -> None:
    lines = script_text(script(dialect)).splitlines()
    assert lines.index(begin) < lines.index("-- 2. Write") < lines.index(commit)
    assert f"CAST({parameter} AS TIMESTAMP)" in lines[1]
    assert "'a:b' AS \":c\"" in lines[1]


def test_casts_and_names_are_no_parameters() -> None:
    assert native("SELECT a::int, `:b`, c[1:d] FROM t WHERE e = :f", "bigquery").endswith("c[1:d] FROM t WHERE e = @f")
