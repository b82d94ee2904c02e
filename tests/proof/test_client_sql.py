"""A client's SQL is cut into statements and transactions, and refused where it would do more than read and write tables."""

from __future__ import annotations

import pytest

from decom_nb.errors import InputError
from decom_nb.proof.client_sql import client_load


@pytest.mark.parametrize(
    "sql",
    [
        "COPY t TO 'x.csv'", "ATTACH 'x.db'", "INSTALL httpfs", "LOAD httpfs", "PRAGMA version", "SET threads = 1", "USE x",
        "CREATE MACRO f() AS 1", "CREATE VIEW v AS SELECT 1", "VACUUM", "CALL x()", "SELECT * FROM read_csv('x.csv')",
        "SELECT * FROM 'x.csv'", "SELECT * FROM query('SELECT 1')", "INSERT INTO t SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM pragma_table_info('t')", "BEGIN; DELETE FROM t", "DELETE FROM t; COMMIT", "BEGIN; DELETE FROM t; ROLLBACK",
        "BEGIN; BEGIN; COMMIT", "SELEC 1", "EXPORT DATABASE 'x'", "-- SELECT\nCOPY/**/t TO 'x.csv'", "CREATE SECRET s (TYPE s3)",
    ],
)  # fmt: skip
def test_what_no_load_does_is_refused(sql: str) -> None:
    with pytest.raises(InputError):
        client_load(sql)


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    with pytest.raises(InputError) as caught:
        client_load("DELETE FROM t;\nCOPY t TO 'x';\n\nSET threads = 1", file="load.sql")
    assert [(each.file, each.line) for each in caught.value.mistakes] == [("load.sql", 2), ("load.sql", 4)]


def test_words_in_texts_and_names_are_no_statements() -> None:
    made = client_load("INSERT INTO \"copy\" VALUES ('COPY t TO x; ATTACH y', 'read_csv(1)'); -- SET threads = 1")
    assert [step.sql for step in made.script.steps] == [
        "INSERT INTO \"copy\" VALUES ('COPY t TO x; ATTACH y', 'read_csv(1)')"
    ]


def test_transactions_tables_and_conflicts() -> None:
    made = client_load(
        "CREATE TEMP TABLE b AS SELECT * FROM shop.s; BEGIN; DELETE FROM raw.t;"
        "INSERT INTO raw.t SELECT * FROM b ON CONFLICT (id) DO NOTHING; COMMIT; DROP TABLE b"
    )
    assert [(each.atomic, len(each.steps)) for each in made.script.blocks] == [(False, 1), (True, 2), (False, 1)]
    assert made.tables == {("shop", "s"), ("raw", "t")}
    assert made.made == {("b",)}
    assert made.conflicts == {("raw", "t"): ("id",)}


def test_another_dialect_is_translated_and_that_is_said() -> None:
    made = client_load("INSERT INTO t SELECT IFF(a > 0, 1, 0) FROM s", "snowflake")
    assert "CASE WHEN a > 0 THEN 1 ELSE 0 END" in made.script.steps[0].sql
    assert "translation" in made.warnings[0]
