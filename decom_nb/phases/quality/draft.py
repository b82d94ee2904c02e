"""Drafts a contract for a table from evidence: its profile, the tests that dbt and suites hold, and what queries rely on.

    with Tables(sources, root) as tables:
        drafted = draft(tables, "orders", dbt=dbt, suites=suites, queries={"report.sql": "select …"})
    drafted.contract            the contract as a document
    drafted.clauses             each clause with its reason, and how many rows would have failed it

What only the data suggests and the data itself fails is no promise: it is left out, and said so. What somebody tests already
is proposed even where the data fails it, with the number of rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.check import Check, CheckRun, Suite
from decom_nb.contract import ClauseResult, Contract, enforced, suite_of
from decom_nb.contract.odcs_import import as_column_check, contract_of, spelled
from decom_nb.evidence.dbt_manifest import SourceTable
from decom_nb.phases.quality.dbt_suite import suite_of_dbt
from decom_nb.phases.quality.lineage import bare, resources, uses

if TYPE_CHECKING:
    from decom_nb.evidence.dbt import Dbt
    from decom_nb.evidence.tables import Tables

_TABLES = Path(__file__).parent / "tables"

VERSION = "0.1.0"
"""The version of a contract that nobody has agreed to yet."""


class _Draft(knowledge.Row):
    """The words of a draft."""

    wording: Mapping[str, str]
    freshness_hours: tuple[float, ...]


@cache
def _table() -> _Draft:
    return knowledge.load(_Draft, _TABLES / "draft.yaml", sources=knowledge.citations(_TABLES))


def _say(key: str, **figures: Any) -> str:
    told = {name: f"{value:,}" if isinstance(value, int) else value for name, value in figures.items()}
    text = _table().wording[key]
    for name, value in told.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


@dataclass(frozen=True)
class DraftedClause:
    """One clause, why it is proposed, and what the data in hand says of it."""

    path: str
    says: str
    because: tuple[str, ...]
    violations: int | None
    """Rows that would have failed; nothing where the clause is not about rows that can be looked at."""
    rows: int | None
    holds: bool | None
    samples: tuple[dict[str, Any], ...] = ()


class LeftOut(BaseModel):
    """What the data suggests and itself fails, or what a test asks that no clause can say."""

    model_config = ConfigDict(frozen=True)
    says: str
    because: str
    violations: int | None = None


@dataclass(frozen=True)
class DraftedContract:
    """A contract to agree on, with the reasons for each clause."""

    contract: Contract
    clauses: tuple[DraftedClause, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def failing(self) -> tuple[DraftedClause, ...]:
        """The clauses that the data in hand would have failed."""
        return tuple(each for each in self.clauses if each.holds is False)


@dataclass
class _Reliance:
    """How queries use a column."""

    how: Counter[str] = field(default_factory=Counter)
    queries: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)


def draft(
    tables: Tables,
    table: str,
    *,
    dbt: Dbt | None = None,
    suites: Sequence[Suite] = (),
    queries: Mapping[str, str] | None = None,
    query_dialect: str = "duckdb",
    owner: str = "",
    now: datetime | None = None,
    history: Sequence[CheckRun] = (),
) -> DraftedContract:
    """Draft a contract for a table that is open in `tables`.

    `queries` are SQL texts by where they lie, such as a file's path; they are parsed, never run. Raises InputError for a
    table that is not there.
    """
    from decom_nb.engine import run
    from decom_nb.phases.quality.suggest import suggest
    from decom_nb.profile import profile

    at = now or datetime.now(UTC)
    seen = profile(tables, table)
    proposal = suggest(tables, table, now=at, dbt=dbt, history=history)
    relied, notes = _relied(queries or {}, table, [each.name for each in seen.columns], query_dialect)
    work = _Work(table, {each.name: each.type for each in seen.columns})
    if dbt is not None:
        asked, untold = suite_of_dbt(dbt, table)
        for check in asked.checks:
            work.take(check, _say("dbt", test=check.name or check.called))
        work.left_out += [LeftOut(says=each, because="it runs in dbt only") for each in untold]
    for suite in suites:
        if bare(suite.table) == bare(table):
            for check in suite.checks:
                work.take(check, check.because or _say("suite"))
    for each in proposal.checks:
        if each.holds:
            work.take(each.check, _say("profile", reason=each.because))
        else:
            said = LeftOut(says=each.check.called, because=each.because, violations=each.violations)
            work.left_out.append(said)
    for column in seen.columns:
        if column.rows and not column.nulls:
            work.filled(column.name, _say("filled"))
        if column.personal:
            work.personal[column.name] = _say("personal", what=column.personal)
    keys = [each.columns for each in seen.keys if each.exact and not each.duplicates]
    work.choose_key(keys, seen.rows)
    contract = _contract(work, dbt, owner)
    # The same checks that will hold the contract tell how many rows would have failed each clause.
    found = run([suite_of(contract)], tables, now=at)
    clauses = tuple(_clause(each, work, relied) for each in enforced(contract, found, now=at))
    return DraftedContract(contract, clauses, tuple(work.left_out), (*seen.notes, *notes))


class _Work:
    """The contract as it grows, and why each clause is in it, by the clause's path."""

    def __init__(self, table: str, types: Mapping[str, str]) -> None:
        self.table, self.types = table, types
        self.not_null: set[str] = set()
        self.checks: dict[str, list[dict[str, Any]]] = {name: [] for name in types}
        self.table_checks: list[Check] = []
        self.unique: list[tuple[str, ...]] = []
        self.key: tuple[str, ...] = ()
        self.freshness: tuple[str, float] | None = None
        self.personal: dict[str, str] = {}
        self.reasons: dict[str, list[str]] = {}
        self.left_out: list[LeftOut] = []

    def because(self, path: str, reason: str) -> None:
        told = self.reasons.setdefault(path, [])
        if reason not in told:
            told.append(reason)

    def filled(self, column: str, reason: str) -> None:
        self.not_null.add(column)
        self.because(f"schema.{column}.nullable", reason)

    def take(self, check: Check, reason: str) -> None:
        """Put a check where the contract has a place for it."""
        told = {each: value for each, value in spelled(check).items() if each not in ("name", "because", "owner")}
        plain = set(told) <= {"check", "column", "columns", "severity", "max_age_hours"}
        if any(each not in self.types for each in check.looks_at):
            missing = ", ".join(each for each in check.looks_at if each not in self.types)
            self.left_out.append(LeftOut(says=check.called, because=f"the table has no column {missing}"))
        elif check.kind == "not_null" and plain:
            for column in check.looks_at:
                self.filled(column, reason)
        elif check.kind == "unique" and plain:
            if check.looks_at not in self.unique:
                self.unique.append(check.looks_at)
            self.because(f"unique.{','.join(check.looks_at)}", reason)
        elif check.kind == "freshness" and plain:
            hours = float(told["max_age_hours"])
            if self.freshness is None or hours < self.freshness[1]:
                self.freshness = (check.looks_at[0], hours)
            self.because("sla.freshness_hours", reason)
        else:
            self._other(check, told, reason)

    def _other(self, check: Check, told: dict[str, Any], reason: str) -> None:
        bare_check = type(check).model_validate({key: value for key, value in told.items() if key != "because"})
        columns = check.looks_at
        own = as_column_check(bare_check, columns[0]) if len(columns) == 1 else None
        if own and own["type"] in ("range", "enum", "regex", "length", "castable", "unique"):
            listed = self.checks[columns[0]]
            if own not in listed:
                listed.append(own)
            number = sum(each["type"] == own["type"] for each in listed[: listed.index(own) + 1])
            suffix = "" if number == 1 else f"[{number}]"
            self.because(f"schema.{columns[0]}.checks.{own['type']}{suffix}", reason)
        elif bare_check not in self.table_checks:
            self.table_checks.append(bare_check)
            number = sum(each.called == bare_check.called for each in self.table_checks)
            suffix = "" if number == 1 else f"[{number}]"
            self.because(f"checks.{bare_check.called}{suffix}", reason)

    def choose_key(self, candidates: Sequence[tuple[str, ...]], rows: int) -> None:
        """Take for the key what somebody tests as one, else the first columns in which all rows differ."""
        tested = [each for each in self.unique if set(each) <= self.not_null]
        self.key = next(iter([*tested, *candidates]), ())
        for column in self.key:
            self.not_null.add(column)
        for each in self.unique:
            reasons = self.reasons.pop(f"unique.{','.join(each)}", [])
            if each == self.key:
                path = "key"
            elif len(each) == 1:
                self.checks[each[0]].append({"type": "unique"})
                path = f"schema.{each[0]}.checks.unique"
            else:
                from decom_nb.check import Unique

                check = Unique(columns=each)
                self.table_checks.append(check)
                path = f"checks.{check.called}"
            for reason in reasons:
                self.because(path, reason)
        if self.key:
            if self.key in candidates:
                self.because("key", _say("key", rows=rows))
            for column in self.key:
                for reason in self.reasons.pop(f"schema.{column}.nullable", [_say("filled")]):
                    self.because("key.filled", reason)


