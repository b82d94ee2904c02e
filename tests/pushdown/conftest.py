"""One PostgreSQL server for all tests of a process."""

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
