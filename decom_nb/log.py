"""The structured logging standard: its fields, its JSON Schema, a logger that writes it, and metrics out of what was written.

Pipelines import this, and it imports nothing but the standard library; the file can be copied as it is.

    from decom_nb import log

    with log.run("load_orders", "logs/runs.jsonl", watermark_before="2026-03-01") as run:
        with run.stage("extract") as stage:
            stage.extracted(1200)
        with run.stage("load") as stage:
            stage.loaded(1190)
            stage.rejected(10)
            stage.checks(passed=4)
        run.watermark("2026-03-02")

Each stage leaves a line, a run without stages leaves one, and one with stages leaves one if it says something of its own.
A line is written even when its block raises: the error goes into it and then on its way. A stage of a name that ended well
before is another one, as for a second table, and gets a number; one of a name that failed before is a second attempt at it.

`write_metrics` makes of such logs what Prometheus reads, under the names that `METRICS` lists.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import math
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Literal

Status = Literal["success", "failed", "partial"]
Kind = Literal["name", "moment", "status", "count", "seconds", "text"]

STATUSES: tuple[Status, ...] = ("success", "failed", "partial")
"""How a stage of a run, and so a run, can end."""

LOGGER = "decom_nb.run"
"""The logger of the standard library to which each line goes as well; a handler with `Formatter` writes it."""

SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"
MOST = 2**53
"""No count of rows or checks is larger."""
LONGEST_ERROR = 2000
"""How many characters of an error a line keeps."""


@dataclass(frozen=True)
class Field:
    """One field of a line: its kind and what it says."""

    kind: Kind
    what: str


FIELDS: Mapping[str, Field] = {
    "pipeline_name": Field("name", "the pipeline, by the same name in every line"),
    "run_id": Field("name", "the run; all lines of one run have it in common"),
    "started_at": Field("moment", "when the stage started: ISO 8601 with its zone"),
    "completed_at": Field("moment", "when it ended: ISO 8601 with its zone"),
    "status": Field("status", "how it ended: success, failed, or partial where something was left out"),
    "stage": Field("name", "the part of the run that the line is about, such as extract, transform or load"),
    "rows_extracted": Field("count", "rows read from the source"),
    "rows_transformed": Field("count", "rows that came out of transformations"),
    "rows_loaded": Field("count", "rows written to the target"),
    "rows_rejected": Field("count", "rows left out because something was wrong in them"),
    "quality_checks_passed": Field("count", "checks on the data that passed"),
    "quality_checks_failed": Field("count", "checks on the data that failed"),
    "duration_seconds": Field("seconds", "from start to end, by a clock that no one sets"),
    "error_message": Field("text", "what went wrong; empty if nothing did"),
    "watermark_before": Field("text", "up to where data had been loaded before; empty where there is no such thing"),
    "watermark_after": Field("text", "up to where it is loaded now; empty where there is no such thing"),
}
"""The fields of the standard, in its order. Every line has all of them."""

_TYPES: Mapping[Kind, Mapping[str, Any]] = {
    "name": {"type": "string", "pattern": r"\S"},
    "moment": {
        "type": "string",
        "format": "date-time",
        "pattern": r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)? ?(Z|UTC|[+-]\d\d(:?\d\d)?)$",
    },
    "status": {"type": "string", "enum": list(STATUSES)},
    "count": {"type": "integer", "minimum": 0},
    "seconds": {"type": "number", "minimum": 0},
    "text": {"type": "string"},
}


def schema() -> dict[str, Any]:
    """Give the JSON Schema of one line."""
    return {
        "$schema": SCHEMA_ID,
        "title": "A line of a run log",
        "description": "One stage of one run of a pipeline, as the structured logging standard asks. One JSON object per line.",
        "type": "object",
        "properties": {name: {**_TYPES[each.kind], "description": each.what} for name, each in FIELDS.items()},
        "required": list(FIELDS),
        "additionalProperties": True,
        "if": {"properties": {"status": {"const": "failed"}}, "required": ["status"]},
        "then": {"properties": {"error_message": {"pattern": r"\S"}}},
    }


class Formatter(logging.Formatter):
    """Formats what `run` logs as the standard's lines of JSON, and every other record as its base class does."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        told = getattr(record, "run", None)
        return dumped(told) if isinstance(told, dict) else super().format(record)


