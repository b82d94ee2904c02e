"""Every rule of the quality room on the cases in ``cases/``: a few facts in, through the real readers, an outcome out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from decom_nb.check import Suite
from decom_nb.check.mutated import MutationRun
from decom_nb.contract import Contract
from decom_nb.evidence.collect import collect
from decom_nb.finding import Finding
from decom_nb.phase import Phase
from decom_nb.phases.quality.documents import TableSources
from decom_nb.rule import run
from decom_nb.supply import Supply
from tests.evidence.made import put
from tests.phases.quality import made

CASES = [
    pytest.param(file.stem, case, id=f"{file.stem}: {case['case']}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text(encoding="utf-8"))
]
ROOM = Phase("decom_nb.phases.quality")


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_rule(rule: str, case: dict[str, Any], tmp_path: Path) -> None:
    found = finding(rule, case, tmp_path)
    assert found.outcome == str(case["outcome"]).lower(), found.message
    if "met" in case:
        assert found.met == pytest.approx(case["met"], abs=1e-6), found.message
    for text in case.get("says", []):
        assert text in found.message
    if "rows" in case:
        assert [next(iter(row.values())) for row in found.evidence] == case["rows"]


def finding(rule: str, case: dict[str, Any], folder: Path) -> Finding:
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
    values = dict(collect([folder], folder).values)
    values["suite"] = tuple(Suite.model_validate(each) for each in case.get("suites", []))
    values["contract"] = tuple(Contract.model_validate(each) for each in case.get("contracts", []))
    if "sources" in case:
        values["table_sources"] = TableSources.model_validate({"sources": case["sources"]})
    values["today"] = date.fromisoformat(case.get("today", "2026-03-02"))
    (told,) = [each for each in ROOM.rules if each.rule.check.__name__ == rule]
    return run([told], Supply(values), {})[0]


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
