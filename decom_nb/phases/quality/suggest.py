"""Proposes a suite for a table: profile, rules that find checks, and what each check would have found. Commands call this.

    with Tables(sources, root) as tables:
        proposal = suggest(tables, "orders", now=datetime.now(UTC))
    proposal.suite              the suite as a document, each check with its `because`
    proposal.checks             the same with violations, share, sample keys, and whether the data in hand passes it

A rule looks at the profile and a sample; what a check finds is counted over all rows. A check that the data in hand does
not pass says so in its `because`. The same table gives the same proposal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from decom_nb.check import AnyCheck, CheckRun, Freshness, FunctionalDependency, Suite, Unique, Volume
from decom_nb.errors import InputError
from decom_nb.phases.quality.candidate import Candidate, Case
from decom_nb.phases.quality.proposal import Proposal, Proposed, suggest_table
from decom_nb.phases.quality.proposed_number import numbers
from decom_nb.phases.quality.proposed_relation import references, relations
from decom_nb.phases.quality.proposed_text import texts
from decom_nb.profile import SAMPLE_ROWS, Opened, TableProfile, dependencies, held, profile_of, sample
from decom_nb.sql.needs import needs
from decom_nb.sql.quantity import Matching, Nulls, Quantity
from decom_nb.sql.text import name
from decom_nb.sql.undecidable import Undecidable
from decom_nb.sql.violations import samples_sql, violations_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from decom_nb.evidence.dbt import Dbt
    from decom_nb.evidence.tables import Table

__all__ = ["Proposal", "Proposed", "cells", "propose", "suggest"]

_ARRIVAL = (
    "loaded",
    "inserted",
    "ingested",
    "updated",
    "modified",
    "created",
    "changed",
    "_at",
    "_ts",
    "timestamp",
    "date",
    "ordered",
)

RULES: tuple[Callable[[Case], Iterator[Candidate]], ...] = (relations, texts, numbers, references)
"""What is looked for, in the order in which it is proposed; volume and freshness come last."""


def suggest(
    tables: Opened,
    table: str,
    *,
    others: Sequence[str] = (),
    now: datetime | None = None,
    dbt: Dbt | None = None,
    history: Sequence[CheckRun] = (),
    samples: int = 3,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Proposal:
    """Propose a suite for a table that is open in `tables`.

    `others` names tables it may refer to; `now` is the moment by which age is told, the present if left out; with `dbt`,
    what tests there demand already is left out; `history` gives volume its bounds. Raises InputError for a table that is
    not there, `profile.ProfileCancelled` once `cancelled` says so.
    """
    return propose(
        tables.connection, tables.open(table), others=[tables.open(each) for each in others if each != table], now=now,
        dbt=dbt, history=history, samples=samples, progress=progress, cancelled=cancelled,
    )  # fmt: skip


def propose(
    connection: DuckDBPyConnection,
    table: Table,
    *,
    others: Sequence[Table] = (),
    now: datetime | None = None,
    dbt: Dbt | None = None,
    history: Sequence[CheckRun] = (),
    samples: int = 3,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Proposal:
    """Propose a suite for a table that is open in a DuckDB connection; see `suggest`."""
    with held(connection, table) as kept:
        profile = profile_of(connection, kept, personal=True, pairs=True, progress=progress, cancelled=cancelled)
        with sample(connection, kept, SAMPLE_ROWS, profile.rows) as drawn:
            depends = dependencies(connection, drawn, profile.columns)
            case = Case(
                connection,
                kept,
                profile.model_copy(update={"dependencies": depends}),
                drawn,
                suggest_table(),
                others=others,
            )
            found = [each for rule in RULES for each in rule(case)] if profile.rows else []
        found += _table(case, history, now or datetime.now(UTC))
        counted = _counted(case, _once(found, dbt, table.name), now or datetime.now(UTC), samples)
    checks = tuple(_said(case, candidate, told) for candidate, told in counted)
    personal = tuple(each.name for each in profile.columns if each.personal)
    suite = Suite(
        table=table.name, key=_key(profile), personal=personal, checks=tuple(each.check for each in checks),
    )  # fmt: skip
    notes = () if profile.whole else (case.say("sampled", rows=profile.sample_rows),)
    return Proposal(table=table.name, rows=profile.rows, suite=suite, checks=checks, notes=notes)


def _key(profile: TableProfile) -> tuple[str, ...]:
    return next(
        (
            each.columns
            for each in profile.keys
            if each.duplicates == 0 and not profile.column(each.columns[0]).personal
        ),
        (),
    )


def _once(found: Sequence[Candidate], dbt: Dbt | None, table: str) -> list[Candidate]:
    """Give each check once, without those that dbt's tests demand."""
    there: set[tuple[str, tuple[str, ...]]] = set()
    if dbt is not None:
        from decom_nb.phases.quality.dbt_suite import suite_of_dbt

        there = {(each.kind, each.looks_at) for each in suite_of_dbt(dbt, table)[0].checks}
    once: dict[str, Candidate] = {}
    for each in found:
        if (each.check.kind, each.check.looks_at) not in there:
            once.setdefault(each.check.model_dump_json(exclude={"name"}), each)
    return list(once.values())


