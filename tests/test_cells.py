"""What a notebook's cells call, in the faces where nobody types."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from decom_nb import open_book
from decom_nb.book import Book
from decom_nb.cells import draw, find_view
from decom_nb.errors import InputError

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def audited(example: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DECOM_FACE", "report")
    Book.open(example).take_audit(NOON)
    return example


@pytest.mark.slow
def test_a_report_shows_the_audit_that_was_taken_and_works_nothing_out(
    audited: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Book, "audit", lambda *_: pytest.fail("a face recomputed an audit"))
    book = open_book(audited)
    shown = book.show("rubric.executive")._repr_html_()
    assert f"<strong>{int(book.audit.scorecard.low)}</strong>" in shown
    assert book.form("brief") is None
    assert book.weights("architecture.pattern") is None


@pytest.mark.slow
def test_the_newest_audit_is_shown_unless_one_is_named(audited: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later, _ = Book.open(audited).take_audit(NOON.replace(hour=13))
    assert open_book(audited).audit.id == later.id
    first = min(folder.name for folder in (audited / "audits").iterdir())
    monkeypatch.setenv("DECOM_AUDIT", first)
    assert open_book(audited).audit.id == first != later.id


def test_without_an_audit_there_is_a_sentence(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECOM_FACE", "report")
    with pytest.raises(InputError, match="no audit has been taken yet"):
        open_book(example)


def test_an_unknown_face_or_view_is_refused_with_what_there_is(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECOM_FACE", "fax")
    with pytest.raises(InputError, match="lab, report, dashboard"):
        open_book(example)
    with pytest.raises(InputError, match=r"did you mean rubric\.executive"):
        find_view("rubric.executve")
    with pytest.raises(InputError, match="no room has this view"):
        find_view("rubric._html")


@pytest.mark.slow
def test_every_view_draws_the_example_and_an_empty_engagement(example: Path, tmp_path: Path) -> None:
    from decom_nb.book import decision_tables, rooms
    from decom_nb.engagement import Engagement

    Engagement.create(tmp_path / "empty")
    for audit in (Book.open(example).audit(NOON), Book.open(tmp_path / "empty").audit(NOON)):
        for room in rooms():
            for name in room.part("views").__all__ if room.part("views") else ():
                questions = decision_tables() if (room.name, name) == ("architecture", "decision") else [None]
                for question in questions:
                    options = {"question": question} if question else {}
                    assert draw(audit, f"{room.name}.{name}", options)._repr_html_().startswith('<div class="decom">')
