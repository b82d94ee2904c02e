"""Every rule of the patterns room on the cases in ``cases/``: a few facts in, through the real readers, an outcome out."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from decom_nb import knowledge
from decom_nb.contract.model import Contract
from decom_nb.decide import decide
from decom_nb.evidence.timings import Clock, Lateness, Timing, Window
from decom_nb.phase import Phase
from decom_nb.phases.patterns.answers import answers
from decom_nb.phases.patterns.mesh.mesh_document import DataMesh
from decom_nb.phases.patterns.mesh.readiness import TABLES, principles
from decom_nb.phases.pipelines.pipeline import Pipeline
from tests.phases import rule_cases
from tests.phases.dbt_case import manifest

ROOM = Phase("decom_nb.phases.patterns")


@pytest.mark.parametrize(("rule", "case"), rule_cases.cases(__file__))
def test_rule(rule: str, case: dict[str, Any], tmp_path: Path) -> None:
    rule_cases.check(case, rule_cases.finding(ROOM, rule, values(case, tmp_path)))


def values(case: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make the values of a case: a dbt project from `models`, documents by name, `objects`, contracts by `owners`, a mesh."""
    if "models" in case:
        (folder / "manifest.json").write_text(json.dumps(manifest(case)), encoding="utf-8")
    if "objects" in case:
        (folder / "listing.csv").write_text(
            "\n".join(["key,size,last_modified", *listing(case["objects"])]), encoding="utf-8"
        )
    if "queries" in case:
        (folder / "log.csv").write_text(query_log(case["queries"], case.get("user", "anna")), encoding="utf-8")
    if "catalog" in case:
        for name, artifact in catalogued(case["catalog"], case["adapter"]).items():
            (folder / name).write_text(json.dumps(artifact), encoding="utf-8")
    for at, look in enumerate(timings(case)):
        (folder / f"{at}.json").write_text(look.model_dump_json(), encoding="utf-8")
    given = rule_cases.collected(folder)
    for kind in ROOM.documents:
        if kind.name in case.get("documents", {}):
            told = case["documents"][kind.name]
            given[kind.name] = tuple(map(kind.model_validate, told)) if kind.many else kind.model_validate(told)
    if "owners" in case:
        given["contract"] = tuple(Contract.model_validate({"contract": {"owner": each}}) for each in case["owners"])
    if "pipelines" in case:
        given["pipeline"] = tuple(
            Pipeline.model_validate({**told, "pipeline": name}) for name, told in case["pipelines"].items()
        )
    if "capture" in given:
        tables = [
            knowledge.decision_table(TABLES / f"cdc_{each}.yaml") for each in ("topics", "registry", "serialization")
        ]
        told = answers(None, None, given["capture"])
        given["decisions"] = {table.question: decide(table, told) for table in tables}
    if "data_mesh" in case:
        given["data_mesh"] = mesh = data_mesh(case["data_mesh"])
        brief = SimpleNamespace(signals=SimpleNamespace(**case.get("signals", {})))
        table = knowledge.decision_table(TABLES / "data_mesh.yaml")
        given["decisions"] = {table.question: decide(table, answers(brief, mesh))}
    return given


def listing(objects: dict[str, list[int]]) -> list[str]:
    """Write out a listing of objects: for each key that holds ``{n}`` so many of such a size, on 28 days in turn."""
    return [
        f"{key.format(n=n, day=f'{n % 28 + 1:02}')},{size},2026-01-{n % 28 + 1:02}T00:00:00Z"
        for key, (count, size) in objects.items()
        for n in range(count)
    ]


def query_log(queries: list[str], user: str) -> str:
    """Write out Snowflake's query history with these statements."""
    names = ["QUERY_ID", "QUERY_TEXT", "USER_NAME", "WAREHOUSE_NAME", "START_TIME", "END_TIME", "EXECUTION_STATUS"]
    names += ["TOTAL_ELAPSED_TIME", "BYTES_SCANNED", "QUERY_TYPE"]
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(names)
    for at, query in enumerate(queries):
        moment = f"2026-01-01 00:{at:02}:00.000 +0000"
        rows.writerow([f"q{at}", query, user, "WH", moment, moment, "SUCCESS", 1000, 1000, "SELECT"])
    return text.getvalue()


def catalogued(tables: dict[str, dict[str, str]], adapter: str) -> dict[str, Any]:
    """Write out a manifest and a catalog of these tables with their columns' types."""
    made = manifest({"models": dict.fromkeys(tables)})
    made["metadata"]["adapter_type"] = adapter
    nodes = {
        f"model.shop.{table}": {
            "unique_id": f"model.shop.{table}",
            "metadata": {"type": "table", "schema": "marts", "name": table},
            "columns": {
                name: {"name": name, "type": type_, "index": at} for at, (name, type_) in enumerate(columns.items())
            },
            "stats": {},
        }
        for table, columns in tables.items()
    }
    address = "https://schemas.getdbt.com/dbt/catalog/v1.json"
    catalog = {"metadata": {**made["metadata"], "dbt_schema_version": address}, "nodes": nodes, "sources": {}}
    return {"manifest.json": made, "catalog.json": catalog}


def timings(case: dict[str, Any]) -> list[Timing]:
    """Make looks at times: of `lateness` by table, of `clocks` the verdicts by column."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    looks = []
    for table, told in case.get("lateness", {}).items():
        windows = tuple(Window(seconds=float(seconds), late=late) for seconds, late in told["late"].items())
        proposed = next((each.seconds for each in windows if each.late <= told["compared"] / 1000), None)
        late = Lateness(
            event="e",
            arrived="a",
            compared=told["compared"],
            early=0,
            quantiles={},
            windows=windows,
            proposed_seconds=proposed,
        )
        looks.append(Timing(taken_at=at, table=table, rows=told["compared"], lateness=late))
    if "clocks" in case:
        clocks = tuple(
            Clock(
                column=name,
                type="TIMESTAMP",
                zone="Europe/Berlin",
                changes=(),
                verdict=verdict,
                says=f"{name}: {verdict}",
            )
            for name, verdict in case["clocks"].items()
        )
        looks.append(Timing(taken_at=at, table="orders", rows=1, clocks=clocks))
    return looks


def data_mesh(told: dict[str, Any]) -> DataMesh:
    """Make the document; `all` answers every statement of the principles that are not told."""
    fields = dict(told)
    if said := fields.pop("all", None):
        for each in principles().principles:
            fields.setdefault(each.name, {statement.name: said for statement in each.statements})
    return DataMesh.model_validate(fields)
