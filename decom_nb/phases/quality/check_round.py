"""One round of checks: suites and tables in, a run out, kept as evidence. The command and the notebook's button call it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from decom_nb.check import CheckRun, Suite
from decom_nb.errors import InputError, Mistake
from decom_nb.evidence import own_file
from decom_nb.evidence.tables import TableSource
from decom_nb.phases.quality.lineage import bare
from decom_nb.suggest import instead

if TYPE_CHECKING:
    from decom_nb.contract import Contract
    from decom_nb.engine import Limits, Progress, Step
    from decom_nb.evidence.tables import Table, Tables

Plan = Literal["cheapest", "scan"]

FOLDER = "checks"
"""Where under an engagement's evidence runs are kept."""


def with_contracts(suites: Sequence[Suite], contracts: Sequence[Contract]) -> tuple[Suite, ...]:
    """Give the suites with those that hold the contracts: the clauses that a check of the table decides."""
    from decom_nb.contract import suite_of

    return (*suites, *(suite_of(each) for each in contracts if each.table and each.columns))


def wanted(suites: Sequence[Suite], table: str = "", origin: str = "documents/suite") -> tuple[Suite, ...]:
    """Give the suites that are to be run: those of one table, or all; raise an `InputError` where there is none."""
    mistakes = [
        Mistake(origin, 0, "table", "a suite does not say which table it is of", "fill in its `table`")
        for each in suites
        if each.checks and not each.table.strip()
    ]
    found = [each for each in suites if each.checks and (not table or bare(each.table) == bare(table))]
    if not found:
        known = sorted({each.table for each in suites if each.table})
        what = f"no suite has checks of the table {table}" if table else "there is no suite with checks yet"
        hint = (
            instead(table, known) if table and known else "have one proposed: decom quality suggest DIR TABLE --write"
        )
        mistakes.append(Mistake(origin, 0, table, what, hint))
    if mistakes:
        raise InputError(mistakes)
    return tuple(found)


@contextlib.contextmanager
def opened(sources: Sequence[TableSource], root: Path, memory: str | None = None) -> Iterator[Tables]:
    """Open a session over the tables; raise an `InputError` where none is named."""
    if not sources:
        what, hint = "names no table, and none lies in evidence/", "name a file, a folder or a database under `sources`"
        raise InputError(Mistake("documents/table_sources.yaml", 0, "sources", what, hint))
    from decom_nb.evidence.tables import Tables

    with Tables(sources, root, memory_limit=memory) if memory else Tables(sources, root) as tables:
        yield tables


def chosen(tables: Tables, table: str = "") -> str:
    """Give the name of the table that was meant: the only one, if none was named."""
    if table:
        return table
    names = tables.names
    if len(names) == 1:
        return names[0]
    what = f"there are {len(names)} tables" if names else "there is no table"
    raise InputError(
        Mistake("", 0, "TABLE", what, f"name one: {', '.join(names[:10])}{' …' if len(names) > 10 else ''}")
    )


def checked(
    suites: Sequence[Suite],
    tables: Tables,
    *,
    plan: Plan = "cheapest",
    samples: int = 5,
    history: Sequence[CheckRun] = (),
    limits: Limits | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    now: datetime | None = None,
) -> CheckRun:
    """Run the suites on the tables, here."""
    from decom_nb.engine import Limits, run

    return run(
        suites,
        tables,
        now=now or datetime.now(UTC),
        plan=plan,
        samples=samples,
        history=history,
        limits=limits or Limits(),
        progress=progress,
        cancelled=cancelled,
    )


def pushed_down(
    suites: Sequence[Suite],
    connection: str,
    sources: Sequence[TableSource] = (),
    *,
    samples: int = 5,
    history: Sequence[CheckRun] = (),
    limits: Limits | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    now: datetime | None = None,
) -> CheckRun:
    """Run the suites on the client's engine, which the connection of that name reaches; no rows are fetched but samples."""
    from decom_nb import pushdown
    from decom_nb.pushdown.connect import dialect_of

    backend = pushdown.connect(connection)
    named = {each.name: each.table for each in sources if each.name and each.table}
    return pushdown.run(
        suites,
        backend,
        now=now or datetime.now(UTC),
        tables=named,
        samples=samples,
        history=history,
        limits=limits,
        progress=progress,
        cancelled=cancelled,
        dialect=dialect_of(connection),
    )


def explained(suites: Sequence[Suite], tables: Tables, plan: Plan = "cheapest") -> Sequence[Step]:
    """Say how each check would be decided; no step is taken."""
    from decom_nb.engine import explain

    return explain(suites, tables, plan=plan)


def as_sql(suites: Sequence[Suite], tables: Tables, dialect: str) -> list[str]:
    """Give each suite as SQL of a dialect; raise an `InputError` for a dialect or a table that is not known."""
    from decom_nb.sql.dialect import DIALECTS
    from decom_nb.sql.suite_sql import suite_sql

    if dialect not in DIALECTS:
        raise InputError(Mistake("", 0, "--dialect", f"there is no dialect {dialect}", instead(dialect, DIALECTS)))
    tables.open_all([each.table for each in suites])  # all that are not there are told at once
    return [suite_sql(each, _named_by(each, tables), dialect) for each in suites]


def _named_by(suite: Suite, tables: Tables) -> dict[str, Table]:
    """Give the tables that a suite names: its own, and those that its checks look at beside it, if they are there."""
    from decom_nb.sql.beside import beside
    from decom_nb.sql.undecidable import Undecidable

    own = tables.open(suite.table)
    named: list[str] = []
    for check in suite.checks:
        with contextlib.suppress(Undecidable):  # the check itself then says what is wrong with it
            named += beside(check, own)
    known = {each.casefold() for each in tables.names}
    return {suite.table: own} | {each: tables.open(each) for each in named if each.casefold() in known}


def keep(run: CheckRun, evidence: Path) -> Path:
    """Write the run below an engagement's evidence, whole or not at all, and give its file; no run replaces another."""
    return own_file.keep(run, run.taken_at, evidence / FOLDER)
