"""Runs the dbt project over the warehouse that the pipelines left behind, and keeps its artifacts.

The artifacts are dbt's own, with three changes: what differs from run to run and from machine to machine (ids, clock
times, paths) is set to fixed values; how long a node took is computed from its rows, as in `clock.py`; and of dbt's
macros, four fifths of a manifest, only the project's own are kept.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from nordwind_platform.clock import ROWS_BEHIND_A_ROW

MOMENT = datetime(2026, 10, 29, 21, 30, tzinfo=UTC)
PROJECT = "nordwind"
START_SECONDS = 0.3
ROWS_PER_SECOND = 250_000
COMMANDS = (
    # what dbt is asked, whether it may find something wrong, and the artifacts of it that are kept
    (("build",), True, ("manifest.json", "run_results.json")),
    (("source", "freshness"), True, ("sources.json",)),
    (("docs", "generate", "--no-compile"), False, ("catalog.json",)),
)


def make(project: Path, warehouse: Path, work: Path, evidence: Path) -> None:
    """Run the project in a copy below `work` and write its four artifacts to `evidence`."""
    copy = work / "dbt"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("target", "logs", "*.duckdb"))
    evidence.mkdir(parents=True, exist_ok=True)
    for arguments, may_fail, artifacts in COMMANDS:
        _dbt(copy, warehouse, arguments, may_fail)
        for artifact in artifacts:
            shutil.copy(copy / "target" / artifact, evidence / artifact)
    rows = _rows(warehouse, json.loads((evidence / "manifest.json").read_text()))
    for file in evidence.glob("*.json"):
        content = _settled(json.loads(file.read_text()), file.stem, rows)
        file.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def _dbt(project: Path, warehouse: Path, arguments: tuple[str, ...], may_fail: bool) -> None:
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(project),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "NORDWIND_WAREHOUSE": str(warehouse),
    }
    dbt = Path(sys.executable).with_name("dbt")
    command = [str(dbt), "--no-use-colors", "--no-partial-parse", *arguments]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in ((0, 1) if may_fail else (0,)):
        raise SystemExit(f"dbt {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")


def _rows(warehouse: Path, manifest: Mapping[str, Any]) -> dict[str, int]:
    """Count the rows that each node made or looked at."""
    found: dict[str, int] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        listed = connection.execute("SELECT table_name FROM information_schema.tables").fetchall()
        there = {str(name) for (name,) in listed}
        for unique_id, node in {**manifest["sources"], **manifest["nodes"]}.items():
            name = node.get("identifier") or node["alias"]
            if name in there:
                counted = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()
                found[unique_id] = counted[0] if counted else 0
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] == "test":
            found[unique_id] = sum(found.get(parent, 0) for parent in node["depends_on"]["nodes"])
    return found


def _settled(artifact: dict[str, Any], stem: str, rows: Mapping[str, int]) -> dict[str, Any]:
    """Set what differs between two runs of the same thing to fixed values."""
    head = artifact["metadata"]
    for key in {"generated_at", "invocation_started_at", "run_started_at"} & set(head):
        head[key] = _stamp(MOMENT)
    head["invocation_id"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{PROJECT}/{stem}"))
    head["env"] = {}
    if stem == "manifest":
        _settle_manifest(artifact)
    for result in sorted(artifact.get("results", ()), key=lambda result: result["unique_id"]):
        _settle_result(result, rows)
    if "results" in artifact:
        artifact["results"].sort(key=lambda result: result["unique_id"])
        artifact["elapsed_time"] = round(sum(result["execution_time"] for result in artifact["results"]), 3)
    if "args" in artifact:
        keep = ("which", "invocation_command", "select", "exclude", "vars", "empty")
        artifact["args"] = {key: value for key, value in artifact["args"].items() if key in keep}
    return artifact


def _settle_manifest(manifest: dict[str, Any]) -> None:
    ours = f"macro.{PROJECT}."
    manifest["macros"] = {key: macro for key, macro in manifest["macros"].items() if key.startswith(ours)}
    manifest["docs"] = {key: text for key, text in manifest["docs"].items() if key.startswith(f"doc.{PROJECT}.")}
    disabled = [node for nodes in manifest["disabled"].values() for node in nodes]
    kinds = ("nodes", "sources", "macros", "exposures", "unit_tests", "groups")
    for node in [*disabled, *(node for kind in kinds for node in manifest[kind].values())]:
        if "created_at" in node:
            node["created_at"] = MOMENT.timestamp()
        if "root_path" in node:
            node["root_path"] = None
        if isinstance(node.get("depends_on"), dict) and "macros" in node["depends_on"]:
            node["depends_on"]["macros"] = [name for name in node["depends_on"]["macros"] if name.startswith(ours)]


def _settle_result(result: dict[str, Any], rows: Mapping[str, int]) -> None:
    """Give a result the time that its rows take, and a node that was not run none."""
    ran = bool(result.get("timing"))
    worked = rows.get(result["unique_id"], 0) * ROWS_BEHIND_A_ROW / ROWS_PER_SECOND
    seconds = round(START_SECONDS + worked, 3) if ran else 0.0
    result["execution_time"] = seconds
    result["thread_id"] = "Thread-1 (worker)"
    for step in result.get("timing", ()):
        compiles = step["name"] == "compile"
        step["started_at"] = _stamp(MOMENT)
        step["completed_at"] = _stamp(MOMENT if compiles else MOMENT + timedelta(seconds=seconds))


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
