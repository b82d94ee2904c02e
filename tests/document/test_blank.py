from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import Field

from decom_nb.document import Document, Group, blank, json_schema
from decom_nb.document.reading import opened
from tests.document.briefs import Brief, Consumer, Note, Waivers


@pytest.mark.parametrize("cls", [Brief, Waivers, Note])
def test_a_blank_is_a_document_in_which_nothing_is_answered(cls: type[Document]) -> None:
    assert opened(cls, Path("blank.yaml"), blank(cls).encode()).document == cls()


@pytest.mark.parametrize("cls", [Brief, Waivers, Note])
def test_a_blank_fits_a_screen(cls: type[Document]) -> None:
    assert max(map(len, blank(cls).splitlines())) <= 100
    assert not re.search(r"[ \t]$", blank(cls), re.MULTILINE)
    assert blank(cls).endswith("\n")
    assert not blank(cls).endswith("\n\n")


def test_a_blank_tells_what_to_write() -> None:
    assert (
        blank(Brief)
        == """\
# Brief: What a platform is for.
# Fill in what you know and leave the rest as it is: an empty answer counts as not answered.
# Your own comments stay when a form or a command saves this file.
document: brief
version: 1

project_name: ""  # what it is called
# what the business does with its data, and why something has to change by next year
context: ""

consumers:       # the teams that use the data
  # one item each: take the # away from these lines and fill them in
  # - team: ""   # who uses the data, for example finance
  #   use_case:  # what for: analytics | ML | reverse-ETL
  #   # how fresh the data has to be - real-time: under 1 s; near-real-time: under 5 min; batch:
  #   # hourly or slower
  #   latency:   # real-time | near-real-time | batch

state:           # what there is today
  sources: []    # every system that produces data, for example [shop, web]
  volume:        # how much there is
    gb_per_day:  # new data (GB per day, 0 or more)
    growth:      # % per year, more than -100 and at most 1,000,000

constraints:      # what cannot be changed
  team_size:      # people who run it (people, from 0 to 500)
  compliance: []  # GDPR | HIPAA | none
  replay:         # can the stream be read again: true | false
  since:          # in use since (a date such as 2026-03-31)
  limit:          # a whole number or none
  code: ""        # for example abc

weights: {}  # how much criteria count
answers: {}
tier: 3      # from 1 to 3
"""
    )


def test_the_example_in_a_blank_becomes_an_item_when_its_signs_are_taken_away() -> None:
    text = blank(Waivers)
    head, example = text.split("fill them in\n")
    filled = head + "\n" + re.sub(r"^  # ", "  ", example, flags=re.MULTILINE)
    assert list(yaml.safe_load(filled)["waivers"][0]) == ["target", "reason", "expires"]


def test_what_is_there_from_the_start_is_written_out() -> None:
    class Stages(Document):
        """Stages."""

        name = "stages"
        stages: tuple[Consumer, ...] = Field(
            (Consumer(team="clean"), Consumer(team="enrich", latency="batch")), description="in order"
        )
        shares: dict[str, float] = Field({"a": 0.5}, description="of the whole")
        note: str = Field("a: b", description="a remark")
        several: str = "one\ntwo"

    text = blank(Stages)
    assert opened(Stages, Path("x"), text.encode()).document == Stages()
    assert "stages:  # in order\n  - team: clean\n" in text
    assert "shares:       # of the whole\n  a: 0.5\n" in text
    assert "several: |-\n  one\n  two\n" in text


def test_groups_that_contain_themselves_come_to_an_end() -> None:
    class Part(Group):
        """A part of parts."""

        parts: tuple[Part, ...] = ()
        label: str = Field("", description="x " * 80)

    class Whole(Document):
        """A whole."""

        name = "whole"
        part: Part = Part()

    Part.model_rebuild(_types_namespace={"Part": Part})
    Whole.model_rebuild(force=True, _types_namespace={"Part": Part})
    assert opened(Whole, Path("x"), blank(Whole).encode()).document == Whole()


@pytest.mark.parametrize("cls", [Brief, Waivers, Note])
def test_the_schema_describes_the_file(cls: type[Document]) -> None:
    schema = json_schema(cls)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    check.validate(_without_empty(yaml.safe_load(blank(cls))))
    assert not check.is_valid({"document": "other", "version": 1})
    assert not check.is_valid({"document": cls.name})
    assert not check.is_valid({"document": cls.name, "version": cls.document_version + 1})
    assert not check.is_valid({"document": cls.name, "version": 1, "banana": 1})


def _without_empty(data: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in data.items() if value is not None}
