from __future__ import annotations

import pytest

from decom_nb.document.shape import Shape, shape_of
from decom_nb.yaml_text.file import KeyPath
from tests.document.briefs import Brief, Note, Waivers

BRIEF = shape_of(Brief)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("project_name",), "a text"),
        (("consumers",), "a list"),
        (("consumers", 0), "a group of keys (team, use_case, latency)"),
        (("consumers", 3, "latency"), "one of real-time | near-real-time | batch"),
        (("state", "volume", "gb_per_day"), "a number (GB per day, 0 or more)"),
        (("state", "volume", "growth"), "a number (% per year, more than -100 and at most 1,000,000)"),
        (("constraints", "team_size"), "a whole number (people, from 0 to 500)"),
        (("constraints", "replay"), "true or false"),
        (("constraints", "since"), "a date such as 2026-03-31"),
        (("constraints", "limit"), "a whole number or none"),
        (("weights",), "a group of keys"),
        (("weights", "any", "key"), "a number"),
    ],
)
def test_every_place_says_what_it_needs(path: KeyPath, words: str) -> None:
    shape = BRIEF.at(path)
    assert isinstance(shape, Shape)
    assert shape.words == words


def test_places_that_are_not_there_have_no_shape() -> None:
    assert BRIEF.at(("nothing",)) is None
    assert BRIEF.at(("nothing", "below")) is None
    assert BRIEF.at((0,)) is None


def test_a_key_is_found_where_it_belongs() -> None:
    assert list(BRIEF.named("team")) == [("consumers", "team")]
    assert list(BRIEF.named("gb_per_day")) == [("state", "volume", "gb_per_day")]
    assert list(BRIEF.named("nothing")) == []


def test_what_has_to_be_answered_and_what_need_not() -> None:
    item = shape_of(Waivers).at(("waivers", 0))
    assert item is not None
    assert item.required == {"target", "reason", "expires"}
    assert BRIEF.properties["constraints"].optional
    assert not BRIEF.properties["state"].optional


def test_keys_are_those_of_the_file() -> None:
    assert list(shape_of(Note).properties) == ["name", "hours"]
