"""How many full reports a minute: `decom batch` against a loop of papermill and nbconvert on the same notebooks.

    python benchmarks/reports.py [--reports 24] [--baseline 2] [--workers 2]

Ours takes the audit, runs every notebook in a fresh process and writes the page. The loop is given audits taken
beforehand, and runs one `papermill` and one `jupyter nbconvert --to html` for each notebook, as their manuals say.
Both run in the same minute on the same machine: mind the ratio, not the figures. Exits 1 below the ratio that is
asked for.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from decom_nb import shipped
from decom_nb.batch import batch
from decom_nb.book import Book
from decom_nb.report import chosen_notebooks

TOP = Path(__file__).parent.parent
EXAMPLE = TOP / "examples" / "nordwind"
WANTED = 15


@dataclass(frozen=True)
class Measured:
    """What a number of reports took."""

    what: str
    reports: int
    wall: float
    cpu: float

    @property
    def per_minute(self) -> float:
        """Reports a minute of wall time."""
        return 60 * self.reports / self.wall


def main() -> int:
    """Measure both and compare."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--reports", type=int, default=24, help="how many reports of ours")
    asked.add_argument("--baseline", type=int, default=2, help="how many reports of the loop")
    asked.add_argument("--workers", type=int, default=2, help="processes of ours; the loop is a loop")
    settings = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="decom-benchmark-") as temporary:
        folder = Path(temporary)
        copies = [copied(folder / "clients" / f"client-{number:03}") for number in range(settings.reports)]
        loop = measured(
            "papermill + nbconvert", settings.baseline, lambda: run_loop(folder, copies[: settings.baseline])
        )
        ours = measured("decom batch", settings.reports, lambda: run_batch(folder / "clients", settings.workers))
    ratio = ours.per_minute / loop.per_minute
    notebooks = len(chosen_notebooks(EXAMPLE, own=False))
    print(f"\nReports of {notebooks} notebooks, {os.cpu_count()} cores, {settings.workers} workers\n")
    print(f"{'':24}{'reports':>9}{'wall s':>9}{'CPU s each':>12}{'a minute':>10}")
    for each in (loop, ours):
        print(
            f"{each.what:24}{each.reports:>9}{each.wall:>9.1f}{each.cpu / each.reports:>12.2f}{each.per_minute:>10.1f}"
        )
    print(f"\n{ratio:.1f} times as many (asked for: {WANTED})")
    return 0 if ratio >= WANTED else 1


def copied(place: Path) -> Path:
    """Copy the example engagement, without what was made of it."""
    shutil.copytree(EXAMPLE, place, ignore=shutil.ignore_patterns("audits", "deliverables", "notebooks"))
    return place


def measured(what: str, reports: int, work: Callable[[], None]) -> Measured:
    """Time the work, its child processes included."""
    before, began = used(), time.perf_counter()
    work()
    return Measured(what, reports, time.perf_counter() - began, used() - before)


def used() -> float:
    """Give the CPU seconds of this process and of all children that have ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def run_batch(root: Path, workers: int) -> None:
    """Audit and report all, and insist that all went well."""
    if failed := [
        f"{row.engagement}: {row.error}" for row in batch(root, workers=workers, progress=False) if row.error
    ]:
        raise SystemExit("\n".join(failed))


def run_loop(folder: Path, engagements: list[Path]) -> None:
    """Run the commands one after the other."""
    scripts = Path(sys.executable).parent
    for engagement in engagements:
        audit, _ = Book.open(engagement).take_audit()
        env = {**os.environ, "DECOM_FACE": "report", "DECOM_AUDIT": audit.id, "PYTHONPATH": str(TOP)}
        for notebook in sorted(shipped.folder("notebooks").glob("*.ipynb")):
            executed = folder / f"{engagement.name}-{notebook.name}"
            given = ["-k", "python3", "-p", "engagement", str(engagement)]
            run([scripts / "papermill", notebook, executed, *given], env)
            run([scripts / "jupyter", "nbconvert", "--to", "html", executed], env)


def run(command: list[str | Path], env: dict[str, str]) -> None:
    """Run a command and insist that it succeeds."""
    done = subprocess.run([str(part) for part in command], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)


if __name__ == "__main__":
    sys.exit(main())
