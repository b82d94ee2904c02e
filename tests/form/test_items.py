"""Lists of models: add, reorder, remove, open, page."""

from __future__ import annotations

from typing import Any

import pytest

from decom_nb.form import Form
from decom_nb.form.draft import at, put
from tests.form.filling import everything, field, view
from tests.form.models import BRIEF, Consumer, Long


def test_add_reorder_remove() -> None:
    form = Form(BRIEF)
    consumers = view(form, "data_consumers")
    consumers.more.click()
    field(form, "data_consumers", 2, "team").value = "Ops"
    assert [each.team for each in form.value.data_consumers] == ["BI", "Fraud desk", "Ops"]
    consumers.rows[2].up.click()
    assert [each.team for each in form.value.data_consumers] == ["BI", "Ops", "Fraud desk"]
    assert 1 in consumers.open
    assert field(form, "data_consumers", 1, "team").value == "Ops"
    consumers.rows[0].gone.click()
    assert [each.team for each in form.value.data_consumers] == ["Ops", "Fraud desk"]
    assert consumers.rows[0].turn.description.startswith("1. Ops")
    form.undo()
    assert [each.team for each in form.value.data_consumers] == ["BI", "Ops", "Fraud desk"]
    assert field(form, "data_consumers", 1, "team").value == "Ops"


def test_entries_are_built_when_they_are_opened() -> None:
    form = Form(BRIEF)
    rows = view(form, "data_consumers").rows
    assert [row.body for row in rows] == [None, None]
    rows[1].turn.click()
    assert rows[0].body is None
    assert rows[1].body is not None
    assert "decom-open" in rows[1].box._dom_classes
    rows[1].turn.click()
    assert "decom-open" not in rows[1].box._dom_classes


def test_a_long_list_is_shown_a_page_at_a_time() -> None:
    form = Form(Long(consumers=tuple(Consumer(team=f"team {place}") for place in range(1_000))))
    consumers = view(form, "consumers")
    assert len(consumers.rows) == 20
    assert "1–20 of 1,000" in consumers.pager._note.value
    consumers.pager._last.click()
    assert consumers.rows[19].turn.description == "1000. team 999"
    field(form, "consumers", 985, "team").value = "changed"
    assert form.value.consumers[985].team == "changed"
    consumers.rows[5].up.click()
    consumers.pager._first.click()
    consumers.rows[0].turn.click()
    assert field(form, "consumers", 0, "team").value == "team 0"
    assert form.value.consumers[984].team == "changed"
    consumers.turn_to(20)
    consumers.rows[0].up.click()
    assert consumers.pager.start == 0
    assert form.value.consumers[19].team == "team 20"
    assert len(consumers.rows) == 20


def test_a_list_has_an_end() -> None:
    form = everything()
    form._state = type(form._state)(
        put(form._state.draft, ("steps",), tuple({"title": "x"} for _ in range(10_000))), form.value
    )
    form.add(("steps",))
    assert len(at(form._state.draft, ("steps",))) == 10_000


@pytest.mark.parametrize("path", [(), ("nowhere",), ("steps", 7), ("code",), ("steps", "x"), ("weights",)])
def test_places_that_are_not_there_change_nothing(path: tuple[Any, ...]) -> None:
    form = everything()
    before = form._state
    form.add(path)
    form.remove((*path, 3))
    form.move((*path, 3), 1)
    assert form._state is before
