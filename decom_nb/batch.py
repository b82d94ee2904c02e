"""Audits and reports every engagement below a folder, several at a time. `cli.py` calls `batch`.

One engagement's failure stops no other. What is done stays done: where nothing has changed since the last report, a
further run changes nothing, so an interrupted batch is simply started again. Results are those of `decom report` on
each by itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
    wait,
)
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

import decom_nb.quick_import  # noqa: F401 - first, for its effect on what is imported below
from decom_nb import atomic, shipped
from decom_nb import audit as audits
from decom_nb.audit import Audit
from decom_nb.book import Book
from decom_nb.engagement import Engagement, engagements
from decom_nb.errors import DecomError, InputError, Mistake
from decom_nb.finding import Severity
from decom_nb.gate import gate
from decom_nb.gauge import interval
from decom_nb.kernel import Kernels, kernels
from decom_nb.report import build

REPORT: Final = "report.html"
_STAMP: Final = ".report.json"
"""Beside the report: what it was made from, so that the next batch can tell whether anything has changed."""

Take = Callable[[Path], Audit]


class Done(BaseModel):
    """What became of one engagement."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engagement: str
    name: str = ""
    score: str = ""
    low: float | None = None
    high: float | None = None
    band: str = ""
    seconds: float = 0.0
    audit: str = ""
    report: str = ""
    unchanged: bool = False
    gate: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class _Job:
    """One engagement's turn; it travels to a worker."""

    folder: Path
    shown: str
    kernels: Path | None
    again: bool
    fail_under: float | None
    fail_on: Severity | None
    take: Take


def batch(
    root: Path | str,
    *,
    workers: int | None = None,
    again: bool = False,
    fail_under: float | None = None,
    fail_on: Severity | None = None,
    progress: bool = True,
    executor: Executor | None = None,
    take: Take | None = None,
    source: Kernels | None = None,
) -> list[Done]:
    """Audit and report every engagement below `root`, and give a row for each in the order of their paths.

    `again` also does those whose inputs have not changed. `executor` is any that can run our functions, in place of
    as many processes as `workers`; `take` makes an audit of a folder without writing it; `source` is where kernels
    come from, a warm parent of this batch's own if not said.
    """
    found = engagements(root)
    if not found:
        raise InputError(
            Mistake(str(root), 0, "", "there is no engagement below this folder", "make one: decom init DIR")
        )
    lent = contextlib.nullcontext(source) if source else kernels()
    with lent as running, _shown_progress(len(found), progress) as advance:
        jobs = [
            _Job(
                folder=folder,
                shown=folder.relative_to(root).as_posix() if folder != Path(root) else folder.resolve().name,
                kernels=running.folder,
                again=again,
                fail_under=fail_under,
                fail_on=fail_on,
                take=take or take_audit,
            )
            for folder in found
        ]
        runner = _through(executor, jobs) if executor else _in_processes(jobs, workers or os.cpu_count() or 1)
        done = {}
        for row in runner:
            done[row.engagement] = row
            advance(row)
    return [done[job.shown] for job in jobs]


def take_audit(folder: Path) -> Audit:
    """Take an engagement's audit as `decom audit` does, and write nothing."""
    return Book.open(folder).audit()


def _through(executor: Executor, jobs: Sequence[_Job]) -> Iterator[Done]:
    running = {executor.submit(_one, job): job for job in jobs}
    for future in as_completed(running):
        yield _outcome(future, running[future])


def _in_processes(jobs: Sequence[_Job], workers: int) -> Iterator[Done]:
    """Keep `workers` processes busy. If one is killed, its job is tried once more by itself, and the others go on."""
    waiting = list(reversed(jobs))
    suspects: list[_Job] = []
    while waiting or suspects:
        alone = not waiting
        pool = _pool(1 if alone else min(workers, len(waiting)))
        before = set(multiprocessing.active_children())
        running: dict[Future[Done], _Job] = {}
        try:
            while waiting or running or (alone and suspects):
                while len(running) < (1 if alone else workers) and (waiting or (alone and suspects)):
                    job = suspects.pop() if alone else waiting.pop()
                    running[pool.submit(_one, job)] = job
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                broken = [running.pop(each) for each in finished if isinstance(each.exception(), BrokenExecutor)]
                for future in finished:
                    if future in running:
                        yield _outcome(future, running.pop(future))
                if broken:
                    broken += running.values()
                    if alone:
                        yield from (_failed(job, "its process was killed, or ran out of memory") for job in broken)
                    else:
                        suspects += broken
                    break
        except BaseException:
            # Interrupted: what is finished stays, and nothing is left half done, since every file is written whole.
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _pool(workers: int) -> ProcessPoolExecutor:
    # Spawned, not forked: by now this process may have threads, and a fork copies their locks but not them.
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the batch, which ends its workers


