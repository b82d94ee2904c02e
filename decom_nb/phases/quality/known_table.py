"""What is known of each table's checks, from runs of suites and from dbt alike: rules and measures judge these.

A check counts where it was decided: one that could not be told, or that nobody ran, covers nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.check import DIMENSIONS, Dimension, Suite, Verdict
from decom_nb.evidence.check_runs import CheckRuns, Seen
from decom_nb.evidence.dbt import DataTest, Dbt
from decom_nb.evidence.tables import TableSource
from decom_nb.evidence.tables.place import DATABASES
from decom_nb.knowledge import Row
from decom_nb.phases.quality.lineage import bare

DECIDED: tuple[Verdict, ...] = ("pass", "warn", "fail")
"""Verdicts that say something of the table."""

State = Literal["pass", "warn", "fail", "not_known", "not_run", "none"]
"""How a dimension of a table stands: by its worst check; not_run where its checks never ran, none where it has none."""

_OF_DATABASES = (".duckdb", ".ddb", ".db", ".sqlite", ".sqlite3")

_WORST: tuple[State, ...] = ("fail", "not_known", "warn", "pass")
_ACROSS = ("reconciliation", "sample")
"""Kinds that compare a table with something beside it: without one of them accuracy cannot be seen."""
_OF_DBT: Mapping[str, Verdict] = {"pass": "pass", "warn": "warn", "fail": "fail", "error": "error"}


class DbtTest(Row):
    """What one of dbt's generic tests looks at."""

    test: str
    kind: str
    dimension: Dimension


class DbtTests(BaseModel):
    """tables/dbt_tests.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tests: tuple[DbtTest, ...]


@cache
def dbt_tests() -> Mapping[str, DbtTest]:
    """Give what is known of dbt's tests, by name, read once."""
    table = knowledge.load(DbtTests, Path(__file__).parent / "tables" / "dbt_tests.yaml")
    return {each.test: each for each in table.tests}


@dataclass(frozen=True)
class Fact:
    """One check of one table, and what it came to when it was last run."""

    name: str
    kind: str
    columns: tuple[str, ...]
    """In small letters."""
    dimensions: tuple[Dimension, ...]
    verdict: Verdict
    source: Literal["run", "dbt"]

    @property
    def decided(self) -> bool:
        """Tell whether it says something of the table."""
        return self.verdict in DECIDED


@dataclass(frozen=True)
class KnownTable:
    """One table that somebody checks, describes or builds."""

    name: str
    seen: Seen | None = None
    """The newest run of checks that looked at it."""
    facts: tuple[Fact, ...] = ()
    waiting: tuple[str, ...] = ()
    """Checks of its suites that its newest run does not show."""
    waiting_dimensions: frozenset[Dimension] = frozenset()
    required: tuple[Dimension, ...] = DIMENSIONS
    checked_at: datetime | None = None
    """When any of its checks last ran."""

    @property
    def decided(self) -> tuple[Fact, ...]:
        """Give the checks that say something of it."""
        return tuple(each for each in self.facts if each.decided)

    @property
    def key(self) -> tuple[str, ...]:
        """Give the columns that are checked as its key: unique, and never missing; none if no key is."""
        filled = {column for each in self.decided if each.kind == "not_null" for column in each.columns}
        for each in self.decided:
            if each.kind == "unique" and each.columns and filled.issuperset(each.columns):
                return each.columns
        return next((each.columns or ("?",) for each in self.decided if each.kind == "key"), ())

    @property
    def filled(self) -> frozenset[str]:
        """Give the columns beside the key that are checked for missing values."""
        columns = {column for each in self.decided if each.kind == "not_null" for column in each.columns}
        return frozenset(columns.difference(self.key))

    def state(self, dimension: Dimension) -> State:
        """Say how a dimension stands."""
        mine: set[State] = {
            "not_known" if each.verdict == "error" else each.verdict
            for each in self.facts
            if dimension in each.dimensions
        }
        worst = next((state for state in _WORST if state in mine), None)
        if worst:
            return worst
        return "not_run" if dimension in self.waiting_dimensions else "none"

    def covers(self, dimension: Dimension) -> bool:
        """Tell whether a check of the dimension was decided."""
        return any(each.decided and dimension in each.dimensions for each in self.facts)


