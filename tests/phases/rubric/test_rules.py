"""Every rule of the rubric room on the cases in ``cases/``: a few facts in, through the real readers, an outcome out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decom_nb.phase import Phase
from tests.phases import rule_cases
from tests.phases.dbt_case import manifest, run_results

ROOM = Phase("decom_nb.phases.rubric")


@pytest.mark.parametrize(("rule", "case"), rule_cases.cases(__file__))
def test_rule(rule: str, case: dict[str, Any], tmp_path: Path) -> None:
    rule_cases.check(case, rule_cases.finding(ROOM, rule, values(case, tmp_path)))


def values(case: dict[str, Any], folder: Path) -> dict[str, Any]:
    if "models" in case:
        (folder / "manifest.json").write_text(json.dumps(manifest(case)), encoding="utf-8")
    if "results" in case:
        (folder / "run_results.json").write_text(json.dumps(run_results(case)), encoding="utf-8")
    return rule_cases.collected(folder)
