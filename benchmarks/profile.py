"""How long a profile takes beside DuckDB's own SUMMARIZE, in turn, each round in a process of its own.

SUMMARIZE tells counts, bounds, means, quartiles and a number of different values; the profile tells these and frequent
values, forms, what text could be read as, words for nothing, keys. Prints medians of wall and CPU seconds and the ratio.

    python benchmarks/profile.py TABLE.parquet … [--rounds 3] [--threads 2]
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

WAYS = ("summarize", "profile")


def once(way: str, path: str, threads: int) -> dict[str, float]:
    """Measure one way in this process; start-up and imports aside."""
    import duckdb

    from decom_nb.evidence.tables import Column, Table
    from decom_nb.profile import profile_of
    from decom_nb.sql.text import string

    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {threads}")
        source = string(path) if path.endswith(".parquet") else f"read_csv({string(path)})"
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        columns = tuple(Column(row[0], row[1]) for row in described)
        kind, files = ("parquet", (path,)) if path.endswith(".parquet") else ("csv", ())
        table = Table("t", kind, path, source, columns, files)
        began, used = time.perf_counter(), time.process_time()
        if way == "summarize":
            connection.execute(f"SUMMARIZE SELECT * FROM {source}").fetchall()
        else:
            profile_of(connection, table)
        return {
            "wall": time.perf_counter() - began,
            "cpu": time.process_time() - used,
            "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--once", choices=WAYS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(once(asked.once, asked.tables[0], asked.threads)))
        return
    print("| table | way | wall s | CPU s | peak MB | CPU, SUMMARIZE is 1 |")
    print("|---|---|---|---|---|---|")
    for table in asked.tables:
        found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for _ in range(asked.rounds):
            for way in WAYS:
                command = [sys.executable, __file__, table, "--once", way, "--threads", str(asked.threads)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                found[way].append(json.loads(done.stdout))
        middle = {
            way: {key: statistics.median(each[key] for each in rounds) for key in rounds[0]}
            for way, rounds in found.items()
        }
        for way, each in middle.items():
            ratio = each["cpu"] / middle["summarize"]["cpu"]
            print(
                f"| {Path(table).name} | {way} | {each['wall']:.2f} | {each['cpu']:.2f} | {each['mb']:.0f} | {ratio:.2f} |"
            )


if __name__ == "__main__":
    main()
