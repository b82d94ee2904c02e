"""Every rule of the quality room on the cases in ``cases/``: a few facts in, through the real readers, an outcome out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from decom_nb.check import Suite
from decom_nb.check.mutated import MutationRun
from decom_nb.contract import Contract
from decom_nb.phase import Phase
from decom_nb.phases.quality.documents import TableSources
from tests.evidence.made import put
from tests.phases import rule_cases
from tests.phases.quality import made

ROOM = Phase("decom_nb.phases.quality")


@pytest.mark.parametrize(("rule", "case"), rule_cases.cases(__file__))
def test_rule(rule: str, case: dict[str, Any], tmp_path: Path) -> None:
    rule_cases.check(case, rule_cases.finding(ROOM, rule, values(case, tmp_path)))


def values(case: dict[str, Any], folder: Path) -> dict[str, Any]:
    for at, each in enumerate(case.get("runs", [])):
        checks = [made.checked(**check) for check in each["checks"]]
        put(
            folder,
            f"checks/{at}.json",
            made.run(*checks, at=f"{each.get('at', '2026-03-01')}T02:00:00Z").model_dump_json(),
        )
    if "models" in case:
        made.write_dbt(folder, case["models"], case.get("exposures"))
    if "mutants" in case:
        put(folder, "mutants.json", mutants(case["mutants"]).model_dump_json())
    given = rule_cases.collected(folder)
    given["suite"] = tuple(Suite.model_validate(each) for each in case.get("suites", []))
    given["contract"] = tuple(Contract.model_validate(each) for each in case.get("contracts", []))
    if "sources" in case:
        given["table_sources"] = TableSources.model_validate({"sources": case["sources"]})
    given["today"] = date.fromisoformat(case.get("today", "2026-03-02"))
    return given


def mutants(tables: dict[str, dict[str, int]]) -> MutationRun:
    """A test of the tests with so many faults caught and unseen, by table."""
    return MutationRun.model_validate(
        {
            "taken_at": "2026-03-01T00:00:00Z",
            "tables": [
                {
                    "table": table,
                    "tests": "suite",
                    "rows": 100,
                    "whole": True,
                    "checks": 3,
                    "mutants": [
                        {
                            "fault": "nulls",
                            "columns": ["a"],
                            "rows_changed": 5,
                            "caught_by": ["x"] * (at < count["caught"]),
                        }
                        for at in range(count["caught"] + count["unseen"])
                    ],
                }
                for table, count in tables.items()
            ],
        }
    )
