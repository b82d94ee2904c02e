"""One database for all tests of pushdown, which fill it once for many of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import postgres


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of one database for all of them."""
    with postgres.database(postgres_server) as url:
        yield url
