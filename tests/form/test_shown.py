"""What a form shows: labels, help, hidden fields, strangers' words as text."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from decom_nb.form import Form
from tests.form.filling import below, everything, field, view
from tests.form.models import BRIEF, Brief, Consumer

NASTY = "</script><script>alert(1)</script>\"'; DROP TABLE x; -- \u202egnp.exe"


def test_what_no_longer_matters_is_hidden_and_keeps_its_value() -> None:
    def hidden(brief: Brief) -> set[str]:
        if brief.project_name == "quiet":
            return {"constraints.team_size", "data_consumers.latency", "ml_is_main_consumer", "current_state"}
        return set()

    form = Form(BRIEF, hidden=hidden)
    size = view(form, "constraints", "team_size")
    latency = view(form, "data_consumers", 0, "latency")
    assert "decom-hidden" not in size.box._dom_classes
    field(form, "project_name").value = "quiet"
    state = form._root.views["current_state"]
    assert all("decom-hidden" in each.box._dom_classes for each in (size, latency, state))
    assert form._root.more.description == "More questions (2)"
    assert "decom-hidden" in view(form, "data_consumers", 1, "latency").box._dom_classes
    assert form.value.constraints.team_size == 4
    field(form, "project_name").value = "loud"
    assert not any("decom-hidden" in each.box._dom_classes for each in (size, latency, state))


def test_a_hidden_function_that_fails_hides_nothing() -> None:
    form = Form(BRIEF, hidden=lambda _: 1 / 0)
    assert "decom-hidden" not in view(form, "project_name").box._dom_classes


def test_questions_that_can_wait_are_built_when_asked_for() -> None:
    form = Form(BRIEF)
    assert form._root.more.description == "More questions (3)"
    assert form._root.more_fields.children == ()
    form._root.more.click()
    assert len(form._root.more_fields.children) == 3
    field(form, "owning_teams").value = "6"
    assert form._root.more.description == "More questions (1 of 3 answered)"
    form._root.more.click()
    assert "decom-shut" in form._root.more_fields._dom_classes


def test_label_unit_help_and_example_are_said() -> None:
    form = everything()
    count = view(form, "count")
    assert count.input.description == "Count"
    assert count.input.placeholder == "for example 7"
    assert "tables" in count.note.value
    assert "How many" in count.note.value
    assert view(form, "share").input.placeholder == "0 to 1"
    assert view(form, "open_flag").input.description == "Is it replayable?"


def test_choices_say_what_they_mean_and_the_line_of_an_entry_stays_short() -> None:
    class Need(BaseModel):
        age: Literal["hourly", "live"] | None = Field(None, json_schema_extra={"labels": {"live": "under a second"}})

    class Needs(BaseModel):
        needs: tuple[Need, ...] = ()

    form = Form(Needs(needs=(Need(age="live"),)))
    said = [label for label, _ in field(form, "needs", 0, "age").options]
    assert said == ["hourly", "live: under a second", "not answered"]
    assert view(form, "needs").rows[0].turn.description == "1. live"


def test_questions_that_can_wait_are_counted_one_by_one() -> None:
    class Inner(BaseModel):
        a: bool | None = None
        b: int | None = None

    class Outer(BaseModel):
        inner: Inner = Field(default_factory=Inner, json_schema_extra={"more": True})
        c: str = Field("", json_schema_extra={"more": True})

    form = Form(Outer, hidden=lambda outer: {"inner.b"} if outer.c else set())
    assert form._root.more.description == "More questions (3)"
    field(form, "inner", "a").value = False
    assert form._root.more.description == "More questions (1 of 3 answered)"
    field(form, "c").value = "x"
    assert form._root.more.description == "More questions (2 of 2 answered)"


def test_without_the_widgets_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['anywidget'] = None; import decom_nb.form"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'a form needs anywidget: pip install "decom_nb[form]"' in done.stderr


def test_strings_of_strangers_come_out_as_text() -> None:
    class Bad(BaseModel):
        text: str = Field("", title=NASTY, description=NASTY, examples=[NASTY], json_schema_extra={"unit": NASTY})
        several: tuple[str, ...] = Field((), json_schema_extra={"suggestions": [NASTY]})
        consumers: tuple[Consumer, ...] = Field((), title=NASTY)
        table: dict[str, float] = Field(default_factory=dict, title=NASTY)

    form = Form(Bad(text=NASTY, consumers=(Consumer(team=NASTY),), table={NASTY: 1.0}))
    assert field(form, "text").value == NASTY
    view(form, "table").rows[0].value.value = "no number"
    field(form, "consumers", 0, "team").value = NASTY + "!"
    for part in [form.widget, *below(form.widget)]:
        value = getattr(part, "value", "") if type(part).__name__ == "Note" else ""
        assert "<script" not in value
        assert "\u202e" not in value
        assert "\u202e" not in getattr(part, "description", "")
        assert "\u202e" not in (getattr(part, "placeholder", "") or "")
        assert not getattr(part, "description_allow_html", False)
    assert form.value is not None
    assert form.value.text == NASTY


def test_a_form_shows_itself() -> None:
    form = Form(BRIEF)
    bundle = form._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in (bundle[0] if isinstance(bundle, tuple) else bundle)
    form.close()


def test_the_style_sheet_asks_nobody_for_anything() -> None:
    theme = Path(__file__).parents[2] / "decom_nb" / "theme"
    for name in ("form.css", "form_groups.css", "form.js"):
        assert not re.search(r"@import|url\(|https?://", (theme / name).read_text(encoding="utf-8"))
