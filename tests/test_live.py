"""The live face: a change in a form is saved, and every view on the page follows; what did not change is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from decom_nb.book import Book
from decom_nb.cells import open_book
from decom_nb.chart_view import ChartView


@pytest.fixture
def book(example: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DECOM_FACE", "lab")
    return open_book(example)


def html(box: Any) -> str:
    return "".join(child.value for child in box.children if not isinstance(child, ChartView))


def test_a_change_reaches_file_decision_and_views(book: Any, example: Path) -> None:
    form, shown = book.form("brief"), book.decision("architecture.pattern")
    before = html(shown)
    form.put(("constraints", "team_size"), 40)
    assert "team_size: 40" in (example / "documents" / "brief.yaml").read_text(encoding="utf-8")
    assert book.audit.decision("architecture.pattern").answers["team_size"] == 40
    assert html(shown) != before
    form.undo()
    assert html(shown) == before


def test_a_claim_moves_the_score_and_leaves_decisions_alone(book: Any) -> None:
    form, score, decision = book.form("claims"), book.show("rubric.dimensions"), book.decision("architecture.storage")
    before, untouched = html(score), list(decision.children)
    form.put(("testing", "points"), 2)
    assert html(score) != before
    assert list(decision.children) == untouched


def test_a_chart_is_redrawn_in_its_place(book: Any) -> None:
    form, shown = book.form("brief"), book.decision("architecture.processing")
    charts = [child for child in shown.children if isinstance(child, ChartView)]
    specs = [dict(chart.spec) for chart in charts]
    form.put(("signals", "unit_of_work_gb"), 400.0)
    assert next(child for child in shown.children if isinstance(child, ChartView)) is charts[0]
    assert charts[0].spec != specs[0]


def test_weights_are_kept_and_move_the_decision(book: Any, example: Path) -> None:
    shown = book.decision("architecture.pattern")
    before = html(shown)
    sliders = book.weights("architecture.pattern").children
    sliders[0].value = 0.0
    assert html(shown) != before
    assert Book.open(example).weights["architecture.pattern"]
    assert 0.0 in Book.open(example).weights["architecture.pattern"].values()


def test_other_peoples_changes_come_in_with_the_next_save(book: Any, example: Path) -> None:
    form = book.form("brief")
    file = example / "documents" / "brief.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("team_size: 4", "team_size: 9"), encoding="utf-8")
    form.put(("constraints", "budget_monthly_usd"), 9000.0)
    text = file.read_text(encoding="utf-8")
    assert "team_size: 9" in text
    assert "budget_monthly_usd: 9000" in text
    assert form.value.constraints.team_size == 9


def test_a_document_that_is_gone_is_begun_anew(book: Any, example: Path) -> None:
    (example / "documents" / "claims.yaml").unlink()
    book.form("claims").put(("testing", "points"), 1)
    assert Book.open(example).documents["claims"].testing.points == 1


def test_showing_a_view_again_replaces_the_old_one(book: Any) -> None:
    book.show("rubric.summary")
    book.show("rubric.summary")
    assert len(book.followers) == 1