def dumped(line: Mapping[str, Any]) -> str:
    """Give a line as JSON without line breaks."""
    return json.dumps(line, ensure_ascii=False, allow_nan=False)


# Writing


@dataclass
class Stage:
    """A part of a run while it goes on: what it counts, and how it stands."""

    name: str
    _counts: dict[str, int] = field(
        default_factory=lambda: {each: 0 for each, told in FIELDS.items() if told.kind == "count"}
    )
    _before: str = ""
    _after: str = ""
    _status: Status = "success"
    _error: str = ""

    def extracted(self, rows: int) -> None:
        """Count rows read from the source."""
        self._add("rows_extracted", rows)

    def transformed(self, rows: int) -> None:
        """Count rows that came out of transformations."""
        self._add("rows_transformed", rows)

    def loaded(self, rows: int) -> None:
        """Count rows written to the target."""
        self._add("rows_loaded", rows)

    def rejected(self, rows: int) -> None:
        """Count rows left out because something was wrong in them."""
        self._add("rows_rejected", rows)

    def checks(self, passed: int = 0, failed: int = 0) -> None:
        """Count checks on the data; that some failed does not make the run a failed one, unless it says so."""
        self._add("quality_checks_passed", passed)
        self._add("quality_checks_failed", failed)

    def watermark(self, after: object) -> None:
        """Say up to where data is loaded now."""
        self._after = _text(after)

    def partial(self, reason: str) -> None:
        """Say that it ends without all that should be there."""
        self._status, self._error = "partial", reason

    def failed(self, reason: str) -> None:
        """Say that it has failed, where nothing is raised."""
        self._status, self._error = "failed", reason or "failed, without a reason"

    def _add(self, name: str, number: int) -> None:
        """Count; what is no whole number from 0 on is the caller's mistake, and raised as such."""
        whole = int(number)
        if whole != number or whole < 0:
            raise ValueError(f"{name} counts whole numbers from 0 on, not {number!r}")
        self._counts[name] += whole

    def _raised(self, error: BaseException) -> None:
        """Take down what ended the block; leaving a program on purpose and in order is no failure."""
        if isinstance(error, SystemExit) and error.code in (None, 0):
            return
        text = " ".join(f"{type(error).__name__}: {error}".split())
        self.failed(text[:LONGEST_ERROR])


class Run(Stage):
    """A run while it goes on; `run` makes it."""

    def __init__(self, pipeline: str, run_id: str, write: Callable[[str], None], watermark_before: str) -> None:
        super().__init__("run", _before=watermark_before)
        self.pipeline = pipeline
        self.run_id = run_id
        self._write = write
        self._staged = False
        self._ended: set[str] = set()  # stages that did not fail, by the name in their line
        self._told: BaseException | None = None  # the error that a stage has told of
        self._passed_on = False  # whether nothing but such an error, on its way out, is what failed the run itself

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Go through one stage of the run, which leaves a line of its own."""
        if not name.strip():
            raise ValueError("a stage has a name")
        self._staged = True
        stage = Stage(name, _before=self._before)
        with self._timed(stage):
            yield stage

    @contextlib.contextmanager
    def _timed(self, stage: Stage) -> Iterator[None]:
        """Time a block, and leave a line of it whatever becomes of it."""
        started, ticked = datetime.now(UTC), time.monotonic()
        try:
            yield
        except BaseException as error:
            told, said = error is self._told, self._status != "success"
            self._told = error
            if stage is not self or not told or not said:
                stage._raised(error)
                self._passed_on = stage is self and told
            raise
        finally:
            if stage is not self or not self._staged or self._has_own_words():
                self._leave(stage, started, time.monotonic() - ticked)

    def _has_own_words(self) -> bool:
        """Tell whether the run itself has something to say besides what its stages said."""
        return bool(any(self._counts.values()) or self._after or (self._status != "success" and not self._passed_on))

    def _named(self, stage: Stage) -> str:
        """Give the name of a stage's line: with a number, where one of its name has ended without failing."""
        numbers = itertools.count(2)
        name = stage.name
        while name in self._ended:
            name = f"{stage.name} {next(numbers)}"
        if stage._status != "failed":
            self._ended.add(name)
        return name

    def _leave(self, stage: Stage, started: datetime, seconds: float) -> None:
        line = {
            "pipeline_name": self.pipeline,
            "run_id": self.run_id,
            "started_at": _moment(started),
            # By the same clock as the duration, so that a clock set back meanwhile does not end a run before it began.
            "completed_at": _moment(started + timedelta(seconds=seconds)),
            "status": stage._status,
            "stage": self._named(stage),
            **stage._counts,
            "duration_seconds": round(seconds, 3),
            "error_message": stage._error,
            "watermark_before": stage._before,
            "watermark_after": stage._after,
        }
        level = {"success": logging.INFO, "partial": logging.WARNING, "failed": logging.ERROR}[stage._status]
        try:
            self._write(dumped(line))
        except OSError as error:
            # The block's outcome is what matters to its caller: the line is not lost, it goes where errors go.
            logging.getLogger(LOGGER).error("the run log cannot be written (%s): %s", error, dumped(line))
        logging.getLogger(LOGGER).log(
            level, "%s %s: %s", self.pipeline, line["stage"], stage._status, extra={"run": line}
        )


