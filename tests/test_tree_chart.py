"""A tree as a drawing: every question and end once, and the state that a way leaves each in."""

from __future__ import annotations

from decom_nb.decision_tree import branches
from decom_nb.phases.pipelines.design import extraction_tree
from decom_nb.tree_chart import tree_chart, tree_figure, tree_rows

TREE = extraction_tree()


def states(*route: str) -> dict[str, str]:
    rows = {row["order"]: row["state"] for row in tree_rows(TREE, route)}
    return {branch.name: rows[at] for at, branch in enumerate(branches(TREE))}


def test_a_way_to_its_end_leaves_all_other_ends_behind() -> None:
    told = states("source", "files_missing")
    assert set(told.values()) == {"taken", "left behind"}  # a way that the tree does not have ends nowhere
    told = states("source", "announced", "on_arrival")
    assert (told["source"], told["announced"], told["on_arrival"]) == ("taken", "taken", "here")
    assert {state for name, state in told.items() if name not in ("source", "announced", "on_arrival")} == {
        "left behind"
    }


def test_what_lies_below_an_open_question_is_still_possible() -> None:
    told = states("source", "webhooks")
    assert told["webhooks"] == "here"
    assert {told[name] for name in ("events_of_api", "cursor", "by_cursor", "whole_api")} == {"still possible"}
    assert told["change_capture"] == "left behind"
    assert set(states("source").values()) == {"here", "still possible"}


def test_the_figure_tells_the_way_to_those_who_cannot_see_it() -> None:
    figure = tree_figure(TREE, ("source", "announced", "by_listing"), "How to read: load_payments")
    assert "files → file announces itself?; no → look at fixed times" in figure.alt
    assert "It ends with: Look at fixed times" in figure.alt
    assert len(figure.rows) == len(list(branches(TREE)))
    assert "waits for an answer" in tree_figure(TREE, ("source",), "t").alt


def test_altair_takes_the_chart() -> None:
    assert tree_chart(tree_rows(TREE, ("source", "capture", "change_capture"))).to_dict(validate=True)