def known_tables(
    check_runs: CheckRuns | None,
    dbt: Dbt | None = None,
    suites: Sequence[Suite] = (),
    sources: Sequence[TableSource] = (),
) -> tuple[KnownTable, ...]:
    """Give every table that was checked, has a suite, is pointed to, or is a model of a dbt project, by name.

    A table and a model of the same bare name are one; it goes by the name that the runs or the suites use.
    """
    latest: Mapping[str, Seen] = check_runs.latest if check_runs else {}
    names: dict[str, str] = {}
    named = (*latest, *(each.table for each in suites), *(named_by(each) for each in sources))
    for name in (*named, *(each.alias or each.name for each in (dbt.models if dbt else ()) if each.own)):
        if name:
            names.setdefault(bare(name), name)
    of_dbt, dated = _dbt_facts(dbt) if dbt else ({}, {})
    by_suite: dict[str, list[Suite]] = {}
    for suite in suites:
        by_suite.setdefault(bare(suite.table), []).append(suite)
    look = {bare(name): seen for name, seen in latest.items()}
    return tuple(
        _known(names[key], look.get(key), of_dbt.get(key, ()), by_suite.get(key, ()), dated.get(key))
        for key in sorted(names)
    )


def named_by(source: TableSource) -> str:
    """Give the name of the one table that a source points to, without looking there; empty where it may be many.

    >>> named_by(TableSource(path="lake/orders/2026-*.parquet")), named_by(TableSource(path="shop.duckdb"))
    ('orders', '')
    """
    if source.table or source.kind in DATABASES or source.connection or not source.path:
        return source.name or source.table
    if source.name:
        return source.name
    plain = [part for part in source.path.rstrip("/").split("/") if part and not set(part) & set("*?[")]
    last = plain[-1] if plain else ""
    return "" if last.endswith(_OF_DATABASES) else last.partition(".")[0]


def _known(
    name: str, seen: Seen | None, of_dbt: Sequence[Fact], suites: Sequence[Suite], dated: datetime | None
) -> KnownTable:
    facts = [
        Fact(each.name, each.kind, _small(each.columns), covered(each.kind, each.dimension), each.verdict, "run")
        for each in (seen.checks if seen else ())
    ]
    ran = {each.name for each in facts}
    waiting = [check for suite in suites for check in suite.checks if check.called not in ran]
    required = [each for each in DIMENSIONS if any(each in suite.dimensions for suite in suites)]
    times = [at for at in (seen.taken_at if seen else None, dated) if at]
    return KnownTable(
        name,
        seen,
        (*facts, *of_dbt),
        tuple(check.called for check in waiting),
        frozenset(one for check in waiting for one in covered(check.kind, check.measured)),
        tuple(required) if suites else DIMENSIONS,
        max(times, default=None),
    )


def covered(kind: str, dimension: Dimension) -> tuple[Dimension, ...]:
    """Give what a check covers: its dimension, and accuracy too where it compares the table with something beside it."""
    return tuple(dict.fromkeys((dimension, "accuracy"))) if kind in _ACROSS else (dimension,)


def _dbt_facts(dbt: Dbt) -> tuple[dict[str, tuple[Fact, ...]], dict[str, datetime]]:
    """Give the tests of each model and source by bare name, and when one of them last ran."""
    facts: dict[str, tuple[Fact, ...]] = {}
    dated: dict[str, datetime] = {}
    for each in (*dbt.models, *dbt.seeds, *dbt.snapshots):
        _add(facts, dated, dbt, bare(each.alias or each.name), dbt.tests_of.get(each.key, ()))
    for source in dbt.sources:
        _add(facts, dated, dbt, bare(source.identifier or source.name), dbt.tests_of.get(source.key, ()))
    return facts, dated


def _add(
    facts: dict[str, tuple[Fact, ...]],
    dated: dict[str, datetime],
    dbt: Dbt,
    name: str,
    tests: Iterable[DataTest],
) -> None:
    for test in tests:
        result = dbt.latest.get(test.key)
        known = dbt_tests().get(test.kind)
        fact = Fact(
            test.name,
            known.kind if known else test.kind or "custom_sql",
            _tested_columns(test),
            covered(known.kind, known.dimension) if known else (),
            _OF_DBT.get(result.status, "not_known") if result else "not_known",
            "dbt",
        )
        facts[name] = (*facts.get(name, ()), fact)
        if result and result.at:
            dated[name] = max(result.at, dated.get(name, result.at))


def _tested_columns(test: DataTest) -> tuple[str, ...]:
    """Give the columns that a dbt test names, in small letters."""
    named = test.arguments.get("combination_of_columns") or test.arguments.get("column_names")
    columns: Iterator[object] = iter(named if isinstance(named, list | tuple) else [test.column])
    return _small(str(each) for each in columns if each)


def _small(columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(each.lower() for each in columns)
