"""Every rule of the testing room on the cases in ``cases/``: a few facts in, through the real readers, an outcome out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decom_nb.phase import Phase
from decom_nb.phases.testing.documents import DbtStandards
from tests.phases import rule_cases
from tests.phases.dbt_case import manifest, run_results

ROOM = Phase("decom_nb.phases.testing")


@pytest.mark.parametrize(("rule", "case"), rule_cases.cases(__file__))
def test_rule(rule: str, case: dict[str, Any], tmp_path: Path) -> None:
    rule_cases.check(case, rule_cases.finding(ROOM, rule, values(case, tmp_path)))


def values(case: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run a rule on a case: dbt projects from `models` and `results`, any other file from `files` {path: text}."""
    if "models" in case:
        put(folder, "manifest.json", json.dumps(manifest(case)))
    if "results" in case:
        put(folder, "run_results.json", json.dumps(run_results(case)))
    for path, text in case.get("files", {}).items():
        put(folder, path, text)
    documents = {"dbt_standards": DbtStandards.model_validate(case["standards"])} if "standards" in case else {}
    given: dict[str, Any] = {**rule_cases.collected(folder), **documents}
    return given


def put(folder: Path, path: str, text: str) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
