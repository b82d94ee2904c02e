"""A history is what the changes tell, in whatever order, however often and in however many batches they come."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decom_nb.phases.patterns.scd import ScdSpecification
from tests.phases.patterns.scd.scd_engine import expected, instant, load, prepare, rows

COLUMNS = {"k1": "INT", "k2": "VARCHAR", "x": "INT", "y": "INT", "z": "INT", "changed": "TIMESTAMP", "gone": "BOOLEAN"}
few = st.sampled_from([None, 1, 2])
event = st.fixed_dictionaries(
    {
        "k1": st.sampled_from([1, 2]),
        "k2": st.sampled_from(["a", "b"]),
        "x": few,
        "y": few,
        "z": few,
        "changed": st.integers(0, 5).map(instant),
        "gone": st.sampled_from([False, False, False, True]),
    }
)
batches = st.lists(st.lists(event, max_size=5), max_size=5)


def specification(**more: Any) -> ScdSpecification:
    given_ = {
        "table": "dim", "source": "stage", "natural_key": ("k1", "k2"), "type_2": ("x", "y"), "type_1": ("z",),
        "effective": "changed", "deleted": "gone", "deletes": "close", "surrogate_key": "sk",
    }  # fmt: skip
    return ScdSpecification.model_validate(given_ | more)


def tell(history: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted((tuple(sorted((k, v) for k, v in row.items() if k != "sk")) for row in history), key=repr)


def check_tiles(history: list[dict[str, Any]], keys: tuple[str, ...] = ("k1", "k2")) -> None:
    """Assert that no two versions of a key overlap, none is empty, and at most one is current: the last."""
    by_key: dict[Any, list[dict[str, Any]]] = {}
    for row in history:
        by_key.setdefault(tuple(row[key] for key in keys), []).append(row)
    for versions in by_key.values():
        versions.sort(key=lambda row: row["valid_from"])
        assert sum(row["is_current"] for row in versions) <= 1
        for one, then in pairwise(versions):
            assert one["valid_from"] < one["valid_to"] <= then["valid_from"]
            assert not one["is_current"]


def check_history(deletes: str, merge: bool | None, arrived: list[list[dict[str, Any]]], again: list[int]) -> None:
    spec = specification(deletes=deletes)
    connection = duckdb.connect()
    prepare(connection, spec, COLUMNS)
    keys_before: dict[Any, Any] = {}
    for n, batch in enumerate(arrived):
        load(connection, spec, batch, instant(100 + n), merge=merge)
        found = rows(connection, "dim", "sk")
        check_tiles(found)
        seen = [each for one in arrived[: n + 1] for each in one]
        assert tell(found) == tell(expected(seen, ("k1", "k2"), ("x", "y"), ("z",), deletes))
        surrogates = [row["sk"] for row in found]
        assert len(set(surrogates)) == len(surrogates)
        now = {(row["k1"], row["k2"], row["valid_from"]): row["sk"] for row in found}
        assert {at: sk for at, sk in keys_before.items() if at in now} == {
            at: now[at] for at in keys_before if at in now
        }
        keys_before = now
    before = rows(connection, "dim", "sk")
    for n in again:
        if n < len(arrived):
            load(connection, spec, arrived[n], instant(100 + n), merge=merge)
            assert rows(connection, "dim", "sk") == before
    connection.close()


@pytest.mark.parametrize("deletes", [pytest.param("keep", marks=pytest.mark.slow), "close", "mark"])
@settings(max_examples=3)
@given(arrived=batches, again=st.lists(st.integers(0, 4), max_size=2))
def test_history_is_what_the_changes_tell(deletes: str, arrived: list[Any], again: list[int]) -> None:
    check_history(deletes, None, arrived, again)


@pytest.mark.slow
@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("deletes", ["keep", "close", "mark"])
@settings(max_examples=40)
@given(arrived=batches, again=st.lists(st.integers(0, 4), max_size=3))
def test_history_is_what_the_changes_tell_at_length(deletes: str, merge: bool, arrived: Any, again: list[int]) -> None:
    check_history(deletes, merge, arrived, again)
