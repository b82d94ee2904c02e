"""What people are told: the whole text, so that a reviewer reads what a person reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field

from decom_nb.document import Document
from decom_nb.document.reading import opened
from decom_nb.errors import InputError
from tests.document.briefs import HEAD, Brief, Waivers


def told(text: str, cls: type[Document] = Brief, head: str = HEAD) -> list[str]:
    with pytest.raises(InputError) as raised:
        opened(cls, Path("b.yaml"), (head + text).encode())
    return str(raised.value).split("\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("project_nam: x", "b.yaml:3: project_nam: this document has no such key - did you mean `project_name`?"),
        (
            "banana: x",
            "b.yaml:3: banana: this document has no such key - keys that this document knows: "
            "project_name, context, consumers, state, constraints, weights, answers, tier",
        ),
        (
            "team_size: 3",
            "b.yaml:3: team_size: this document has no such key - it belongs at `constraints.team_size`: move it there",
        ),
        (
            "consumers:\n  - taem: x",
            "b.yaml:4: consumers[0].taem: `consumers[0]` has no such key - did you mean `team`?",
        ),
        ("unknown_and_empty:", "has no such key"),
        (
            "consumers:\n  - use_case: Analytics",
            "b.yaml:4: consumers[0].use_case: needs one of analytics | ML | reverse-ETL, found the text 'Analytics' - "
            "did you mean 'analytics'?",
        ),
        ("consumers: [{latency: real time}]", "did you mean 'real-time'?"),
        ("consumers: [{latency: banana}]", "found the text 'banana' - choose one of them"),
        ("consumers: [{latency: 3}]", "needs one of real-time | near-real-time | batch, found the number 3"),
        ("context: [a]", "b.yaml:3: context: needs a text, found a list - write a single value behind the colon"),
        ("context: {a: 1}", "needs a text, found a group of keys"),
        (
            "constraints:\n  team_size: ten",
            "b.yaml:4: constraints.team_size: needs a whole number (people, from 0 to 500), found the text 'ten' - "
            "write it in digits, in people",
        ),
        (
            "constraints: {team_size: 12 people}",
            "found the text '12 people' - write 12 without anything around it; it is in people anyway",
        ),
        ("constraints: {team_size: '1,2'}", "found the text '1,2' - write a whole number, without a comma"),
        ("constraints: {team_size: '1,200'}", "write 1200 without anything around it"),
        (
            "constraints: {team_size: -1}",
            "needs a whole number (people, from 0 to 500), found the number -1 - write a whole number from 0 to 500",
        ),
        ("constraints: {team_size: 501}", "found the number 501 - write a whole number from 0 to 500"),
        ("state:\n  volume:\n    gb_per_day: -3", "found the number -3 - write a number, 0 or more"),
        ("state:\n  volume:\n    gb_per_day: 250,5", "found the text '250,5' - write 250.5 (a point, not a comma)"),
        ("state:\n  volume:\n    gb_per_day: 1.250,75 GB", "write 1250.75 (a point, not a comma)"),
        ("state:\n  volume:\n    gb_per_day: 0,125", "write 0.125 (a point, not a comma)"),
        (
            "state:\n  volume:\n    gb_per_day: 1,000",
            "b.yaml:5: state.volume.gb_per_day: 1,000 can be read in two ways - which is meant, 1000 or 1.0? "
            "Write it without the comma",
        ),
        ("state:\n  volume:\n    gb_per_day: 1,500", "which is meant, 1500 or 1.5?"),
        ("state:\n  volume:\n    gb_per_day: 1,000,000", "write 1000000 without anything around it"),
        (
            "state:\n  volume:\n    gb_per_day: 60.000",
            "60.000 can be read in two ways - which is meant, 60 or 60000? Write it without the point",
        ),
        ("state:\n  volume:\n    gb_per_day: '60.000'", "which is meant, 60 or 60000?"),
        ("state:\n  volume:\n    gb_per_day: 1.000.000", "1.000.000 has points between its digits - write 1000000"),
        ("constraints: {team_size: 1.000}", "which is meant, 1 or 1000?"),
        ("weights: {a: {b: 2.000}}", "which is meant, 2 or 2000?"),
        ("constraints: {team_size: 2.5}", "found the number 2.5 - round it"),
        ("constraints: {team_size: true}", "needs a whole number (people, from 0 to 500), found true"),
        ("constraints: {team_size: .nan}", "found the number .nan"),
        ("constraints: {team_size: [1]}", "found a list - write a single value behind the colon"),
        (
            "state: {volume: {growth: -100}}",
            "needs a number (% per year, more than -100 and at most 1,000,000), found the number -100",
        ),
        ("state: {volume: {gb_per_day: .inf}}", "needs a number (GB per day, 0 or more), found the number .inf"),
        (
            "constraints: {replay: yes}",
            "needs true or false, found the text 'yes' - write true ('yes' and 'no' are texts in YAML 1.2)",
        ),
        ("constraints: {replay: Off}", "write false ('yes' and 'no' are texts in YAML 1.2)"),
        ("constraints: {replay: 1}", "needs true or false, found the number 1 - write true or false"),
        ("constraints: {replay: maybe}", "write true or false"),
        (
            "constraints: {since: 31.12.2024}",
            "needs a date such as 2026-03-31, found the text '31.12.2024' - write year, month and day in this order",
        ),
        ("constraints: {since: 2024-02-30}", "needs a date such as 2026-03-31, found the text '2024-02-30'"),
        (
            "constraints: {compliance: GDPR}",
            "needs a list, found the text 'GDPR' - write [GDPR], or each item on its own line",
        ),
        (
            "constraints: {compliance: [gdpr]}",
            "b.yaml:3: constraints.compliance[0]: needs one of GDPR | HIPAA | none, found the text 'gdpr'",
        ),
        ("constraints: {compliance: [GDPR, HIPAA, none]}", "needs at most 2 items, found 3 - shorten it"),
        ("constraints: {code: abcdef}", "needs at most 5 characters, found 6 - shorten it"),
        ("constraints: {code: ABC}", "the text 'ABC' does not have the right form - for example abc"),
        ("constraints: {limit: many}", "constraints.limit: needs a whole number or none, found the text 'many'"),
        (
            "constraints: 3",
            "b.yaml:3: constraints: needs a group of keys (team_size, compliance, replay, since, limit, code), "
            "found the number 3",
        ),
        ("state: text", "write its keys on the lines below, indented by two spaces"),
        (
            "state: []",
            "needs a group of keys (sources, volume), found a list - write its keys on the lines below, "
            "indented by two spaces and without a dash",
        ),
        (
            "consumers: {team: a}",
            "needs a list, found a group of keys - begin each item of the list with a dash (- ), on a line of its own",
        ),
        (
            "consumers: [x]",
            "b.yaml:3: consumers[0]: needs a group of keys (team, use_case, latency), found the text 'x'",
        ),
        (
            "state:\n  sources:\n    - a\n    -\n    - b",
            "b.yaml:6: state.sources[1]: needs a text, found nothing - write one, or remove the line",
        ),
        ("weights: {a: {b: c}}", "weights.a.b: needs a number, found the text 'c'"),
        ('weights: {"a b": 3}', 'weights["a b"]: needs a group of keys, found the number 3'),
        ("tier: 4", "b.yaml:3: tier: needs a whole number (from 1 to 3), found the number 4"),
        ("context: [" + "x" * 500 + "]\ntier: " + "9" * 90, "found the number 999"),
        ('constraints: {replay: "a\\u202Eb"}', "found the text 'a⟨U+202E⟩b'"),
        ("consumers: [{}]\nconstraints: {team_size: 0}", "b.yaml: a platform with consumers needs a team"),
    ],
)
def test_a_person_is_told_what_is_wrong_where_and_what_to_write(text: str, expected: str) -> None:
    assert any(expected in line for line in told(text + "\n")), told(text + "\n")


def test_every_mistake_is_told_at_once_in_the_order_of_the_lines() -> None:
    lines = told(
        "project_nam: x\ntier: 4\nconsumers:\n  - latency: soon\n  - taem: x\nconstraints:\n  team_size: ten\n"
    )
    assert [line.split(":")[1] for line in lines] == ["3", "4", "6", "7", "9"]


def test_nothing_in_it_is_for_programmers() -> None:
    said = " ".join(
        told(
            "context: 1\nstate: {sources: x, volume: [1]}\nweights: [1]\ntier: x\n"
            "constraints: {limit: [1]}\nconsumers: {a: 1}\n"
        )
    )
    for word in (
        "Input",
        "should be",
        "valid",
        "string",
        "int_",
        "type=",
        "dict",
        "tuple",
        "None",
        "pydantic",
        "array",
    ):
        assert word not in said


def test_answers_that_cannot_be_missing() -> None:
    head = "document: waivers\nversion: 1\n"
    said = " ".join(told("waivers:\n  - reason: ''\n    expires:\n", Waivers, head))
    assert "waivers[0].target: is not answered and has to be - write a text, for example `target: cost`" in said
    assert "waivers[0].reason: needs one of out of scope | other, found nothing" in said
    assert "b.yaml:5: waivers[0].expires: needs a date such as 2026-03-31, found nothing" in said
    assert "is not answered and has to be - write a text, for example `target: cost`" in " ".join(
        told("waivers: [{target: '', reason: other, expires: 2026-01-01}]\n", Waivers, head)
    )


@pytest.mark.parametrize("empty", ['""', "' '", ""])
def test_a_text_that_is_left_empty_is_asked_for_in_the_words_of_its_description(empty: str) -> None:
    class Owned(Document):
        """Somebody's."""

        name = "owned"
        owner: str = Field(min_length=1, description="who answers for it.", pattern=r"\S|^$", examples=["data team"])

    [said] = told(f"owner: {empty}\n", Owned, "document: owned\nversion: 1\n")
    if empty != "' '":
        assert said.endswith(": who answers for it, for example `owner: data team`")
    assert "b.yaml:3: owner: " in said
    assert "write more" not in said


