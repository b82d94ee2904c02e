"""``decom patterns features``: SQL, proof and Feast of the example, written and kept; what is missing is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from decom_nb.cli import app
from decom_nb.errors import InputError

RUNNER = CliRunner()


def asked(*arguments: str) -> Any:
    done = RUNNER.invoke(app, ["patterns", "features", *arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


@pytest.mark.slow
def test_the_examples_training_set_is_proven_and_written(example: Path) -> None:
    (told,) = asked(str(example), "--prove", "--write")
    assert told["proof"]["made_up"]["holds"]
    assert told["proof"]["real"]["holds"]
    assert told["proof"]["real"]["labels"] > 100
    assert told["proof"]["real"]["naive_wrong"]["last_order_at"] > 100, "the naive join gives each label its own order"
    assert told["feast_checked"]["wrong"] == []
    files = {Path(each["file"]).name: each for each in told["files"]}
    assert set(files) == {"training.duckdb.sql", "feast_features.py", "proof.md"}
    page = Path(files["proof.md"]["file"]).read_text(encoding="utf-8")
    assert "all as the reference has them" in page
    sql = Path(files["training.duckdb.sql"]["file"])
    sql.write_text(sql.read_text(encoding="utf-8") + "-- ours\n", encoding="utf-8")
    (again,) = asked(str(example), "--prove", "--write")
    assert {Path(each["file"]).name: each["outcome"] for each in again["files"]} == {
        "training.duckdb.sql": "edited", "feast_features.py": "unchanged", "proof.md": "unchanged",
    }  # fmt: skip


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    head = "document: engagement\nversion: 1\nname: n\nclient: c\n"
    (tmp_path / "engagement.yaml").write_text(head, encoding="utf-8")
    folder = tmp_path / "documents" / "feature_store"
    folder.mkdir(parents=True)
    said = "document: feature_store\nversion: 1\nentity: customer\n"
    (folder / "customer.yaml").write_text(said, encoding="utf-8")
    for arguments in (["nobody"], ["customer", "--dialect", "oracle"]):
        with pytest.raises(InputError):
            RUNNER.invoke(app, ["patterns", "features", str(tmp_path), *arguments], catch_exceptions=False)
