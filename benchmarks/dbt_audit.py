"""Measures the audit of a large dbt project: seconds, memory, and how they compare with reading the file as JSON.

    python benchmarks/dbt_audit.py [MODELS TESTS MEGABYTES]

Makes a manifest in a temporary folder: models in layers, chains of views, wide joins, tests, columns with descriptions, SQL.
Then, in a process each, reads it with `json.load` and nothing else, and takes the audit of an engagement around it, all rooms
included. Prints CPU seconds, wall seconds, peak memory, and the ratios.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LAYERS = ((0.4, "staging", "stg", "view"), (0.3, "intermediate", "int", "view"), (0.3, "marts", "fct", "table"))
COLUMNS = 12

READ = "import json, sys; json.load(open(sys.argv[1]))"
AUDIT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from decom_nb.book import Book
audit = Book.open(Path(sys.argv[1]).parents[1]).audit(datetime(2026, 1, 1, tzinfo=UTC))
testing = [each for each in audit.findings if each.phase == "testing"]
print(len(testing), sum(each.rows_total for each in testing), max(len(str(m)) for m in audit.measures.values()))
"""
MEASURED = """
import resource, subprocess, sys, time
began = time.monotonic()
told = subprocess.run([sys.executable, "-c", sys.argv[1], sys.argv[2]], check=True, capture_output=True, text=True).stdout
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss / 1024, told.strip() or "-", sep="\\t")
"""


def main() -> None:
    """Measure and print."""
    models, tests, megabytes = (*map(int, sys.argv[1:4]), *(2000, 3868, 21)[len(sys.argv) - 1 :])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "evidence" / "manifest.json"
        file.parent.mkdir()
        settings = "document: engagement\nversion: 1\nname: large\nclient: large\n"
        (Path(folder) / "engagement.yaml").write_text(settings, encoding="utf-8")
        file.write_text(json.dumps(manifest(models, tests, megabytes)), encoding="utf-8")
        print(f"{models:,} models, {tests:,} tests, {file.stat().st_size / 1e6:.1f} MB")
        rows = {name: measured(code, file) for name, code in (("json.load", READ), ("audit", AUDIT))}
    print(f"{'':10} {'CPU s':>8} {'wall s':>8} {'MiB':>8}")
    for name, (cpu, wall, memory, told) in rows.items():
        print(f"{name:10} {cpu:8.2f} {wall:8.2f} {memory:8.0f}  {told}")
    print(
        f"{'ratio':10} {rows['audit'][0] / rows['json.load'][0]:8.1f} {'':8} {rows['audit'][2] / rows['json.load'][2]:8.1f}"
    )


def measured(code: str, file: Path) -> tuple[float, float, float, str]:
    """Run code on the file in a process of its own."""
    command = [sys.executable, "-c", MEASURED, code, str(file)]
    cpu, wall, memory, told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\t")
    return float(cpu), float(wall), float(memory), told.strip()


def manifest(models: int, tests: int, megabytes: float) -> dict[str, Any]:
    """Make a manifest of so many models and tests, filled up to its size with SQL, as manifests are."""
    rng = random.Random(7)
    filler = "select a.id, a.amount from {{ ref('x') }} as a left join raw.orders as o on o.id = a.id -- why\n"
    sql = filler * max(1, int(megabytes * 1e6 / models / len(filler) / 2) - 8)
    nodes: dict[str, Any] = {}
    sources = {f"source.big.crm.t{at}": source(at) for at in range(int(models * LAYERS[0][0]))}
    made: list[str] = list(sources)
    for share, layer, prefix, kind in LAYERS:
        below, ids = made[-1200:], []
        for at in range(int(models * share)):
            name = f"{prefix}_m{at}"
            reads = rng.sample([*below, *ids[-40:]], k=1 if layer == "staging" else rng.randint(1, 9))
            nodes[f"model.big.{name}"] = {
                **node("model", name, f"models/{layer}/{name}.sql"),
                "raw_code": sql,
                "compiled_code": sql,
                "description": name if at % 3 else "",
                "depends_on": {"nodes": reads, "macros": []},
                "columns": {
                    f"c{c}": {"name": f"c{c}", "description": "what it means", "data_type": "text"}
                    for c in range(COLUMNS)
                },
                "config": {"enabled": True, "materialized": kind},
                "access": "public" if at % 50 == 0 else "protected",
            }
            ids.append(f"model.big.{name}")
        made += ids
    ids = list(nodes)
    for at in range(tests):
        about, kind, column = ids[at % len(ids)], ("unique", "not_null")[at // len(ids) % 2], f"c{at % 3}"
        nodes[f"test.big.t{at}"] = {
            **node("test", f"{kind}_{at}", "models/schema.yml"),
            "attached_node": about,
            "column_name": column,
            "test_metadata": {"name": kind, "kwargs": {"column_name": column}, "namespace": None},
            "depends_on": {"nodes": [about], "macros": [f"macro.dbt.test_{kind}"]},
        }
    return {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "project_name": "big",
            "generated_at": "2026-01-01T00:00:00Z",
        },
        "nodes": nodes,
        "sources": sources,
        "exposures": {},
        "disabled": {},
    }


def node(kind: str, name: str, path: str) -> dict[str, Any]:
    """Give what every node has."""
    return {
        "unique_id": f"{kind}.big.{name}",
        "name": name,
        "resource_type": kind,
        "package_name": "big",
        "original_file_path": path,
    }


def source(at: int) -> dict[str, Any]:
    """Give one source table."""
    return {
        **node("source", f"t{at}", "models/staging/sources.yml"),
        "source_name": "crm",
        "database": "raw",
        "schema": "crm",
        "identifier": f"t{at}",
        "description": "",
    }


if __name__ == "__main__":
    main()