def _contract(work: _Work, dbt: Dbt | None, owner: str) -> Contract:
    found = resources(dbt).get(bare(work.table), ()) if dbt else ()
    described = {column.name: column.description for each in found for column in each.columns if column.description}
    used = uses(dbt, [work.table]).get(work.table) if dbt else None
    sources = [each for each in found if isinstance(each, SourceTable)]
    stale = next((limit for each in sources if (limit := each.error_after or each.warn_after)), None)
    columns = []
    for name, type_ in work.types.items():
        columns.append(
            {
                "column": name,
                "type": type_,
                "nullable": False if name in work.not_null else None,
                "description": described.get(name, ""),
                "pii": True if name in work.personal else None,
                "checks": work.checks[name],
            }
        )
    hours = work.freshness[1] if work.freshness else None
    if hours is not None:
        hours = next((step for step in _table().freshness_hours if step >= hours), hours)
    loaded = next((each.loaded_at for each in sources if each.loaded_at in work.types), "")
    if stale:
        work.because("sla.freshness_hours", _say("dbt_freshness"))
        hours = stale / 3600
    terms = {
        "name": bare(work.table),
        "version": VERSION,
        "owner": owner or next((each.owner for each in found if each.owner), ""),
        "consumers": list(dict.fromkeys(each.owner or each.name for each in used.exposures)) if used else [],
        "sla": {"freshness_hours": hours},
        "schema": columns,
        "table": work.table,
        "key": list(work.key),
        "freshness_column": loaded or (work.freshness[0] if work.freshness else ""),
        "description": next((each.description for each in found if each.description), ""),
        "checks": [spelled(each) for each in work.table_checks],
    }
    return contract_of(terms, "")


