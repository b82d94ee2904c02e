"""PostgreSQL matches what RE2 matches, wherever an expression is translated at all."""

from __future__ import annotations

import duckdb
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decom_nb.sql.regex import NotPortable, portable
from tests.pushdown.patterns import patterns, texts


@pytest.fixture(scope="module")
def engines(postgres_url: str):
    with psycopg.connect(postgres_url, autocommit=True) as there, duckdb.connect() as here:
        yield here, there


@pytest.mark.slow
def test_postgres_matches_what_re2_matches(engines) -> None:
    here, there = engines
    compared = 0

    @settings(max_examples=150)
    @given(st.lists(patterns(), min_size=1, max_size=8), st.lists(texts(), min_size=1, max_size=30))
    def compare(some: list[str], subjects: list[str]) -> None:
        nonlocal compared
        for pattern in some:
            try:
                ours = portable(pattern, "postgres")
            except NotPortable:
                continue
            try:
                wanted = here.execute("SELECT list_transform(?, lambda s: regexp_matches(s, ?))", [subjects, pattern])
            except duckdb.Error:
                continue
            (expected,) = wanted.fetchone()
            (found,) = there.execute(
                "SELECT array_agg(s ~ %s ORDER BY n) FROM unnest(%s::text[]) WITH ORDINALITY AS t(s, n)",
                (ours, subjects),
            ).fetchone()
            assert found == expected, (pattern, ours, subjects)
            compared += 1

    compare()
    assert compared > 100
