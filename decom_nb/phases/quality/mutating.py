"""One round of testing the tests: tables and what is to be tried in, a run of mutants out, kept as evidence.

The command and the notebook's button call it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from decom_nb.check import Suite
from decom_nb.check.mutated import MutatedTable, MutationRun
from decom_nb.errors import InputError, Mistake
from decom_nb.evidence import own_file
from decom_nb.evidence.dbt import Dbt
from decom_nb.phases.quality import check_round
from decom_nb.phases.quality.dbt_suite import suite_of_dbt
from decom_nb.phases.quality.lineage import bare

if TYPE_CHECKING:
    from decom_nb.contract import Contract
    from decom_nb.evidence.tables import Tables

Tests = Literal["suite", "dbt", "contract"]
TESTS: tuple[Tests, ...] = get_args(Tests)
"""Whose checks are tried."""

FOLDER = "mutations"
"""Where under an engagement's evidence runs are kept."""

_WHOSE = {"suite": "suite", "dbt": "dbt test that can be run here", "contract": "contract with clauses to check"}

Trial = tuple[Suite, tuple[str, ...]]
"""Checks to try, and those that could not be read, each with the reason."""


def trials(
    tests: Tests,
    suites: Sequence[Suite],
    contracts: Sequence[Contract],
    dbt: Dbt | None,
    tables: Tables,
    table: str = "",
) -> list[Trial]:
    """Give what there is to try of one table, or of all; raises an `InputError` where there is nothing."""
    found: list[Trial] = []
    if tests == "suite":
        found = [(each, ()) for each in merged(suites)]
    elif tests == "contract":
        found = [(each, ()) for each in check_round.with_contracts((), contracts)]
    elif dbt is not None:
        found = [suite_of_dbt(dbt, each) for each in tables.names]
    chosen = [trial for trial in found if trial[0].checks and (not table or bare(trial[0].table) == bare(table))]
    if not chosen:
        of = f" of the table {table}" if table else ""
        what = f"there is no {_WHOSE[tests]}{of} to try"
        other = " or ".join(f"--tests {each}" for each in TESTS if each != tests)
        raise InputError(Mistake("", 0, f"--tests {tests}", what, f"name another table, or take {other}"))
    return chosen


def merged(suites: Sequence[Suite]) -> list[Suite]:
    """Give the suites with those of one table made one: they are run together, and so they notice together."""
    by_table: dict[str, Suite] = {}
    for each in suites:
        before = by_table.get(bare(each.table))
        by_table[bare(each.table)] = (
            each if before is None else before.model_copy(update={"checks": (*before.checks, *each.checks)})
        )
    return list(by_table.values())


def tried(
    found: Sequence[Trial],
    tables: Tables,
    tests: Tests,
    *,
    rows: int,
    report: Callable[[float | None, str], None] = lambda share, at: None,
    cancelled: Callable[[], bool] = lambda: False,
    now: datetime | None = None,
) -> MutationRun | None:
    """Try every fault on each table, one table after another; ``None`` if it was cancelled.

    What is wrong with any table is raised as one `InputError`, after the others have been tried in vain.
    """
    from decom_nb.phases.quality.mutation import mutate

    told: list[MutatedTable] = []
    mistakes: list[Mistake] = []
    for at, (suite, left_out) in enumerate(found):

        def moved(share: float | None, place: str, at: int = at, table: str = suite.table) -> None:
            report((at + (share or 0)) / len(found), f"{table}: {place}")

        try:
            one = mutate(suite, tables, tests=tests, rows=rows, left_out=left_out, report=moved, cancelled=cancelled)
        except InputError as error:
            mistakes += error.mistakes
            continue
        if one is None:
            return None
        told.append(one)
    if mistakes:
        raise InputError(mistakes)
    return MutationRun(taken_at=now or datetime.now(UTC).replace(microsecond=0), tables=tuple(told))


def keep(run: MutationRun, evidence: Path) -> Path:
    """Write the run below an engagement's evidence, and give its file."""
    return own_file.keep(run, run.taken_at, evidence / FOLDER)
