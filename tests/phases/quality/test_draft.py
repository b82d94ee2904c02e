"""A contract drafted from evidence: each clause has its reason and the rows that would have failed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from decom_nb.check import AcceptedValues, NotNull, Suite, Unique
from decom_nb.contract import document_text, validate_bytes
from decom_nb.evidence.dbt import DataTest, Dbt
from decom_nb.evidence.dbt_manifest import Column, Manifest, Model
from decom_nb.evidence.tables import Tables
from decom_nb.evidence.tables.source import TableSource
from decom_nb.phases.quality.draft import DraftedClause, DraftedContract, draft

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

QUERIES = {
    "a.sql": "SELECT o.amount FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'paid'",
    "b.sql": "SELECT status, sum(amount) FROM orders GROUP BY status",
    "broken.sql": "SELECT FROM WHERE (",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("draft")
    duckdb.sql(
        f"""COPY (SELECT i AS id, i % 50 AS customer_id,
            CASE WHEN i % 3 = 0 THEN 'paid' WHEN i % 3 = 1 THEN 'new' ELSE 'sent' END AS status,
            CAST(i % 90 AS DECIMAL(10,2)) AS amount,
            CASE WHEN i % 100 = 0 THEN NULL ELSE 'a' || i || '@example.com' END AS email,
            TIMESTAMP '2026-03-01 09:00' - INTERVAL 1 MINUTE * i AS loaded_at
            FROM range(600) AS t(i)) TO '{place / "orders.parquet"}'"""
    )
    return place


def drafted(folder: Path, **more: Any) -> DraftedContract:
    with Tables([TableSource(name="orders", path=str(folder / "orders.parquet"))], folder) as tables:
        return draft(tables, "orders", now=NOW, **more)


def clauses(told: DraftedContract) -> dict[str, DraftedClause]:
    return {each.path: each for each in told.clauses}


def test_from_the_profile_alone_the_data_keeps_every_clause(folder: Path) -> None:
    told = drafted(folder)
    assert told.failing == ()
    assert told.contract.terms.key == ("id",)
    by_path = clauses(told)
    assert by_path["key"].violations == 0
    assert by_path["schema.amount.type"].holds is True
    assert "schema.email.nullable" not in by_path  # six rows lack it
    assert told.contract.column("email").pii is True  # type: ignore[union-attr]
    assert all(each.because for each in told.clauses)
    assert all("{" not in reason for each in told.clauses for reason in each.because)


def test_a_draft_is_a_valid_document(folder: Path) -> None:
    told = drafted(folder)
    verdict = validate_bytes(document_text(told.contract).encode(), "orders.yaml")
    assert verdict.valid, verdict.mistakes
    assert verdict.contracts == (told.contract,)


def test_what_is_tested_is_proposed_even_where_the_data_fails_it_and_says_so(folder: Path) -> None:
    suite = Suite(
        table="orders",
        checks=(
            NotNull(columns=("email",), because="Receipts are sent there."),
            AcceptedValues(column="status", values=("paid", "new")),
            Unique(columns=("customer_id", "loaded_at")),
            NotNull(columns=("nowhere",)),
        ),
    )
    told = drafted(folder, suites=[suite])
    by_path = clauses(told)
    assert by_path["schema.email.nullable"].violations == 6
    assert by_path["schema.email.nullable"].because[0] == "Receipts are sent there."
    assert "6 of 600 rows would have failed." in by_path["schema.email.nullable"].because
    assert by_path["schema.status.checks.enum"].violations == 200
    assert {each.path for each in told.failing} == {"schema.email.nullable", "schema.status.checks.enum"}
    assert any("nowhere" in each.because for each in told.left_out)


def test_queries_are_read_for_what_they_rely_on(folder: Path) -> None:
    told = drafted(folder, queries=QUERIES)
    by_path = clauses(told)
    assert "2 queries rely on it: filter 1×, group 1×, read 1×." in by_path["schema.status.type"].because
    assert "1 query relies on it: join 1×." in by_path["schema.customer_id.type"].because
    assert not any("rely" in each for each in by_path["schema.loaded_at.type"].because)
    assert any(each.startswith("broken.sql: ") for each in told.notes)


def test_tests_of_dbt_are_taken_over_with_their_reason(folder: Path) -> None:
    shared: dict[str, Any] = {
        "project": "p", "origin": "", "package": "p", "path": "", "tags": (), "meta": {}, "depends_on": (),
    }  # fmt: skip
    model = Model(
        **shared, unique_id="model.p.orders", description="One row per order.", name="orders", resource_type="model",
        columns=(Column("status", description="Where it is."),), owner="Shop", group="", access="",
        contract_enforced=False, materialized="", language="", database="", schema="", alias="", version="",
    )  # fmt: skip
    tests = tuple(
        DataTest(
            **shared, unique_id=f"test.{kind}", description="", name=f"{kind}_{column}", kind=kind, namespace="",
            generic=True, model="model.p.orders", column=column, severity="error", arguments=arguments,
        )
        for kind, column, arguments in (
            ("unique", "email", {}),
            ("not_null", "status", {}),
            ("accepted_values", "status", {"values": ["new", "paid", "sent"]}),
            ("mystery", "status", {}),
        )
    )  # fmt: skip
    manifest = Manifest(
        project="p", origin="m.json", version=12, dbt_version="", adapter="duckdb", invocation_id="", generated_at=NOW,
        models=(model,), seeds=(), snapshots=(), tests=tests, unit_tests=(), sources=(), exposures=(), counts={},
        disabled=0, odd=(),
    )  # fmt: skip
    told = drafted(folder, dbt=Dbt(manifests=(manifest,)))
    terms = told.contract.terms
    assert (terms.owner, terms.description, terms.version) == ("Shop", "One row per order.", "0.1.0")
    by_path = clauses(told)
    assert by_path["schema.status.checks.enum"].because[0] == "dbt tests it: accepted_values_status."
    assert "dbt tests it: not_null_status." in by_path["schema.status.nullable"].because
    assert any("mystery" in each.says for each in told.left_out)
