"""Runs of checks on tables: the files that ``decom quality run`` leaves under ``evidence/checks``.

Rules and measures ask for a `CheckRuns` under the name "check_runs". An audit never looks into a table again: what a run
saw is in its file. A file whose figures contradict each other was changed after the run, and is left out as a whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from decom_nb.check import Checked, CheckRun, TableRun
from decom_nb.check.checked import FORMAT
from decom_nb.evidence import json_file
from decom_nb.evidence.json_file import NotReadableError
from decom_nb.evidence.source import Found, Problem, Source, SourceFile, source_of

KIND = "check runs"

_MARK = re.compile(rb'"format"\s*:\s*"decom check run \d')
_SLACK = 1e-6
"""By how much a stored share may differ from its two counts: they are written as decimal fractions."""


@dataclass(frozen=True)
class Seen:
    """One table in one run: when it was looked at, what it was then, and what each of its checks came to."""

    taken_at: datetime
    engine: str
    table: TableRun
    checks: tuple[Checked, ...]


@dataclass(frozen=True)
class CheckRuns:
    """All runs, the oldest first; `origins` are their files, in the same order."""

    runs: tuple[CheckRun, ...]
    origins: tuple[str, ...] = ()

    @cached_property
    def latest(self) -> Mapping[str, Seen]:
        """The newest look at each table, by the table's name, in the order of the names."""
        return self.as_of(len(self.runs))

    @cached_property
    def checks(self) -> tuple[Checked, ...]:
        """What every check came to when its table was last looked at."""
        return tuple(check for seen in self.latest.values() for check in seen.checks)

    def as_of(self, runs: int) -> Mapping[str, Seen]:
        """Give the newest look at each table in the first so many runs: a run over one table says nothing of the rest.

        A look that a limit ended does not stand for one that was finished: what is not known takes nothing away.
        """
        found: dict[str, Seen] = {}
        for run in self.runs[:runs]:
            for each in seen(run):
                before = found.get(each.table.table)
                if each.table.complete or before is None or not before.table.complete:
                    found[each.table.table] = each
        return dict(sorted(found.items()))


def seen(run: CheckRun) -> tuple[Seen, ...]:
    """Give what a run saw, table by table, in its order."""
    by_table: dict[str, list[Checked]] = {each.table: [] for each in run.tables}
    for check in run.checks:
        by_table[check.table].append(check)
    return tuple(Seen(run.taken_at, run.engine, each, tuple(by_table[each.table])) for each in run.tables)


class CheckRunFiles:
    """The collector."""

    name = "check_runs"
    words = "runs of checks on tables (decom quality run)"
    kinds: tuple[str, ...] = (KIND,)

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a run by the word that it starts with."""
        return KIND if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _MARK.search(head) else ""

    def read(self, found: Sequence[Found]) -> tuple[CheckRuns | None, tuple[Source, ...]]:
        """Read all files; one that is no run of this version is a problem, and the others count."""
        runs: list[tuple[CheckRun, str]] = []
        listed: list[SourceFile] = []
        problems: list[Problem] = []
        for file in sorted(found, key=lambda each: each.shown):
            try:
                run = _run(file)
            except NotReadableError as error:
                listed.append(
                    SourceFile(path=file.shown, kind=KIND, sha256=file.sha256, bytes=file.bytes, note=error.what)
                )
                problems.append(Problem(path=file.shown, line=error.line, what=f"left out: {error.what}"))
                continue
            runs.append((run, file.shown))
            listed.append(_listed(file, run))
        runs.sort(key=lambda each: (each[0].taken_at, each[1]))
        value = CheckRuns(tuple(run for run, _ in runs), tuple(origin for _, origin in runs)) if runs else None
        totals = {"runs": len(runs), "tables": len(value.latest) if value else 0}
        return value, (source_of(KIND, listed, problems, totals=totals),)


CHECK_RUNS = CheckRunFiles()


def _run(file: Found) -> CheckRun:
    """Read one run, or say why it is none."""
    content = json_file.load(file.path)
    told = content.get("format") if isinstance(content, dict) else None
    if told != FORMAT:
        raise NotReadableError(f"it is in the format {str(told)[:60]!r}, and this version reads {FORMAT!r}")
    try:
        run = CheckRun.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise NotReadableError(f"it is not as a run leaves it: {place}: {first['msg']}") from error
    if contradiction := _contradiction(run):
        raise NotReadableError(f"it was changed after the run: {contradiction}")
    at = run.taken_at
    return run.model_copy(update={"taken_at": at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)})


def _contradiction(run: CheckRun) -> str:
    """Say in which of its figures a run contradicts itself; empty if in none."""
    tables = Counter(each.table for each in run.tables)
    if twice := [table for table, times in tables.items() if times > 1]:
        return f"the table {twice[0]} is there twice"
    for each in run.checks:
        if each.table not in tables:
            return f"the check {each.name} is of the table {each.table}, which the run did not look at"
        if not _agree(each.violations, each.rows, each.share):
            return f"{each.table}: the share of {each.name} is not its violations over its rows"
    return ""


def _agree(violations: int | None, rows: int | None, share: float | None) -> bool:
    if share is None or violations is None or rows is None:
        return True
    return abs(share - (violations / rows if rows else 0.0)) <= _SLACK


def _listed(file: Found, run: CheckRun) -> SourceFile:
    counts: dict[str, Any] = dict(sorted(Counter(each.verdict for each in run.checks).items()))
    note = "" if run.complete else "the run ended before every check was decided"
    return SourceFile(
        path=file.shown,
        kind=KIND,
        sha256=file.sha256,
        bytes=file.bytes,
        rows=len(run.checks),
        counts=counts,
        as_of=run.taken_at,
        note=note,
    )
