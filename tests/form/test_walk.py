"""A tree that is walked: one question at a time, back again, an answer that cannot be kept, and the end written down."""

from __future__ import annotations

from typing import Any

from decom_nb.errors import InputError, Mistake
from decom_nb.form import TreeWalk
from decom_nb.phases.pipelines.design import extraction_tree


class Desk:
    """Documents held in memory, and what was drawn of each walk."""

    def __init__(self, **held: dict[str, Any]) -> None:
        self.held = held
        self.written: list[tuple[str, str, Any]] = []
        self.routes: list[tuple[str, ...]] = []
        self.refuses = False
        self.walk = TreeWalk(extraction_tree(), lambda: self.held, self.keep, self.draw)

    def keep(self, name: str, field: str, value: Any) -> None:
        if self.refuses:
            raise InputError(Mistake("orders.yaml", 3, field, "somebody else changed it", "look at theirs"))
        self.written.append((name, field, value))
        (node,) = [each.name for each in extraction_tree().nodes if each.field == field] or [""]
        self.held[name][node] = value

    def draw(self, path: Any) -> tuple[()]:
        self.routes.append(path.route)
        return ()

    @property
    def buttons(self) -> list[str]:
        return [each.description for each in self.walk.answer_bar.children if hasattr(each, "description")]

    def press(self, label: str) -> None:
        (button,) = [each for each in self.walk.answer_bar.children if getattr(each, "description", "") == label]
        button.click()


def test_questions_come_one_at_a_time_until_an_end_that_can_be_written_down() -> None:
    desk = Desk(orders={})
    assert desk.buttons == ["database", "API", "files", "stream"]
    desk.press("database")
    assert "captured from the database" in desk.walk.question.value
    desk.press("no")
    desk.press("yes")
    assert "Incremental reading by the change column" in desk.walk.question.value
    assert "Deleted rows are not seen" in desk.walk.question.value
    assert desk.routes[-1] == ("source", "capture", "change_column", "by_change_column")
    desk.press("Write down: incremental")
    assert desk.written == [
        ("orders", "extract.source.kind", "database"),
        ("orders", "extract.source.supports_cdc", False),
        ("orders", "extract.source.reliable_change_column", True),
        ("orders", "extract.strategy", "incremental"),
    ]


def test_a_step_can_be_taken_back_and_answered_otherwise() -> None:
    desk = Desk(orders={"source": "database", "capture": True})
    assert len(desk.walk.way.children) == 2
    desk.walk.way.children[1].children[1].click()
    assert desk.buttons == ["yes", "no"]
    desk.press("no")
    assert desk.walk.path.at == "change_column"


def test_a_number_is_typed_and_what_is_none_is_refused() -> None:
    desk = Desk(orders={"source": "database", "capture": False, "change_column": False})
    for typed in ("many", "-5", "inf", "nan"):
        desk.walk.number.value = typed
        desk.press("Go on")
        assert desk.written == []
        assert "decom-bad" in desk.walk.line.value
    desk.walk.number.value = "1,200,000"
    desk.press("Go on")
    assert desk.written == [("orders", "extract.source.rows", 1_200_000)]
    assert desk.walk.path.at == "large_and_silent"
    assert desk.buttons == []


def test_an_answer_that_cannot_be_kept_says_so_and_goes_nowhere() -> None:
    desk = Desk(orders={})
    desk.refuses = True
    desk.press("files")
    assert "somebody else changed it" in desk.walk.line.value
    assert desk.walk.path.at == "source"


def test_each_document_has_its_own_way() -> None:
    desk = Desk(orders={"source": "files"}, clicks={})
    assert desk.walk.path.at == "announced"
    desk.walk.menu.value = "clicks"
    assert desk.walk.path.at == "source"
    desk.press("stream")
    assert desk.held["orders"] == {"source": "files"}
    assert desk.held["clicks"] == {"source": "stream"}


def test_without_a_document_the_whole_tree_is_shown() -> None:
    desk = Desk()
    assert "There is no pipeline yet" in desk.walk.question.value
    assert desk.routes[-1] == ("source",)
    assert desk.buttons == []
