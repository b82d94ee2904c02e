"""How long evidence takes to read, and how much memory: a 20 MB dbt manifest and a million lines of run logs.

Each reading is a process of its own, so that its peak memory is its own, and runs beside a baseline that does the least
one could: parse the file, or load the lines without looking at them. Prints the medians of the rounds and the ratio.

    python benchmarks/evidence.py [--rounds 3] [--lines 1000000] [--megabytes 20]
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from decom_nb.evidence.run_logs import FIELDS

# What is measured, its input, the baseline it is held against, and the limits in seconds and MB that it has to keep.
READINGS = (
    ("manifest: json.loads", "manifest", None, None, None),
    ("manifest: collect", "manifest", "manifest: json.loads", 5.0, 600),
    ("run logs: DuckDB read_json, no checks", "logs", None, None, None),
    ("run logs: collect", "logs", "run logs: DuckDB read_json, no checks", 10.0, None),
    ("run logs, gzipped: collect", "gzipped", "run logs: DuckDB read_json, no checks", None, None),
    ("run logs, CRLF: collect", "crlf", "run logs: DuckDB read_json, no checks", None, None),
)


def manifest_nodes(number: int) -> dict[str, Any]:
    """Make a model with columns, SQL and two tests, in the shape of dbt 1.11."""
    name = f"model_{number:06}"
    key = f"model.shop.{name}"
    sql = "select customer_id, count(*) as orders\nfrom {{ ref('stg_orders') }}\ngroup by 1\n" * 10
    described: dict[str, Any] = {
        "description": "What it means, in a sentence of some length.",
        "meta": {},
        "data_type": None,
        "tags": [],
    }
    model = {
        "unique_id": key,
        "name": name,
        "resource_type": "model",
        "package_name": "shop",
        "original_file_path": f"models/marts/{name}.sql",
        "description": "One row per customer and day.",
        "columns": {f"column_{at}": {"name": f"column_{at}", **described} for at in range(12)},
        "config": {
            "enabled": True,
            "materialized": "table",
            "meta": {"owner": "platform"},
            "contract": {"enforced": False},
        },
        "depends_on": {"macros": [], "nodes": ["model.shop.stg_orders"]},
        "raw_code": sql,
        "compiled_code": sql,
    }
    tests = {
        f"test.shop.{kind}_{name}_column_0": {
            "unique_id": f"test.shop.{kind}_{name}_column_0",
            "name": f"{kind}_{name}_column_0",
            "resource_type": "test",
            "package_name": "shop",
            "attached_node": key,
            "column_name": "column_0",
            "test_metadata": {"name": kind, "kwargs": {"column_name": "column_0"}, "namespace": None},
            "depends_on": {"macros": [], "nodes": [key]},
            "config": {"enabled": True, "severity": "ERROR"},
        }
        for kind in ("unique", "not_null")
    }
    return {key: model, **tests}


def write_manifest(path: Path, megabytes: int) -> None:
    """Write a manifest of about that size."""
    models = megabytes * 1_000_000 // len(json.dumps(manifest_nodes(0)))
    nodes = {key: node for number in range(models) for key, node in manifest_nodes(number).items()}
    address = "https://schemas.getdbt.com/dbt/manifest/v12.json"
    metadata = {"dbt_schema_version": address, "project_name": "shop", "generated_at": "2026-01-01T00:00:00Z"}
    path.write_text(json.dumps({"metadata": metadata, "nodes": nodes, "sources": {}, "disabled": {}}), encoding="utf-8")


def write_logs(path: Path, lines: int) -> None:
    """Write run logs: forty pipelines of three stages, four failures and a partial run in a hundred."""
    dice = random.Random(2)
    begin = datetime(2025, 1, 1)
    with path.open("w", encoding="utf-8") as file:
        for number in range(lines):
            started, seconds = begin + timedelta(seconds=20 * number), dice.randint(5, 900)
            status = dice.choices(("success", "failed", "partial"), (95, 4, 1))[0]
            watermark = f"{started.isoformat()}Z"
            completed = f"{(started + timedelta(seconds=seconds)).isoformat()}Z"
            run = (f"pipeline_{number // 3 % 40}", f"run_{number // 3:08}", watermark, completed, status)
            counts = (("extract", "transform", "load")[number % 3], 1000, 990, 990, 10, 12, 0, seconds)
            error = "connection reset by peer" if status == "failed" else ""
            values = (*run, *counts, error, watermark, watermark)
            file.write(json.dumps(dict(zip(FIELDS, values, strict=True))) + "\n")


def prepare(folder: Path, lines: int, megabytes: int) -> None:
    """Write all inputs, each in a folder of its name."""
    for name in ("manifest", "logs", "gzipped", "crlf"):
        (folder / name).mkdir()
    write_manifest(folder / "manifest" / "manifest.json", megabytes)
    plain = folder / "logs" / "runs.jsonl"
    write_logs(plain, lines)
    with plain.open("rb") as source, gzip.open(folder / "gzipped" / "runs.jsonl.gz", "wb", compresslevel=6) as target:
        shutil.copyfileobj(source, target)
    with plain.open("rb") as source, (folder / "crlf" / "runs.jsonl").open("wb") as target:
        target.writelines(line.replace(b"\n", b"\r\n") for line in source)


def read(reading: str, folder: Path) -> None:
    """Do one of the readings."""
    if reading == "manifest: json.loads":
        json.loads((folder / "manifest.json").read_bytes())
    elif reading == "run logs: DuckDB read_json, no checks":
        import duckdb

        columns = ", ".join(f"{field}: 'VARCHAR'" for field in FIELDS)
        sql = f"CREATE TABLE runs AS FROM read_json($file, format = 'newline_delimited', columns = {{{columns}}})"
        duckdb.connect().execute(sql, {"file": str(folder / "runs.jsonl")})
    else:
        from decom_nb.evidence.collect import collect

        evidence = collect([folder], folder)
        (source,) = evidence.sources
        if not source.rows or source.problems_total:
            raise SystemExit(f"{reading}: {source.rows} rows, {source.problems_total} problems")


def measured(reading: str, folder: Path) -> tuple[float, float]:
    """Do a reading in a process of its own; give its seconds, imports included, and its peak memory in MB."""
    command = [sys.executable, __file__, "--reading", reading, "--folder", str(folder)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told["seconds"], told["peak"]


def main() -> None:
    """Measure and print, or do one reading for the process that measures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--lines", type=int, default=1_000_000)
    options.add_argument("--megabytes", type=int, default=20)
    options.add_argument("--reading", help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.reading:
        begin = time.perf_counter()
        read(chosen.reading, chosen.folder)
        unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is bytes on macOS, KiB on Linux
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
        print(json.dumps({"seconds": time.perf_counter() - begin, "peak": peak}))
        return

    seconds: dict[str, list[float]] = {reading[0]: [] for reading in READINGS}
    peaks: dict[str, float] = {}
    with TemporaryDirectory() as place:
        folder = Path(place)
        prepare(folder, chosen.lines, chosen.megabytes)
        for _ in range(chosen.rounds):
            for name, what, *_rest in READINGS:
                took, peak = measured(name, folder / what)
                seconds[name].append(took)
                peaks[name] = max(peak, peaks.get(name, 0))
    print(f"{'reading':40}{'seconds':>9}{'ratio':>8}{'peak MB':>9}  limits")
    kept = True
    for name, _, baseline, most_seconds, most_memory in READINGS:
        took = statistics.median(seconds[name])
        ratio = f"{took / statistics.median(seconds[baseline]):.1f}" if baseline else "1"
        limits = [f"{limit:g} {unit}" for limit, unit in ((most_seconds, "s"), (most_memory, "MB")) if limit]
        print(f"{name:40}{took:9.2f}{ratio:>8}{peaks[name]:9.0f}  {', '.join(limits)}")
        kept &= took <= (most_seconds or took) and peaks[name] <= (most_memory or peaks[name])
    sys.exit(0 if kept else "a limit was not kept")


if __name__ == "__main__":
    main()
