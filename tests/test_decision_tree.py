"""Decision trees: what is refused when one is read, and how far a walk comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own

from decom_nb.decision_tree import Leaf, Node, Tree, answers_of, branches, decision_tree, decision_trees, walk
from decom_nb.errors import InputError
from decom_nb.phases.pipelines.pipeline import Pipeline

WHY = {"because": "It is so.", "source": "own judgement of a test"}


def node(name: str, *ways: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "question": f"{name}?", "short": name, "ways": list(ways), **WHY, **more}


def leaf(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "recommends": name.upper(), "short": name, "best_for": "tests", **WHY, **more}


def small() -> dict[str, Any]:
    return {
        "tree": "room.small",
        "title": "Small",
        "asks": "Which?",
        "root": "kind",
        "nodes": [
            node(
                "kind", {"answer": "warm", "to": "size"}, {"answer": "cold", "to": "stay"}, field="extract.source.kind"
            ),
            node("size", {"below": 10, "to": "stay"}, {"at_least": 10, "to": "go"}, field="extract.source.rows"),
        ],
        "leaves": [leaf("stay"), leaf("go")],
    }


def read(folder: Path, data: dict[str, Any]) -> Tree:
    file = folder / "room" / "tables" / "small.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    decision_tree.cache_clear()
    return decision_tree(file)


def refusal(folder: Path, data: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        read(folder, data)
    return str(caught.value)


def test_a_walk_goes_as_far_as_there_are_answers(tmp_path: Path) -> None:
    tree = read(tmp_path, small())
    nothing = walk(tree, {})
    assert nothing.open is not None
    assert (nothing.open.name, nothing.leaf, nothing.steps) == ("kind", None, ())
    half = walk(tree, {"kind": "warm", "size": None})
    assert half.at == "size"
    whole = walk(tree, {"kind": "warm", "size": 10})
    assert whole.leaf is not None
    assert whole.leaf.name == "go"
    assert [(step.node.name, step.way.says) for step in whole.steps] == [("kind", "warm"), ("size", "10 or more")]
    assert walk(tree, {"kind": "warm", "size": 9.99}).at == "stay"


def test_answers_beside_the_path_are_not_looked_at(tmp_path: Path) -> None:
    assert walk(read(tmp_path, small()), {"kind": "cold", "size": "nonsense"}).at == "stay"


@pytest.mark.parametrize("answers", [{"kind": "hot"}, {"kind": True}, {"kind": "warm", "size": True}])
def test_an_answer_that_has_no_way_is_refused(answers: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no answer"):
        walk(read(tmp_path, small()), answers)


def test_a_drawing_has_every_way_once(tmp_path: Path) -> None:
    tree = read(tmp_path, small())
    told = [(each.depth, each.answer, each.name) for each in branches(tree)]
    assert told == [
        (0, "", "kind"),
        (1, "warm", "size"),
        (2, "below 10", "stay"),
        (2, "10 or more", "go"),
        (1, "cold", "stay"),
    ]


@pytest.mark.parametrize("what", ["because", "source"])
@pytest.mark.parametrize("part", ["nodes", "leaves"])
def test_a_row_without_reason_or_source_is_refused(what: str, part: str, tmp_path: Path) -> None:
    data = small()
    del data[part][0][what]
    assert f"`{what}` is missing" in refusal(tmp_path, data)


def test_what_cannot_be_walked_is_refused(tmp_path: Path) -> None:
    data = small()
    data["leaves"].append(leaf("alone"))
    assert "no answer leads to `alone`" in refusal(tmp_path, data)
    data = small()
    data["nodes"][1]["ways"][0]["to"] = "kind"
    assert "run in a circle: kind → size → kind" in refusal(tmp_path, data)
    data = small()
    data["nodes"][1]["ways"][0]["to"] = "sty"
    assert "`sty` is neither node nor leaf" in refusal(tmp_path, data)
    data = small()
    data["root"] = "go"
    assert "the root `go` is no node" in refusal(tmp_path, data)
    data = small()
    data["leaves"][0]["name"] = "size"
    assert "stands there twice" in refusal(tmp_path, data)
    assert "not `room.other`" in refusal(tmp_path, small() | {"tree": "room.other"})


@pytest.mark.parametrize(
    ("ways", "says"),
    [
        ([{"answer": "a", "to": "stay"}, {"answer": "a", "to": "go"}], "one answer leads two ways"),
        ([{"answer": "a", "to": "stay"}, {"answer": True, "to": "go"}], "yes and no, or all of them words"),
        ([{"answer": "a", "to": "stay"}, {"below": 3, "to": "go"}], "all choices, or all stretches"),
        ([{"below": 3, "to": "stay"}, {"at_least": 4, "to": "go"}], "first `below` a limit"),
        ([{"answer": "a", "below": 3, "to": "stay"}, {"answer": "b", "to": "go"}], "not both"),
    ],
)
def test_ways_have_to_part(ways: list[dict[str, Any]], says: str, tmp_path: Path) -> None:
    data = small()
    data["nodes"][1]["ways"] = ways
    assert says in refusal(tmp_path, data)


def test_answers_are_read_from_a_document_or_from_its_dump() -> None:
    (tree,) = decision_trees(Path(__file__).parent.parent / "decom_nb" / "phases" / "pipelines" / "tables")
    source = {"kind": "database", "supports_cdc": False, "rows": 20}
    filled = Pipeline.model_validate({"extract": {"source": source}})
    expected = {"source": "database", "capture": False, "change_column": None, "size": 20}
    for document in (filled, filled.model_dump(mode="json")):
        found = answers_of(tree, document)
        assert {name: found[name] for name in expected} == expected
        assert walk(tree, found).at == "change_column"


def test_every_field_of_the_extraction_tree_is_in_the_document_and_offers_its_answers() -> None:
    (tree,) = decision_trees(Path(__file__).parent.parent / "decom_nb" / "phases" / "pipelines" / "tables")
    for each in tree.nodes:
        for way in each.ways:
            answer = way.answer if way.answer is not None else way.at_least if way.below is None else way.below / 2
            keys = each.field.split(".")
            nested: Any = answer
            for key in reversed(keys):
                nested = {key: nested}
            assert answers_of(tree, Pipeline.model_validate(nested))[each.name] == answer
    strategies = {fit for each in tree.leaves for fit in each.fits}
    assert strategies == {"full", "incremental", "CDC", "log-based"}
    assert all(isinstance(each.here, Node | Leaf) for each in branches(tree))
