"""How long a million OpenLineage events take to read, and how much memory: as lines, gzipped, and as one array.

Each reading is a process of its own on two threads, so that its peak memory is its own, and runs beside a baseline that does the
least one could: count the events of the same file with DuckDB's read_json. Prints the medians of the rounds, and the ratio of the
processors' seconds, which other work on the machine changes least.

    python benchmarks/events.py [--rounds 3] [--events 1000000]
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
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# What is measured, its input, the baseline it is held against, and the limit in MB that it has to keep.
READINGS = (
    ("lines: read_json, count(*)", "lines", None, None),
    ("lines: collect", "lines", "lines: read_json, count(*)", 2000),
    ("lines, gzipped: collect", "gzipped", "lines: read_json, count(*)", 2000),
    ("array: read_json, count(*)", "array", None, None),
    ("array: collect", "array", "array: read_json, count(*)", 2000),
)
JOBS = 400
PRODUCER = "https://github.com/OpenLineage/OpenLineage/tree/1.40.0/integration/spark"
SPECIFICATION = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
COLUMNS = ("id", "customer_id", "ordered_at", "status", "amount", "currency")


def dataset(name: str) -> dict[str, Any]:
    """Make a dataset with its schema."""
    fields = [{"name": column, "type": "string"} for column in COLUMNS]
    return {"namespace": "s3://lake", "name": name, "facets": {"schema": {"_producer": PRODUCER, "fields": fields}}}


def written(name: str, source: str, rows: int) -> dict[str, Any]:
    """Make a dataset that was written, with its statistics and where its columns come from."""
    made = dataset(name)
    fields = {
        column: {"inputFields": [{"namespace": "s3://lake", "name": source, "field": column}]} for column in COLUMNS[:3]
    }
    made["facets"]["columnLineage"] = {"_producer": PRODUCER, "fields": fields}
    made["outputFacets"] = {"outputStatistics": {"_producer": PRODUCER, "rowCount": rows, "size": rows * 180}}
    return made


def events(number: int) -> Iterator[dict[str, Any]]:
    """Make so many events: runs of 400 jobs, each with a start and, but for one in a hundred, an end; four in a hundred fail."""
    dice = random.Random(4)
    begin = datetime(2026, 1, 1)
    for run in range((number + 1) // 2):
        job = f"job_{run % JOBS:03}"
        run_id = str(uuid.UUID(int=dice.getrandbits(128), version=4))
        started = begin + timedelta(seconds=3 * run)
        parent = {"run": {"runId": run_id[:-4] + "0000"}, "job": {"namespace": "airflow", "name": f"dag_{run % 40:02}"}}
        facets: dict[str, Any] = {
            "parent": {"_producer": PRODUCER, **parent},
            "nominalTime": {"_producer": PRODUCER, "nominalStartTime": f"{started.isoformat()}Z"},
            "processing_engine": {"_producer": PRODUCER, "name": "spark", "version": "3.5.1"},
        }
        told = {
            "eventTime": f"{started.isoformat()}.123Z",
            "eventType": "START",
            "producer": PRODUCER,
            "schemaURL": SPECIFICATION,
            "run": {"runId": run_id, "facets": facets},
            "job": {
                "namespace": "warehouse",
                "name": job,
                "facets": {"jobType": {"processingType": "BATCH", "integration": "SPARK", "jobType": "JOB"}},
            },
            "inputs": [dataset(f"raw.{job}"), dataset("ref.customers")],
            "outputs": [dataset(f"mart.{job}")],
        }
        yield told
        kind = dice.choices(("COMPLETE", "FAIL", "RUNNING"), (95, 4, 1))[0]
        if kind == "FAIL":
            facets["errorMessage"] = {
                "_producer": PRODUCER,
                "message": "connection reset by peer",
                "stackTrace": "at x\n" * 20,
            }
        ended = started + timedelta(seconds=dice.randint(5, 900))
        output = written(f"mart.{job}", f"raw.{job}", dice.randint(0, 10**6))
        yield {**told, "eventType": kind, "eventTime": f"{ended.isoformat()}.456Z", "outputs": [output]}


def prepare(folder: Path, number: int) -> int:
    """Write all inputs, each in a folder of its name; give the bytes of the plain one."""
    for name in ("lines", "gzipped", "array"):
        (folder / name).mkdir()
    plain = folder / "lines" / "events.jsonl"
    with (
        plain.open("w", encoding="utf-8") as lines,
        (folder / "array" / "events.json").open("w", encoding="utf-8") as array,
    ):
        between = "[\n"
        for event in events(number):
            text = json.dumps(event)
            lines.write(f"{text}\n")
            array.write(f"{between}{text}")
            between = ",\n"
        array.write("\n]\n")
    with plain.open("rb") as source, gzip.open(folder / "gzipped" / "events.jsonl.gz", "wb", compresslevel=4) as target:
        shutil.copyfileobj(source, target)
    return plain.stat().st_size


def read(reading: str, folder: Path, number: int) -> None:
    """Do one of the readings."""
    if "collect" not in reading:
        import duckdb

        con = duckdb.connect(config={"threads": 2})
        (file,) = folder.iterdir()
        counted = con.execute("SELECT count(*) FROM read_json($file)", {"file": str(file)}).fetchall()[0][0]
    else:
        from decom_nb.evidence.collect import collect

        (source,) = collect([folder], folder).sources
        counted = source.rows
        if source.problems_total:
            raise SystemExit(f"{reading}: {source.problems_total} problems, as {source.problems[0]}")
    if counted != number:
        raise SystemExit(f"{reading}: {counted} events of {number}")


def measured(reading: str, folder: Path, number: int) -> dict[str, float]:
    """Do a reading in a process of its own; give its seconds, those of the processors, and its peak memory in MB."""
    command = [sys.executable, __file__, "--reading", reading, "--folder", str(folder), "--events", str(number)]
    told: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told


def main() -> None:
    """Measure and print, or do one reading for the process that measures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--reading", help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.reading:
        begin = time.perf_counter()
        read(chosen.reading, chosen.folder, chosen.events)
        unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is bytes on macOS, KiB on Linux
        used = resource.getrusage(resource.RUSAGE_SELF)
        took = {"seconds": time.perf_counter() - begin, "processors": used.ru_utime + used.ru_stime}
        print(json.dumps({**took, "peak": used.ru_maxrss * unit / 1e6}))
        return

    found: dict[str, list[dict[str, float]]] = {reading[0]: [] for reading in READINGS}
    with TemporaryDirectory() as place:
        folder = Path(place)
        size = prepare(folder, chosen.events)
        for _ in range(chosen.rounds):
            for name, what, *_rest in READINGS:
                found[name].append(measured(name, folder / what, chosen.events))
    print(f"{chosen.events:,} events, {size / 1e6:,.0f} MB as lines")
    print(f"{'reading':30}{'seconds':>9}{'processors':>12}{'ratio':>8}{'peak MB':>9}  limit")
    kept = True
    for name, _, baseline, most_memory in READINGS:
        seconds, processors = (
            statistics.median(each[what] for each in found[name]) for what in ("seconds", "processors")
        )
        least = statistics.median(each["processors"] for each in found[baseline or name])
        peak = max(each["peak"] for each in found[name])
        limit = f"{most_memory} MB" if most_memory else ""
        print(f"{name:30}{seconds:9.2f}{processors:12.2f}{processors / least:8.1f}{peak:9.0f}  {limit}")
        kept &= peak <= (most_memory or peak)
    sys.exit(0 if kept else "a limit was not kept")


if __name__ == "__main__":
    main()
