"""What a person starts in the notebook: profile a table, have a suite proposed, run the checks, test the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from decom_nb.check import Suite
from decom_nb.contract import Contract
from decom_nb.engagement import Engagement
from decom_nb.evidence import CheckRuns
from decom_nb.evidence.contracts import Contracts
from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.tables import FoundTables
from decom_nb.phase import Cancelled, Choices, Report
from decom_nb.phases.quality import check_round, views
from decom_nb.phases.quality.documents import TableSources, located, promised
from decom_nb.phases.quality.known_table import named_by
from decom_nb.view import View

if TYPE_CHECKING:
    from decom_nb.engine import Progress

ALL = "all tables"
"""Chooses every table that has a suite."""


def pointed_to(
    table_sources: TableSources | None,
    tables: FoundTables | None,
    suite: tuple[Suite, ...],
    check_runs: CheckRuns | None,
) -> list[str]:
    """Give the tables that are known by name: those of files, of suites and of earlier runs; databases are not opened."""
    sources = located(table_sources, tables)
    named = [named_by(each) for each in sources]
    named += [each.table for each in suite] + list(check_runs.latest if check_runs else ())
    return list(dict.fromkeys(each for each in named if each)) if sources else []


def with_a_suite(suite: tuple[Suite, ...], contract: tuple[Contract, ...], contracts: Contracts | None) -> list[str]:
    """Give the tables that have a suite with checks, or a contract."""
    both = check_round.with_contracts(suite, promised(contract, contracts))
    found = sorted({each.table for each in both if each.table and each.checks})
    return [ALL, *found] if found else []


def profile_table(
    table_sources: TableSources | None,
    tables: FoundTables | None,
    engagement: Engagement,
    report: Report,
    cancelled: Cancelled,
    *,
    table: Annotated[str, Choices(pointed_to)],
    dependencies: bool = False,
) -> View | str:
    """Look at a table once: types, missing and distinct values, bounds, frequent values, forms, keys. Nothing is kept."""
    from decom_nb.profile import ProfileCancelled, profile

    try:
        with check_round.opened(located(table_sources, tables), engagement.path) as session:
            seen = profile(
                session, table, pairs=dependencies, dependent=dependencies, progress=report, cancelled=cancelled
            )
    except ProfileCancelled:
        return "Stopped; nothing was kept."
    return views.profile(seen)


def suggest_suite(
    table_sources: TableSources | None,
    tables: FoundTables | None,
    check_runs: CheckRuns | None,
    dbt: Dbt | None,
    engagement: Engagement,
    report: Report,
    cancelled: Cancelled,
    *,
    table: Annotated[str, Choices(pointed_to)],
    write: bool = False,
) -> View | str:
    """Propose what must hold of a table, from its data: each check with its reason, and with what it would have found.

    With `write` what is new goes into the table's suite, below what people wrote.
    """
    from decom_nb.phases.quality import proposing
    from decom_nb.profile import ProfileCancelled

    try:
        with check_round.opened(located(table_sources, tables), engagement.path) as session:
            history = check_runs.runs if check_runs else ()
            found = proposing.proposed(session, table, dbt=dbt, history=history, progress=report, cancelled=cancelled)
    except ProfileCancelled:
        return "Stopped; nothing was kept."
    return views.proposal(found, proposing.merge(engagement, found.suite) if write else None)


def run_checks(
    suite: tuple[Suite, ...],
    contract: tuple[Contract, ...],
    contracts: Contracts | None,
    table_sources: TableSources | None,
    tables: FoundTables | None,
    check_runs: CheckRuns | None,
    engagement: Engagement,
    report: Report,
    cancelled: Cancelled,
    *,
    table: Annotated[str, Choices(with_a_suite)] = ALL,
    plan: Literal["cheapest", "scan"] = "cheapest",
) -> str:
    """Run the suites and the contracts on their tables and keep what they find as evidence.

    Stopped before the end, a run leaves no trace.
    """

    def moved(progress: Progress) -> None:
        report(progress.fraction, f"{progress.table} {progress.check}".strip())

    suites = check_round.wanted(
        check_round.with_contracts(suite, promised(contract, contracts)), "" if table == ALL else table
    )
    with check_round.opened(located(table_sources, tables), engagement.path) as session:
        found = check_round.checked(
            suites,
            session,
            plan=plan,
            history=check_runs.runs if check_runs else (),
            progress=moved,
            cancelled=cancelled,
        )
    if cancelled():
        return "Stopped; nothing was kept."
    kept = check_round.keep(found, engagement.evidence_path)
    failing = sum(each.verdict == "fail" for each in found.checks)
    unsure = sum(each.verdict in ("not_known", "error") for each in found.checks)
    said = f"{len(found.checks)} checks of {len(found.tables)} tables: {failing} fail, {unsure} could not be decided."
    return f"{said} Kept as {kept.relative_to(engagement.path).as_posix()}."


def try_faults(
    suite: tuple[Suite, ...],
    contract: tuple[Contract, ...],
    table_sources: TableSources | None,
    tables: FoundTables | None,
    dbt: Dbt | None,
    engagement: Engagement,
    report: Report,
    cancelled: Cancelled,
    *,
    table: Annotated[str, Choices(with_a_suite)] = ALL,
    tests: Literal["suite", "dbt", "contract"] = "suite",
) -> str:
    """Test the tests: put faults into a copy of a table, one at a time, and see which of them the checks notice.

    The table itself is only read.
    """
    from decom_nb.phases.quality import mutating
    from decom_nb.phases.quality.mutation import ROWS

    with check_round.opened(located(table_sources, tables), engagement.path) as session:
        chosen = "" if table == ALL else table
        found = mutating.trials(tests, suite, contract, dbt, session, chosen)
        run = mutating.tried(found, session, tests, rows=ROWS, report=report, cancelled=cancelled)
    if run is None:
        return "Stopped; nothing was kept."
    kept = mutating.keep(run, engagement.evidence_path)
    seen = sum(mutant.caught for each in run.tables for mutant in each.mutants)
    total = sum(len(each.mutants) for each in run.tables)
    return f"{seen} of {total} faults are noticed. Kept as {kept.relative_to(engagement.path).as_posix()}."


ACTIONS = (profile_table, suggest_suite, run_checks, try_faults)
