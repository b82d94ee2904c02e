"""``decom patterns scd2`` writes loads that the engine runs on the tables that ``decom modeling ddl`` makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from decom_nb.cli import app
from decom_nb.errors import InputError
from decom_nb.phases.patterns.scd.scd_view import dimension_rows, dimensions_view
from tests.phases.patterns.scd.scd_engine import instant

MODEL = """
document: dimensional_model
version: 1
database_schema: marts
dimensions:
  - name: dim_customers
    type: 2
    natural_key: [customer_id]
    surrogate_key: customer_key
    source: customers
    attributes:
      - {name: customer_id, data_type: BIGINT, source: customers.id}
      - {name: status, data_type: VARCHAR}
      - {name: is_known, data_type: BOOLEAN, source: email is not null}
      - {name: email, data_type: VARCHAR, scd_type: 1}
      - {name: score, data_type: INTEGER, scd_type: 4}
      - {name: tier, data_type: VARCHAR, scd_type: 6}
  - name: dim_loose
    attributes:
      - {name: colour, data_type: VARCHAR}
"""


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "dimensional_model.yaml").write_text(MODEL)
    (tmp_path / "engagement.yaml").write_text("document: engagement\nversion: 1\nname: n\nclient: c\n")
    return tmp_path


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words), catch_exceptions=False)


def refused(*words: str) -> str:
    with pytest.raises(InputError) as error:
        run(*words)
    return str(error.value)


def test_the_load_runs_on_the_models_own_tables(engagement: Path) -> None:
    ddl = json.loads(run("modeling", "ddl", str(engagement), "--json").stdout)["files"]["duckdb.sql"]
    options = ("--dimension", "dim_customers", "--effective", "changed_at", "--deleted", "gone", "--deletes", "close")
    written = run("patterns", "scd2", str(engagement), *options, "--write", "--json")
    assert written.exit_code == 0, written.output
    told = json.loads(written.stdout)
    assert [Path(each["file"]).name for each in told["written"]] == [
        "dim_customers.duckdb.sql",
        "dim_customers.setup.duckdb.sql",
    ]
    load, setup = (Path(each["file"]).read_text() for each in told["written"])
    connection = duckdb.connect()
    connection.execute(ddl)
    connection.execute(
        "CREATE TABLE customers (id BIGINT, status VARCHAR, email VARCHAR, score INT, tier VARCHAR,"
        " changed_at TIMESTAMP, gone BOOLEAN)"
    )
    connection.execute(setup)
    batches = [
        [(1, "new", None, 1, "a", instant(5), False), (2, "new", "m@x", 5, "a", instant(5), False)],
        [(1, "old", "j@x", 2, "b", instant(2), False), (2, None, None, None, None, instant(6), True)],
        [(1, "new", "k@x", 3, "c", instant(9), False)],
    ]
    for n, batch in enumerate(batches):
        for _ in range(2):
            connection.execute("DELETE FROM customers")
            connection.executemany("INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?)", batch)
            connection.execute(load.replace("$loaded_at", f"TIMESTAMP '{instant(20 + n)}'"))
    found = connection.execute(
        "SELECT customer_id, status, email, score, tier, current_tier, is_known, valid_from, is_current,"
        " customer_key = min(customer_key) OVER (PARTITION BY customer_id) FROM marts.dim_customers"
        " ORDER BY customer_id, valid_from"
    ).fetchall()
    assert found == [
        (1, "old", "k@x", 3, "b", "c", True, instant(2), False, False),
        (1, "new", "k@x", 3, "a", "c", False, instant(5), False, True),
        (1, "new", "k@x", 3, "c", "c", True, instant(9), True, False),
        (2, "new", "m@x", 5, "a", "a", True, instant(5), False, True),
    ]
    history = "SELECT customer_id, score, is_current FROM marts.dim_customers_history ORDER BY customer_id, valid_from"
    assert connection.execute(history).fetchall() == [(1, 2, False), (1, 1, False), (1, 3, True), (2, 5, False)]


def test_what_the_model_does_not_tell_is_said(engagement: Path) -> None:
    said = refused("patterns", "scd2", str(engagement), "--dimension", "dim_loose")
    assert "dimensions.dim_loose.natural_key" in said
    assert "dimensions.dim_loose.source" in said
    assert "dim_customers" in refused("patterns", "scd2", str(engagement), "--dimension", "dim_custmers")
    assert "oracle is not known" in refused("patterns", "scd2", str(engagement), "--dialect", "oracle")
    wrong = refused("patterns", "scd2", str(engagement), "--dimension", "dim_customers", "--deletes", "close")
    assert "nothing tells what was deleted" in wrong


def test_a_specification_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "customers.yaml"
    file.write_text(
        "document: scd_specification\nversion: 1\ntable: dim\nsource: stage\nnatural_key: [id]\ntype_2: [status]\n"
    )
    printed = run("patterns", "scd2", str(file), "--dialect", "snowflake")
    assert printed.exit_code == 0, printed.output
    assert "MERGE INTO dim" in printed.stdout
    file.write_text("document: scd_specification\nversion: 1\ntable: dim\nsource: stage\nnatural_kee: [id]\n")
    assert "natural_kee" in refused("patterns", "scd2", str(file))


def test_the_page_says_which_loads_can_be_written(engagement: Path) -> None:
    from decom_nb.book import Book

    rows = dimension_rows(Book.open(engagement).documents["dimensional_model"])
    assert [(row["dimension"], bool(row["mistakes"])) for row in rows] == [
        ("dim_customers", False),
        ("dim_loose", True),
    ]
    assert rows[0]["tables"] == ["marts.dim_customers_changes", "marts.dim_customers_history"]
    page = dimensions_view(rows)._repr_html_()
    assert "Type 6, versions and newest: tier" in page
    assert "there is none" in page
