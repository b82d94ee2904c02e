"""``decom modeling check``: the model's findings, for people and for programs, and a gate that is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from decom_nb.book import Book
from decom_nb.engagement import Engagement
from decom_nb.errors import GateFailed, InputError
from decom_nb.phases.modeling.check_verb import WIDE, _row
from decom_nb.phases.modeling.commands import app

MODEL = """
fact_tables:
  - name: fct_orders
    grain: order
    grain_statement: One row per order
    grain_columns: [order_id]
    degenerate_dimensions: [{name: order_id}]
    measures:
      - {name: margin_percent, type: non-additive, aggregation: SUM, business_definition: Margin}
"""


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    Engagement.create(tmp_path / "acme")
    return tmp_path / "acme"


def check(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["check", str(folder), *more], obj=Book.open)


def written(folder: Path, model: str) -> Path:
    (folder / "documents" / "dimensional_model.yaml").write_text(f"document: dimensional_model\nversion: 1\n{model}")
    return folder


def test_what_does_not_hold_is_told_with_its_rows(engagement: Path) -> None:
    done = check(written(engagement, MODEL))
    assert done.exit_code == 0, done.output
    assert "fct_orders.margin_percent" in done.output
    assert "To do: Change the aggregation" in done.output


def test_rows_are_told_in_lines_that_a_terminal_holds_and_without_what_is_empty() -> None:
    assert list(_row({"a": "b", "line": 0, "c": None, "found": 0})) == ["- a: b; found: 0"]
    lines = list(_row({"name": "fct_orders.paid", "because": "a word " * 60, "line": 7}))
    assert len(lines) > 3
    assert max(map(len, lines)) <= WIDE
    assert lines[-1].endswith("line: 7")


def test_programs_get_the_same(engagement: Path) -> None:
    told: dict[str, Any] = json.loads(check(written(engagement, MODEL), "--json").stdout)
    found = {each["rule"]: each for each in told["findings"]}
    wrong = found["modeling.measures_are_added_up_as_their_type_allows"]
    assert (wrong["outcome"], wrong["evidence"][0]["measure"]) == ("false", "margin_percent")
    assert found["modeling.facts_state_their_grain"]["outcome"] == "true"
    assert told["model"]["measures"] == 1


def test_the_gate_fails_at_the_severity_that_is_asked_for(engagement: Path) -> None:
    folder = written(engagement, MODEL)
    assert check(folder, "--fail-on", "critical").exit_code == 0
    failed = check(folder, "--fail-on", "high")
    assert isinstance(failed.exception, GateFailed)
    assert "measures_are_added_up" in str(failed.exception)


def test_what_cannot_be_checked_says_why(engagement: Path) -> None:
    (engagement / "documents" / "dimensional_model.yaml").unlink(missing_ok=True)
    assert "decom modeling draft" in str(check(engagement).exception)
    twice = check(written(engagement, "dimensions: [{name: dim_a}, {name: dim_a}]\n"))
    assert isinstance(twice.exception, InputError)
    assert "declared twice" in str(twice.exception)
    unknown = check(written(engagement, MODEL), "--fail-on", "hihg")
    assert unknown.exit_code == 2
    assert "high" in unknown.output
