"""A contract becomes a suite, and each clause has its result; what nothing shows is said, not dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from decom_nb.check import CheckRun
from decom_nb.contract.clause import clauses, suite_of
from decom_nb.contract.enforcement import availability, enforced
from decom_nb.contract.model import Contract

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

TERMS: dict[str, Any] = {
    "name": "orders",
    "owner": "Shop",
    "sla": {"freshness_hours": 6, "availability_percent": 90, "support_hours": "24x7"},
    "schema": [
        {"column": "id", "type": "INTEGER", "nullable": False},
        {"column": "email", "type": "VARCHAR", "nullable": False, "pii": True,
         "checks": [{"type": "regex", "params": {"pattern": "@"}}]},
        {"column": "status", "type": "VARCHAR",
         "checks": [{"type": "enum", "params": {"values": ["new", "paid"], "severity": "P0"}},
                    {"type": "enum", "params": {"values": ["new", "paid", "lost"]}}]},
        {"column": "amount", "type": "DECIMAL(10,2)"},
        {"column": "gone", "type": "DATE"},
        {"column": "placed", "type": "TIMESTAMP"},
    ],
    "key": ["id"],
    "freshness_column": "placed",
    "checks": [{"check": "volume", "min_rows": 2}],
    "further": [{"about": "sla.retention", "says": "retention 3 y", "unchecked_because": "nothing shows it"}],
}  # fmt: skip


def contract(**terms: Any) -> Contract:
    return Contract.model_validate({"contract": {**TERMS, **terms}})


def test_every_clause_is_there_once_with_its_check_or_the_reason_why_not() -> None:
    found = {each.path: each for each in clauses(contract())}
    assert list(found) == [
        "schema.id.type",
        "schema.email.type",
        "schema.email.nullable",
        "schema.email.checks.regex",
        "schema.status.type",
        "schema.status.checks.enum",
        "schema.status.checks.enum[2]",
        "schema.amount.type",
        "schema.gone.type",
        "schema.placed.type",
        "key.filled",
        "key",
        "checks.volume",
        "sla.freshness_hours",
        "sla.availability_percent",
        "sla.support_hours",
        "sla.retention",
    ]
    assert {each.held_by for each in found.values()} == {"check", "runs", "nobody"}
    assert all(each.says for each in found.values())
    assert all(each.unchecked_because for each in found.values() if each.held_by == "nobody")
    assert found["schema.status.checks.enum"].severity == "P0"
    assert "{" not in "".join(each.says for each in found.values())


def test_the_suite_holds_the_checks_by_the_paths_of_their_clauses() -> None:
    suite = suite_of(contract())
    assert suite.table == "orders"
    assert suite.key == ("id",)
    assert suite.personal == ("email",)
    named = [each.name for each in suite.checks]
    assert len(named) == len(set(named)) == sum(each.check is not None for each in clauses(contract()))
    assert all(each.owner == "Shop" and each.because for each in suite.checks)


def test_types_of_other_engines_are_checked_by_their_names_here_or_not_at_all() -> None:
    columns = [{"column": "a", "type": "numeric"}, {"column": "b", "type": "int8"}]
    told = Contract.model_validate({"contract": {"name": "t", "dialect": "postgres", "schema": columns}})
    found = {each.path: each for each in clauses(told)}
    assert found["schema.a"].held_by == "check"
    assert found["schema.a.type"].held_by == "nobody"
    assert found["schema.b.type"].check.has[0].type == "BIGINT"  # type: ignore[union-attr]


def _run(tmp_path: Path, told: Contract) -> CheckRun:
    import duckdb

    from decom_nb.engine import run
    from decom_nb.evidence.tables import Tables
    from decom_nb.evidence.tables.source import TableSource

    path = tmp_path / "orders.parquet"
    duckdb.sql(
        f"""COPY (SELECT * FROM (VALUES
            (1::INTEGER, 'a@x', 'new', 1.5::DECIMAL(10,2), TIMESTAMP '2026-03-01 11:00'),
            (1::INTEGER, NULL, 'lost', 2.5::DECIMAL(10,2), TIMESTAMP '2026-03-01 10:00')
        ) AS t(id, email, status, amount, placed)) TO '{path}'"""
    )
    with Tables([TableSource(name="orders", path=str(path))], tmp_path) as tables:
        return run([suite_of(told)], tables, now=NOW)


def test_each_clause_is_held_to_the_table(tmp_path: Path) -> None:
    results = {each.path: each for each in enforced(contract(), _run(tmp_path, contract()))}
    outcomes = {path: each.outcome for path, each in results.items()}
    assert outcomes == {
        "schema.id.type": "true",
        "schema.email.type": "true",
        "schema.email.nullable": "false",
        "schema.email.checks.regex": "true",
        "schema.status.type": "true",
        "schema.status.checks.enum": "false",
        "schema.status.checks.enum[2]": "true",
        "schema.amount.type": "true",
        "schema.gone.type": "false",
        "schema.placed.type": "true",
        "key.filled": "true",
        "key": "false",
        "checks.volume": "true",
        "sla.freshness_hours": "true",
        "sla.availability_percent": "not_known",
        "sla.support_hours": "not_known",
        "sla.retention": "not_known",
    }
    assert results["key"].violations == 1
    assert results["sla.retention"].message == "not checked: nothing shows it"
    assert all(each.message for each in results.values())


def test_without_a_run_nothing_is_known_and_each_clause_says_so() -> None:
    assert {each.outcome for each in enforced(contract(), None)} == {"not_known"}


# --- availability


@dataclass(frozen=True)
class Run:
    status: str
    completed_at: datetime


@dataclass(frozen=True)
class Count:
    name: str
    unknown: int = 0


@dataclass(frozen=True)
class Log:
    loads: Sequence[Run]
    unknown: int = 0
    pipelines: Sequence[Count] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pipelines", (Count("orders", self.unknown),))

    def of(self, pipeline: str) -> Sequence[Run]:
        assert pipeline == "orders"
        return self.loads

    @property
    def period(self) -> tuple[datetime, datetime] | None:
        return (self.loads[0].completed_at, self.loads[-1].completed_at) if self.loads else None


def at(*hours: float, status: str = "success") -> list[Run]:
    return [Run(status, NOW + timedelta(hours=each)) for each in hours]


@pytest.mark.parametrize(
    ("loads", "percent"),
    [
        (at(0, 6, 12), 100),  # each load just in time
        (at(0, 8, 16), 75),  # two of every eight hours are stale
        (at(0, 5) + at(10, status="failed"), 100),  # a failure within the promise hurts nobody
        (at(0) + at(4, 8, 12, status="failed"), 50),  # one after it does
        (at(0) + at(12, status="partial"), 50),  # what loaded in part did not load
    ],
)
def test_availability_is_the_share_of_time_with_fresh_data(loads: list[Run], percent: float) -> None:
    told = availability(contract(), Log(loads))
    assert told.percent == pytest.approx(percent)
    assert sum((to - since for since, to in told.gaps), timedelta()) == (told.until - told.since) * (1 - percent / 100)  # type: ignore[operator]


def test_what_the_log_does_not_show_is_not_known() -> None:
    assert availability(contract(), Log([])).percent is None
    assert availability(contract(), Log(at(0))).percent is None
    assert availability(contract(), Log(at(0, 5, status="failed"))).percent is None
    assert "freshness" in availability(contract(sla={"availability_percent": 99}), Log(at(0, 5))).because
    assert "pipeline" in availability(contract(pipeline="other"), Log(at(0, 5))).because


def test_a_share_is_never_rounded_up_to_the_promise() -> None:
    log = Log(at(0, 6.0001, *range(7, 100)))
    told = contract(sla={"freshness_hours": 6, "availability_percent": 100})
    found = {each.path: each for each in enforced(told, None, log)}["sla.availability_percent"]
    assert found.outcome == "false"
    assert found.message.startswith("99.99 %")


def test_lines_that_could_not_be_read_leave_a_breach_open() -> None:
    results = {each.path: each for each in enforced(contract(), None, Log(at(0, 20), unknown=1))}
    assert results["sla.availability_percent"].outcome == "not_known"
    assert "1 runs could not be read" in results["sla.availability_percent"].message
    kept = {each.path: each for each in enforced(contract(), None, Log(at(0, 5), unknown=1))}
    assert kept["sla.availability_percent"].outcome == "true"


def test_without_a_column_freshness_is_told_by_loads() -> None:
    told = contract(freshness_column="")
    by_runs = {each.path: each for each in enforced(told, None, Log(at(-5)), now=NOW)}
    assert by_runs["sla.freshness_hours"].outcome == "true"
    late = {each.path: each for each in enforced(told, None, Log(at(-7)), now=NOW)}
    assert late["sla.freshness_hours"].outcome == "false"
    assert "7.0 hours" in late["sla.freshness_hours"].message
