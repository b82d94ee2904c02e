"""Proves the loads of pipelines, several at once, and keeps what came of it as evidence. The verb and the notebook call it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from decom_nb import atomic
from decom_nb.evidence.load_proofs import LoadProof
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.phases.pipelines.proof.document_sum import document_sum
from decom_nb.proof.case import LoadCase
from decom_nb.proof.database import Database

FOLDER = "proofs"
"""Where proofs lie, below the engagement's evidence."""
_AT_ONCE = 2
"""How many loads are proven side by side; each works in a database of its own."""


@dataclass(frozen=True)
class Job:
    """A load that is to be proven."""

    case: LoadCase
    pipeline: Pipeline
    origin: str = ""
    warnings: tuple[str, ...] = ()
    sample: Sequence[Mapping[str, Any]] = ()


def generated(pipelines: Iterable[Pipeline], dialect: str) -> list[Job]:
    """Give the generated load of each pipeline in an engine's words. Raises `InputError` with what documents lack."""
    from decom_nb.phases.pipelines.load.case import case

    return [Job(case(each, dialect), each) for each in pipelines]


def proven(
    jobs: Sequence[Job],
    open_database: Callable[[], Database],
    taken_at: datetime,
    report: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[LoadProof]:
    """Prove loads, each in a database of its own, and give the proofs in the order of the jobs.

    Where `cancelled` says so, no further load is begun, and the proofs that were made are given.
    """
    from decom_nb.proof.prove import prove

    done: list[int] = []

    def one(job: Job) -> LoadProof | None:
        if cancelled():
            return None
        database = open_database()
        try:
            proof = prove(
                job.case,
                database,
                taken_at=taken_at,
                sample=job.sample,
                origin=job.origin,
                document_sha256=document_sum(job.pipeline),
                warnings=job.warnings,
            )
        finally:
            database.close()
        done.append(1)
        if report is not None:
            report(len(done) / len(jobs), proof.pipeline)
        return proof

    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        return [each for each in pool.map(one, jobs) if each is not None]


def keep(proof: LoadProof, evidence: Path) -> Path:
    """Write a proof to the engagement's evidence, over the earlier one of the same load on the same engine."""
    engine = proof.engine.partition(" ")[0].lower()
    named = [proof.pipeline, engine, *([Path(proof.origin).stem] if proof.origin else [])]
    plain = "-".join("".join(c if c.isalnum() or c in "_." else "_" for c in each) for each in named)
    path = evidence / FOLDER / f"{plain}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, (proof.model_dump_json(indent=1) + "\n").encode())
    return path
