"""Entries of several kinds: the checks of a suite."""

from __future__ import annotations

import pytest

pytest.importorskip("ipywidgets", reason="needs the extra form")
pytest.importorskip("anywidget", reason="needs the extra form")

from decom_nb.check import KINDS, AcceptedValues, Freshness, NotNull, Range, Suite
from decom_nb.form import Form
from tests.form.filling import field, mistakes, view

SUITE = Suite(table="orders", checks=(Range(column="amount", min=0, because="paid"), NotNull(columns=("id", "day"))))


def test_a_closed_entry_says_its_kind_and_what_it_looks_at() -> None:
    rows = view(Form(SUITE), "checks").rows
    assert [row.turn.description for row in rows] == ["1. range · amount · 0", "2. not_null · id, day"]


def test_what_is_asked_first_is_what_the_kind_alone_has_and_most_waits() -> None:
    checks = view(Form(SUITE), "checks")
    checks.turn(0)
    variants = checks.rows[0].body
    body = variants.bodies["range"]
    assert list(body.views) == ["column", "min", "max", "severity", "because"]
    assert [each.name for each in body.later] == ["name", "dimension", "warn", "fail", "where", "by", "owner"]
    assert "Every value lies between two bounds" in variants.about.value
    assert [label for label, _ in variants.choice.options] == list(KINDS)


def test_another_kind_keeps_what_both_have() -> None:
    form = Form(SUITE)
    checks = view(form, "checks")
    checks.turn(0)
    checks.rows[0].body.choice.value = "freshness"
    assert mistakes(form) == {"checks[0].max_age_hours": "needs an answer"}
    assert form.value.checks[0] == SUITE.checks[0], "the last that fitted stands in until the new one is whole"
    field(form, "checks", 0, "max_age_hours").value = "24"
    assert form.value.checks[0] == Freshness(column="amount", max_age_hours=24, because="paid")
    form.undo()
    form.undo()
    assert form.value == SUITE


def test_an_entry_is_called_what_it_is() -> None:
    form = Form(SUITE)
    checks = view(form, "checks")
    assert checks.more.description == "Add check"
    form.add(("checks",))
    assert form.draft["checks"][2]["check"] == "not_null"
    assert form.value == SUITE, "an entry without its answers is not there yet"


def test_a_mistake_within_a_kind_is_found_where_it_is() -> None:
    form = Form(SUITE)
    field(form, "checks", 0, "fail", "share").value = "2"
    assert mistakes(form) == {"checks[0].fail.share": "must be 1 or less"}
    form.undo()
    form.put(("checks", 0, "min"), None)
    assert mistakes(form) == {"checks[0]": "a range needs a `min`, a `max`, or both"}
    assert form.value == SUITE


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0", 0),
        ("-3", -3),
        ("2.5", 2.5),
        ("2026-03-31", "2026-03-31"),
        ("007", "007"),
        ("1.50", "1.50"),
        ("true", "true"),
    ],
)
def test_a_value_that_may_be_a_number_or_a_text_is_what_it_looks_like(typed: str, meant: object) -> None:
    form = Form(Suite(checks=(AcceptedValues(column="a", values=("x",)), Range(column="a", min="x"))))
    field(form, "checks", 0, "values").value = f"{typed}\nnew"
    field(form, "checks", 1, "min").value = typed
    assert form.value.checks == (AcceptedValues(column="a", values=(meant, "new")), Range(column="a", min=meant))
    assert isinstance(form.value.checks[1].min, type(meant))
    assert field(form, "checks", 1, "min").value == typed