def _outcome(future: Future[Done], job: _Job) -> Done:
    try:
        return future.result()
    except Exception as error:  # an executor of somebody's own may lose a job: that is its engagement's failure alone
        return _failed(job, f"{type(error).__name__}: {error}")


def _failed(job: _Job, why: str, seconds: float = 0.0) -> Done:
    return Done(engagement=job.shown, error=why, seconds=seconds)


def _one(job: _Job) -> Done:
    """Do one engagement. Whatever goes wrong with it is told in its row."""
    began = time.perf_counter()
    try:
        return _done(job, began)
    except DecomError as error:
        return _failed(job, str(error), time.perf_counter() - began)
    except Exception as error:  # one engagement's failure, whatever it is, stops no other
        return _failed(job, f"{type(error).__name__}: {error}", time.perf_counter() - began)


def _done(job: _Job, began: float) -> Done:
    engagement = Engagement.open(job.folder)
    report = engagement.deliverables_path / REPORT
    stamp = _read_stamp(engagement)
    audit = None if job.again else _last_if_untouched(engagement, stamp)
    unchanged = audit is not None
    failed: tuple[str, ...] = ()
    if audit is None:
        audit = job.take(job.folder)
        last = None if job.again else _last(engagement, stamp)
        unchanged = last is not None and last.digest() == audit.digest()
        if unchanged and last is not None:
            audit = last
        else:
            audits.write(audit, engagement.audits_path)
            failed = tuple(build(job.folder, audit.id, report, source=_kernels(job.kernels)))
        _write_stamp(engagement, audit, whole=not failed)
    card = audit.scorecard
    return Done(
        engagement=job.shown,
        name=audit.engagement.name,
        score="" if card.reason else interval(card.low, card.high),
        low=None if card.reason else card.low,
        high=None if card.reason else card.high,
        band=card.band or ("" if card.reason else f"{card.band_low} to {card.band_high}"),
        seconds=time.perf_counter() - began,
        audit=audit.id,
        report=str(report),
        unchanged=unchanged,
        gate=tuple(gate(audit, job.fail_under, job.fail_on)),
        error=f"these notebooks failed, and the report says so in their place: {', '.join(failed)}" if failed else "",
    )


def _last(engagement: Engagement, stamp: dict[str, Any]) -> Audit | None:
    """Give the audit that the report shows, if both are there and the report was made by this version of everything."""
    if stamp.get("made_with") != _made_with() or not (engagement.deliverables_path / REPORT).is_file():
        return None
    with contextlib.suppress(InputError):
        return audits.read(engagement.audit_path(str(stamp.get("audit"))))
    return None


def _last_if_untouched(engagement: Engagement, stamp: dict[str, Any]) -> Audit | None:
    """Give the last audit without taking another, where no file has been touched since, and on the same day.

    On another day rules may judge otherwise, as waivers run out and evidence ages: then the audit is taken and
    compared.
    """
    if stamp.get("day") != _today() or stamp.get("files") != _files(engagement):
        return None
    return _last(engagement, stamp)


def _read_stamp(engagement: Engagement) -> dict[str, Any]:
    try:
        read = json.loads((engagement.deliverables_path / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _write_stamp(engagement: Engagement, audit: Audit, *, whole: bool) -> None:
    stamp = {
        "audit": audit.id,
        "day": _today(),
        "files": _files(engagement),
        "made_with": _made_with() if whole else "",
    }
    atomic.write(engagement.deliverables_path / _STAMP, json.dumps(stamp, indent=1).encode())


def _files(engagement: Engagement) -> str:
    """Give a digest of the names, sizes and times of all files that an audit may read."""
    places = [engagement.settings_path, engagement.documents_path]
    places += [engagement.path / pointer.path for pointer in engagement.evidence_pointers()]
    seen = hashlib.sha256()
    for place in places:
        for file in sorted(_below(place)):
            with contextlib.suppress(OSError):
                stat = file.stat()
                seen.update(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode("utf-8", "surrogateescape"))
    return seen.hexdigest()


def _below(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    for folder, _, names in os.walk(place):
        yield from (Path(folder) / name for name in names)


@lru_cache(maxsize=1)
def _made_with() -> str:
    """Give a digest of this version: its code, its knowledge, its notebooks and its theme."""
    seen = hashlib.sha256()
    package = Path(__file__).parent
    files = [file for file in package.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    for file in sorted([*files, *shipped.folder("notebooks").glob("*.ipynb")]):
        seen.update(f"{file.name}\0".encode() + file.read_bytes())
    return seen.hexdigest()


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _kernels(folder: Path | None) -> Kernels | None:
    """Give the batch's kernels where this runs on the same machine; elsewhere each report has its own."""
    return Kernels(folder) if folder and folder.is_dir() else None


@contextlib.contextmanager
def _shown_progress(total: int, wanted: bool) -> Iterator[Callable[[Done], None]]:
    if not wanted:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("Reports", total=total)
        yield lambda row: shown.update(task, advance=1, description=f"Reports · {row.engagement[:40]}")
