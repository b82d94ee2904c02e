"""All rooms have one floor plan: same parts, every rule told and tried, every document with its template, no room in another."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from decom_nb import shipped
from decom_nb.book import decision_tables, document_classes, names, rooms
from decom_nb.cells import find_view
from decom_nb.evidence.collect import COLLECTORS
from decom_nb.evidence.relation import page
from decom_nb.phase import Phase
from decom_nb.phases.rubric.table import RUBRIC
from decom_nb.rule import Told
from decom_nb.supply import asks
from decom_nb.template import relations, templates

TOP = Path(__file__).parent.parent
PARTS = {
    "__init__", "documents", "answers", "measures", "mistakes", "readers", "rules", "charts", "views", "forms", "actions",
    "deliverables", "commands",
}  # fmt: skip
CONCEPTS = {"clues", "reasons"}  # things that only come in numbers
RULES = [told for room in rooms() for told in room.rules]

by_room = pytest.mark.parametrize("room", rooms(), ids=lambda room: room.name)
by_rule = pytest.mark.parametrize("told", RULES, ids=lambda told: told.rule.id)


@by_room
def test_a_room_says_what_it_is_for(room: Phase) -> None:
    assert room.text.title
    assert room.text.purpose
    assert room.text.source


@by_room
def test_a_rooms_parts_are_named_as_in_the_floor_plan_or_for_a_concept(room: Phase) -> None:
    """A plural file is a part of the plan; whatever else a room needs is singular, named for its concept."""
    files = {file.stem for file in room.folder.glob("*.py")}
    assert not {name for name in files - PARTS if name.endswith("s") and not name.endswith("ss")} - CONCEPTS
    for part in files:
        assert room.part(part).__doc__, f"{room.name}/{part}.py does not say what lives in it"


@by_room
def test_rooms_do_not_import_rooms(room: Phase) -> None:
    others = {f"decom_nb.phases.{other.name}" for other in rooms() if other is not room}
    for file in room.folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if any(name.startswith(other) for other in others)], file


@by_rule
def test_a_rule_has_a_case_that_holds_and_one_that_does_not(told: Told) -> None:
    file = TOP / "tests" / "phases" / told.rule.phase / "cases" / f"{told.rule.check.__name__}.yaml"
    cases = yaml.safe_load(file.read_text(encoding="utf-8"))
    outcomes = {case["outcome"] for case in cases}
    assert {"true", "false"} <= {str(outcome).lower() for outcome in outcomes}, file


@by_rule
def test_a_rules_title_is_a_sentence(told: Told) -> None:
    assert told.rule.title[:1].isupper()
    assert len(told.rule.title.split()) > 2


def test_the_rubric_pays_only_for_rules_that_exist() -> None:
    paid = {part.rule for dimension in RUBRIC.dimensions for part in dimension.parts}
    assert paid <= {told.rule.id for told in RULES}


def test_points_are_only_paid_for_what_evidence_shows() -> None:
    """A document is somebody's word: a rule that looks at documents alone judges, and earns no points."""
    evidence = {collector.name for collector in COLLECTORS}
    makers = {name: make for room in rooms() for name, make in (*room.measures.items(), *room.readers.items())}

    def rests_on_evidence(function: Callable[..., Any]) -> bool:
        return any(
            name in evidence or (name in makers and rests_on_evidence(makers[name])) for name in asks(function).names
        )

    by_id = {told.rule.id: told for told in RULES}
    for dimension in RUBRIC.dimensions:
        for part in dimension.parts:
            assert rests_on_evidence(by_id[part.rule].rule.check), part.rule


@by_room
def test_a_room_with_rules_runs_their_cases(room: Phase) -> None:
    folder = TOP / "tests" / "phases" / room.name
    cases = {file.stem for file in (folder / "cases").glob("*.yaml")}
    assert cases == {told.rule.check.__name__ for told in room.rules}
    if room.rules:
        module = importlib.import_module(f"tests.phases.{room.name}.test_rules")
        (marks,) = [mark for mark in module.test_rule.pytestmark if mark.name == "parametrize"]
        run = {case.values[0] for case in marks.args[1]}
        assert run >= {told.rule.check.__name__ for told in room.rules}


def test_rooms_notebooks_and_the_table_of_contents_are_in_one_order() -> None:
    numbers = [room.text.number for room in rooms()]
    assert numbers == sorted(numbers)
    wanted = {f"{room.text.number:02d}_{room.name}.ipynb" for room in rooms()}
    assert wanted <= {file.name for file in shipped.folder("notebooks").glob("*.ipynb")}


def test_every_view_form_and_action_stands_in_a_notebook() -> None:
    told = "".join(file.read_text(encoding="utf-8") for file in shipped.folder("notebooks").glob("*.ipynb"))
    shown = {f"{room.name}.{view}" for room in rooms() if (part := room.part("views")) for view in part.__all__}
    missing = {name for name in shown if f'book.show(\\"{name}\\")' not in told}
    missing |= {name for name in document_classes() if f'book.form(\\"{name}\\")' not in told}
    actions = [f"{room.name}.{action}" for room in rooms() for action in room.actions]
    missing |= {name for name in actions if f'book.action(\\"{name}\\"' not in told}
    missing |= {name for name in decision_tables() if f'book.decision(\\"{name}\\")' not in told}
    assert not missing


def test_every_question_belongs_to_the_room_it_lies_in() -> None:
    for question, (room, _) in decision_tables().items():
        assert question.split(".")[0] == room.name


def test_templates_are_in_step_with_the_models() -> None:
    on_disk = {file.name: file.read_text(encoding="utf-8") for file in shipped.folder("templates").glob("*.yaml")}
    assert on_disk == templates(), "run: python -m decom_nb.template"


def test_every_module_of_the_spine_stands_in_the_page_of_structure() -> None:
    page_of_structure = (TOP / "docs" / "structure.md").read_text(encoding="utf-8").split("```")[1].split()
    spine = [each.name for each in (TOP / "decom_nb").glob("[!_]*.py")]
    spine += [f"{each.parent.name}/" for each in (TOP / "decom_nb").glob("*/__init__.py")]
    assert [name for name in sorted(spine) if name not in page_of_structure] == []


def test_the_page_of_relations_is_in_step() -> None:
    told = (TOP / "docs" / "relations.md").read_text(encoding="utf-8")
    assert told == page(relations()), "run: python -m decom_nb.template"


@pytest.mark.parametrize("kind", document_classes().values(), ids=document_classes().keys())
def test_every_field_of_a_document_is_explained(kind: type) -> None:
    for name, field in kind.model_fields.items():
        assert field.description, f"{kind.__name__}.{name}"


@by_room
def test_every_view_can_be_found(room: Phase) -> None:
    if views := room.part("views"):
        for name in views.__all__:
            assert find_view(f"{room.name}.{name}").__doc__


@by_room
def test_every_action_says_what_it_does_and_asks_for_what_there_is(room: Phase) -> None:
    for name, action in room.actions.items():
        assert action.__doc__, f"{room.name}.{name}"
        assert set(asks(action).names) <= set(names()), f"{room.name}.{name}"