# ── the table as a whole ──


def _table(case: Case, history: Sequence[CheckRun], now: datetime) -> list[Candidate]:
    """Propose volume and freshness."""
    found = []
    rows = case.profile.rows
    before = [
        each.rows for run in history for each in run.tables if each.table == case.table.name and each.rows is not None
    ]
    if rows:
        counted = [rows, *before]
        low, high = (
            int(min(counted) * (1 - case.setting("volume"))),
            int(max(counted) * (1 + case.setting("volume"))) + 1,
        )
        said = f" and had {min(before):,} to {max(before):,} in {len(before)} earlier runs" if before else ""
        found.append(Candidate(Volume(min_rows=low, max_rows=high), case.say("volume", rows=rows, history=said), ()))
    newest = _newest(case)
    if newest:
        column, usual, last = newest
        hours = round(max(24.0, usual * case.setting("age_factor")))
        reason = case.say("freshness", usual=str(round(usual)), newest=last)
        found.append(Candidate(Freshness(column=column, max_age_hours=hours), reason, (), expected=True))
    del now
    return found


def _newest(case: Case) -> tuple[str, float, str] | None:
    """Give the column that tells when rows arrived, the longest usual pause in hours, and the newest moment."""
    moments = [
        each for each in case.profile.columns
        if each.type.startswith(("TIMESTAMP", "DATE")) and each.filled and "birth" not in each.name.casefold()
    ]  # fmt: skip
    named = [(word, each) for word in _ARRIVAL for each in moments if word in each.name.casefold()]
    if not named:
        return None
    column = named[0][1]
    what = f"CAST({name(column.name)} AS TIMESTAMP)"
    row = case.asked(
        f"SELECT quantile_cont(pause, 0.95) FROM (SELECT date_diff('hour', lag(d) OVER (ORDER BY d), d) AS pause FROM "
        f"(SELECT DISTINCT date_trunc('day', {what}) AS d FROM {case.table.source} WHERE {name(column.name)} IS NOT NULL))"
    )
    pause = row[0][0] if row else None
    if not pause or pause > case.setting("longest_pause"):
        return None
    return column.name, float(pause), str(column.max)


# ── what each would find ──


