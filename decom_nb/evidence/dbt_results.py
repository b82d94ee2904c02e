"""What a dbt project did, and what stands in the warehouse: run results, source freshness, catalog.

A command that only compiles (`dbt compile`, `dbt docs generate`, `dbt parse` …) also leaves run results behind, all of
them "success". Nothing was run or tested then, so such an invocation is not `executed`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from decom_nb.evidence.dbt_manifest import Key, seconds
from decom_nb.evidence.json_file import mapping, moment, number, sequence, text, whole

EXECUTING = frozenset({"build", "retry", "run", "run-operation", "seed", "snapshot", "test"})
"""Commands that run what they report on."""

COMPILING = frozenset({"clone", "compile", "debug", "deps", "docs", "generate", "list", "ls", "parse", "show"})
"""Commands that leave results without running models or tests."""

STATUS_MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of a run_results.json; `at` is when it was done, or when its invocation was where that is not told."""

    project: str
    origin: str
    unique_id: str
    resource_type: str
    status: str
    execution_time: float
    failures: int | None
    message: str
    command: str
    executed: bool
    at: datetime | None

    @property
    def key(self) -> Key:
        """Give project and unique id."""
        return self.project, self.unique_id


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a dbt command, as dbt names it: "build", or "generate" for `dbt docs generate`."""

    project: str
    origin: str
    invocation_id: str
    command: str
    executed: bool
    version: int
    dbt_version: str
    generated_at: datetime | None
    elapsed: float
    results: tuple[Result, ...]
    counts: Mapping[str, int]
    odd: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Freshness:
    """What `dbt source freshness` found for one source table; ages in seconds."""

    project: str
    origin: str
    unique_id: str
    status: str
    max_loaded_at: datetime | None
    age: float | None
    warn_after: float | None
    error_after: float | None
    message: str
    at: datetime | None

    @property
    def key(self) -> Key:
        """Give project and unique id."""
        return self.project, self.unique_id


@dataclass(frozen=True, slots=True)
class CatalogTable:
    """A table or view as it stands in the warehouse: columns with their types, rows and bytes where dbt was told."""

    project: str
    origin: str
    unique_id: str
    kind: str
    columns: tuple[tuple[str, str], ...]
    rows: int | None
    bytes: int | None
    at: datetime | None

    @property
    def key(self) -> Key:
        """Give project and unique id."""
        return self.project, self.unique_id


def invocation(content: Mapping[str, Any], origin: str, version: int, project: str) -> Invocation:
    """Read a run_results.json."""
    metadata, arguments = mapping(content.get("metadata")), mapping(content.get("args"))
    lines, odd = _lines(content)
    command = command_of(arguments)
    executed = was_executed(command, arguments, lines)
    generated_at = moment(metadata.get("generated_at"))
    results = tuple(
        Result(
            project=project,
            origin=origin,
            unique_id=text(line.get("unique_id")),
            resource_type=text(line.get("unique_id")).split(".")[0],
            status=_status(line),
            execution_time=number(line.get("execution_time")) or 0.0,
            failures=whole(line.get("failures")),
            message=text(line.get("message")),
            command=command,
            executed=executed,
            at=_done_at(line) or generated_at,
        )
        for line in lines
    )
    return Invocation(
        project=project,
        origin=origin,
        invocation_id=text(metadata.get("invocation_id")),
        command=command,
        executed=executed,
        version=version,
        dbt_version=text(metadata.get("dbt_version")),
        generated_at=generated_at,
        elapsed=number(content.get("elapsed_time")) or 0.0,
        results=results,
        counts=_counted(results),
        odd=odd,
    )


def command_of(arguments: Mapping[str, Any]) -> str:
    """Give the command an invocation ran: `which`, `rpc_method` in old versions, or the first word after "dbt".

    >>> command_of({"which": "rpc", "rpc_method": "docs.generate"})
    'generate'
    """
    which, method = text(arguments.get("which")), text(arguments.get("rpc_method"))
    if which and which != "rpc":
        return which
    if method:
        return method.split(".")[-1]
    words = [word for word in text(arguments.get("invocation_command")).split() if not word.startswith("-")]
    return "generate" if words[1:3] == ["docs", "generate"] else next(iter(words[1:]), "")


def was_executed(command: str, arguments: Mapping[str, Any], lines: list[Mapping[str, Any]]) -> bool:
    """Tell whether an invocation ran what it reports on.

    A build with `--empty` runs on no rows and shows as little as a compilation. Where the command is not told or not
    known, the lines tell: a test that was run says pass, warn or fail, never success; a model that was run has an
    answer of the database.
    """
    if arguments.get("empty") is True or command in COMPILING:
        return False
    if command in EXECUTING:
        return True
    statuses = {_status(line) for line in lines}
    if any(_status(line) == "success" and text(line.get("unique_id")).startswith("test.") for line in lines):
        return False
    answered = any(mapping(line.get("adapter_response")) or text(line.get("message")) for line in lines)
    return answered or bool(statuses - {"success", STATUS_MISSING})


def freshness(content: Mapping[str, Any], origin: str, project: str) -> tuple[tuple[Freshness, ...], tuple[str, ...]]:
    """Read a sources.json; with it comes what was odd in it."""
    generated_at = moment(mapping(content.get("metadata")).get("generated_at"))
    lines, odd = _lines(content)
    return tuple(
        Freshness(
            project=project,
            origin=origin,
            unique_id=text(line.get("unique_id")),
            status=_status(line),
            max_loaded_at=moment(line.get("max_loaded_at")),
            age=number(line.get("max_loaded_at_time_ago_in_s")),
            warn_after=seconds(mapping(line.get("criteria")).get("warn_after")),
            error_after=seconds(mapping(line.get("criteria")).get("error_after")),
            message=text(line.get("error")),
            at=moment(line.get("snapshotted_at")) or generated_at,
        )
        for line in lines
    ), odd


def catalog(content: Mapping[str, Any], origin: str, project: str) -> tuple[CatalogTable, ...]:
    """Read a catalog.json."""
    generated_at = moment(mapping(content.get("metadata")).get("generated_at"))
    return tuple(
        CatalogTable(
            project=project,
            origin=origin,
            unique_id=unique_id,
            kind=text(mapping(table.get("metadata")).get("type")),
            columns=tuple(
                (text(mapping(column).get("name")) or name, text(mapping(column).get("type")))
                for name, column in mapping(table.get("columns")).items()
            ),
            rows=_statistic(table, "row_count", "num_rows", "rows"),
            bytes=_statistic(table, "bytes", "num_bytes"),
            at=generated_at,
        )
        for section in ("nodes", "sources")
        for unique_id, table in sorted(mapping(content.get(section)).items())
        if isinstance(table, dict)
    )


def _lines(content: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], tuple[str, ...]]:
    told = content.get("results")
    if not isinstance(told, list):
        return [], ("results is not an array",)
    odd = tuple(f"results[{place}] is not an object" for place, line in enumerate(told) if not isinstance(line, dict))
    return [line for line in told if isinstance(line, dict)], odd


def _status(line: Mapping[str, Any]) -> str:
    return text(line.get("status")) or STATUS_MISSING


def _done_at(line: Mapping[str, Any]) -> datetime | None:
    ends = (moment(mapping(timing).get("completed_at")) for timing in sequence(line.get("timing")))
    return max((end for end in ends if end), default=None)


def _counted(results: tuple[Result, ...]) -> Mapping[str, int]:
    return dict(sorted(Counter(result.status for result in results).items()))


def _statistic(table: Mapping[str, Any], *names: str) -> int | None:
    statistics = mapping(table.get("stats"))
    values = (number(mapping(statistics.get(name)).get("value")) for name in names)
    return next((int(value) for value in values if value is not None), None)