@contextlib.contextmanager
def run(
    pipeline: str, path: str | Path | None = None, *, run_id: str = "", watermark_before: object = ""
) -> Iterator[Run]:
    """Go through a run of a pipeline and log it: to a file of JSON lines, if one is named, and to the logger `LOGGER`.

    Without a `run_id` the run gets one of its time and a random end. The folder of the file is made if it is not there.
    """
    if not pipeline.strip():
        raise ValueError("a pipeline has a name")
    made = run_id or f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}-{secrets.token_hex(4)}"
    target = Path(path) if path is not None else None
    this = Run(pipeline, made, lambda line: append(target, line) if target else None, _text(watermark_before))
    with this._timed(this):
        yield this


def append(path: Path, line: str) -> None:
    """Put a line at the end of a file, whole, and flush it to the disk.

    It is one write to a file opened for appending, so that several processes may log to one file. Where somebody else's line was
    cut short, as by a full disk, a new one is begun first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
    try:
        _lock(opened)
        size = os.fstat(opened).st_size
        torn = size > 0 and _last_byte(opened, size) != b"\n"
        data = ("\n" if torn else "").encode() + line.encode("utf-8", "replace") + b"\n"
        while data:
            data = data[os.write(opened, data) :]
        os.fsync(opened)
    finally:
        os.close(opened)


def _lock(opened: int) -> None:
    """Wait until nobody else is at it, where the system knows such locks; closing the file lets go of it."""
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(opened, fcntl.LOCK_EX)


def _last_byte(opened: int, size: int) -> bytes:
    os.lseek(opened, size - 1, os.SEEK_SET)
    return os.read(opened, 1)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value)


# Metrics


@dataclass(frozen=True)
class Metric:
    """One metric: its name as alert rules use it, its type, and what it says."""

    name: str
    type: Literal["counter", "gauge"]
    what: str


METRICS: tuple[Metric, ...] = (
    Metric("pipeline_runs_total", "counter", "Runs that ended, by status: success, failed, partial."),
    Metric("pipeline_last_run_success", "gauge", "1 if the last run did not fail, 0 if it did."),
    Metric("pipeline_last_run_timestamp_seconds", "gauge", "When the last run ended, in seconds since 1970."),
    Metric(
        "pipeline_last_success_timestamp_seconds",
        "gauge",
        "When the last run that succeeded ended, in seconds since 1970.",
    ),
    Metric(
        "pipeline_last_run_duration_seconds",
        "gauge",
        "How long the last run took, from its first start to its last end.",
    ),
    Metric("pipeline_last_run_rows_loaded", "gauge", "Rows that the last run loaded."),
    Metric("pipeline_last_run_rows_rejected", "gauge", "Rows that the last run rejected."),
    Metric("pipeline_last_run_quality_checks_passed", "gauge", "Checks on the data that passed in the last run."),
    Metric("pipeline_last_run_quality_checks_failed", "gauge", "Checks on the data that failed in the last run."),
)
"""What `metrics` gives, each with the label ``pipeline``; alert rules that `decom monitoring alerts` generates ask for these."""


@dataclass
class _Whole:
    """A run as a whole, put together from the lines of its stages: of several for one stage the last one counts."""

    stages: dict[str, dict[str, Any]] = field(default_factory=dict)
    started: float = math.inf
    ended: float = -math.inf

    def add(self, line: dict[str, Any], started: float, ended: float) -> None:
        before = self.stages.get(line["stage"])
        if before is None or before["ended"] <= ended:
            self.stages[line["stage"]] = {**line, "ended": ended}
        self.started, self.ended = min(self.started, started), max(self.ended, ended)

    @property
    def status(self) -> str:
        found = {each["status"] for each in self.stages.values()}
        return next((each for each in ("failed", "partial") if each in found), "success")

    def sum(self, name: str) -> float:
        return float(sum(each[name] for each in self.stages.values()))


def metrics(lines: Iterable[str]) -> str:
    """Give what run logs tell as OpenMetrics text, pipelines by name; lines that are not of the standard are passed over."""
    runs: dict[str, dict[str, _Whole]] = {}
    for text in lines:
        if (read := _read(text)) is not None:
            line, started, ended = read
            runs.setdefault(line["pipeline_name"], {}).setdefault(line["run_id"], _Whole()).add(line, started, ended)
    samples: dict[str, list[str]] = {each.name: [] for each in METRICS}
    for pipeline in sorted(runs):
        for name, labels, value in _samples(list(runs[pipeline].values())):
            told = ",".join(f'{label}="{_escaped(each)}"' for label, each in {"pipeline": pipeline, **labels}.items())
            samples[name].append(f"{name}{{{told}}} {value:.15g}")
    out = []
    for each in METRICS:
        family = each.name.removesuffix("_total")
        out += [f"# HELP {family} {each.what}", f"# TYPE {family} {each.type}", *samples[each.name]]
    return "\n".join([*out, "# EOF"]) + "\n"


def _samples(runs: list[_Whole]) -> Iterator[tuple[str, dict[str, str], float]]:
    for status in STATUSES:
        yield "pipeline_runs_total", {"status": status}, sum(each.status == status for each in runs)
    last = max(runs, key=lambda each: each.ended)
    good = [each.ended for each in runs if each.status == "success"]
    yield "pipeline_last_run_success", {}, float(last.status != "failed")
    yield "pipeline_last_run_timestamp_seconds", {}, last.ended
    if good:
        yield "pipeline_last_success_timestamp_seconds", {}, max(good)
    yield "pipeline_last_run_duration_seconds", {}, last.ended - last.started
    for name in ("rows_loaded", "rows_rejected", "quality_checks_passed", "quality_checks_failed"):
        yield f"pipeline_last_run_{name}", {}, last.sum(name)


def _read(text: str) -> tuple[dict[str, Any], float, float] | None:
    """Read a line as far as metrics need it, with its start and end in seconds since 1970; nothing if it is none."""
    try:
        told = json.loads(text)
        line = {name: told.get(name) for name in FIELDS}
        started, ended = (_seconds(line[name]) for name in ("started_at", "completed_at"))
    except (ValueError, AttributeError, TypeError, OverflowError, RecursionError):
        return None
    if line["status"] not in STATUSES or not all(
        isinstance(line[name], str) and line[name] for name in ("pipeline_name", "run_id")
    ):
        return None
    for name, each in FIELDS.items():
        if each.kind == "count" and not (isinstance(line[name], int) and 0 <= line[name] <= MOST):
            line[name] = 0
    line["stage"] = str(line["stage"] or "")
    return line, started, ended


def _seconds(text: Any) -> float:
    at: datetime = datetime.fromisoformat(text.replace(" UTC", "Z"))
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def metrics_of(logs: Iterable[str | Path]) -> str:
    """Give the metrics of run logs as `metrics` does. A log that is not there yet has no lines."""
    return metrics(_lines(logs))


def write_metrics(logs: Iterable[str | Path], target: str | Path) -> None:
    """Write the metrics of run logs to a file that the node exporter's textfile collector, or any scraper, reads.

    Whoever reads it sees the old file or the new one.
    """
    place = Path(target)
    text = metrics_of(logs)
    beside = place.with_name(f".{place.name}.{secrets.token_hex(6)}.tmp")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)


def _lines(logs: Iterable[str | Path]) -> Iterator[str]:
    for each in logs:
        with contextlib.suppress(FileNotFoundError), _opened(Path(each)) as opened:
            yield from opened


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        import gzip

        return gzip.open(path, "rt", encoding="utf-8", errors="replace")
    return path.open(encoding="utf-8", errors="replace")
