"""Tests of the tests: the files that ``decom quality mutate`` leaves under ``evidence/mutations``.

Rules and measures ask for a `MutationRuns` under the name "mutation_runs".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from decom_nb.check.mutated import MUTATION_FORMAT, MutatedTable, MutationRun
from decom_nb.evidence.own_file import OwnFiles

KIND = "mutation runs"


@dataclass(frozen=True)
class MutationRuns:
    """All tests of the tests, the oldest first."""

    runs: tuple[MutationRun, ...]

    @cached_property
    def latest(self) -> Mapping[tuple[str, str], tuple[datetime, MutatedTable]]:
        """The newest test of each table's suite, dbt tests or contract, and when that was."""
        found = {(table.table, table.tests): (run.taken_at, table) for run in self.runs for table in run.tables}
        return dict(sorted(found.items()))


def _counts(run: MutationRun) -> Mapping[str, int]:
    mutants = [mutant for table in run.tables for mutant in table.mutants]
    caught = sum(mutant.caught for mutant in mutants)
    return {"caught": caught, "unseen": len(mutants) - caught}


MUTATION_RUNS = OwnFiles(
    name="mutation_runs",
    words="tests of the tests (decom quality mutate)",
    kind=KIND,
    format=MUTATION_FORMAT,
    model=MutationRun,
    value=lambda runs, _: MutationRuns(runs),
    counted=_counts,
)
