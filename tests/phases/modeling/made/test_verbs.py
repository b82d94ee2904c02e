"""The verbs print and write what was made, and what was edited by hand stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from typer.testing import CliRunner

from decom_nb.cli import app
from decom_nb.deliverable import deliverables
from decom_nb.errors import InputError
from tests.phases.modeling.made_model import WHOLE

RUNNER = CliRunner()


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    (tmp_path / "engagement.yaml").write_text("document: engagement\nversion: 1\nname: x\n", encoding="utf-8")
    model = {"document": "dimensional_model", "version": 1, **WHOLE}
    (tmp_path / "documents" / "dimensional_model.yaml").write_text(yaml.safe_dump(model), encoding="utf-8")
    return tmp_path


def run(*arguments: object) -> str:
    return RUNNER.invoke(app, ["modeling", *map(str, arguments)], catch_exceptions=False).stdout


def data(*arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return found


def test_ddl_is_printed_so_that_it_can_be_run(engagement: Path) -> None:
    con = duckdb.connect()
    con.execute(run("ddl", engagement))
    assert len(con.execute("SELECT * FROM duckdb_tables()").fetchall()) == 8
    assert not (engagement / "deliverables").exists()


def test_ddl_and_dates_are_written_and_run(engagement: Path) -> None:
    told = data("ddl", engagement, "--years", "2024-2025", "--fiscal-start", 4, "--write")
    assert [each["outcome"] for each in told["written"]] == ["written", "written"]
    con = duckdb.connect()
    for each in told["written"]:
        con.execute(Path(each["file"]).read_text(encoding="utf-8"))
    assert con.execute("SELECT count(*) FROM marts.dim_date").fetchone() == (731,)
    assert {"table": "fct_payments", "column": "orders", "type": "BIGINT"} in told["assumed_types"]
    (first, second) = deliverables(engagement, engagement / "deliverables")
    assert first.made_from == ("documents/dimensional_model.yaml",)
    assert second.made_by == "decom modeling ddl DIR --dialect duckdb --years 2024-2025 --fiscal-start 4 --write"


def test_what_was_edited_stays_and_ours_is_offered_once_the_model_changes(engagement: Path) -> None:
    run("ddl", engagement, "--dialect", "postgres", "--write")
    path = engagement / "deliverables" / "modeling" / "ddl" / "postgres.sql"
    path.write_text(path.read_text(encoding="utf-8") + "-- mine\n", encoding="utf-8")
    assert "nothing new to offer" in run("ddl", engagement, "--dialect", "postgres", "--write")
    document = engagement / "documents" / "dimensional_model.yaml"
    document.write_text(document.read_text(encoding="utf-8").replace("paid_amount", "payment_amount"), encoding="utf-8")
    assert "offered beside yours" in run("ddl", engagement, "--dialect", "postgres", "--write")
    assert path.read_text(encoding="utf-8").endswith("-- mine\n")
    assert "payment_amount" in path.with_name("postgres.sql.new").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--dialect", "oracle"), "oracle is not known"),
        (("--keys", "uuid"), "uuid is not known"),
        (("--years", "soon"), "no range of years"),
        (("--years", "2025-2020"), "no range of years"),
    ],
)
def test_what_cannot_be_asked_is_told(engagement: Path, arguments: tuple[str, ...], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        run("ddl", engagement, *arguments)


def test_without_a_model_it_says_where_to_begin(tmp_path: Path) -> None:
    (tmp_path / "engagement.yaml").write_text("document: engagement\nversion: 1\nname: x\n", encoding="utf-8")
    with pytest.raises(InputError, match="no dimensional model"):
        run("ddl", tmp_path)
