"""What must hold of a platform's checks: that there are some, on what matters, that they ran, and what they came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from decom_nb.check import Checked, Priority, Suite
from decom_nb.contract import Contract, clauses, enforced
from decom_nb.evidence.check_runs import CheckRuns
from decom_nb.evidence.contracts import Contracts
from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.mutation_runs import MutationRuns
from decom_nb.evidence.runs import Runs
from decom_nb.evidence.tables import FoundTables
from decom_nb.finding import Finding, between, false, not_applicable, not_known, true
from decom_nb.phases.quality.documents import TableSources, located, promised
from decom_nb.phases.quality.known_table import KnownTable, known_tables
from decom_nb.phases.quality.lineage import bare, uses
from decom_nb.phases.quality.severity import judged as by_severity
from decom_nb.rule import rule
from decom_nb.score import Anchors, interpolate, judged
from decom_nb.wording import floored, listed

_WITHOUT = "This cannot be told without runs of checks on tables (decom quality run) or dbt artifacts."


def _tables(
    check_runs: CheckRuns | None,
    dbt: Dbt | None,
    suite: Sequence[Suite],
    table_sources: TableSources | None,
    tables: FoundTables | None,
) -> tuple[KnownTable, ...]:
    """Give the tables that are known where there is evidence of checks at all; none where there is not."""
    if check_runs is None and dbt is None:
        return ()
    return known_tables(check_runs, dbt, suite, located(table_sources, tables))


def _counted(number: int, noun: str) -> str:
    """Give a number with its noun.

    >>> _counted(1, "table"), _counted(2, "table")
    ('1 table', '2 tables')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# What is checked


@rule
def tables_have_checks(
    check_runs: CheckRuns | None,
    dbt: Dbt | None,
    suite: Sequence[Suite],
    table_sources: TableSources | None,
    tables: FoundTables | None,
    *,
    anchors: Anchors,
) -> Finding:
    """Every table has checks that were run."""
    known = _tables(check_runs, dbt, suite, table_sources, tables)
    if not known:
        return not_known(_WITHOUT)
    without = [each for each in known if not each.decided]
    rows = [
        {"table": each.name, "checks that never ran": len(each.waiting), "not decided": len(each.facts)}
        for each in without
    ]
    message = f"{len(known) - len(without)} of {_counted(len(known), 'table')} have a check that was decided."
    return judged(1 - len(without) / len(known), anchors, message, rows)


@rule
def keys_are_checked(
    check_runs: CheckRuns | None,
    dbt: Dbt | None,
    suite: Sequence[Suite],
    table_sources: TableSources | None,
    tables: FoundTables | None,
    *,
    anchors: Anchors,
) -> Finding:
    """Every table has a key that is checked as unique and never missing."""
    known = _tables(check_runs, dbt, suite, table_sources, tables)
    if not known:
        return not_known(_WITHOUT)
    without = [each for each in known if not each.key]
    rows = [{"table": each.name, "lacks": _lacking_of_key(each)} for each in without]
    message = f"In {len(known) - len(without)} of {_counted(len(known), 'table')} a key is checked as unique and never missing."
    return judged(1 - len(without) / len(known), anchors, message, rows)


def _lacking_of_key(table: KnownTable) -> str:
    unique = [each for each in table.decided if each.kind == "unique"]
    if not unique:
        return "a unique check"
    filled = {column for each in table.decided if each.kind == "not_null" for column in each.columns}
    missing = sorted({column for each in unique for column in each.columns} - filled)
    return f"not_null on {listed(missing)}"


@rule
def required_fields_are_checked(
    check_runs: CheckRuns | None,
    dbt: Dbt | None,
    suite: Sequence[Suite],
    table_sources: TableSources | None,
    tables: FoundTables | None,
    *,
    anchors: Anchors,
) -> Finding:
    """Every table has its required fields checked for missing values."""
    known = _tables(check_runs, dbt, suite, table_sources, tables)
    if not known:
        return not_known(_WITHOUT)
    without = [each for each in known if not each.filled]
    rows = [{"table": each.name, "checked for missing values": listed(each.key) or "nothing"} for each in without]
    message = (
        f"In {len(known) - len(without)} of {_counted(len(known), 'table')} a field beside the key is checked for "
        "missing values."
    )
    return judged(1 - len(without) / len(known), anchors, message, rows)


