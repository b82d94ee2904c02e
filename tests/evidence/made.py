"""Small artifacts and log lines, made for the tests."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from decom_nb.evidence import Dbt, Evidence, Source
from decom_nb.evidence.collect import collect

LEFT_OUT = object()
"""A field given this is not written."""

LINE: dict[str, Any] = {
    "pipeline_name": "load_orders",
    "run_id": "r1",
    "started_at": "2026-01-01T00:00:00Z",
    "completed_at": "2026-01-01T00:10:00Z",
    "status": "success",
    "stage": "load",
    "rows_extracted": 10,
    "rows_transformed": 10,
    "rows_loaded": 9,
    "rows_rejected": 1,
    "quality_checks_passed": 3,
    "quality_checks_failed": 0,
    "duration_seconds": 600,
    "error_message": "",
    "watermark_before": "",
    "watermark_after": "2026-01-01",
}


def line(**fields: Any) -> str:
    """A line of a run log, that of a ten-minute success but for the fields given."""
    return json.dumps(
        {name: value for name, value in {**LINE, **fields}.items() if value is not LEFT_OUT}, ensure_ascii=False
    )


def address(kind: str, version: int) -> str:
    return f"https://schemas.getdbt.com/dbt/{kind}/v{version}.json"


def metadata(kind: str, version: int, **more: Any) -> dict[str, Any]:
    return {"dbt_schema_version": address(kind, version), "generated_at": "2026-01-02T03:04:05Z", **more}


def node(unique_id: str, **fields: Any) -> dict[str, Any]:
    """A node of a manifest, named by its id."""
    kind, package, name, *_ = unique_id.split(".")
    told = {"resource_type": kind, "package_name": package, "name": name, "config": {"enabled": True}}
    return {"unique_id": unique_id, **told, "depends_on": {"nodes": []}, **fields}


def manifest(*nodes: dict[str, Any], version: int = 12, **sections: Any) -> dict[str, Any]:
    """A manifest of the project "shop", unless `metadata` says otherwise."""
    by_id = {each["unique_id"]: each for each in nodes}
    return {"metadata": metadata("manifest", version, project_name="shop"), "nodes": by_id, "sources": {}, **sections}


def run_results(
    *results: tuple[str, str], which: str | None = "build", version: int = 6, **more: Any
) -> dict[str, Any]:
    """A run_results.json of (id, status) pairs."""
    lines = [
        {"unique_id": unique_id, "status": status, "execution_time": 1.5, "message": None}
        for unique_id, status in results
    ]
    arguments = {} if which is None else {"which": which}
    return {
        "metadata": metadata("run-results", version),
        "args": arguments,
        "results": lines,
        "elapsed_time": 3.0,
        **more,
    }


def put(folder: Path, name: str, content: Any) -> Path:
    """Write a file: text and bytes as they are, anything else as JSON; gzipped if the name says so."""
    data = (
        content
        if isinstance(content, bytes)
        else (content if isinstance(content, str) else json.dumps(content)).encode()
    )
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
    return path


def read(folder: Path) -> Evidence:
    return collect([folder], folder)


def source(evidence: Evidence, kind: str) -> Source:
    found = evidence.source(kind)
    assert found is not None, [each.kind for each in evidence.sources]
    return found


def said(source: Source) -> list[str]:
    return [str(problem) for problem in source.problems]


def dbt_of(folder: Path, **artifacts: Any) -> Dbt:
    """Write artifacts into the folder and read it."""
    for name, content in artifacts.items():
        put(folder, f"{name}.json", content)
    value = read(folder).values["dbt"]
    assert isinstance(value, Dbt)
    return value
