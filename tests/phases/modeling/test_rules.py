"""Every rule of the modeling room on the cases in ``cases/``: a few facts in, through the real readers, an outcome out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from decom_nb.phase import Phase
from tests.phases import rule_cases
from tests.phases.dbt_case import manifest

ROOM = Phase("decom_nb.phases.modeling")


@pytest.mark.parametrize(("rule", "case"), rule_cases.cases(__file__))
def test_rule(rule: str, case: dict[str, Any], tmp_path: Path) -> None:
    rule_cases.check(case, rule_cases.finding(ROOM, rule, values(case, tmp_path)))


def values(case: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make the values of a case: a dbt project from `models`, documents from `documents` by their names,
    tables of one row from `tables` by the names of their columns, and a model held against its data from `model_check`."""
    if "models" in case:
        (folder / "manifest.json").write_text(json.dumps(manifest(case)), encoding="utf-8")
    if "model_check" in case:
        text = json.dumps({"format": "decom model check 1", "seconds": 0.1, **case["model_check"]}, default=str)
        (folder / "check.json").write_text(text, encoding="utf-8")
    for table, columns in case.get("tables", {}).items():
        listed = ", ".join(f'1 AS "{each}"' for each in columns)
        duckdb.sql(f"COPY (SELECT {listed}) TO '{folder / table}.parquet'")
    # A case of documents alone has no evidence to look for, and most cases are such.
    given = rule_cases.collected(folder) if any(folder.iterdir()) else {}
    for kind in ROOM.documents:
        if kind.name in case.get("documents", {}):
            given[kind.name] = kind.model_validate(case["documents"][kind.name])
    return given