def _counted(
    case: Case, found: Sequence[Candidate], now: datetime, samples: int
) -> list[tuple[Candidate, dict[str, Any]]]:
    """Count over all rows what each check finds: conditions on rows in one pass, the others by a query each."""
    others = {each.name: each for each in case.others}
    sources = {each.name: each.source for each in case.others} | {case.table.name: case.table.source}
    conditions: dict[int, tuple[str, str]] = {}
    decidable: list[Candidate] = []
    for each in found:
        try:
            first = needs(each.check, case.table, others)
        except (Undecidable, InputError):  # such as a type that the profile could not tell
            continue
        condition = row_condition(first[0])
        if condition:
            conditions[len(decidable)] = condition
        decidable.append(each)
    told: list[dict[str, Any]] = [{} for _ in decidable]
    asked = list(conditions.items())
    for start in range(0, len(asked), 100):
        part = asked[start : start + 100]
        select = ", ".join(f"count(*) FILTER ({wrong}), count(*) FILTER ({looked})" for _, (wrong, looked) in part)
        row = case.asked(f"SELECT {select} FROM {case.table.source}")[0]
        for place, (at, _) in enumerate(part):
            told[at] = {"violations": row[2 * place], "rows": row[2 * place + 1]}
    for at, each in enumerate(decidable):
        if at not in conditions:
            told[at] = _own(case, each.check, sources, others, now)
    if samples:
        _sampled(case, decidable, told, conditions, sources, others, samples)
    return list(zip(decidable, told, strict=True))


