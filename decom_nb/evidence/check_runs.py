"""Runs of checks on tables: the files that ``decom quality run`` leaves under ``evidence/checks``.

Rules and measures ask for a `CheckRuns` under the name "check_runs". An audit never looks into a table again: what a run
saw is in its file. A file whose figures contradict each other was changed after the run, and is left out as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from decom_nb.check import Checked, CheckRun, TableRun
from decom_nb.check.checked import FORMAT
from decom_nb.evidence.own_file import OwnFiles

KIND = "check runs"

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


def _counts(run: CheckRun) -> Mapping[str, int]:
    return dict(sorted(Counter(each.verdict for each in run.checks).items()))


CHECK_RUNS = OwnFiles(
    name="check_runs",
    words="runs of checks on tables (decom quality run)",
    kind=KIND,
    format=FORMAT,
    model=CheckRun,
    value=CheckRuns,
    counted=_counts,
    totals=lambda runs: {"tables": len(runs.latest)},
    note=lambda run: "" if run.complete else "the run ended before every check was decided",
    contradiction=_contradiction,
)
