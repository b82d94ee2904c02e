"""Milestones: a later audit tells of those before it, whatever happened to their files, and does not grow without end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from decom_nb.audit import milestones, read, write
from decom_nb.book import Book
from decom_nb.milestone import RECENT, Milestone, thinned
from tests.audit_of_three_rules import NOON, finding, made

DAY = timedelta(days=1)


def step(days: int, name: str = "") -> Milestone:
    return Milestone(id=f"a{days:04d}", name=name, taken_at=NOON + days * DAY, low=days % 100, high=100)


def test_the_newest_the_last_of_each_month_and_those_with_a_name_are_kept() -> None:
    kept = thinned([step(days, "before Christmas" if days == 41 else "") for days in reversed(range(400))])
    assert list(kept) == sorted(kept, key=lambda each: each.taken_at)
    assert [each.id for each in kept[-RECENT:]] == [f"a{days:04d}" for days in range(400 - RECENT, 400)]
    assert "before Christmas" in {each.name for each in kept}
    months = {(each.taken_at.year, each.taken_at.month) for each in kept}
    assert len(months) == 14
    assert len(kept) <= RECENT + 13 + 1
    assert thinned([step(1), step(1)]) == (step(1),)


def test_an_audit_keeps_what_the_earlier_ones_came_to(tmp_path: Path) -> None:
    first = made([finding("r.a", 0.5), finding("r.b", 1.0), finding("t.a", None)])
    write(first, tmp_path)
    (told,) = milestones(sorted(tmp_path.iterdir()), NOON + DAY)
    assert told == first.as_milestone()
    assert [(each.name, each.low, each.high) for each in told.dimensions] == [("runs", 37.5, 37.5), ("tests", 0, 40)]
    assert milestones(sorted(tmp_path.iterdir()), NOON) == (), "what was taken at that moment is no past"


def test_an_audit_that_is_gone_is_told_of_by_the_next(tmp_path: Path) -> None:
    first = made([finding("r.a", 0.5)])
    second = made([finding("r.a", 0.7)], days=1, milestones=(first.as_milestone(),))
    write(second, tmp_path)
    assert [each.id for each in milestones(sorted(tmp_path.iterdir()), NOON + 2 * DAY)] == [first.id, second.id]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"scorecard": {"dimensions": 3}}', "\0"])
def test_a_past_that_cannot_be_read_keeps_nobody_from_today(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "20260101T000000Z-00000000"
    folder.mkdir()
    (folder / "audit.json").write_text(content, encoding="utf-8")
    good = made([finding("r.a", 0.5)])
    write(good, tmp_path)
    assert [each.id for each in milestones(sorted(tmp_path.iterdir()), NOON + DAY)] == [good.id]


@pytest.mark.slow
def test_an_audit_from_before_there_were_milestones_is_read(example: Path) -> None:
    (example / "documents" / "targets.yaml").unlink()  # there were none then
    taken, file = Book.open(example).take_audit(datetime(2026, 10, 1, tzinfo=UTC))
    old = json.loads(file.read_text(encoding="utf-8"))
    for name in ("milestone", "milestones", "rules", "targets", "plan"):
        del old[name]
    for each in old["scorecard"]["dimensions"]:
        del each["target"], each["target_because"]
    for each in old["findings"]:
        del each["identified_by"]
    file.chmod(0o644)
    file.write_text(json.dumps(old), encoding="utf-8")
    assert read(file).scorecard == taken.scorecard
    later = Book.open(example).audit(datetime(2026, 11, 1, tzinfo=UTC))
    assert [each.id for each in later.milestones] == [taken.id]


@pytest.mark.slow
def test_the_past_and_a_name_are_no_part_of_what_an_audit_found(example: Path) -> None:
    book = Book.open(example)
    alone = book.audit(datetime(2026, 11, 1, 11, tzinfo=UTC))
    taken, _ = book.take_audit(datetime(2026, 11, 1, 12, tzinfo=UTC), "before Christmas")
    later = book.audit(datetime(2026, 11, 1, 13, tzinfo=UTC))
    assert [each.name for each in later.milestones] == ["before Christmas"]
    assert alone.digest() == taken.digest() == later.digest()
