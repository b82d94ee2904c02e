"""What is worked out of checks and kept in the audit: how each check stands and how bad it is, tables, dimensions, history.

What a view shows is all here, cut to a size that a page can hold; `checks_total` and the like say what was cut.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from decom_nb.check import DIMENSIONS, PRIORITIES, Checked, Suite, Verdict
from decom_nb.contract import ClauseResult, Contract, enforced
from decom_nb.evidence.check_runs import CheckRuns, Seen, seen
from decom_nb.evidence.contracts import Contracts
from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.mutation_runs import MutationRuns
from decom_nb.evidence.runs import Runs
from decom_nb.evidence.tables import FoundTables
from decom_nb.phases.quality.documents import TableSources, located, promised
from decom_nb.phases.quality.known_table import KnownTable, covered, known_tables
from decom_nb.phases.quality.lineage import bare, uses
from decom_nb.phases.quality.severity import Judged, judged

MOST_CHECKS = 2000
"""How many checks are kept; those that matter least are left out first."""
MOST_SHOWN_WHOLE = 200
"""How many of them are kept with query, sample rows and partitions."""
MOST_TABLES = 500
"""How many tables are kept."""
MOST_CLAUSES = 300
"""How many clauses of a contract are kept."""
MOST_MUTANTS = 400
"""How many faults of a table are kept."""
MOST_RUNS = 120
"""How many runs the history goes back."""
MOST_SQL = 4000
"""How many characters of a query are kept."""

_ORDER: tuple[Verdict, ...] = ("fail", "error", "not_known", "warn", "pass")

_KEPT = ("false", "not_known", "true")

Row = dict[str, Any]


def quality_checks(check_runs: CheckRuns, dbt: Dbt | None, suite: Sequence[Suite]) -> Row:
    """Give every check as it stands: a row each, the worst first, and how many there are."""
    classified = _Classified(suite)
    used = uses(dbt, check_runs.latest) if dbt else {}
    found = []
    for table, looked in check_runs.latest.items():
        for check in looked.checks:
            level = judged(check, used.get(table), classified.personal(table))
            found.append((check, level, looked))
    found.sort(key=lambda each: _bad_first(each[0], each[1]))
    told: dict[Any, Row] = {}
    for check, level, looked in found:
        # What a suite and a contract both ask is one thing to repair: the query that finds it is the same.
        same = (check.table, check.kind, check.verdict, check.sql or check.name)
        if same in told:
            told[same]["also"].append(check.name)
        elif len(told) < MOST_CHECKS:
            told[same] = _check_row(check, level, looked, whole=len(told) < MOST_SHOWN_WHOLE)
    rows = list(told.values())
    return {
        "rows": rows,
        "total": len(found),
        "verdicts": _counted(check.verdict for check, _, _ in found),
        "by_dimension": _crossed(
            (name, check.verdict) for check, _, _ in found for name in covered(check.kind, check.dimension)
        ),
        "violated_by_severity": _counted(row["severity"] for row in rows if row["verdict"] == "fail"),
        "taken_at": check_runs.runs[-1].taken_at.isoformat(),
    }


def quality_tables(
    check_runs: CheckRuns | None,
    dbt: Dbt | None,
    suite: Sequence[Suite],
    table_sources: TableSources | None,
    tables: FoundTables | None,
) -> Row | None:
    """Give every table that is known with its state by dimension: the rows of the heat map and of the gap."""
    known = known_tables(check_runs, dbt, suite, located(table_sources, tables))
    if not known:
        return None
    ordered = sorted(known, key=lambda each: (each.seen is None, not each.facts, bare(each.name)))
    return {"rows": [_table_row(each) for each in ordered[:MOST_TABLES]], "total": len(known)}


def quality_clauses(
    contract: Sequence[Contract], contracts: Contracts | None, check_runs: CheckRuns | None, runs: Runs | None
) -> list[Row] | None:
    """Give every contract with its clauses, those that are not kept first."""
    found = promised(contract, contracts)
    if not found:
        return None
    return [_contract_row(each, enforced(each, check_runs.runs if check_runs else (), runs)) for each in found]


def quality_history(check_runs: CheckRuns) -> list[Row]:
    """Give for each run how all checks stood after it: those of tables that it did not look at stand as before."""
    rows: list[Row] = []
    stands: dict[str, Counter[str]] = {}
    for run in check_runs.runs:
        stands |= {each.table.table: Counter(check.verdict for check in each.checks) for each in seen(run)}
        counts = sum(stands.values(), Counter[str]())
        rows.append(
            {
                "taken_at": run.taken_at.isoformat(),
                "engine": run.engine,
                "tables": len(run.tables),
                "complete": run.complete,
                "checks": counts.total(),
                **{verdict: counts[verdict] for verdict in _ORDER},
            }
        )
    return rows[-MOST_RUNS:]


def quality_faults(mutation_runs: MutationRuns) -> list[Row]:
    """Give for each table, and for whose checks were tried, which faults were noticed and which went unseen."""
    return [
        {
            "table": table.table,
            "tests": table.tests,
            "taken_at": taken_at.isoformat(),
            "rows": table.rows,
            "whole": table.whole,
            "checks": table.checks,
            "left_out": list(table.left_out),
            "caught": sum(each.caught for each in table.mutants),
            "mutants": [
                {**each.model_dump(mode="json"), "caught": each.caught} for each in table.mutants[:MOST_MUTANTS]
            ],
            "total": len(table.mutants),
        }
        for taken_at, table in mutation_runs.latest.values()
    ]


MEASURES = (quality_checks, quality_tables, quality_history, quality_clauses, quality_faults)


class _Classified:
    """Which columns of which table are personal, by the word of suites."""

    def __init__(self, suites: Iterable[Suite]) -> None:
        self._personal: dict[str, set[str]] = {}
        for suite in suites:
            self._personal.setdefault(bare(suite.table), set()).update(suite.personal)

    def personal(self, table: str) -> set[str]:
        return self._personal.get(bare(table), set())


def _bad_first(check: Checked, level: Judged) -> tuple[Any, ...]:
    return (
        _ORDER.index(check.verdict),
        PRIORITIES.index(level.level),
        -(check.share or 0),
        -(check.violations or 0),
        check.table,
        check.name,
    )


def _check_row(check: Checked, level: Judged, looked: Seen, *, whole: bool) -> Row:
    row: Row = {
        "table": check.table,
        "check": check.name,
        "also": [],
        "kind": check.kind,
        "columns": list(check.columns),
        "dimension": check.dimension,
        "verdict": check.verdict,
        "severity": level.level,
        "declared": level.declared,
        "severity_because": " ".join(level.reasons),
        "response": level.response if check.verdict == "fail" else "",
        "violations": check.violations,
        "rows": check.rows,
        "share": check.share,
        "value": check.value,
        "message": check.message,
        "owner": check.owner,
        "because": check.because,
        "decided_by": check.decided_by,
        "seconds": check.seconds,
        "taken_at": looked.taken_at.isoformat(),
    }
    if whole and check.verdict != "pass":
        row |= {
            "sql": check.sql if len(check.sql) <= MOST_SQL else f"{check.sql[:MOST_SQL]} …",
            "samples": [dict(sample) for sample in check.samples],
            "partitions": [each.model_dump(mode="json") for each in check.partitions],
            "partitions_total": check.partitions_total,
        }
    return row


def _table_row(table: KnownTable) -> Row:
    looked = table.seen.table if table.seen else None
    return {
        "table": table.name,
        "rows": looked.rows if looked else None,
        "columns": len(looked.columns) if looked else None,
        "kind": looked.kind if looked else None,
        "place": looked.place if looked else None,
        "checked_at": table.checked_at.isoformat() if table.checked_at else None,
        "checks": len(table.facts),
        "of_dbt": sum(each.source == "dbt" for each in table.facts),
        "verdicts": _counted(each.verdict for each in table.facts),
        "waiting": list(table.waiting),
        "key": list(table.key),
        "complete": looked.complete if looked else None,
        "note": looked.note if looked else "",
        "required": list(table.required),
        "dimensions": {dimension: table.state(dimension) for dimension in DIMENSIONS},
    }


def _contract_row(contract: Contract, found: Sequence[ClauseResult]) -> Row:
    terms = contract.terms
    ordered = sorted(found, key=lambda each: (_KEPT.index(each.outcome), PRIORITIES.index(each.severity)))
    return {
        "contract": terms.name or contract.table,
        "version": terms.version,
        "table": contract.table,
        "owner": terms.owner,
        "consumers": list(terms.consumers),
        "policy": terms.breaking_change_policy,
        "outcomes": _counted(each.outcome for each in found),
        "total": len(found),
        "clauses": [
            {
                "path": each.path,
                "says": each.clause.says,
                "outcome": each.outcome,
                "severity": each.severity,
                "message": each.message,
                "held_by": each.clause.held_by,
            }
            for each in ordered[:MOST_CLAUSES]
        ],
    }


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _crossed(pairs: Iterable[tuple[str, str]]) -> Mapping[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for first, second in pairs:
        found.setdefault(first, Counter())[second] += 1
    return {name: dict(sorted(found[name].items())) for name in DIMENSIONS if name in found}
