"""PostgreSQL counts and judges what DuckDB does; what it would count otherwise is left open, with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from decom_nb import pushdown
from decom_nb.check import CheckRun
from tests.pushdown import conformance


@pytest.fixture(scope="module")
def backend(postgres_url: str) -> Any:
    conformance.load_postgres(postgres_url)
    found = pushdown.connect(postgres_url)
    yield found
    found.disconnect()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> CheckRun:
    path: Path = tmp_path_factory.mktemp("conformance") / "tables.duckdb"
    conformance.load_duckdb(path)
    return conformance.on_duckdb(path, conformance.suites())


@pytest.fixture(scope="module")
def there(backend: Any) -> CheckRun:
    names = {table: conformance.there(table) for table in conformance.TABLES}
    return pushdown.run(conformance.suites(), backend, now=conformance.NOW, tables=names)


def test_counts_and_verdicts_are_those_of_duckdb(here: CheckRun, there: CheckRun) -> None:
    assert conformance.differing(here, there) == []
    assert {each.kind for each in there.checks if each.violations} >= set(conformance.KINDS_THAT_FIND)


def test_few_checks_are_left_open_and_each_says_why(here: CheckRun, there: CheckRun) -> None:
    ours = conformance.open_checks(here)
    more = {name: why for name, why in conformance.open_checks(there).items() if name not in ours}
    wanted = {
        "(?i) with letters beyond ASCII",
        "written in a way that engines read differently",
        "compared with a decimal",
    }
    assert {reason for reason in wanted if any(reason in why for why in more.values())} == wanted
    assert all(any(reason in why for reason in wanted) for why in more.values()), more
    assert len(more) < len(there.checks) / 50
