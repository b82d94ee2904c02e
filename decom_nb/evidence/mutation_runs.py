"""Tests of the tests: the files that ``decom quality mutate`` leaves under ``evidence/mutations``.

Rules and measures ask for a `MutationRuns` under the name "mutation_runs".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from decom_nb.check.mutated import MUTATION_FORMAT, MutatedTable, MutationRun
from decom_nb.evidence import json_file
from decom_nb.evidence.json_file import NotReadableError
from decom_nb.evidence.source import Found, Problem, Source, SourceFile, source_of

KIND = "mutation runs"

_MARK = re.compile(rb'"format"\s*:\s*"decom mutation run \d')


@dataclass(frozen=True)
class MutationRuns:
    """All tests of the tests, the oldest first."""

    runs: tuple[MutationRun, ...]

    @cached_property
    def latest(self) -> Mapping[tuple[str, str], tuple[datetime, MutatedTable]]:
        """The newest test of each table's suite, dbt tests or contract, and when that was."""
        found = {(table.table, table.tests): (run.taken_at, table) for run in self.runs for table in run.tables}
        return dict(sorted(found.items()))


class MutationRunFiles:
    """The collector."""

    name = "mutation_runs"
    words = "tests of the tests (decom quality mutate)"
    kinds: tuple[str, ...] = (KIND,)

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a run by the word that it starts with."""
        return KIND if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _MARK.search(head) else ""

    def read(self, found: Sequence[Found]) -> tuple[MutationRuns | None, tuple[Source, ...]]:
        """Read all files; one that is no run of this version is a problem, and the others count."""
        runs: list[tuple[MutationRun, str]] = []
        listed: list[SourceFile] = []
        problems: list[Problem] = []
        for file in found:
            told = {"path": file.shown, "kind": KIND, "sha256": file.sha256, "bytes": file.bytes}
            try:
                run = _run(file)
            except NotReadableError as error:
                listed.append(SourceFile(**told, note=error.what))
                problems.append(Problem(path=file.shown, line=error.line, what=f"left out: {error.what}"))
                continue
            runs.append((run, file.shown))
            mutants = [mutant for table in run.tables for mutant in table.mutants]
            caught = sum(mutant.caught for mutant in mutants)
            counts = {"caught": caught, "unseen": len(mutants) - caught}
            listed.append(SourceFile(**told, rows=len(mutants), counts=counts, as_of=run.taken_at))
        runs.sort(key=lambda each: (each[0].taken_at, each[1]))
        value = MutationRuns(tuple(run for run, _ in runs)) if runs else None
        return value, (source_of(KIND, listed, problems, totals={"runs": len(runs)}),)


MUTATION_RUNS = MutationRunFiles()


def _run(file: Found) -> MutationRun:
    """Read one run, or say why it is none."""
    content = json_file.load(file.path)
    told = content.get("format") if isinstance(content, dict) else None
    if told != MUTATION_FORMAT:
        raise NotReadableError(f"it is in the format {str(told)[:60]!r}, and this version reads {MUTATION_FORMAT!r}")
    try:
        run = MutationRun.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise NotReadableError(
            f"it is not as a run leaves it: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        ) from error
    at = run.taken_at
    return run.model_copy(update={"taken_at": at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)})
