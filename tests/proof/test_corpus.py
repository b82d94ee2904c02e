"""Loads known to be wrong are refuted by the scenario that has to catch them, and right ones by none."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from decom_nb.evidence.load_proofs import LoadProof
from decom_nb.proof.in_duckdb import InDuckDB
from decom_nb.proof.prove import prove
from decom_nb.proof.scenario import SCENARIOS
from tests.proof.orders_case import HERE, orders_case, told

BAD = sorted((HERE / "bad").glob("*.sql"))
GOOD = sorted((HERE / "good").glob("*.sql"))
BY_NAME = {each.name: each for each in SCENARIOS}
NOW = datetime(2026, 3, 31, tzinfo=UTC)


def proven(path: Path, *scenarios: str) -> LoadProof:
    database = InDuckDB()
    try:
        chosen = [BY_NAME[each] for each in scenarios] if scenarios else SCENARIOS
        return prove(orders_case(path), database, taken_at=NOW, scenarios=chosen)
    finally:
        database.close()


def test_there_are_enough_of_both() -> None:
    assert len(BAD) >= 25
    assert len(GOOD) >= 10
    assert {told(each)["caught by"] for each in BAD} >= {
        "once", "twice", "quiet", "late_row", "late_event", "same_instant", "doubled_first", "newer_beside", "older_beside",
        "update", "nulls", "delete", "returned", "killed", "killed_then_new", "arrives_between",
    }  # fmt: skip


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_load_known_to_be_wrong_is_refuted(path: Path) -> None:
    caught_by = told(path)["caught by"]
    proof = proven(path, caught_by)
    assert not proof.passed
    assert proof.first_difference is not None
    assert proof.first_difference.scenario == caught_by
    assert proof.first_difference.says


@pytest.mark.slow
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_load_known_to_be_right_is_not_refuted(path: Path) -> None:
    proof = proven(path)
    assert proof.first_difference is None
    assert proof.passed
    assert sum(each.outcome == "held" for each in proof.scenarios) >= 10


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [each for each in BAD if told(each)["caught by"] == "killed"], ids=lambda path: path.stem
)
def test_what_only_a_kill_shows_is_not_seen_without_one(path: Path) -> None:
    assert proven(path, "once", "twice", "update", "delete").passed


def test_a_right_load_in_short() -> None:
    proof = proven(HERE / "good" / "merge_with_lookback.sql", "twice", "late_row", "newer_beside", "nulls", "killed")
    assert [each.outcome for each in proof.scenarios] == ["held"] * 5


def test_the_first_difference_names_row_column_and_statement() -> None:
    found = proven(HERE / "bad" / "null_unsafe_update.sql", "nulls").first_difference
    assert found is not None
    assert (found.column, found.expected) == ("customer", "NULL")
    assert found.key == {"order_id": "10"}
    assert found.found.startswith("'")
    killed = proven(HERE / "bad" / "position_before_the_write_narrowly.sql", "killed").first_difference
    assert killed is not None
    assert "after statement 2 of 3" in killed.killed
    assert killed.killed in killed.says
    again = proven(HERE / "bad" / "position_before_the_write_narrowly.sql", "killed").first_difference
    assert again == killed
