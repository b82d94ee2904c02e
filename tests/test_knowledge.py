"""Knowledge: what is loaded is sourced and sound, and what is not says where and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from decom_nb import knowledge
from decom_nb.condition import Is
from decom_nb.errors import InputError
from decom_nb.knowledge import (
    DisqualifierRow,
    Row,
    decision_table,
    decision_tables,
    load,
    read_yaml,
)

SOURCES = "book: 'A. Cook, Soups (2020)'\n"
ANSWERS = """\
answers:
  - {name: hungry, question: Are you hungry?, kind: boolean, fields: [guest.hungry], because: It matters., source: book}
  - {name: guests, question: How many?, kind: number, unit: guests, range: [1, 50], fields: [guest.count],
     because: b, source: book}
"""
SUPPER = """\
question: kitchen.supper
title: Supper
asks: What is for supper?
soft: {value: 2, because: b, source: book}
tie_margin: {value: 0, because: b, source: book}
criteria:
  - {name: taste, title: Taste, weight: 1, because: b, source: book}
options:
  - name: Soup
    best_for: cold days
    avoid_when: it is hot
    reasons:
      - {criterion: taste, when: {hungry: false}, points: 1, because: It is light., source: [book, my own taste]}
  - name: Stew
    best_for: large parties
    avoid_when: nobody is hungry
    reasons:
      - criterion: taste
        when: {guests: {above: 10}}
        points: 2
        because: It feeds many.
        source: book
    disqualifiers:
      - {criterion: taste, when: {hungry: false}, because: Nobody would eat it., source: book}
"""


@pytest.fixture
def kitchen(tmp_path: Path) -> Path:
    folder = tmp_path / "kitchen" / "tables"
    folder.mkdir(parents=True)
    for name, text in (("sources", SOURCES), ("answers", ANSWERS), ("supper", SUPPER)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def broken(kitchen: Path, old: str, new: str, name: str = "supper") -> str:
    """Change the table and give what loading it says."""
    file = kitchen / f"{name}.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        decision_tables(kitchen)
    return str(raised.value)


def test_a_table_is_loaded_with_its_citations(kitchen: Path) -> None:
    (table,) = decision_tables(kitchen)
    assert table.question == "kitchen.supper"
    assert table.weights == {"taste": 1}
    soup, stew = table.options
    assert soup.reasons[0].source == "A. Cook, Soups (2020); my own taste"
    assert soup.reasons[0].when == Is("hungry", (False,))
    assert isinstance(stew.rows[-1], DisqualifierRow)
    assert table.by_answer == {"hungry": (0, 2), "guests": (1,)}
    assert table.disqualifiers == ((), (2,))


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("because: It feeds many.\n        ", "", 18, "`because` is missing - say why in a sentence"),
        ("because: It feeds many.", "because: ''", 21, "because"),
        (
            "        because: It feeds many.\n        source: book\n",
            "        because: It feeds many.\n",
            18,
            "`source` is missing",
        ),
        ("points: 2", "points: 20", 20, "options[Stew].reasons[0].points"),
        ("points: 2", "pionts: 2", 20, "`pionts` is not known here"),
        ("above: 10", "abvoe: 10", 19, "did you mean above?"),
        ("{guests: {above: 10}}", "{gusts: {above: 10}}", 19, "did you mean guests?"),
        ("{guests: {above: 10}}", "{hungry: maybe}", 19, "is never 'maybe'"),
        ("criterion: taste\n", "criterion: tsate\n", 0, "there is no criterion `tsate`: did you mean taste?"),
        ("name: Stew", "name: Soup", 0, "stands there twice"),
        (SUPPER[SUPPER.index("  - name: Stew") :], "", 0, "at least one criterion and two options"),
        ("[book, my own taste]", "[bok]", 13, "did you mean book?"),
        ("question: kitchen.supper", "question: kitchen.dinner", 1, "`kitchen.supper`, not `kitchen.dinner`"),
        ("title: Supper\n", "title: Supper\ntitle: Dinner\n", 3, "this key stands there twice"),
        ("because: It feeds many.", "because: *why", 0, "this is not YAML"),
        ("because: It feeds many.", "because: [", 0, "this is not YAML"),
    ],
)
def test_a_draft_is_refused_with_file_line_and_next_step(
    kitchen: Path, old: str, new: str, line: int, says: str
) -> None:
    said = broken(kitchen, old, new)
    assert "supper.yaml" in said
    assert says in said
    assert not line or f":{line}: " in said


def test_all_mistakes_of_all_tables_are_told_together(kitchen: Path) -> None:
    (kitchen / "dinner.yaml").write_text(
        SUPPER.replace("supper", "dinner").replace("points: 1", "points: x"), encoding="utf-8"
    )
    said = broken(kitchen, "source: book\n    disqualifiers", "disqualifiers")
    said = said if "dinner.yaml" in said else broken(kitchen, "points: 2", "points: [2]")
    assert "dinner.yaml" in said
    assert "supper.yaml" in said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: boolean", "kind: choice", "a choice lists its `choices`"),
        (", range: [1, 50]", "", "a number has a plausible `range`"),
        ("[1, 50]", "[0, 50]", "above zero"),
        ("name: guests", "name: hungry", "stands there twice"),
        ("name: guests", "name: Guests", "pattern"),
        ("because: It matters., ", "", "`because` is missing"),
    ],
)
def test_an_answer_is_defined_soundly(kitchen: Path, old: str, new: str, says: str) -> None:
    assert says in broken(kitchen, old, new, "answers")


def test_a_source_is_words(kitchen: Path) -> None:
    assert "a source is a citation in words" in broken(kitchen, "'A. Cook, Soups (2020)'", "12", "sources")


def test_without_sources_yaml_a_source_is_what_it_says(kitchen: Path) -> None:
    (kitchen / "sources.yaml").unlink()
    assert decision_table(kitchen / "supper.yaml").options[1].reasons[0].source == "book"


def test_scalars_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: no\nb: on\nc: true\nd: 012\ne: 1.5e3\nf: 2026-01-01\ng: ~\nh: 1_000\n", encoding="utf-8")
    data, lines = read_yaml(file)
    assert {**data, "d": 0} == {
        "a": "no", "b": "on", "c": True, "d": 0, "e": 1500.0, "f": "2026-01-01", "g": None, "h": "1_000",
    }  # fmt: skip
    assert lines["c",] == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a\n", "not a mapping"),
        ("", "not a mapping"),
        ("a: &x [1]\nb: *x\n", "write the value out"),
        ("a: !!python/object/apply:os.system [ls]\n", "not YAML"),
    ],
)
def test_only_plain_mappings_are_read(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read_yaml(file)
    assert says in str(raised.value)


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_yaml(tmp_path / "none.yaml")


def test_any_model_can_be_loaded(tmp_path: Path) -> None:
    class Herbs(BaseModel):
        herbs: tuple[Row, ...]

    file = tmp_path / "herbs.yaml"
    file.write_text("herbs:\n  - {because: It smells., source: a book}\n", encoding="utf-8")
    assert load(Herbs, file).herbs[0].because == "It smells."


def clear() -> None:
    for cached in (knowledge.answer_sheet, knowledge.citations, knowledge.decision_tables):
        cached.cache_clear()
