"""Spark counts and judges what DuckDB does. It runs where PySpark is installed, which is larger than all the rest together."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import pytest

from decom_nb import pushdown
from decom_nb.check import CheckRun
from decom_nb.check.limits import Limits
from tests.pushdown import conformance

pytestmark = [
    pytest.mark.slow,
    # PySpark leaves the sockets through which it fetches rows to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
pytest.importorskip("pyspark", reason="PySpark is not installed here; .ci/run keeps an environment that has it")

NAMES = {table: f"t{at}" for at, table in enumerate(conformance.TABLES)}


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with conformance.spark(tmp_path_factory.mktemp("spark")) as session:
        yield ibis.pyspark.connect(session)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> CheckRun:
    path: Path = tmp_path_factory.mktemp("conformance") / "tables.duckdb"
    conformance.load_duckdb(path)
    return conformance.on_duckdb(path, conformance.suites())


@pytest.fixture(scope="module")
def there(backend: Any) -> CheckRun:
    return pushdown.run(conformance.suites(), backend, now=conformance.NOW, tables=NAMES, samples=0)


def test_counts_and_verdicts_are_those_of_duckdb(here: CheckRun, there: CheckRun) -> None:
    assert conformance.differing(here, there) == []
    assert {each.kind for each in there.checks if each.violations} >= set(conformance.KINDS_THAT_FIND)


def test_few_checks_are_left_open_and_each_says_why(here: CheckRun, there: CheckRun) -> None:
    conformance.assert_few_open(here, there)


def test_settings_of_the_session_are_as_before(backend: Any, there: CheckRun) -> None:
    conf = backend._session.conf
    conf.set("spark.sql.ansi.enabled", "false")
    suite = conformance.suites()[2]
    found = pushdown.run([suite], backend, now=conformance.NOW, tables=NAMES)
    assert conf.get("spark.sql.ansi.enabled") == "false"
    assert [each.samples for each in found.checks if each.kind == "range"] == [({"v": "nan"},)]


def test_a_run_can_be_cancelled_and_limited(backend: Any) -> None:
    stop = threading.Event()
    session = backend._session
    session.range(3_000_000_000).selectExpr("cast(id % 1000 as string) AS x").createOrReplaceTempView("many")
    suite = conformance.Suite.model_validate(
        {"table": "many", "checks": [{"check": "regex", "column": "x", "pattern": "(1|12|123)$"}]}
    )
    began = time.monotonic()
    threading.Timer(1, stop.set).start()
    found = pushdown.run([suite], backend, now=conformance.NOW, cancelled=stop.is_set)
    assert not found.complete
    assert [each.verdict for each in found.checks] == ["not_known"]
    found = pushdown.run([suite], backend, now=conformance.NOW, limits=Limits(seconds_per_table=1))
    assert "limit of 1 seconds" in found.checks[0].message
    # Each of the two would take minutes.
    assert time.monotonic() - began < 60
    assert pushdown.run(conformance.suites()[2:3], backend, now=conformance.NOW, tables=NAMES).complete
