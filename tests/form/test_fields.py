"""Every kind of field: what is typed becomes the value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.form.filling import everything, field, mistakes, view
from tests.form.models import Mail, Pager, Tier, Window


@pytest.mark.parametrize(
    ("name", "typed_in", "value"),
    [
        ("line", " some text ", "some text"),
        ("line", "", None),
        ("story", "two\nlines\n", "two\nlines\n"),
        ("region", "eu-central-1", "eu-central-1"),
        ("count", "12", 12),
        ("count", "12 tables", 12),
        ("count", "", None),
        ("count", "  ", None),
        ("needed_count", "1,234,567", 1_234_567),
        ("needed_count", "1 000", 1_000),
        ("needed_count", "7.0", 7),
        ("share", "0.25", 0.25),
        ("share", "0,25", 0.25),
        ("share", ".5", 0.5),
        ("price", "1,250.10 EUR", Decimal("1250.10")),
        ("plain_flag", True, True),
        ("open_flag", True, True),
        ("open_flag", False, False),
        ("day", date(2026, 3, 31), date(2026, 3, 31)),
        ("moment", datetime(2026, 3, 31, 14, 0), datetime(2026, 3, 31, 14, 0)),
        ("size", "medium", "medium"),
        ("cloud", "GCP", "GCP"),
        ("tier", Tier.GOLD, Tier.GOLD),
        ("level", 2, 2),
        ("pains", "late\n\n  no tests \n", ("late", "no tests")),
        ("stores", "S3", ("S3",)),
        ("ports", "80\n443", [80, 443]),
        ("anything", '{"a": [1, 2]}', {"a": [1, 2]}),
        ("remark", "later", "later"),
    ],
)
def test_what_is_typed_becomes_the_value(name: str, typed_in: Any, value: Any) -> None:
    form = everything()
    field(form, name).value = typed_in
    assert form.value is not None
    assert getattr(form.value, name) == value
    assert form.mistakes == ()


def test_an_answer_can_be_taken_back_to_unanswered() -> None:
    form = everything(open_flag=True, size="small", day=date(2026, 1, 1), count=0)
    assert field(form, "count").value == "0"
    for name, empty in {"open_flag": None, "size": None, "day": None, "count": ""}.items():
        field(form, name).value = empty
    assert form.value is not None
    assert [getattr(form.value, name) for name in ("open_flag", "size", "day", "count")] == [None] * 4


def test_a_moment_with_a_time_zone_keeps_it_and_is_shown_in_utc() -> None:
    form = everything(moment=datetime.fromisoformat("2026-03-31T14:00:00+02:00"))
    assert field(form, "moment").value == datetime(2026, 3, 31, 12, 0)
    field(form, "moment").value = datetime(2026, 3, 31, 13, 0)
    assert form.value is not None
    assert form.value.moment == datetime(2026, 3, 31, 13, 0, tzinfo=UTC)


def test_ticks_give_the_values_in_the_models_order() -> None:
    form = everything()
    ticks = view(form, "rules").ticks
    ticks[2].value = True
    ticks[0].value = True
    assert form.value is not None
    assert form.value.rules == ("GDPR", "SOX")
    ticks[0].value = False
    assert form.value.rules == ("SOX",)


def test_a_suggestion_is_added_once_and_then_no_longer_offered() -> None:
    form = everything()
    stores = view(form, "stores")
    assert "data-add" in stores.note.value
    form._heard({"do": "add", "which": stores.id, "text": "S3"})
    form._heard({"do": "add", "which": stores.id, "text": "S3"})
    form._heard({"do": "add", "which": stores.id, "text": "never suggested"})
    assert form.value is not None
    assert form.value.stores == ("S3",)
    assert 'data-add="S3"' not in stores.note.value


def test_values_by_name() -> None:
    form = everything(weights={"cost": 1.0})
    table = view(form, "weights")
    assert len(table.list.children) == 2
    table.rows[1].name.value = "latency"
    assert mistakes(form) == {"weights": "“latency” needs an answer"}
    table.rows[1].value.value = "2,5"
    assert form.value is not None
    assert form.value.weights == {"cost": 1.0, "latency": 2.5}
    table.rows[1].name.value = "cost"
    assert mistakes(form) == {"weights": "has “cost” twice"}
    assert form.draft["weights"] == [["cost", 1.0], ["cost", 2.5]]
    assert form.value.weights == {"cost": 1.0, "latency": 2.5}
    table.rows[1].gone.click()
    assert form.value.weights == {"cost": 1.0}
    table.rows[0].value.value = "-1"
    assert mistakes(form) == {"weights": "“cost” must be 0 or more"}
    table.rows[0].name.value = table.rows[0].value.value = ""
    assert form.value.weights == {}


def test_a_part_that_may_be_absent_comes_and_goes_and_comes_back() -> None:
    form = everything()
    assert form.value is not None
    assert form.value.fallback is None
    form._root.views["fallback"].give.click()
    field(form, "fallback", "start").value = "8"
    assert form.value.fallback == Window(start=8)
    form._root.views["fallback"].take.click()
    assert form.value.fallback is None
    form.undo()
    assert form.value.fallback == Window(start=8)


def test_one_of_several_models() -> None:
    form = everything()
    notify = form._root.views["notify"]
    field(form, "notify", "address").value = "a@b.example"
    assert form.value is not None
    assert form.value.notify == Mail(address="a@b.example")
    notify.choice.value = "pager"
    view(form, "notify", "urgent").input.value = True
    assert form.value.notify == Pager(urgent=True)
    form.undo()
    form.undo()
    assert form.value.notify == Mail(address="a@b.example")
    assert notify.choice.value == "mail"


def test_a_model_inside_itself() -> None:
    form = everything()
    form.add(("steps",))
    field(form, "steps", 0, "title").value = "extract"
    form.add(("steps", 0, "parts"))
    field(form, "steps", 0, "parts", 0, "title").value = "read"
    assert form.value is not None
    assert form.value.steps[0].parts[0].title == "read"
