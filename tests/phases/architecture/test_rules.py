"""Every rule of the architecture room on the cases in ``cases/``: a brief and records in, an outcome out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from decom_nb import knowledge
from decom_nb.decide import decide
from decom_nb.decision_record import DecisionRecord
from decom_nb.phase import Phase
from decom_nb.phases.architecture.answers import TABLES, answers
from decom_nb.phases.architecture.documents import Brief
from decom_nb.rule import run
from decom_nb.supply import Supply
from tests.phases import rule_cases

ROOM = Phase("decom_nb.phases.architecture")
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(("rule", "case"), rule_cases.cases(__file__))
def test_rule(rule: str, case: dict[str, Any]) -> None:
    rule_cases.check(case, rule_cases.finding(ROOM, rule, values(case)))


def values(case: dict[str, Any]) -> dict[str, Any]:
    brief = Brief.model_validate(case["brief"]) if "brief" in case else None
    told = answers(brief)
    given: dict[str, Any] = {"brief": brief, "today": TODAY}
    given["decision_tables"] = {table.question: table for table in knowledge.decision_tables(TABLES)}
    given["decisions"] = {question: decide(table, told) for question, table in given["decision_tables"].items()}
    if "records" in case:
        given["decision_records"] = tuple(record(each, told) for each in case["records"])
    return given


def record(said: dict[str, Any], given: dict[str, Any]) -> DecisionRecord:
    """Make a record of {question, chosen, status, changed: facts as they were then}."""
    facts = {name: value for name, value in {**given, **said.get("changed", {})}.items() if value is not None}
    basis = {"question": said["question"], "chosen": said["chosen"], "winners": [said["chosen"]], "facts": facts}
    return DecisionRecord.model_validate({"status": said.get("status", "accepted"), "decom": basis})


def test_no_rule_needs_more_than_an_engagement_without_documents() -> None:
    found = run(
        list(ROOM.rules), Supply({"decisions": {}, "decision_tables": {}, "today": TODAY}, dict(ROOM.measures)), {}
    )
    assert {each.outcome for each in found} <= {"not_known", "not_applicable"}
