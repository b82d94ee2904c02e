"""One PostgreSQL server for the tests of tables, as the tests of pushdown have one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pushdown import postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a real server, with a password in it; skipped where none is installed."""
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.server() as url:
        yield url
