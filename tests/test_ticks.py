"""Repairs are ticked off in JupyterLab: the plan follows at once, the score does not, and what is ticked is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from decom_nb.book import Book
from decom_nb.cells import open_book
from tests.engagement_with_runs import engagement_with_runs

pytestmark = pytest.mark.slow


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return engagement_with_runs(tmp_path / "made")


@pytest.fixture
def book(example: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DECOM_FACE", "lab")
    return open_book(example)


def html(box: Any) -> str:
    return "".join(child.value for child in box.children)


def file(example: Path) -> Path:
    return example / "documents" / "repair_plan.yaml"


def test_a_tick_is_kept_and_the_plan_follows(book: Any, example: Path) -> None:
    ticks, shown = book.ticks(), book.show("rubric.plan")
    before, score = html(shown), book.audit.scorecard
    boxes = {box.description: box for box in ticks.children}
    first = book.audit.plan.steps[0]
    (box,) = [box for said, box in boxes.items() if first.remedy in said]
    assert not box.value
    box.value = True
    assert f"rule: {first.rule}" in file(example).read_text(encoding="utf-8")
    assert book.audit.plan.step(first.rule).ticked
    assert book.audit.plan.ticked_low == pytest.approx(score.low + first.gain)
    assert book.audit.scorecard == score
    assert html(shown) != before
    assert Book.open(example).audit().plan.ticked_low == book.audit.plan.ticked_low  # type: ignore[union-attr]
    box.value = False
    assert html(shown) == before
    assert first.rule not in file(example).read_text(encoding="utf-8")


def test_what_was_written_beside_a_tick_stays(book: Any, example: Path) -> None:
    """The form beside the ticks, and an editor beside both, write the same document."""
    one, two = (step.rule for step in book.audit.plan.steps[:2])
    ticks, form = book.ticks(), book.form("repair_plan")
    ticks.children[0].value = True
    assert form.value.ticked == (one,)
    form.put(("repairs", 0, "owner"), "Ada")
    text = file(example).read_text(encoding="utf-8")
    file(example).write_text(f"# agreed on Monday\n{text}", encoding="utf-8")
    ticks.children[1].value = True
    text = file(example).read_text(encoding="utf-8")
    assert "# agreed on Monday" in text
    assert "owner: Ada" in text
    assert form.value.ticked == (one, two)
    assert form.value.repairs[0].owner == "Ada"


def test_a_tick_made_in_the_form_is_shown_in_the_boxes(book: Any) -> None:
    rule = book.audit.plan.steps[0].rule
    ticks, form = book.ticks(), book.form("repair_plan")
    form.add(("repairs",))
    form.put(("repairs", 0, "rule"), rule)
    assert ticks.children[0].value
    form.undo()
    assert not ticks.children[0].value


def test_showing_the_ticks_again_replaces_them(book: Any) -> None:
    book.ticks()
    again = book.ticks()
    assert len(book.followers) == 1
    again.children[0].value = True
    assert book.audit.plan.steps[0].ticked


def test_where_there_is_nobody_to_tick_there_are_no_boxes(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Book.open(example).take_audit()
    monkeypatch.setenv("DECOM_FACE", "report")
    assert open_book(example).ticks() is None
