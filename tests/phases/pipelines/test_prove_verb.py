"""``decom pipelines prove``: generated loads and a client's own, exit codes, what is kept as evidence and when it is stale."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from decom_nb.book import Book
from decom_nb.cli import app
from decom_nb.errors import GateFailed, InputError
from decom_nb.phases.pipelines.proof.view import proofs

RUNNER = CliRunner()
DOCUMENT = """
document: pipeline
version: 1
pipeline: orders
columns:
  - {name: order_id, data_type: BIGINT}
  - {name: status, data_type: VARCHAR}
  - {name: updated_at, data_type: TIMESTAMP}
extract:
  source_table: shop.orders
  strategy: incremental
  incremental_key: updated_at
  watermark_storage: control.watermarks
  natural_keys: [order_id]
load: {target_table: raw.orders, strategy: merge, merge_keys: [order_id]}
"""
RIGHT = """
CREATE OR REPLACE TEMP TABLE batch AS SELECT * FROM shop.orders
WHERE updated_at >= (SELECT last_value FROM control.watermarks WHERE pipeline = 'orders') - INTERVAL 1 HOUR
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
BEGIN;
MERGE INTO raw.orders AS t USING batch AS s ON t.order_id = s.order_id
WHEN MATCHED THEN UPDATE SET status = s.status, updated_at = s.updated_at, loaded_at = now()
WHEN NOT MATCHED THEN INSERT (order_id, status, updated_at, loaded_at) VALUES (s.order_id, s.status, s.updated_at, now());
UPDATE control.watermarks SET last_value = greatest(last_value, (SELECT max(updated_at) FROM batch)) WHERE pipeline = 'orders';
COMMIT;
"""
BLIND = "INSERT INTO raw.orders SELECT * FROM shop.orders"


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    (folder / "documents" / "pipeline").mkdir(parents=True)
    (folder / "evidence").mkdir()
    (folder / "engagement.yaml").write_text("document: engagement\nversion: 1\nname: acme\nclient: acme\n")
    (folder / "documents" / "pipeline" / "orders.yaml").write_text(DOCUMENT)
    return folder


def prove(folder: Path, *more: str) -> tuple[Any, BaseException | None]:
    run = RUNNER.invoke(app, ["pipelines", "prove", str(folder), *more, "--json"])
    return (json.loads(run.stdout) if run.stdout.startswith("{") else None), run.exception


def sql(folder: Path, text: str, called: str = "load.sql") -> str:
    (folder / called).write_text(text)
    return str(folder / called)


@pytest.mark.slow
def test_a_blind_insert_is_refuted_in_words(engagement: Path) -> None:
    told, error = prove(engagement, "--sql", sql(engagement, BLIND))
    assert isinstance(error, GateFailed)
    assert "Twice in a row: after load 2, there are 2 rows of order_id 10 and must be 1 row" in str(error)
    (proof,) = told["proofs"]
    assert (proof["pipeline"], proof["origin"], proof["passed"]) == ("orders", "load.sql", False)
    assert proof["first_difference"]["scenario"] == "twice"
    assert told["written"] == []


@pytest.mark.slow
def test_a_right_load_is_kept_and_grows_stale(engagement: Path) -> None:
    told, error = prove(engagement, "--sql", sql(engagement, RIGHT), "--write")
    assert error is None, told
    (proof,) = told["proofs"]
    assert proof["passed"]
    assert any("loaded_at" in each for each in proof["warnings"])
    assert any("control.watermarks is made as the load uses it" in each for each in proof["warnings"])
    audit = Book.open(engagement).audit(datetime(2026, 11, 1, tzinfo=UTC))
    (kept,) = audit.measures["proven_loads"]["proofs"]
    assert (kept["pipeline"], kept["stale"]) == ("orders", False)
    path = engagement / "documents" / "pipeline" / "orders.yaml"
    path.write_text(DOCUMENT.replace("strategy: merge", "strategy: upsert"))
    rows = Book.open(engagement).supply(date(2026, 11, 1)).get("proven_loads")
    assert [each["stale"] for each in rows["proofs"]] == [True]
    assert "to be proven again: orders" in proofs(rows)._repr_html_()


def test_bad_input_is_told(engagement: Path) -> None:
    for text, more, says in (
        ("COPY shop.orders TO 'x.csv'", (), "reads or writes files"),
        ("INSERT INTO raw.orders SELECT * FROM elsewhere.t", (), "never names the source shop.orders"),
        (
            "INSERT INTO raw.orders SELECT o.* FROM shop.orders o JOIN other.t USING (order_id)",
            (),
            "nothing says how it is made",
        ),
        (BLIND, ("--postgres", "X"), "in memory only"),
        (BLIND, ("--dialect", "snowflak"), "is not known"),
        (BLIND, ("--pipeline", "nobody"), "there is no pipeline nobody"),
    ):
        _, error = prove(engagement, "--sql", sql(engagement, text), *more)
        assert isinstance(error, InputError), text
        assert says in str(error)
    _, error = prove(engagement, "--sql", str(engagement / "nowhere.sql"))
    assert isinstance(error, InputError)
    _, error = prove(engagement, "--postgres", "NO_SUCH_ADDRESS_HERE")
    assert isinstance(error, InputError)


def test_the_setup_says_how_tables_are_made(engagement: Path) -> None:
    setup = sql(
        engagement,
        "CREATE TABLE raw.orders (order_id BIGINT, status VARCHAR, updated_at TIMESTAMP, batch INTEGER DEFAULT 7);"
        "CREATE TABLE other.t (order_id BIGINT); INSERT INTO other.t VALUES (10)",
        "setup.sql",
    )
    load = "INSERT INTO raw.orders SELECT o.*, 1 FROM shop.orders o LEFT JOIN other.t USING (order_id)"
    told, error = prove(engagement, "--sql", sql(engagement, load), "--setup", setup)
    assert isinstance(error, GateFailed)
    assert told["proofs"][0]["scenarios"][0]["outcome"] == "held", told["proofs"][0]["scenarios"][0]
    assert told["proofs"][0]["first_difference"]["scenario"] == "twice"