@rule
def dimensions_are_covered(
    check_runs: CheckRuns | None,
    dbt: Dbt | None,
    suite: Sequence[Suite],
    table_sources: TableSources | None,
    tables: FoundTables | None,
    *,
    anchors: Anchors,
) -> Finding:
    """Checks cover the required quality dimensions of every table."""
    known = [each for each in _tables(check_runs, dbt, suite, table_sources, tables) if each.required]
    if not known:
        return not_known(_WITHOUT)
    required = sum(len(each.required) for each in known)
    gaps = [(each, [one for one in each.required if not each.covers(one)]) for each in known]
    covered = required - sum(len(missing) for _, missing in gaps)
    rows = [
        {"table": each.name, "not covered": listed(missing), "covered": len(each.required) - len(missing)}
        for each, missing in sorted(gaps, key=lambda gap: (-len(gap[1]), gap[0].name))
        if missing
    ]
    unseen = [each for each, missing in gaps if "accuracy" in missing]
    message = f"{covered} of {required} required dimensions of {_counted(len(known), 'table')} are covered."
    if unseen:
        message += (
            f" Accuracy is not known for {_counted(len(unseen), 'table')}: only a reconciliation or a sample shows it."
        )
    return judged(covered / required, anchors, message, rows)


@rule
def checks_ran_recently(check_runs: CheckRuns | None, dbt: Dbt | None, today: date, *, days: int) -> Finding:
    """Every table's checks ran within the last days."""
    tables = [each for each in known_tables(check_runs, dbt) if each.checked_at]
    if not tables:
        return not_known(_WITHOUT)
    ages = {each.name: (today - each.checked_at.date()).days for each in tables if each.checked_at}
    old = {name: age for name, age in ages.items() if age > days}
    rows = [
        {"table": name, "days since": age} for name, age in sorted(old.items(), key=lambda each: (-each[1], each[0]))
    ]
    message = f"{len(tables) - len(old)} of {_counted(len(tables), 'checked table')} were checked within {days} days."
    if old:
        message += f" The oldest check is {_counted(max(old.values()), 'day')} old."
        return false(message, met=1 - len(old) / len(tables), rows=rows)
    return true(message)


# What the checks came to


@rule
def checks_pass(
    check_runs: CheckRuns, *, weights: Mapping[Priority, float], warn_counts: float, anchors: Anchors
) -> Finding:
    """Checks pass when they run."""
    checks = check_runs.checks
    total = sum(weights[each.severity] for each in checks)
    if not total:
        return not_known("The runs hold no check.")
    good = sum(weights[each.severity] * {"pass": 1.0, "warn": warn_counts}.get(each.verdict, 0) for each in checks)
    unsaid = sum(weights[each.severity] for each in checks if each.verdict in ("not_known", "error"))
    passed = sum(each.verdict == "pass" for each in checks)
    rows = [_row(each) for each in checks if each.verdict != "pass"]
    message = (
        f"{passed} of {_counted(len(checks), 'check')} passed, {floored(good / total)} by the weight of their severity."
    )
    if not unsaid:
        return judged(good / total, anchors, message, rows)
    undecided = sum(each.verdict in ("not_known", "error") for each in checks)
    return between(
        interpolate(good / total, anchors),
        interpolate((good + unsaid) / total, anchors),
        f"{message} {_counted(undecided, 'check')} could not be decided.",
        rows=rows,
    )


@rule
def no_critical_violations(check_runs: CheckRuns, dbt: Dbt | None, suite: Sequence[Suite]) -> Finding:
    """No critical check is violated."""
    used = uses(dbt, check_runs.latest) if dbt else {}
    personal = {bare(each.table): set(each.personal) for each in suite}
    rows = []
    for each in check_runs.checks:
        level = by_severity(each, used.get(each.table), personal.get(bare(each.table), ()))
        if each.verdict == "fail" and level.level == "P0":
            rows.append({**_row(each), "because": " ".join(level.reasons)})
    if rows:
        tables = listed(sorted({str(row["table"]) for row in rows}))
        return false(
            f"{_counted(len(rows), 'check')} of severity P0 violated, in {tables}: the pipeline should stop.", rows=rows
        )
    if open_ := [
        each for each in check_runs.checks if each.severity == "P0" and each.verdict in ("not_known", "error")
    ]:
        return not_known(
            f"{_counted(len(open_), 'check')} of severity P0 could not be decided.", rows=[_row(each) for each in open_]
        )
    return true(f"None of {_counted(len(check_runs.checks), 'check')} is violated at severity P0.")


@rule
def failing_checks_have_owner(check_runs: CheckRuns) -> Finding:
    """Every failing check has an owner."""
    failing = [each for each in check_runs.checks if each.verdict in ("fail", "error")]
    if not failing:
        return not_applicable("No check fails.")
    without = [each for each in failing if not each.owner.strip()]
    message = f"{len(failing) - len(without)} of {_counted(len(failing), 'failing check')} have an owner."
    if without:
        return false(message, met=1 - len(without) / len(failing), rows=[_row(each) for each in without])
    return true(message)


