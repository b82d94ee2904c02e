"""``decom architecture adr``: a record of what is recommended, and none that would say the same twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from decom_nb.book import Book
from decom_nb.phases.architecture.commands import app
from decom_nb.phases.architecture.decision_record import read_record

QUESTION = "architecture.pattern"


def adr(folder: Path, *more: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["adr", str(folder), QUESTION, "--json", *more], obj=Book.open)
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    return told


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
    done = CliRunner().invoke(app, ["adr", str(example), QUESTION, "--chosen", "Lakehouse + Micro-bath"], obj=Book.open)
    assert done.exit_code != 0
    assert "Micro-batch" in str(done.exception)
