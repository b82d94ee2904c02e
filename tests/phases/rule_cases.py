"""Runs the cases of a room's rules: a few facts in, through the real readers, an outcome out.

``cases/<rule>.yaml`` of a room lists cases of one rule. Each says what it is (``case``), the facts, and what comes out:
``outcome``, and if they matter ``met``, ``met_high``, ``says`` (texts of the message), ``rows`` (the first field of each row)
and ``row`` (fields of the first one). What the facts are called is the room's own; its ``test_rules.py`` makes values of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from decom_nb.evidence.collect import collect
from decom_nb.finding import Finding
from decom_nb.phase import Phase
from decom_nb.rule import run
from decom_nb.supply import Supply


def cases(test_file: str) -> list[Any]:
    """Give the parameters (rule, case) of the cases beside a test file."""
    return [
        pytest.param(file.stem, case, id=f"{file.stem}: {case['case']}")
        for file in sorted((Path(test_file).parent / "cases").glob("*.yaml"))
        for case in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def collected(folder: Path) -> dict[str, Any]:
    """Give what the evidence in a folder is to rules: values by collector's name, and the store."""
    evidence = collect([folder], folder)
    return {**evidence.values, "store": evidence.store}


def finding(room: Phase, rule: str, values: Mapping[str, Any]) -> Finding:
    """Run one rule of a room on values by parameter name; the room's own measures and readers make the others of them."""
    (told,) = [each for each in room.rules if each.rule.check.__name__ == rule]
    return run([told], Supply(dict(values), {**room.readers, **room.measures}), {})[0]


def check(case: Mapping[str, Any], found: Finding) -> None:
    """Hold a finding to what its case says."""
    assert found.outcome == str(case["outcome"]).lower(), found.message
    if "met" in case:
        assert found.met == pytest.approx(case["met"], abs=1e-6), found.message
    if "met_high" in case:
        assert found.met_high == pytest.approx(case["met_high"], abs=1e-6), found.message
    for text in case.get("says", []):
        assert text in found.message, found.message
    if "rows" in case:
        assert [next(iter(row.values())) for row in found.evidence] == case["rows"]
    if "row" in case:
        assert {key: found.evidence[0][key] for key in case["row"]} == case["row"]
