"""What it costs to start the command: CPU time beside that of the two libraries it cannot do without.

    python benchmarks/start.py

Prints for each command the ratio to ``python -c "import duckdb, typer"``, medians of rounds taken in turn, so that whatever
else the machine does weighs on all alike.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 7
SUITE = "document: suite\nversion: 1\ntable: orders\nchecks:\n  - check: not_null\n    columns: [id]\n"
COMMANDS = {
    "duckdb, typer": ["-c", "import duckdb, typer"],
    "--version": ["-m", "decom_nb", "--version"],
    "--help": ["-m", "decom_nb", "--help"],
    "quality run --help": ["-m", "decom_nb", "quality", "run", "--help"],
    "rubric recompute --help": ["-m", "decom_nb", "rubric", "recompute", "--help"],
    "quality run, two rows": [
        "-m", "decom_nb", "quality", "run", "--suite", "orders.yaml", "--source", "orders.csv", "-o", "run.json",
    ],
}  # fmt: skip


def cpu(arguments: list[str], folder: str) -> float:
    """Give the seconds of CPU time that a Python with these arguments takes."""
    before = os.times()
    subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, check=True)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def main() -> None:
    """Measure and print."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "orders.yaml").write_text(SUITE, encoding="utf-8")
        (Path(folder) / "orders.csv").write_text("id,status\n1,new\n2,done\n", encoding="utf-8")
        for _ in range(ROUNDS):
            for name, arguments in COMMANDS.items():
                seconds[name].append(cpu(arguments, folder))
    floor = statistics.median(seconds["duckdb, typer"])
    for name, all_rounds in seconds.items():
        took = statistics.median(all_rounds)
        print(f"{name:26} {took / floor:5.2f} × the floor ({took:.2f} s)")


if __name__ == "__main__":
    main()
