"""Readiness for a data mesh: shares as intervals, levels only where they are sure, and a decision that follows."""

from __future__ import annotations

from typing import Any

import pytest

from decom_nb import knowledge
from decom_nb.decide import decide
from decom_nb.phases.patterns.mesh.mesh_document import DataMesh
from decom_nb.phases.patterns.mesh.readiness import TABLES, overall, principles, readiness


def test_the_table_asks_what_the_document_asks() -> None:
    for each in principles().principles:
        group: Any = DataMesh.model_fields[each.name].annotation
        assert [statement.name for statement in each.statements] == list(group.model_fields)


def test_what_nobody_answered_widens_the_interval() -> None:
    said = DataMesh.model_validate({"domain_ownership": {"owners_named": "yes", "engineers_in_domains": "partly"}})
    rows = readiness(said)
    assert [(row["low"], row["high"], row["level"]) for row in rows] == [(0.375, 0.875, None), *[(0.0, 1.0, None)] * 3]
    assert overall(rows) is None


def test_a_level_is_told_as_soon_as_nothing_open_can_change_it() -> None:
    group = {"owners_named": "no", "engineers_in_domains": "no", "domains_run_their_pipelines": "no"}
    (row, *_) = readiness(DataMesh.model_validate({"domain_ownership": group}))
    assert (row["high"], row["level"]) == (0.25, "missing")


@pytest.mark.parametrize(
    ("said", "level"),
    [
        (("yes", "yes", "yes", "yes"), "in place"),
        (("yes", "yes", "yes", "no"), "started"),
        (("yes", "no", "no", "yes"), "missing"),
        (("yes", "no", "no", None), "missing"),
        (("yes", "yes", "no", None), None),
    ],
)
def test_all_four_carry_the_whole(said: tuple[str | None, ...], level: str | None) -> None:
    told = {
        principle.name: {each.name: answer for each in principle.statements}
        for principle, answer in zip(principles().principles, said, strict=True)
    }
    assert overall(readiness(DataMesh.model_validate(told))) == level


LARGE = {"engineers": 300, "domain_teams": 9, "central_team_bottleneck": True}
CONTENT = {"domain_teams": 3, "engineers": 60, "business_domains": 4, "central_team_bottleneck": False}


@pytest.mark.parametrize(
    ("answers", "recommended", "ruled_out"),
    [
        ({"engineers": 12, "early_stage": True}, "Central data team", True),
        ({"business_domains": 1, "engineers": 200}, "Central data team", True),
        (CONTENT, "Central data team", True),
        ({**LARGE, "consuming_teams": 2}, "One domain first", True),
        ({**LARGE, "domain_ownership": "started", "data_products": "missing"}, "One domain first", False),
        ({**LARGE, "domain_ownership": "in place", "data_products": "in place"}, "Data mesh", False),
    ],
)
def test_the_decision_follows_need_size_and_readiness(
    answers: dict[str, Any], recommended: str, ruled_out: bool
) -> None:
    table = knowledge.decision_table(TABLES / "data_mesh.yaml")
    names = {each.name for each in knowledge.answer_sheet(TABLES).answers}
    decision = decide(table, {name: answers.get(name) for name in names})
    assert decision.recommended[0] == recommended, decision.said
    assert bool(decision.option("Data mesh").disqualified) == ruled_out
