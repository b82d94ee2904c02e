"""The choice of a methodology on circumstances that experts would agree on."""

from __future__ import annotations

from typing import Any

import pytest

from decom_nb import knowledge
from decom_nb.decide import Decision, decide
from decom_nb.phases.modeling.answers import TABLES, answers
from decom_nb.phases.modeling.needs_document import ModelingNeeds

CIRCUMSTANCES: dict[str, tuple[dict[str, Any], str]] = {
    "stars for people who slice": (
        {"business_processes": 6, "self_service_bi": True, "dashboards": 40, "joins_tolerated": "a few", "history_asked": True,
         "integrated_sources": 2, "sources_change_often": False, "audit_trail": False, "event_analytics": "none",
         "agreed_definitions": "agreed", "modelers": 3, "first_result_weeks": 8, "generated_code": False},
        "Kimball (dimensional)",
    ),
    "many changing sources under audit, generated, with marts on top": (
        {"business_processes": 8, "self_service_bi": True, "dashboards": 60, "joins_tolerated": "a few", "history_asked": True,
         "integrated_sources": 25, "sources_change_often": True, "audit_trail": True, "event_analytics": "none",
         "agreed_definitions": "by department", "modelers": 12, "first_result_weeks": 20, "generated_code": True},
        "Data Vault 2.0 + Kimball (dimensional)",
    ),
    "one process, three dashboards, next week": (
        {"business_processes": 1, "self_service_bi": False, "dashboards": 3, "joins_tolerated": "none", "history_asked": False,
         "integrated_sources": 1, "sources_change_often": False, "audit_trail": False, "event_analytics": "none",
         "agreed_definitions": "agreed", "modelers": 1, "first_result_weeks": 1, "generated_code": False},
        "One Big Table (OBT)",
    ),
    "a product team that asks what happened after what": (
        {"business_processes": 2, "self_service_bi": False, "dashboards": 8, "joins_tolerated": "a few", "history_asked": False,
         "integrated_sources": 2, "sources_change_often": True, "audit_trail": False, "event_analytics": "main",
         "agreed_definitions": "agreed", "modelers": 2, "first_result_weeks": 6, "generated_code": False},
        "Activity Schema",
    ),
    "an enterprise that agrees, with time and people": (
        {"business_processes": 12, "self_service_bi": True, "dashboards": 200, "joins_tolerated": "a few", "history_asked": True,
         "integrated_sources": 20, "sources_change_often": False, "audit_trail": False, "event_analytics": "none",
         "agreed_definitions": "agreed", "modelers": 20, "first_result_weeks": 80, "generated_code": False},
        "Kimball (dimensional) + Inmon (3NF)",
    ),
}  # fmt: skip


def methodology(**needs: Any) -> Decision:
    table = next(each for each in knowledge.decision_tables(TABLES) if each.question == "modeling.methodology")
    return decide(table, answers(None, ModelingNeeds(**needs)))


@pytest.mark.parametrize("case", CIRCUMSTANCES)
def test_what_experts_would_recommend(case: str) -> None:
    needs, expected = CIRCUMSTANCES[case]
    made = methodology(**needs)
    assert made.said == expected, [(each.name, round(each.score, 1)) for each in made.options]


def test_nothing_is_recommended_where_nothing_is_said() -> None:
    made = methodology()
    assert made.is_open
    assert made.said == "nothing"


def test_every_answer_of_the_table_can_change_something() -> None:
    table = next(each for each in knowledge.decision_tables(TABLES) if each.question == "modeling.methodology")
    asked = {each.answer for each in (*methodology().unanswered, *methodology().also_open)}
    assert asked == set(table.by_answer)