def _sampled(
    case: Case,
    found: Sequence[Candidate],
    told: Sequence[dict[str, Any]],
    conditions: Mapping[int, tuple[str, str]],
    sources: Mapping[str, str],
    others: Mapping[str, Table],
    samples: int,
) -> None:
    """Add keys of some violating rows. Rows that few checks blame are fetched once for all of them."""
    failing = [at for at, each in enumerate(found) if told[at].get("violations") and each.check.by_row]
    few = [at for at in failing if at in conditions and told[at]["violations"] <= MOST_SUSPECTS]
    suspects = name("decom suspects")
    personal = [each.name for each in case.profile.columns if each.personal]
    key = _key(case.profile)
    try:
        if few:
            either = " OR ".join(f"({conditions[at][0]})" for at in few)
            case.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {suspects} AS SELECT * FROM {case.table.source} WHERE {either}"
            )
        for at in failing:
            source = f"temp.main.{suspects}" if at in few else case.table.source
            places = {**sources, case.table.name: source}
            query = samples_sql(found[at].check, case.table, key, personal, MOST_SUSPECTS, places, others)
            rows = case.asked(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({query}) ORDER BY ALL LIMIT {int(samples)}")
            columns = [each[0] for each in case.connection.description or ()]
            told[at]["samples"] = tuple(dict(zip(columns, row, strict=True)) for row in rows)
    finally:
        case.connection.execute(f"DROP TABLE IF EXISTS temp.main.{suspects}")


def row_condition(first: Quantity) -> tuple[str, str] | None:
    """Give the condition that a row violates a check that needs this, and that it is looked at; None if it takes more."""
    if first.by:
        return None
    looked = f"({first.where})" if first.where else "TRUE"
    if isinstance(first, Nulls):
        wrong = " OR ".join(f"{name(each)} IS NULL" for each in first.of)
    elif isinstance(first, Matching):
        wrong = first.wrong.sql
    else:
        return None
    return f"{looked} AND ({wrong})", looked


def _own(
    case: Case, check: AnyCheck, sources: dict[str, str], others: dict[str, Table], now: datetime
) -> dict[str, Any]:
    if isinstance(check, Volume):
        rows = case.profile.rows
        return {"violations": 0, "rows": rows}
    if isinstance(check, Freshness):
        newest = case.asked(f"SELECT epoch(CAST(max({name(check.column)}) AS TIMESTAMP)) FROM {case.table.source}")[0][
            0
        ]
        late = newest is None or (now.timestamp() - float(newest)) / 3600 > check.max_age_hours
        return {"violations": int(late), "rows": case.profile.rows}
    if isinstance(check, Unique):
        rows, repeated = _repeats(case, check)
        return {"violations": repeated, "rows": rows}
    query = violations_sql(check, case.table, sources, others)
    violations = case.asked(f"SELECT count(*) FROM ({query}) AS v")[0][0]
    looks = [*check.looks_at, *(check.determine if isinstance(check, FunctionalDependency) else ())]
    filled = " AND ".join(f"{name(each)} IS NOT NULL" for each in looks)
    rows = case.asked(f"SELECT count(*) FROM {case.table.source} WHERE {filled}")[0][0]
    return {"violations": violations, "rows": rows}


def _repeats(case: Case, check: Unique) -> tuple[int, int]:
    """Give the rows with a whole key, and how many of them repeat another's. Whole numbers that lie close are ticked off."""
    column = case.profile.column(check.columns[0])
    low, high = column.min, column.max
    if (
        len(check.columns) == 1
        and column.type in ("INTEGER", "BIGINT")
        and isinstance(low, int)
        and isinstance(high, int)
    ) and high - low <= TICKED:
        what = name(column.name)
        ticked = f"bit_count(bitstring_agg({what}, {low}, {high}))"
        rows, different = case.asked(f"SELECT count({what}), {ticked} FROM {case.table.source}")[0]
        return int(rows), int(rows) - int(different or 0)
    whole = " AND ".join(f"{name(each)} IS NOT NULL" for each in check.columns)
    keys = ", ".join(name(each) for each in check.columns)
    rows, repeated = case.asked(
        f"SELECT coalesce(sum(n), 0)::BIGINT, coalesce(sum(n - 1), 0)::BIGINT FROM "
        f"(SELECT count(*) AS n FROM {case.table.source} WHERE {whole} GROUP BY {keys})"
    )[0]
    return int(rows), int(repeated)


def _said(case: Case, candidate: Candidate, told: dict[str, Any]) -> Proposed:
    """Give the proposed check; one that does not hold says so in its reason."""
    check, because = candidate.check, candidate.because
    violations, rows = told.get("violations"), told.get("rows")
    share = violations / rows if violations is not None and rows and check.by_row else None
    holds = violations == 0
    if not holds and not case.sample.whole and not candidate.expected and check.by_row:
        because = case.say("in_sample", rows=case.sample.rows) + " " + because
    if not holds:
        because += " " + (
            case.say("fails", violations=violations, share=share)
            if violations is not None and share is not None
            else case.say("fails_table")
        )
    return Proposed(
        check=check.model_copy(update={"because": because}), because=because, blames=candidate.blames, violations=violations,
        rows=rows, share=share, holds=holds, samples=told.get("samples", ()),
    )  # fmt: skip


def cells(
    connection: DuckDBPyConnection, table: Table, proposal: Proposal, others: Sequence[Table] = ()
) -> set[tuple[int, str]]:
    """Give the cells that the proposal blames: row numbers, from 0 in the table's order, with column names.

    Of rows that repeat a key all but the first are meant; of the other checks every violating row.
    """
    from dataclasses import replace

    row = name(ROW_NUMBER)
    numbered = f"(SELECT *, row_number() OVER () - 1 AS {row} FROM {table.source})"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {row} AS SELECT * FROM {numbered}")
    try:
        kept = replace(table, source=f"temp.main.{row}", kind="duckdb", files=())
        sources = {each.name: each.source for each in others} | {table.name: kept.source}
        named = {each.name: each for each in others}
        found: set[tuple[int, str]] = set()
        for each in proposal.failing:
            if not each.check.by_row:
                continue
            query = f"SELECT {row} FROM ({violations_sql(each.check, kept, sources, named)}) AS v"
            if isinstance(each.check, Unique):
                keys = ", ".join(name(key) for key in each.check.columns)
                query = f"SELECT {row} FROM {kept.source} QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {row}) > 1"
            for (at,) in connection.execute(query).fetchall():
                found.update((at, column) for column in each.blames)
        return found
    finally:
        connection.execute(f"DROP TABLE IF EXISTS temp.main.{row}")


TICKED = 1_000_000_000
"""Longest stretch of whole numbers that is ticked off in a bitmap: 125 MB."""
MOST_SUSPECTS = 10_000
"""Violating rows that are fetched to show some of them."""
ROW_NUMBER = "decom row number"
"""The name of the column of row numbers while cells are looked for."""
