"""A proof on a real PostgreSQL: the same verdicts, in schemas of its own that are gone afterwards; the address is not shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from decom_nb.errors import InputError
from decom_nb.proof.case import Claims, LoadCase
from decom_nb.proof.in_postgres import InPostgres
from decom_nb.proof.prove import prove
from decom_nb.sql.script import Block, Script, Step
from decom_nb.sql.table_definition import TableDefinition
from tests.proof.orders_case import COLUMNS, NAMES, SOURCE

pytestmark = pytest.mark.slow
NOW = datetime(2026, 3, 31, tzinfo=UTC)
NEWEST = f"SELECT DISTINCT ON (order_id) {NAMES} FROM shop.orders {{where}} ORDER BY order_id, updated_at DESC"
SINCE = "WHERE updated_at >= (SELECT position FROM control.w) - INTERVAL '1 hour'"
UPSERT = (
    f"INSERT INTO raw.orders AS orders ({NAMES}) SELECT {NAMES} FROM batch ON CONFLICT (order_id) DO UPDATE SET "
    + ", ".join(f"{each.name} = excluded.{each.name}" for each in COLUMNS[1:])
)
BATCH = f"CREATE TEMP TABLE batch AS {NEWEST.format(where=SINCE)}"
MOVE = "UPDATE control.w SET position = GREATEST(position, (SELECT MAX(updated_at) FROM batch))"


def case(*blocks: Block) -> LoadCase:
    return LoadCase(
        name="orders",
        script=Script("postgres", blocks),
        sources=(SOURCE,),
        target=TableDefinition(
            ("raw", "orders"), COLUMNS and tuple(replace(each, nullable=True) for each in COLUMNS), ("order_id",)
        ),
        key=("order_id",),
        oracle=NEWEST.format(where=""),
        version="updated_at",
        event="ordered_on",
        setup=("CREATE TABLE control.w (position TIMESTAMP)", "INSERT INTO control.w VALUES ('1970-01-01')"),
        claims=Claims(lookback=timedelta(hours=1)),
    )


def steps(*statements: str) -> tuple[Step, ...]:
    return tuple(Step(each, each.split()[0].lower()) for each in statements)


RIGHT = case(Block(steps("DROP TABLE IF EXISTS batch", BATCH)), Block(steps(UPSERT, MOVE), atomic=True))
EARLY = case(
    Block(
        steps(
            "DROP TABLE IF EXISTS batch",
            BATCH,
            MOVE.replace("MAX(updated_at)", "MAX(updated_at) + INTERVAL '1 hour'"),
            UPSERT,
        )
    )
)


def test_verdicts_and_nothing_left_behind(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROOF_HERE", postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("CREATE SCHEMA raw")
        other.execute("CREATE TABLE raw.orders (theirs int)")
        other.execute("INSERT INTO raw.orders VALUES (1)")
        for made, passed in ((RIGHT, True), (EARLY, False)):
            database = InPostgres("PROOF_HERE")
            try:
                proof = prove(made, database, taken_at=NOW)
            finally:
                database.close()
            assert proof.passed is passed, proof.first_difference
            assert proof.engine.startswith("PostgreSQL ")
        assert "killed_first" in [each.name for each in proof.scenarios if each.outcome == "refuted"]
        assert other.execute("TABLE raw.orders").fetchall() == [(1,)]
        schemas = other.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'decom%'").fetchall()
        assert schemas == []


def test_the_address_is_never_shown(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROOF_HERE", postgres_url.replace("@", "wrong@"))
    with pytest.raises(InputError) as caught:
        InPostgres("PROOF_HERE")
    assert "PROOF_HERE" in str(caught.value)
    assert "wrong" not in str(caught.value)
    with pytest.raises(InputError) as caught:
        InPostgres("postgres://somebody:hunter2@127.0.0.1:1/nowhere")
    assert "hunter2" not in str(caught.value)
