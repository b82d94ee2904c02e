"""Measures how long the proof of the example's loads takes, against running each of them once.

    python benchmarks/proof.py

A proof runs a load some hundred times on a handful of rows, most of them killed on the way; what is compared with is the same
load run once, on the same rows, in a database of the same kind, in the same process. The median of several rounds.
"""

from __future__ import annotations

import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from decom_nb.book import Book
from decom_nb.phases.pipelines.proof.proving import Job, generated, proven
from decom_nb.proof.in_duckdb import InDuckDB
from decom_nb.proof.prove import prove
from decom_nb.proof.scenario import SCENARIOS

TOP = Path(__file__).parent.parent
ROUNDS = 5
BAR = 3.0
"""Seconds that the proof of the example may take."""


def once(job: Job) -> float:
    """Give how long one run of a load takes, its tables made and its target looked at."""
    database = InDuckDB()
    began = time.perf_counter()
    proof = prove(job.case, database, taken_at=datetime.now(UTC), scenarios=SCENARIOS[:1])
    taken = time.perf_counter() - began
    database.close()
    if not proof.passed:
        raise SystemExit(f"{proof.pipeline} is refuted: {proof.first_difference}")
    return taken


def main() -> None:
    """Print the medians and their ratio."""
    pipelines = Book.open(TOP / "examples" / "nordwind").documents["pipeline"]
    began = time.perf_counter()
    jobs = generated(pipelines, "duckdb")
    print(f"{len(jobs)} loads written in {time.perf_counter() - began:.2f} s")
    singles, wholes, loads, spent = [], [], 0, 0.0
    for _ in range(ROUNDS):
        singles.append(sum(once(each) for each in jobs))
        began = time.perf_counter()
        cpu = time.process_time()
        proofs = proven(jobs, InDuckDB, datetime.now(UTC))
        wholes.append(time.perf_counter() - began)
        spent += time.process_time() - cpu
        loads = sum(scenario.loads for proof in proofs for scenario in proof.scenarios)
        if refuted := [each.pipeline for each in proofs if not each.passed]:
            raise SystemExit(f"refuted: {', '.join(refuted)}")
    single, whole = statistics.median(singles), statistics.median(wholes)
    print(f"each load once:    {single:6.3f} s")
    print(
        f"proof of them all: {whole:6.3f} s, {loads} loads, {whole / single:.1f} times one run of each (best {min(wholes):.2f} s)"
    )
    print(f"processor time of one proof: {spent / ROUNDS:.2f} s on all cores together")
    print(f"the bar is {BAR:g} s: {'met' if whole <= BAR else 'missed'}")


if __name__ == "__main__":
    main()
