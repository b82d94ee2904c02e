"""``decom adr``, of which ``decom architecture adr`` is the older name: what is recommended, never written twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from decom_nb.book import Book
from decom_nb.cli import app
from decom_nb.decision_record import read_record
from decom_nb.errors import InputError
from decom_nb.phases.architecture import commands

QUESTION = "architecture.pattern"


def adr(folder: Path, *more: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["adr", str(folder), QUESTION, "--json", *more])
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.slow
def test_a_record_holds_what_is_recommended_in_front_matter_and_prose(example: Path) -> None:
    made, told = Book.open(example).decide(QUESTION), adr(example)
    assert told["chosen"] == told["recommended"] == list(made.recommended)
    text = Path(told["record"]).read_text(encoding="utf-8")
    record = read_record(text)
    assert record is not None
    assert record.basis.chosen == " + ".join(made.recommended)
    assert (record.basis.winners, record.basis.recommended) == (made.winners, made.recommended)
    assert f"“{record.basis.chosen}”, because" in text
    assert "people chose otherwise" not in text


@pytest.mark.slow
def test_a_record_is_not_written_twice(example: Path) -> None:
    first, second = adr(example), adr(example)
    assert (first["written"], second["written"]) == (True, False)
    assert first["record"] == second["record"]
    assert len(list(Path(first["record"]).parent.glob("*.md"))) == 1
    other = adr(example, "--chosen", "Lakehouse")
    assert other["written"]
    assert "people chose otherwise" in Path(other["record"]).read_text(encoding="utf-8")
    assert not adr(example, "--chosen", "Lakehouse")["written"]
    assert adr(example)["written"], "the newest record says something else"


def test_an_option_that_is_none_is_refused(example: Path) -> None:
    done = CliRunner().invoke(app, ["adr", str(example), QUESTION, "--chosen", "Lakehouse + Micro-bath"])
    assert done.exit_code != 0
    assert "Micro-batch" in str(done.exception)


@pytest.mark.slow
def test_the_verb_of_the_architecture_room_writes_the_same(example: Path) -> None:
    first = adr(example)
    done = CliRunner().invoke(commands.app, ["adr", str(example), QUESTION, "--json"], obj=Book.open)
    assert json.loads(done.stdout) == {**first, "written": False}


def test_no_record_is_written_of_silence_but_what_people_chose_is(tmp_path: Path) -> None:
    asked = ["adr", str(tmp_path / "new"), "modeling.methodology"]
    CliRunner().invoke(app, ["init", str(tmp_path / "new")])
    refused = CliRunner().invoke(app, asked)
    assert isinstance(refused.exception, InputError)
    told = str(refused.exception)
    assert "nothing is answered" in told
    assert "--chosen" in told
    assert "How many source systems have to be integrated?" in told
    assert not list(tmp_path.rglob("0001-*.md"))
    done = CliRunner().invoke(app, [*asked, "--chosen", "Data Vault 2.0", "--json"])
    text = Path(json.loads(done.stdout)["record"]).read_text(encoding="utf-8")
    assert "by people; what is answered does not tell the options apart" in text
    assert "No option is chosen yet" not in text
