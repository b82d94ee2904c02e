"""Undo and redo."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from decom_nb.form import Form
from tests.form.filling import everything, field, mistakes, view
from tests.form.models import Everything


def test_every_change_is_a_step_back_and_forth_including_what_was_wrong() -> None:
    form = everything()
    field(form, "line").value = "one"
    field(form, "count").value = "many"
    field(form, "line").value = "two"
    form.undo()
    assert (field(form, "line").value, field(form, "count").value) == ("one", "many")
    form.undo()
    assert field(form, "count").value == ""
    assert form.mistakes == ()
    form.redo()
    form.redo()
    assert (field(form, "line").value, field(form, "count").value) == ("two", "many")
    assert form._status.redo.disabled
    form.redo()
    for _ in range(9):
        form.undo()
    assert form.value == Everything(code="JOB-1")
    assert form._status.undo.disabled


def test_a_new_change_forgets_what_was_taken_back() -> None:
    form = everything()
    field(form, "line").value = "one"
    form.undo()
    field(form, "line").value = "other"
    form.redo()
    assert form.value is not None
    assert form.value.line == "other"


def test_a_date_being_typed_is_one_step() -> None:
    moment = datetime(2026, 1, 1, 12, 0)
    clock = iter(moment + timedelta(milliseconds=300 * place) for place in range(100))
    form = Form(Everything(code="JOB-1"), now=lambda: next(clock))
    for year in (2, 20, 202, 2026):
        field(form, "day").value = date(year, 3, 1)
    field(form, "day").value = date(2026, 3, 12)
    assert form.value is not None
    assert form.value.day == date(2026, 3, 12)
    form.undo()
    assert form.value.day is None


def test_a_date_left_unfinished_is_said_and_stays_as_it_is() -> None:
    form = everything()
    field(form, "day").value = date(20, 3, 1)
    assert form.mistakes == ()
    form._heard({"do": "left", "which": view(form, "day").id})
    assert mistakes(form) == {"day": "is not a whole date"}
    assert field(form, "day").value == date(20, 3, 1)
    field(form, "day").value = date(2026, 3, 1)
    assert form.mistakes == ()