@pytest.mark.parametrize("number", ["60.00", "0.000", "60.5", "1000.000", "60.0001", "12.340"])
def test_a_number_that_can_be_read_in_one_way_only_is_read(number: str) -> None:
    text = f"{HEAD}state: {{volume: {{gb_per_day: {number}}}}}\n"
    assert opened(Brief, Path("b.yaml"), text.encode()).document.state.volume.gb_per_day == float(number)


def test_a_text_and_an_answer_of_any_kind_may_look_like_such_a_number() -> None:
    text = f"{HEAD}context: 60.000\nanswers: {{a: 60.000}}\n"
    document = opened(Brief, Path("b.yaml"), text.encode()).document
    assert (document.context, document.answers) == ("60.000", {"a": 60.0})


def test_a_key_that_stands_there_twice_hides_no_other_mistake() -> None:
    lines = told("tier: 4\ntier: 1\nproject_nam: x\nconsumers:\n  - team: a\n    team: b\n    latency: soon\n")
    assert [line.split(":")[1] for line in lines] == ["3", "4", "5", "8", "9"]
    assert "stands here a second time, first in line 3 - keep one of the two" in lines[1]
    assert len(told("tier: 1\ntier: 2\n", head="document: claims\nversion: 1\n")) == 2
    assert len(told("tier: 1\ntier: 2\n")) == 1


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            "",
            [
                "b.yaml:1: document: is missing at the head - write `document: brief` above the other keys",
                "version: is missing",
            ],
        ),
        (
            "document: breif\nversion: 1\n",
            ["b.yaml:1: document: needs 'brief', found 'breif' - did you mean `document: brief`?"],
        ),
        (
            "document: claims\nversion: 1\n",
            ["b.yaml:1: document: is the document 'claims', not 'brief' - write `document: brief` if"],
        ),
        ("document: [brief]\nversion: 1\n", ["document: needs 'brief', found"]),
        (
            "document: brief\nversion: 2\n",
            ["version: is version 2, and this decom_nb knows 'brief' up to version 1 - update decom_nb"],
        ),
        (
            "document: brief\nversion: one\n",
            ["version: needs a whole number, 1 or more, found 'one' - did you mean `version: 1`?"],
        ),
        ("document: brief\nversion: 0\n", ["version: needs a whole number, 1 or more, found '0'"]),
        ("document: brief\nversion: true\n", ["version: needs a whole number"]),
    ],
)
def test_the_head_says_which_document_it_is(head: str, expected: list[str]) -> None:
    said = told("tier: 1\n", head=head)
    assert len(said) == len(expected)
    for line, part in zip(said, expected, strict=True):
        assert part in line


def test_a_misspelled_head_hides_no_other_mistake() -> None:
    assert len(told("tier: 4\n", head="document: breif\nversion: 1\n")) == 2


def test_what_the_author_of_a_model_says_is_passed_on() -> None:
    from pydantic import field_validator
    from pydantic_core import PydanticCustomError

    class Own(Document):
        """One of its own."""

        name = "own"
        a: int = 0
        b: int = 0
        c: int = Field(0, multiple_of=5)

        @field_validator("a")
        @classmethod
        def _a(cls, value: int) -> int:
            raise PydanticCustomError("ours", "a is never right")

        @field_validator("b")
        @classmethod
        def _b(cls, value: int) -> int:
            assert value == 0, "b is zero"
            return value

    said = told("a: 1\nb: 1\nc: 3\n", Own, "document: own\nversion: 1\n")
    assert "b.yaml:3: a: a is never right" in said[0]
    assert "b.yaml:4: b: b is zero" in said[1]
    assert "b.yaml:5: c: needs a whole number, found the number 3" in said[2]
