from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from decom_nb.document import Document, Opened, load, read
from decom_nb.document.reading import opened
from decom_nb.errors import InputError
from tests.document.briefs import HEAD, Brief, Constraints, Consumer, Note, State, Volume


def of(text: str) -> Brief:
    return opened(Brief, Path("b.yaml"), (HEAD + text).encode()).document


def test_a_full_document(tmp_path: Path) -> None:
    file = tmp_path / "brief.yaml"
    file.write_text(
        HEAD + "project_name: Acme\nconsumers:\n  - {team: fin, use_case: ML}\n"
        "state: {sources: [a, b], volume: {gb_per_day: 3}}\n"
        "constraints: {team_size: 4, compliance: [GDPR], replay: false, since: 2024-02-29, limit: none}\n"
        "weights: {q: {c: 2}}\ntier: 1\n"
    )
    assert load(Brief, file) == Brief(
        project_name="Acme",
        consumers=(Consumer(team="fin", use_case="ML"),),
        state=State(sources=("a", "b"), volume=Volume(gb_per_day=3)),
        constraints=Constraints(team_size=4, compliance=("GDPR",), replay=False, since=date(2024, 2, 29), limit="none"),
        weights={"q": {"c": 2}},
        tier=1,
    )


@pytest.mark.parametrize(
    "text", ["", "project_name:\n", "project_name: ''\n", "tier: null\ncontext: ~\nconsumers:\nstate:\nweights:\n"]
)
def test_an_empty_answer_is_none(text: str) -> None:
    assert of(text) == Brief()


def test_a_group_in_which_nothing_is_answered_is_no_answer_but_one_written_out_is() -> None:
    assert of("constraints:\n  team_size:\n  compliance: []\n  code: ''\n").constraints is None
    assert of("constraints: {}\n").constraints == Constraints()
    assert of("state: {volume: {gb_per_day: }}\n") == Brief()


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("2024", "2024"),
        ("1.10", "1.10"),
        ("0x1F", "0x1F"),
        ("007", "007"),
        ("true", "true"),
        ("2024-01-31", "2024-01-31"),
        (".nan", ".nan"),
        ("1e400", "1e400"),
    ],
)
def test_where_text_is_asked_for_a_number_is_text_as_it_was_typed(written: str, text: str) -> None:
    assert of(f"project_name: {written}\nstate: {{sources: [{written}]}}\n").project_name == text
    assert of(f"state:\n  sources:\n    - {written}\n").state.sources == (text,)


def test_where_a_number_is_asked_for_quotes_do_no_harm() -> None:
    assert of("constraints: {team_size: '7', replay: 'true'}\ntier: 2.0\n") == Brief(
        constraints=Constraints(team_size=7, replay=True), tier=2
    )


def test_where_several_things_will_do_each_stays_what_it_is() -> None:
    assert of("answers: {a: true, b: 1, c: '1', d: yes, e: 1.5, f: }\n").answers == {
        "a": True,
        "b": 1.0,
        "c": "1",
        "d": "yes",
        "e": 1.5,
        "f": None,
    }
    assert isinstance(of("answers: {a: true}\n").answers["a"], bool)


def test_aliases_are_read_and_half_characters_replaced() -> None:
    assert of("weights: {a: &x {b: 1}, c: *x}\n").weights == {"a": {"b": 1}, "c": {"b": 1}}
    assert of('project_name: "a\\uD800b"\n').project_name == "a\ufffdb"


def test_an_alias_of_a_field_is_its_key_in_the_file() -> None:
    text = "document: note\nversion: 3\nname: x\n"
    assert opened(Note, Path("n.yaml"), text.encode()).document == Note(title="x")
    with pytest.raises(InputError, match="title: this document has no such key"):
        opened(Note, Path("n.yaml"), text.replace("name", "title").encode())


def test_older_versions_are_brought_up_step_by_step() -> None:
    def note(text: str) -> Note:
        return opened(Note, Path("n.yaml"), f"document: note\n{text}".encode()).document

    assert note("version: 1\nheading: x\nminutes: 90\n") == Note(title="x", hours=1.5)
    assert note("version: 2\nname: x\nminutes: 90\n") == Note(title="x", hours=1.5)
    with pytest.raises(
        InputError, match="version: does not have the shape of version 2, so it cannot be brought to version 3"
    ):
        note("version: 2\nminutes: soon\n")
    with pytest.raises(InputError, match="heading: this document has no such key"):
        note("version: 2\nheading: x\n")


def test_what_was_read_is_remembered(tmp_path: Path) -> None:
    file = tmp_path / "brief.yaml"
    file.write_text(HEAD + "tier: 1\n")
    remembered = read(Brief, str(file))
    assert isinstance(remembered, Opened)
    assert (remembered.document.tier, remembered.path, remembered.data.decode()) == (1, file, remembered.text)
    assert remembered.session != read(Brief, file).session


def test_documents_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Brief().tier = 2  # type: ignore[misc]


@pytest.mark.parametrize("fields", [{"document": (str, "")}, {"version": (int, 1)}])
def test_a_model_must_not_use_the_keys_of_the_head(fields: dict[str, Any]) -> None:
    from pydantic import create_model

    with pytest.raises(TypeError, match="head of every document"):
        create_model("Wrong", __base__=Brief, **fields)


def test_a_model_needs_a_name() -> None:
    with pytest.raises(TypeError, match="needs a name"):

        class Nameless(Document):
            """No name."""
