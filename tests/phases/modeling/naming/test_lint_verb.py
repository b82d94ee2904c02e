"""``decom modeling lint``: of the engagement, of a file of DDL, of a database, as data and as text; what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from decom_nb.cli import app
from decom_nb.errors import InputError
from tests.phases.dbt_case import manifest

RUNNER = CliRunner()


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    (tmp_path / "engagement.yaml").write_text(
        "document: engagement\nversion: 1\nname: n\nclient: c\n", encoding="utf-8"
    )
    return tmp_path


def asked(*arguments: str) -> Any:
    done = RUNNER.invoke(app, ["modeling", "lint", *arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_a_file_of_ddl_is_read_with_its_lines(engagement: Path) -> None:
    ddl = engagement / "shop.sql"
    columns = "  id INT,\n  /* a\n  b */\n  created DATETIME2 NULL,\n  paid BIT\n"
    broken = "CREATE TABLE broken (a INT;\n"
    ddl.write_text(f"-- @schema\nCREATE TABLE @shop.orders (\n{columns});\nSELECT 1;\n{broken}", encoding="utf-8")
    told = asked(str(engagement), "--from", str(ddl), "--dialect", "tsql")
    assert [(row["name"], row["line"], row["proposed"]) for row in told["rows"]] == [
        ("orders.id", 3, "order_id"),
        ("orders.created", 6, "created_at"),
        ("orders.paid", 7, "is_paid"),
    ]
    assert [each["line"] for each in told["unread"]] == [10]
    assert told["told"]["timestamp"] == [["orders", "created", "TIMESTAMP"]]
    assert told["told"]["timestamp_ok"] == []


def test_a_database_is_read_where_it_lies(engagement: Path) -> None:
    import duckdb

    with duckdb.connect(str(engagement / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE orders (order_id INTEGER, active BOOLEAN, ordered_at TIMESTAMP)")
    told = asked(str(engagement), "--from", str(engagement / "shop.duckdb"), "--renames")
    assert [row["proposed"] for row in told["rows"]] == ["is_active"]
    assert told["renames"] == ["ALTER TABLE orders RENAME COLUMN active TO is_active"]


def test_a_folder_of_ddl_and_dbt_is_read(engagement: Path) -> None:
    folder = engagement / "warehouse"
    (folder / "ddl").mkdir(parents=True)
    (folder / "ddl" / "a.sql").write_text("CREATE TABLE a (created TIMESTAMP)", encoding="utf-8")
    models = {"ads": {"path": "models/staging/ads.sql"}}
    (folder / "manifest.json").write_text(json.dumps(manifest({"models": models})), encoding="utf-8")
    told = asked(str(engagement), "--from", str(folder))
    assert [(row["name"], row["convention"]) for row in told["rows"]] == [
        ("a.created", "timestamp_columns"),
        ("ads", "staging_models"),
    ]
    assert told["rows"][0]["file"].endswith("warehouse/ddl/a.sql")
    assert asked(str(engagement), "--from", str(folder / "manifest.json"))["tables"] == 1


def test_what_is_not_there_is_told(engagement: Path) -> None:
    for arguments in (
        ["--from", "nowhere.sql"],
        [],
        ["--from", str(engagement / "engagement.yaml"), "--dialect", "postgrs"],
    ):
        with pytest.raises(InputError):
            RUNNER.invoke(app, ["modeling", "lint", str(engagement), *arguments], catch_exceptions=False)


def test_names_and_places_are_never_cut_in_the_middle(engagement: Path, tmp_path: Path) -> None:
    long = "a_rather_long_name_of_a_column_that_nobody_would_type_by_hand_twice"
    ddl = tmp_path / f"{'folder_of_ddl_' * 3}.sql"
    ddl.write_text(f"CREATE TABLE people (\n  {long} TIMESTAMP,\n  birth_date TIMESTAMP\n);")
    done = RUNNER.invoke(app, ["modeling", "lint", str(engagement), "--from", str(ddl)], env={"COLUMNS": "60"})
    assert f"people.{long} (TIMESTAMP) → {long}_at" in done.output
    assert f"{ddl.name}:2" in done.output
    assert "the type is probably wrong" in done.output