def _clause(result: ClauseResult, work: _Work, relied: Mapping[str, _Reliance]) -> DraftedClause:
    path, checked = result.path, result.checked
    reasons = list(work.reasons.get(path, ()))
    column = re.match(r"schema\.(.+?)(?:\.type|\.nullable|\.checks\..*)?$", path)
    use = relied.get(column[1]) if column else None
    if column and path in (f"schema.{column[1]}", f"schema.{column[1]}.type"):
        reasons.append(_say("column"))
        if column[1] in work.personal:
            reasons.append(work.personal[column[1]])
        if use:
            queries = "1 query relies" if len(use.queries) == 1 else f"{len(use.queries)} queries rely"
            how = ", ".join(f"{what} {times}×" for what, times in sorted(use.how.items()))
            reasons.append(_say("used", queries=queries, how=how))
    if use and use.values and ".checks.enum" in path:
        reasons.append(_say("filter_values", values=", ".join(sorted(use.values)[:10])))
    violations = checked.violations if checked else None
    rows = checked.rows if checked else None
    if checked and checked.violations is None:
        reasons.append(_say("not_run", message=checked.message.rstrip(".")))
    elif violations:
        reasons.append(_say("some_fail", violations=violations, rows=rows or 0))
    elif checked and rows:
        reasons.append(_say("seen", rows=rows))
    holds = {"true": True, "false": False}.get(result.outcome)
    return DraftedClause(path, result.clause.says, tuple(reasons), violations, rows, holds, result.rows)


# --- what queries rely on


def _relied(
    queries: Mapping[str, str], table: str, columns: Iterable[str], dialect: str
) -> tuple[dict[str, _Reliance], list[str]]:
    """Give how queries use each column of a table, and which of them could not be read."""
    found: dict[str, _Reliance] = {}
    notes: list[str] = []
    known = {each.casefold(): each for each in columns}
    for place, text in sorted(queries.items()):
        try:
            uses_ = list(_uses(text, table, known, dialect))
        except _UnreadableError as error:
            notes.append(f"{place}: {error}")
            continue
        for column, how, value in uses_:
            each = found.setdefault(column, _Reliance())
            each.queries.add(place)
            each.how[how] += 1
            if value:
                each.values.add(value)
    return found, notes


class _UnreadableError(Exception):
    pass


def _uses(text: str, table: str, columns: Mapping[str, str], dialect: str) -> Iterator[tuple[str, str, str]]:
    """Give each use of a column of the table in a query: the column, what for, and the text it is compared with."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.scope import traverse_scope

    try:
        statements = sqlglot.parse(text, read=dialect)
        scopes = [scope for each in statements if each is not None for scope in traverse_scope(each)]
    except (SqlglotError, RecursionError, ValueError) as error:
        what = str(error).splitlines()[0]
        raise _UnreadableError(f"is not SQL that can be read: {what}") from None
    for scope in scopes:
        ours = {
            name
            for name, source in scope.sources.items()
            if isinstance(source, exp.Table) and bare(source.name) == bare(table)
        }
        if not ours:
            continue
        alone = len(scope.sources) == len(ours)
        for column in scope.columns:
            name = columns.get(column.name.casefold())
            # Without a qualifier, a column is taken for ours only where no other table could have it.
            if name and (column.table in ours or (not column.table and alone)):
                yield name, _purpose(column, exp), _literal(column, exp)


def _purpose(column: Any, exp: Any) -> str:
    for parent, what in (
        (exp.Join, "join"),
        (exp.Where, "filter"),
        (exp.Having, "filter"),
        (exp.Group, "group"),
        (exp.Order, "order"),
        (exp.Window, "window"),
        (exp.AggFunc, "aggregate"),
    ):
        if column.find_ancestor(parent, exp.Select) is not None and isinstance(
            column.find_ancestor(parent, exp.Select), parent
        ):
            return what
    return "read"


def _literal(column: Any, exp: Any) -> str:
    compared = column.parent
    if isinstance(compared, exp.EQ):
        other = compared.right if compared.left is column else compared.left
        return str(other.this) if isinstance(other, exp.Literal) and other.is_string else ""
    if isinstance(compared, exp.In):
        return ", ".join(str(each.this) for each in compared.expressions if isinstance(each, exp.Literal))
    return ""
