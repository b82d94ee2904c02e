"""``decom pipelines orchestrate``: files that are printed, written and kept, made of the document and of its SQL."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from decom_nb.cli import app
from decom_nb.errors import InputError
from tests.phases.pipelines.test_check_verb import GOOD, engagement

__all__ = ["engagement"]
RUNNER = CliRunner()


@pytest.fixture
def loaded(engagement: Path) -> Path:
    (engagement / "documents" / "pipeline" / "clicks.yaml").unlink()
    sql = engagement / "deliverables" / "pipelines" / "load-orders" / "duckdb" / "load.sql"
    sql.parent.mkdir(parents=True)
    sql.write_text("SELECT 1;\n", encoding="utf-8")
    return engagement


def asked(*arguments: str) -> Any:
    done = RUNNER.invoke(app, ["pipelines", "orchestrate", *arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


@pytest.mark.parametrize("orchestrator", ["airflow", "dagster", "prefect"])
def test_it_prints_or_writes_and_keeps_what_was_edited(orchestrator: str, loaded: Path) -> None:
    (printed,) = asked(str(loaded), "--for", orchestrator)["files"]
    file = loaded / "deliverables" / "pipelines" / "orchestrator" / orchestrator / "load_orders.py"
    assert not file.exists()
    ast.parse(printed["text"])
    (written,) = asked(str(loaded), "--for", orchestrator, "--write")["files"]
    assert written["outcome"] == "written"
    text = file.read_text(encoding="utf-8")
    assert text.endswith(printed["text"])
    assert f"# Made by: decom pipelines orchestrate DIR --for {orchestrator} --write" in text
    assert "# From: documents/pipeline/orders.yaml sha256:" in text
    ast.parse(text)
    file.write_text(text.replace("max_retries", "max_tries") + "# mine\n", encoding="utf-8")
    (again,) = asked(str(loaded), "--for", orchestrator, "--write")["files"]
    assert again["outcome"] == "edited"
    assert file.read_text(encoding="utf-8").endswith("# mine\n")


def test_without_sql_it_says_which_command_makes_it(engagement: Path) -> None:
    with pytest.raises(InputError) as caught:
        asked(str(engagement), "--for", "airflow", "--pipeline", "orders")
    assert "decom pipelines sql DIR --pipeline load_orders --write" in str(caught.value)


def test_all_mistakes_of_all_pipelines_are_told_at_once(engagement: Path) -> None:
    with pytest.raises(InputError) as caught:
        asked(str(engagement), "--for", "dagster")
    assert sorted(each.key for each in caught.value.mistakes) == ["", "schedule"]


def test_a_reconciliation_has_a_file_of_its_own(loaded: Path) -> None:
    document = loaded / "documents" / "pipeline" / "orders.yaml"
    document.write_text(GOOD.replace("extract:", 'extract:\n  reconciliation: "0 4 * * 0"'), encoding="utf-8")
    (loaded / "deliverables" / "pipelines" / "load-orders" / "duckdb" / "reconcile.sql").write_text("SELECT 2;\n")
    first, second = asked(str(loaded), "--for", "prefect")["files"]
    assert (first["pipeline"], second["pipeline"]) == ("load_orders", "load_orders (reconciliation)")
    assert "'reconcile.sql'" in second["text"]
    assert "'0 4 * * 0'" in second["text"]


def test_two_pipelines_of_one_name_are_refused(loaded: Path) -> None:
    other = loaded / "documents" / "pipeline" / "again.yaml"
    other.write_text(GOOD.replace("load_orders", "load orders"), encoding="utf-8")
    with pytest.raises(InputError, match="two pipelines are called load_orders"):
        asked(str(loaded), "--for", "airflow")
