"""Messages that a page, or somebody who pretends to be one, may send."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decom_nb.form import Form
from decom_nb.form.parts import LONGEST, Guard
from decom_nb.form.reading import read, show
from decom_nb.form.shape import Leaf
from tests.form.filling import below, everything, field, mistakes, view
from tests.form.models import BRIEF, Everything


def message(**data: Any) -> dict[str, Any]:
    return {"content": {"data": data}, "buffers": []}


def test_what_is_too_long_is_refused_and_said_and_undo_brings_the_old_text_back() -> None:
    form = everything(line="short")
    line = field(form, "line")
    line._handle_msg(message(method="update", state={"value": "x" * (LONGEST + 1)}))
    assert line.value == "short"
    assert "too long to keep: 100,001 characters" in mistakes(form)["line"]
    assert form.value is not None
    assert form.value.line == "short"
    sent: list[Any] = []
    line.send_state = sent.append
    form.undo()
    assert sent == ["value"]
    assert form.mistakes == ()
    field(form, "story").value = "y" * (LONGEST + 1)
    assert "too long to keep" in mistakes(form)["story"]


def test_what_is_no_text_is_refused() -> None:
    form = everything()
    field(form, "line")._handle_msg(message(method="update", state={"value": "\ud800"}))
    assert mistakes(form) == {"line": "holds characters that are not text; it is not saved"}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"method": "update"},
        {"method": "update", "state": None},
        {"method": "update", "state": []},
        {"method": "update", "state": {"value": {"a": 1}}},
        {"method": "update", "state": {"value": 7}},
        {"method": "update", "state": {"index": 99}},
        {"method": "update", "state": {"index": "x"}},
        {"method": "update", "state": {"index": -5}},
        {"method": "update", "state": {"value": None}},
        {"method": "update", "state": {"value": {"year": 99999, "month": 1, "date": 1}}},
        {"method": "update", "state": {"description": "<b>", "description_allow_html": True, "options": []}},
        {"method": "update", "state": {"value": "x"}, "buffer_paths": [["state", "value"]]},
        {"method": "custom", "content": None},
        {"method": "custom", "content": ["click"]},
        {"method": "custom", "content": {"event": {}}},
        {"method": "custom", "content": {"do": ["undo"]}},
        {"method": "custom", "content": {"do": "go", "which": "x"}},
        {"method": "custom", "content": {"do": "go", "which": -1}},
        {"method": "custom", "content": {"do": "add", "which": ["x"], "text": {}}},
        {"method": "custom", "content": {"do": "left", "which": "1"}},
        {"method": "echo_update", "state": {}},
        {"method": ["update"]},
    ],
)
def test_no_message_raises_or_changes_what_it_should_not(
    data: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    form = Form(BRIEF)
    form._root.more.click()
    view(form, "data_consumers").rows[0].turn.click()
    parts = [each for each in [form.widget, *below(form.widget)] if isinstance(each, Guard)]
    labels = [getattr(each, "description", None) for each in parts]
    assert len(parts) > 60
    for part in parts:
        part._handle_msg(message(**data))
    assert [getattr(each, "description", None) for each in parts if each.takes] == [
        label for label, each in zip(labels, parts, strict=True) if each.takes
    ]
    assert all(type(each.value) is str for each in parts if type(each).__name__ in ("Line", "Page", "Note"))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("msg", [None, {}, {"content": None}, {"content": {"data": "x"}}])
def test_what_is_no_message_at_all_is_dropped(msg: Any) -> None:
    field(everything(), "line")._handle_msg(msg)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["code", "line", "story", "count", "share", "price", "pains", "ports"]), st.text(max_size=40)
    )
)
def test_whatever_is_typed_is_kept_or_is_the_value(answers: dict[str, str]) -> None:
    form = everything()
    for name, text in answers.items():
        field(form, name).value = text
    assert form.value is not None
    Everything.model_validate(form.value.model_dump())
    wrong = {each.key for each in form.mistakes}
    for name, text in answers.items():
        leaf = view(form, name).shape
        if name in wrong:
            kept = form.draft[name]
            typed = not isinstance(leaf, Leaf) or kept == read(leaf, text)
            assert typed or "".join(str(kept).split()) == "".join(text.split())
        elif isinstance(leaf, Leaf):
            assert read(leaf, show(leaf, getattr(form.value, name))) == getattr(form.value, name)
    for _ in answers:
        form.undo()
    assert form.value == Everything(code="JOB-1")
