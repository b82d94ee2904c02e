"""Every rule of the testing room on the cases in ``cases/``: a few facts in, through the real readers, an outcome out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from decom_nb.evidence.collect import collect
from decom_nb.finding import Finding
from decom_nb.phase import Phase
from decom_nb.phases.testing.documents import DbtStandards
from decom_nb.rule import run
from decom_nb.supply import Supply
from tests.phases.dbt_case import manifest, run_results

CASES = [
    pytest.param(file.stem, case, id=f"{file.stem}: {case['case']}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text(encoding="utf-8"))
]
ROOM = Phase("decom_nb.phases.testing")


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
    """Run a rule on a case: dbt projects from `models` and `results`, any other file from `files` {path: text}."""
    if "models" in case:
        put(folder, "manifest.json", json.dumps(manifest(case)))
    if "results" in case:
        put(folder, "run_results.json", json.dumps(run_results(case)))
    for path, text in case.get("files", {}).items():
        put(folder, path, text)
    documents = {"dbt_standards": DbtStandards.model_validate(case["standards"])} if "standards" in case else {}
    evidence = collect([folder], folder)
    values: dict[str, Any] = {**evidence.values, **documents, "store": evidence.store}
    (told,) = [each for each in ROOM.rules if each.rule.check.__name__ == rule]
    return run([told], Supply(values, {**ROOM.measures, **ROOM.readers}), {})[0]


def put(folder: Path, path: str, text: str) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
