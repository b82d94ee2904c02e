"""Runs the engagement's suites and contracts on each evening's extract, as somebody did the next morning, and tests the tests.

It needs decom_nb itself.

The verdicts are what the checks found. Only what would differ every time is left out: durations, and fingerprints of files.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from decom_nb.check import CheckRun, Suite
from decom_nb.contract import Contract
from decom_nb.document import load
from decom_nb.phases.quality import mutating
from decom_nb.phases.quality.check_round import checked, keep, opened, with_contracts
from decom_nb.phases.quality.documents import TableSources
from nordwind_platform.extracts import extracts

CHECKED_AT = time(6, 10)


def make(engagement: Path, work: Path, tables: Path, evidence: Path) -> None:
    """Write the last evening's extract to `tables`; to `evidence` a run of the checks on each evening's, and one of mutants."""
    documents = engagement / "documents"
    suites = [load(Suite, file) for file in sorted((documents / "suite").glob("*.yaml"))]
    contracts = [load(Contract, file) for file in sorted((documents / "contract").glob("*.yaml"))]
    asked = with_contracts(suites, contracts)
    sources = load(TableSources, documents / "table_sources.yaml").sources
    history: list[CheckRun] = []
    for extract in extracts():
        place = work / extract.evening.isoformat()
        extract.write(place / "tables")
        now = datetime.combine(extract.evening + timedelta(days=1), CHECKED_AT, UTC)
        with opened(sources, place) as session:
            session.connection.execute("SET threads = 1")
            history.append(_timeless(checked(asked, session, history=history, samples=3, now=now)))
        keep(history[-1], evidence)
    with opened(sources, place) as session:
        session.connection.execute("SET threads = 1")
        tried = mutating.tried([(each, ()) for each in mutating.merged(suites)], session, "suite", rows=50_000, now=now)
    if tried:
        mutating.keep(tried, evidence)
    extract.write(tables)


def _timeless(run: CheckRun) -> CheckRun:
    """Give the run without what would differ every time."""
    return run.model_copy(
        update={
            "tables": tuple(each.model_copy(update={"seconds": 0, "fingerprint": ""}) for each in run.tables),
            "checks": tuple(each.model_copy(update={"seconds": 0}) for each in run.checks),
        }
    )
