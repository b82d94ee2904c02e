"""Which tables a statement touches: what WITH names is no table, where it can be seen; what is written is not read."""

from __future__ import annotations

import logging

import pytest

from decom_nb.sql.touched import LONGEST, Touched, touched

CASES = [
    # dialect, statement, tables that it reads, tables that it writes
    ("postgres", "SELECT * FROM a JOIN s.b USING (x)", "a s.b", ""),
    ("postgres", 'SELECT * FROM "S"."Big Table"', "s.big table", ""),
    ("postgres", "SELECT * FROM a WHERE x IN (SELECT y FROM b WHERE EXISTS (SELECT 1 FROM c))", "a b c", ""),
    ("postgres", "WITH a AS (SELECT * FROM b) SELECT * FROM a", "b", ""),
    ("postgres", "WITH a AS (SELECT * FROM a) SELECT * FROM a", "a", ""),
    ("postgres", "WITH a AS (SELECT * FROM x), b AS (SELECT * FROM a) SELECT * FROM b", "x", ""),
    ("postgres", "SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) q, a", "a", ""),
    ("postgres", "WITH a AS (SELECT 1) SELECT * FROM s.a", "s.a", ""),
    ("postgres", "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT * FROM r JOIN t) SELECT * FROM r", "t", ""),
    ("postgres", "INSERT INTO a SELECT * FROM b", "b", "a"),
    ("snowflake", "INSERT INTO a WITH c AS (SELECT * FROM b) SELECT * FROM c", "b", "a"),
    ("databricks", "INSERT OVERWRITE TABLE a SELECT * FROM b", "b", "a"),
    ("postgres", "UPDATE a SET x = b.y FROM b WHERE a.i = b.i", "b", "a"),
    ("postgres", "DELETE FROM a USING b WHERE a.x = b.x", "b", "a"),
    ("snowflake", "MERGE INTO a USING (SELECT * FROM b) s ON a.i = s.i WHEN MATCHED THEN UPDATE SET x = 1", "b", "a"),
    ("snowflake", "CREATE OR REPLACE TABLE a AS SELECT * FROM b", "b", "a"),
    ("snowflake", "CREATE TABLE a CLONE b", "b", "a"),
    ("redshift", "COPY a FROM 's3://x' IAM_ROLE 'y' CSV", "", "a"),
    ("snowflake", "COPY INTO a FROM @stage/x", "", "a"),
    ("snowflake", "COPY INTO @stage/x FROM a", "a", ""),
    ("postgres", "TRUNCATE a, b", "", "a b"),
    ("snowflake", "DROP TABLE IF EXISTS a", "", "a"),
    ("snowflake", "ALTER TABLE a SWAP WITH b", "", "a b"),
    ("bigquery", "SELECT * FROM `p-1.d.t` JOIN `p-1`.`d`.`u` USING (x)", "p-1.d.t p-1.d.u", ""),
    ("bigquery", "SELECT * FROM d.t AS q, q.items", "d.t", ""),
    ("bigquery", "SELECT * FROM `p.d.events_*`, UNNEST(hits)", "p.d.events_*", ""),
    ("snowflake", "SELECT * FROM TABLE(FLATTEN(input => PARSE_JSON('[1]')))", "", ""),
    ("postgres", "SELECT * FROM generate_series(1, 2) AS g, a", "a", ""),
    ("postgres", "SELECT count(*) FROM a WHERE x = $1 AND y IN ($2, $3)", "a", ""),
    ("postgres", "BEGIN; INSERT INTO a VALUES (1); COMMIT", "", "a"),
    ("snowflake", "USE WAREHOUSE w", "", ""),
    ("postgres", "-- nothing\nSELECT 1", "", ""),
    ("snowflake", "CREATE MATERIALIZED VIEW v AS SELECT * FROM a", "a", "v"),
]


@pytest.mark.parametrize(("dialect", "sql", "reads", "writes"), CASES)
def test_tables_are_found(dialect: str, sql: str, reads: str, writes: str) -> None:
    told = touched(sql, dialect)
    assert told.parsed

    def written(tables: tuple[tuple[str, ...], ...]) -> set[str]:
        return {".".join(parts) for parts in tables}

    wanted = {"s.big table"} if "big table" in reads else set(reads.split())
    assert (written(told.reads), written(told.writes)) == (wanted, set(writes.split()))


def test_making_a_view_reads_nothing() -> None:
    told = touched("CREATE OR REPLACE VIEW s.v AS SELECT * FROM s.a JOIN b USING (x)", "snowflake")
    assert told == Touched(reads=(), writes=(("s", "v"),), defines=(("s", "a"), ("b",)))


@pytest.mark.parametrize(
    "sql",
    [
        "selec",
        "SELECT * FROM a WHERE x =",
        "CALL p()",
        "EXPLAIN SELECT * FROM a",
        "((((",
        "\x00",
        "(" * 5000,
        "a" * (LONGEST + 1),
    ],
)
def test_what_cannot_be_parsed_says_so_quietly(sql: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert touched(sql, "postgres") == Touched(parsed=False)
    assert not caplog.records
