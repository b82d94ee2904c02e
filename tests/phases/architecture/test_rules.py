"""Every rule of the architecture room on the cases in ``cases/``: a brief and records in, an outcome out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from decom_nb import knowledge
from decom_nb.decide import decide
from decom_nb.finding import Finding
from decom_nb.phase import Phase
from decom_nb.phases.architecture.answers import TABLES, answers
from decom_nb.phases.architecture.decision_record import DecisionRecord
from decom_nb.phases.architecture.documents import Brief
from decom_nb.rule import run
from decom_nb.supply import Supply

CASES = [
    pytest.param(file.stem, case, id=f"{file.stem}: {case['case']}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text(encoding="utf-8"))
]
ROOM = Phase("decom_nb.phases.architecture")
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_rule(rule: str, case: dict[str, Any]) -> None:
    found = finding(rule, case)
    assert found.outcome == str(case["outcome"]).lower(), found.message
    if "met" in case:
        assert found.met == pytest.approx(case["met"], abs=1e-6), found.message
    for text in case.get("says", []):
        assert text in found.message
    if "rows" in case:
        assert [next(iter(row.values())) for row in found.evidence] == case["rows"]


def finding(rule: str, case: dict[str, Any]) -> Finding:
    brief = Brief.model_validate(case["brief"]) if "brief" in case else None
    given = answers(brief)
    values: dict[str, Any] = {"brief": brief, "today": TODAY}
    values["decisions"] = {table.question: decide(table, given) for table in knowledge.decision_tables(TABLES)}
    if "records" in case:
        values["decision_records"] = tuple(record(each, given) for each in case["records"])
    (told,) = [each for each in ROOM.rules if each.rule.check.__name__ == rule]
    return run([told], Supply(values, dict(ROOM.measures)), {})[0]


def record(said: dict[str, Any], given: dict[str, Any]) -> DecisionRecord:
    """Make a record of {question, chosen, status, changed: facts as they were then}."""
    facts = {name: value for name, value in {**given, **said.get("changed", {})}.items() if value is not None}
    basis = {"question": said["question"], "chosen": said["chosen"], "winners": [said["chosen"]], "facts": facts}
    return DecisionRecord.model_validate({"status": said.get("status", "accepted"), "decom": basis})


def test_no_rule_needs_more_than_an_engagement_without_documents() -> None:
    found = run(list(ROOM.rules), Supply({"decisions": {}, "today": TODAY}, dict(ROOM.measures)), {})
    assert {each.outcome for each in found} <= {"not_known", "not_applicable"}