@rule
def faults_are_caught(mutation_runs: MutationRuns, *, anchors: Anchors) -> Finding:
    """Faults that are put into a copy of the data are noticed by the checks."""
    tested = [table for _, table in mutation_runs.latest.values() if table.mutants]
    total = sum(len(each.mutants) for each in tested)
    if not total:
        return not_known("The tests of the tests put no fault in.")
    caught = sum(mutant.caught for each in tested for mutant in each.mutants)
    rows = [
        {
            "table": each.table,
            "tests": each.tests,
            "caught": sum(mutant.caught for mutant in each.mutants),
            "of": len(each.mutants),
            "unseen": listed(sorted({_words(mutant.fault) for mutant in each.mutants if not mutant.caught})) or "none",
        }
        for each in sorted(tested, key=lambda each: (each.caught_share or 0, each.table))
    ]
    message = f"{caught} of {total} faults put into copies of {_counted(len(tested), 'table')} were noticed."
    return judged(caught / total, anchors, message, rows)


@rule
def contracts_cover_shared_tables(
    dbt: Dbt | None,
    contract: Sequence[Contract],
    contracts: Contracts | None,
    check_runs: CheckRuns | None,
    *,
    anchors: Anchors,
) -> Finding:
    """Tables that others read have a contract that is checked."""
    agreed = promised(contract, contracts)
    shared = _shared(dbt, check_runs)
    if not shared:
        return (
            not_known(_WITHOUT) if dbt is None else not_applicable("No exposure reads a model, and no model is public.")
        )
    latest = check_runs.latest if check_runs else {}
    looked = {bare(table): {check.name for check in seen.checks} for table, seen in latest.items()}
    checked = {
        bare(each.table)
        for each in agreed
        if any(clause.check and clause.path in looked.get(bare(each.table), ()) for clause in clauses(each))
    }
    written = {bare(each.table) for each in agreed}
    enforced_by_dbt = {bare(each.alias or each.name) for each in (dbt.models if dbt else ()) if each.contract_enforced}
    without = [name for name in shared if bare(name) not in checked | enforced_by_dbt]
    rows = [
        {
            "table": name,
            "read by": listed(readers) or "not known",
            "contract": "written, and no run has checked it" if bare(name) in written else "none",
        }
        for name, readers in shared.items()
        if name in without
    ]
    covered = len(shared) - len(without)
    message = f"{covered} of {_counted(len(shared), 'table')} that others read have a contract that is checked."
    return judged(1 - len(without) / len(shared), anchors, message, rows)


def _shared(dbt: Dbt | None, check_runs: CheckRuns | None) -> dict[str, tuple[str, ...]]:
    """Give the tables that others read, with who does: public models and what exposures depend on; all without lineage."""
    if dbt is None:
        return dict.fromkeys(check_runs.latest, ()) if check_runs else {}
    readers: dict[tuple[str, str], list[str]] = {}
    for exposure in dbt.exposures:
        for needed in exposure.depends_on:
            readers.setdefault((exposure.project, needed), []).append(exposure.name)
    found = {
        each.alias or each.name: tuple(readers.get(each.key, ()))
        for each in dbt.models
        if each.own and (each.access == "public" or each.key in readers)
    }
    found |= {each.identifier or each.name: tuple(readers[each.key]) for each in dbt.sources if each.key in readers}
    return dict(sorted(found.items()))


@rule
def contract_clauses_hold(
    contract: Sequence[Contract], contracts: Contracts | None, check_runs: CheckRuns, runs: Runs | None
) -> Finding:
    """What contracts promise is kept, clause by clause."""
    agreed = promised(contract, contracts)
    if not agreed:
        return not_applicable("There is no contract whose clauses could be kept.")
    found = [(each, clause) for each in agreed for clause in enforced(each, check_runs.runs, runs)]
    held = [(one, clause) for one, clause in found if clause.clause.checked]
    if not held:
        return not_known(f"None of {_counted(len(found), 'clause')} can be checked.")
    count = {
        outcome: sum(clause.outcome == outcome for _, clause in held) for outcome in ("true", "false", "not_known")
    }
    rows = [
        {
            "contract": one.terms.name or one.table,
            "clause": clause.path,
            "outcome": _words(clause.outcome),
            "found": clause.message,
        }
        for one, clause in held
        if clause.outcome != "true"
    ]
    message = f"{count['true']} of {_counted(len(held), 'clause')} are kept, {count['false']} are not."
    if count["not_known"]:
        message += f" {_counted(count['not_known'], 'clause')} could not be told."
    low = count["true"] / len(held)
    return between(low, low + count["not_known"] / len(held), message, rows=rows)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _row(check: Checked) -> dict[str, Any]:
    return {
        "table": check.table,
        "check": check.name,
        "severity": check.severity,
        "verdict": check.verdict,
        "violations": check.violations,
        "share": check.share,
        "message": check.message,
        "owner": check.owner,
    }
