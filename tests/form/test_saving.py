"""Saving, failing to save, and meeting somebody else's changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from decom_nb.errors import ConflictError, Mistake
from decom_nb.form import Form
from tests.form.filling import field, status
from tests.form.models import BRIEF, Brief


def test_every_valid_change_is_saved_and_said() -> None:
    saved: list[Brief] = []
    form = Form(BRIEF, save=saved.append, now=lambda: datetime(2026, 3, 31, 14, 2, 11))
    assert status(form) == ""
    field(form, "project_name").value = "X"
    assert [each.project_name for each in saved] == ["X"]
    assert status(form) == "Saved 14:02:11"
    field(form, "project_name").value = "X"
    assert len(saved) == 1
    field(form, "constraints", "team_size").value = "-3"
    assert len(saved) == 1
    assert status(form) == "Saved 14:02:11, all but 1 field that needs attention"
    form.undo()
    form.undo()
    assert saved[-1] == BRIEF


def test_nothing_saved_yet_says_so() -> None:
    form = Form(BRIEF, save=lambda _: None)
    field(form, "constraints", "team_size").value = "-3"
    field(form, "constraints", "budget_monthly_usd").value = "much"
    assert status(form) == "Not saved: 2 fields need attention"


def test_a_failed_save_is_said_and_tried_again_with_the_next_change() -> None:
    saved: list[Brief] = []
    broken = [OSError("No space left on device")]

    def save(model: Brief) -> None:
        if broken:
            raise broken.pop()
        saved.append(model)

    form = Form(BRIEF, save=save)
    field(form, "project_name").value = "X"
    assert status(form) == "Not saved: No space left on device"
    assert form.value.project_name == "X"
    field(form, "constraints", "team_size").value = "bad"
    assert saved[-1].project_name == "X"


def test_what_others_changed_on_disk_comes_in_and_no_undo_takes_it_away() -> None:
    class Opened:
        def __init__(self, document: Brief) -> None:
            self.document = document

    saved: list[Brief] = []

    def save(model: Brief) -> Opened:
        saved.append(model)
        return Opened(model.model_copy(update={"business_context": "theirs"}))

    form = Form(BRIEF, save=save)
    field(form, "constraints", "team_size").value = "bad"
    field(form, "project_name").value = "X"
    assert (form.value.project_name, form.value.business_context) == ("X", "theirs")
    assert field(form, "business_context").value == "theirs"
    assert field(form, "constraints", "team_size").value == "bad"
    form.undo()
    assert (form.value.project_name, form.value.business_context) == ("Order insight", "theirs")
    assert saved[-1].business_context == "theirs"


class Saver:
    """A save that meets a conflict and knows the way out."""

    def __init__(self) -> None:
        self.disk = BRIEF.model_copy(update={"project_name": "Theirs"})
        self.conflict = True

    def __call__(self, model: Brief) -> None:
        if self.conflict:
            raise ConflictError(Mistake("brief.yaml", 3, "project_name", "here “Mine”, on disk “<b>Theirs</b>”"))
        self.disk = model

    def keep_mine(self, model: Brief) -> None:
        self.disk, self.conflict = model, False

    def take_theirs(self) -> Brief:
        self.conflict = False
        return self.disk


def test_a_conflict_shows_both_sides_and_mine_can_stay() -> None:
    saver = Saver()
    form = Form(BRIEF, save=saver)
    field(form, "project_name").value = "Mine"
    assert "“Mine”" in form._status.conflict.value
    assert "&lt;b&gt;Theirs" in form._status.conflict.value
    assert status(form) == "Not saved: it was changed elsewhere too"
    assert "decom-hidden" not in form._status.choice._dom_classes
    form._status.mine.click()
    assert saver.disk.project_name == "Mine"
    assert form._status.conflict.value == ""
    assert "decom-hidden" in form._status.choice._dom_classes


def test_a_conflict_can_be_left_with_theirs_and_mine_is_one_undo_away() -> None:
    saver = Saver()
    form = Form(BRIEF, save=saver)
    field(form, "project_name").value = "Mine"
    form._status.theirs.click()
    assert form.value.project_name == "Theirs"
    assert status(form).startswith("Saved")
    form.undo()
    assert saver.disk.project_name == "Mine"


def test_without_a_way_out_none_is_offered() -> None:
    def save(_: Brief) -> None:
        raise ConflictError(Mistake("brief.yaml", 3, "project_name", "both"))

    form = Form(BRIEF, save=save)
    field(form, "project_name").value = "Mine"
    assert "decom-hidden" in form._status.choice._dom_classes
    assert "both" in form._status.conflict.value


def test_on_change_hears_valid_changes_only_and_may_fail() -> None:
    heard: list[Any] = []

    def on_change(model: Brief) -> None:
        heard.append(model.project_name)
        raise RuntimeError("no chart today")

    form = Form(BRIEF, on_change=on_change)
    field(form, "constraints", "team_size").value = "bad"
    field(form, "project_name").value = "X"
    assert heard == ["X"]
    assert "The page could not follow: no chart today" in status(form)
    field(form, "constraints", "team_size").value = "3"
    assert form.value.constraints.team_size == 3


def test_another_model_is_one_step() -> None:
    form = Form(BRIEF)
    form.replace(Brief(project_name="Other"))
    assert field(form, "project_name").value == "Other"
    form.undo()
    assert form.value == BRIEF
