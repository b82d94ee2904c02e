"""The form of a document of which there are many: choose, begin, remove, bring back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ipywidgets", reason="needs the extra form")
pytest.importorskip("anywidget", reason="needs the extra form")

from decom_nb.check import NotNull, Suite
from decom_nb.document import Shelf, Sitting, load, save
from decom_nb.form import Form, Instances


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf[Suite]:
    for name in ("orders", "customers"):
        save(tmp_path / f"{name}.yaml", Suite(table=name))
    return Shelf(Suite, tmp_path)


def shown(shelf: Shelf[Suite], changed: Any = lambda: None) -> Instances:
    def opened(name: str) -> Form[Suite]:
        sitting = Sitting(Suite, shelf.path(name))
        return Form(sitting.document, save=sitting)

    return Instances("suite", shelf, opened, changed)


def line(made: Instances) -> str:
    return re.sub(r"<[^>]+>", "", made.line.value)


def is_shown(part: Any) -> bool:
    return "decom-hidden" not in part._dom_classes


def test_the_first_is_shown_and_another_can_be_chosen(shelf: Shelf[Suite]) -> None:
    made = shown(shelf)
    assert made.menu.options == ("customers", "orders")
    assert made.form.value.table == "customers"
    made.menu.value = "orders"
    assert made.form.value.table == "orders"
    assert made.body.children == (made.form.widget,)


def test_each_is_saved_to_its_own_file_and_undone_by_itself(shelf: Shelf[Suite]) -> None:
    made = shown(shelf)
    made.form.put(("checks",), ({"check": "not_null", "columns": ("id",)},))
    made.menu.value = "orders"
    made.form.put(("key",), ("order_id",))
    assert load(Suite, shelf.path("customers")).checks == (NotNull(columns=("id",)),)
    assert load(Suite, shelf.path("orders")).key == ("order_id",)
    made.menu.value = "customers"
    made.form.undo()
    assert load(Suite, shelf.path("customers")).checks == ()
    assert load(Suite, shelf.path("orders")).key == ("order_id",)


def test_a_new_one_gets_a_file_of_its_name(shelf: Shelf[Suite]) -> None:
    heard: list[tuple[str, ...]] = []
    made = shown(shelf, lambda: heard.append(shelf.names))
    made.new.click()
    assert is_shown(made.naming)
    made.name.value = "dwh.order lines"
    assert line(made).startswith("A name is made of letters")
    made.make.click()
    assert shelf.names == ("customers", "orders")
    made.name.value = "dwh.order_lines.yaml"
    assert line(made) == ""
    made.make.click()
    assert made.chosen == "dwh.order_lines"
    assert made.menu.value == "dwh.order_lines"
    assert not is_shown(made.naming)
    assert load(Suite, shelf.path("dwh.order_lines")) == Suite()
    assert heard == [("customers", "dwh.order_lines", "orders")]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "give it a name"),
        ("../evil", "a name is made of"),
        (".hidden", "a name is made of"),
        ("a/b", "a name is made of"),
        ("a\\b", "a name is made of"),
        ("a.", "a name is made of"),
        ("x" * 101, "too long"),
        ("NUL", "a meaning of its own"),
        ("orders.conflict-1", "a meaning of its own"),
        ("Orders", "there is orders already"),
        ("a\nb", "a name is made of"),
    ],
)
def test_a_name_that_will_not_do_is_refused_in_words(shelf: Shelf[Suite], name: str, why: str) -> None:
    assert why in shelf.refusal(name)


@pytest.mark.parametrize("name", ["orders_2", "Bestellungen-ä", "2026.03", "x" * 100])
def test_names_that_will_do(shelf: Shelf[Suite], name: str) -> None:
    assert shelf.refusal(name) == ""
    assert shelf.begin(name).is_file()


def test_removing_asks_twice_moves_aside_and_can_be_taken_back(shelf: Shelf[Suite]) -> None:
    heard: list[int] = []
    made = shown(shelf, lambda: heard.append(1))
    made.form.put(("key",), ("id",))
    text = shelf.path("customers").read_text(encoding="utf-8")
    made.gone.click()
    assert is_shown(made.removal)
    assert "customers" in made.question.value
    assert shelf.path("customers").is_file()
    made.keep.click()
    assert not is_shown(made.removal)
    made.gone.click()
    made.really.click()
    assert shelf.names == made.menu.options == ("orders",)
    assert made.chosen == "orders"
    assert "Removed: customers, its file lies in .removed/customers.1.yaml" in line(made)
    made.back.click()
    assert made.chosen == "customers"
    assert shelf.path("customers").read_text(encoding="utf-8") == text
    assert made.form.value.key == ("id",)
    assert len(heard) == 2


def test_bringing_back_never_writes_over_another(shelf: Shelf[Suite]) -> None:
    made = shown(shelf)
    made.remove()
    made.begin("customers")
    made.form.put(("table",), "the new one")
    made.back.click()
    assert "there is customers already" in line(made)
    assert load(Suite, shelf.path("customers")).table == "the new one"
    made.choose("customers")
    made.remove()
    kept = sorted((shelf.folder / ".removed").iterdir())
    assert [load(Suite, each).table for each in kept] == ["customers", "the new one"]


def test_the_first_of_all(tmp_path: Path) -> None:
    made = shown(Shelf(Suite, tmp_path / "suite"))
    assert line(made) == "There is no suite yet: begin the first."
    assert not is_shown(made.menu)
    assert made.form is None
    made.begin("orders")
    assert is_shown(made.menu)
    assert made.form.value == Suite()
    made.remove()
    assert made.body.children == ()


def test_what_others_begin_and_remove_is_followed(shelf: Shelf[Suite]) -> None:
    made = shown(shelf)
    shelf.begin("a_new_one")
    shelf.remove("customers")
    made.follow()
    assert made.menu.options == ("a_new_one", "orders")
    assert made.chosen == "a_new_one"


def test_what_somebody_typed_and_could_not_be_saved_yet_outlives_the_file(shelf: Shelf[Suite]) -> None:
    made = shown(shelf)
    made.form.put(("dimensions",), ("bananas",))
    shelf.remove("customers")
    made.follow()
    assert made.chosen == "customers"
    assert made.form.draft["dimensions"] == ["bananas"]


def test_one_that_cannot_be_read_says_why_in_its_place(shelf: Shelf[Suite]) -> None:
    shelf.path("customers").write_text("document: suite\nversion: 1\nchecks: <b>\n", encoding="utf-8")
    made = shown(shelf)
    assert made.form is None
    assert "customers.yaml:3" in made.body.children[0].value
    assert "&lt;b&gt;" in made.body.children[0].value
    made.menu.value = "orders"
    assert made.form.value.table == "orders"
