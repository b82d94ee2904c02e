"""What does not fit: said in plain words at its place, blocking nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from decom_nb.form import Form, plain
from tests.form.filling import everything, field, mistakes, status, view
from tests.form.models import Everything, Tier, Window


def test_an_invalid_field_keeps_its_last_value_and_what_was_typed_and_blocks_no_other() -> None:
    form = everything(count=5)
    field(form, "count").value = "five"
    field(form, "line").value = "still taken"
    assert form.value is not None
    assert (form.value.count, form.value.line) == (5, "still taken")
    assert form.draft["count"] == "five"
    assert field(form, "count").value == "five"
    assert mistakes(form) == {"count": "must be a whole number"}
    assert "Must be a whole number" in view(form, "count").note.value
    field(form, "count").value = "6"
    assert form.value.count == 6
    assert "decom-error" not in view(form, "count").note.value


@pytest.mark.parametrize(
    ("name", "typed_in", "what"),
    [
        ("code", "job 12", "is not written in the expected form, for example JOB-12"),
        ("code", "JOB-12345678", "is too long, at most 8 characters"),
        ("count", "101", "must be 100 or less"),
        ("count", "-1", "must be 0 or more"),
        ("count", "1.5", "must be a whole number"),
        ("needed_count", "0", "must be more than 0"),
        ("needed_count", "", "needs an answer"),
        ("share", "60.000", "can be read in two ways: write 60 or 60000"),
        ("count", "1.000", "can be read in two ways: write 1 or 1000"),
        ("share", "nan", "must be a number"),
        ("share", "inf", "must be a number"),
        ("share", "1e999", "is too large a number"),
        ("count", "9" * 5000, "is too large a number"),
        ("price", "1.2345", "has too many digits after the point, at most 2"),
        ("day", date(1999, 1, 1), "must be 2000-01-01 or more"),
        ("ports", "80\nhttp", "line 2 must be a whole number"),
        ("anything", "{", 'must be written as JSON, for example [1, 2] or {"name": 3}'),
    ],
)
def test_mistakes_are_said_in_plain_words(name: str, typed_in: Any, what: str) -> None:
    form = everything()
    before = form.value
    field(form, name).value = typed_in
    assert mistakes(form) == {name: what}
    assert form.value == before


def test_a_mistake_of_a_whole_group_stands_at_its_heading() -> None:
    form = everything()
    field(form, "window", "start").value = "9"
    field(form, "window", "end").value = "3"
    assert mistakes(form) == {"window": "must end after it starts"}
    assert "Must end after it starts" in view(form, "window").head.value
    assert form.value is not None
    assert form.value.window == Window(start=9)
    field(form, "window", "end").value = "17"
    assert form.value.window == Window(start=9, end=17)
    assert form.mistakes == ()


def test_an_entry_that_is_not_complete_is_kept_in_the_form_and_left_out_of_the_value() -> None:
    form = everything()
    form.add(("steps",))
    field(form, "steps", 0, "minutes").value = "10"
    assert form.value is not None
    assert form.value.steps == ()
    assert "1 answer is still needed" in status(form).lower()
    field(form, "steps", 0, "title").value = "extract"
    assert form.value.steps[0].minutes == 10
    assert form.mistakes == ()


def test_mistakes_and_good_values_travel_with_their_entry() -> None:
    form = everything(steps=({"title": "a", "minutes": 1}, {"title": "b", "minutes": 2}))
    field(form, "steps", 1, "minutes").value = "soon"
    form.move(("steps", 1), -1)
    assert mistakes(form) == {"steps[0].minutes": "must be a whole number"}
    assert form.value is not None
    assert [(each.title, each.minutes) for each in form.value.steps] == [("b", 2), ("a", 1)]
    assert field(form, "steps", 0, "minutes").value == "soon"
    assert field(form, "steps", 1, "minutes").value == "1"


def test_the_summary_counts_lists_and_leads_to_the_field() -> None:
    form = everything(steps=({"title": "a"},))
    field(form, "count").value = "x"
    field(form, "steps", 0, "minutes").value = "-1"
    assert "2 things need attention" in form._status.list.value
    assert "Step 1, Minutes" in form._status.list.value
    sent: list[Any] = []
    form._companion.send = sent.append
    form._heard({"do": "go", "which": 1})
    assert sent == [{"focus": view(form, "steps", 0, "minutes").id, "part": ""}]


def test_a_blank_form_has_no_value_until_the_needed_answers_are_there() -> None:
    saved: list[Any] = []
    form = Form(Everything, save=saved.append)
    assert form.value is None
    assert status(form) == "1 answer is still needed"
    field(form, "line").value = "early"
    assert saved == []
    field(form, "code").value = "JOB-1"
    assert saved[-1].line == "early"


def test_a_mistake_that_no_field_explains_is_not_lost() -> None:
    class Whole(BaseModel):
        low: int | None = None
        high: int | None = None

        def model_post_init(self, _: Any) -> None:
            if self.low is not None and self.high is not None and self.low > self.high:
                raise ValueError("the low end is above the high end")

    form = Form(Whole(low=1, high=2))
    field(form, "low").value = "3"
    assert form.value == Whole(low=1, high=2)
    assert mistakes(form) == {"": "the low end is above the high end"}
    assert "This form" in form._status.list.value
    field(form, "high").value = "4"
    assert form.value == Whole(low=3, high=4)


def test_plain_words_for_what_pydantic_says() -> None:
    class Strict(BaseModel):
        a: int = Field(ge=1)
        b: str = Field(min_length=1)
        c: bool
        d: Tier
        e: list[int] = Field(max_length=1)

    with pytest.raises(ValidationError) as caught:
        Strict.model_validate({"a": 0, "b": "", "c": "perhaps", "d": "bronze", "e": [1, 2]})
    assert [plain(each) for each in caught.value.errors()] == [
        "must be 1 or more",
        "needs an answer",
        "is neither yes nor no",
        "must be one of: gold, silver",
        "may have only one entry",
    ]


def test_no_pydantic_words_reach_a_person() -> None:
    words = {
        plain({"type": kind, "msg": "Input should be x", "ctx": {}}) for kind in ("a_type_of_the_future", "missing")
    }
    assert words == {"should be x", "needs an answer"}
