from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from decom_nb.evidence.dbt_results import command_of, was_executed
from tests.evidence.made import dbt_of, metadata, put, read, run_results, source

ORDERS, CUSTOMERS = "model.shop.orders", "model.shop.customers"
UNIQUE = "test.shop.unique_orders_id.1f3e"


def test_statuses_are_counted_as_they_are_and_skipped_is_not_passed(tmp_path: Path) -> None:
    statuses = ["success", "error", "skipped", "partial success", "no-op", "SUCCESS"]
    put(tmp_path, "r.json", run_results(*((f"model.shop.m{place}", status) for place, status in enumerate(statuses))))
    assert source(read(tmp_path), "dbt run results").counts == dict.fromkeys(sorted(statuses), 1)


def test_a_result_carries_what_dbt_tells_of_it(tmp_path: Path) -> None:
    content = run_results((UNIQUE, "fail"), which="test", version=4)
    content["results"][0] |= {
        "failures": 6,
        "message": "Got 6 results",
        "timing": [{"name": "execute", "started_at": "2026-01-02T00:00:00Z", "completed_at": "2026-01-02T00:00:09.5Z"}],
    }
    (result,) = dbt_of(tmp_path, run_results=content).results
    assert (result.project, result.resource_type, result.command) == ("shop", "test", "test")
    assert (result.status, result.failures, result.execution_time, result.message) == ("fail", 6, 1.5, "Got 6 results")
    assert result.at == datetime(2026, 1, 2, 0, 0, 9, 500_000, UTC)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ({"which": "build"}, "build"),
        ({"which": "rpc", "rpc_method": "docs.generate"}, "generate"),
        ({"rpc_method": "run"}, "run"),
        ({"invocation_command": "dbt docs generate --profiles-dir ."}, "generate"),
        ({"invocation_command": "dbt --quiet test -s orders"}, "test"),
        ({}, ""),
    ],
)
def test_the_command_is_told_in_several_ways(arguments: dict[str, str], command: str) -> None:
    assert command_of(arguments) == command


MODEL_RUN = {"unique_id": ORDERS, "status": "success", "adapter_response": {"_message": "OK"}, "message": "OK"}
MODEL_COMPILED: dict[str, Any] = {"unique_id": ORDERS, "status": "success", "adapter_response": {}, "message": None}
TEST_PASSED = {"unique_id": UNIQUE, "status": "pass"}
TEST_COMPILED = {"unique_id": UNIQUE, "status": "success"}


@pytest.mark.parametrize(
    ("command", "arguments", "lines", "executed"),
    [
        ("build", {}, [MODEL_COMPILED], True),
        ("test", {}, [TEST_PASSED], True),
        ("compile", {}, [TEST_COMPILED], False),
        ("generate", {}, [MODEL_COMPILED, TEST_COMPILED], False),
        ("build", {"empty": True}, [MODEL_RUN, TEST_PASSED], False),
        ("", {}, [MODEL_RUN], True),
        ("", {}, [TEST_PASSED], True),
        ("", {}, [MODEL_COMPILED], False),
        ("", {}, [MODEL_RUN, TEST_COMPILED], False),
        ("", {}, [{"unique_id": ORDERS, "status": "skipped"}], True),
        ("", {}, [], False),
        ("conjure", {}, [MODEL_RUN, TEST_PASSED], True),
    ],
)
def test_only_commands_that_run_things_count_as_executed(
    command: str, arguments: dict[str, Any], lines: list[Mapping[str, Any]], executed: bool
) -> None:
    assert was_executed(command, arguments, lines) is executed


# Catalog and freshness


def test_a_catalog_tells_columns_rows_and_bytes(tmp_path: Path) -> None:
    table = {
        "metadata": {"type": "BASE TABLE", "name": "orders"},
        "columns": {"ID": {"type": "INT", "name": "id", "index": 1}},
        "stats": {"num_rows": {"value": 7.0}, "bytes": {"value": 1024}, "has_stats": {"value": True}},
    }
    content: dict[str, Any] = {
        "metadata": metadata("catalog", 1),
        "nodes": {ORDERS: table},
        "sources": {"source.shop.crm.c": {}},
        "errors": None,
    }
    put(tmp_path, "catalog.json", content)
    evidence = read(tmp_path)
    orders, _ = evidence.values["dbt"].catalog
    assert (orders.key, orders.kind, orders.columns) == (("shop", ORDERS), "BASE TABLE", (("id", "INT"),))
    assert (orders.rows, orders.bytes) == (7, 1024)
    assert source(evidence, "dbt catalog").counts == {"model": 1, "source": 1}


def test_freshness_that_could_not_be_measured_is_kept_with_its_error(tmp_path: Path) -> None:
    lines = [
        {"unique_id": "source.shop.crm.a", "status": "runtime error", "error": "no such table"},
        {
            "unique_id": "source.shop.crm.b",
            "status": "pass",
            "max_loaded_at_time_ago_in_s": 60.5,
            "snapshotted_at": "2026-01-02T00:00:00Z",
        },
    ]
    dbt = dbt_of(tmp_path, sources={"metadata": metadata("sources", 3), "results": lines})
    failed, passed = dbt.freshness
    assert (failed.status, failed.message, failed.age, failed.at) == (
        "runtime error",
        "no such table",
        None,
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    assert (passed.status, passed.age) == ("pass", 60.5)
