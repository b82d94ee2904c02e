"""Small runs of checks and dbt projects, made for the tests of this room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from decom_nb.check import KINDS, Checked, CheckRun
from decom_nb.evidence import CheckRuns
from tests.evidence import made


def checked(table: str = "orders", check: str = "not_null", verdict: str = "pass", **more: Any) -> Checked:
    """A check as a run leaves it; `violations` of 100 `rows` unless `more` says otherwise."""
    kind = KINDS[check]
    violations = more.pop("violations", 0 if verdict == "pass" else 3)
    told: dict[str, Any] = {"columns": [], "rows": 100, "severity": "P2", "dimension": kind.measures, **more}
    told.setdefault("name", "_".join([check, *told["columns"]]))
    if kind.by_row and verdict in ("pass", "warn", "fail"):
        told.setdefault("share", violations / told["rows"])
    if verdict in ("not_known", "error"):
        violations = None
    return Checked.model_validate(
        {"table": table, "kind": check, "verdict": verdict, "violations": violations, "message": f"{check}.", **told}
    )


def run(*checks: Checked, at: str = "2026-03-01T02:00:00Z", **more: Any) -> CheckRun:
    """A run over the tables of the checks."""
    tables = dict.fromkeys(each.table for each in checks)
    told = [{"table": name, "place": f"{name}.parquet", "kind": "parquet", "rows": 100} for name in tables]
    return CheckRun.model_validate(
        {"taken_at": at, "tables": told, "checks": [each.model_dump() for each in checks], **more}
    )


def runs(*each: CheckRun) -> CheckRuns:
    """Runs as the collector gives them."""
    return CheckRuns(tuple(each))


def write_dbt(folder: Path, models: dict[str, Any], exposures: dict[str, Any] | None = None) -> None:
    """Write a manifest and run results of {model: {reads: [model], tests: {"unique id": "pass"}}} and of exposures."""
    nodes, results = [], []
    for name, model in models.items():
        reads = [f"model.shop.{each}" for each in (model or {}).get("reads", ())]
        nodes.append(made.node(f"model.shop.{name}", depends_on={"nodes": reads}))
        for test, status in (model or {}).get("tests", {}).items():
            kind, *columns = test.split()
            key = f"test.shop.{kind}_{name}_{'_'.join(columns)}"
            combined = len(columns) > 1
            arguments = (
                {"combination_of_columns": columns} if combined else {"column_name": columns[0]} if columns else {}
            )
            told = {"name": kind, "kwargs": arguments, "namespace": None}
            column = None if combined or not columns else columns[0]
            nodes.append(
                made.node(
                    key,
                    test_metadata=told,
                    attached_node=f"model.shop.{name}",
                    column_name=column,
                    depends_on={"nodes": [f"model.shop.{name}"]},
                )
            )
            if status:
                results.append((key, status))
    uses = {
        f"exposure.shop.{name}": {
            "unique_id": f"exposure.shop.{name}",
            "name": name,
            "resource_type": "exposure",
            "package_name": "shop",
            "type": use.get("type", "dashboard"),
            "maturity": use.get("maturity"),
            "owner": {"name": "Sales"},
            "depends_on": {"nodes": [f"model.shop.{each}" for each in use["reads"]]},
        }
        for name, use in (exposures or {}).items()
    }
    made.put(folder, "manifest.json", made.manifest(*nodes, exposures=uses))
    made.put(folder, "run_results.json", made.run_results(*results))
