"""PostgreSQL comes to the same history as plain Python does."""

from __future__ import annotations

import random
from typing import Any

import psycopg
import pytest

from decom_nb.phases.patterns.scd import ScdSpecification
from tests.phases.patterns.scd.scd_engine import expected, instant, load, prepare, rows
from tests.phases.patterns.scd.test_history import COLUMNS, check_tiles, specification, tell

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("deletes", ["keep", "close", "mark"])
def test_history_is_what_the_changes_tell(postgres_url: str, deletes: str, merge: bool) -> None:
    spec = specification(deletes=deletes)
    chance = random.Random(deletes)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        prepare(connection, spec, COLUMNS, "postgres")
        for _ in range(6):
            for table in ("dim", "dim_changes"):
                connection.execute(f"TRUNCATE {table}")
            seen: list[dict[str, Any]] = []
            for n in range(4):
                batch = [made_up(chance) for _ in range(5)]
                seen += batch
                for _ in range(2):
                    load(connection, spec, batch, instant(100 + n), dialect="postgres", merge=merge)
                    found = rows(connection, "dim", "sk")
                    check_tiles(found)
                    assert tell(found) == tell(expected(seen, ("k1", "k2"), ("x", "y"), ("z",), deletes))


def made_up(chance: random.Random) -> dict[str, Any]:
    pick = chance.choice
    few = [None, 1, 2]
    return {"k1": pick([1, 2]), "k2": pick("ab"), "x": pick(few), "y": pick(few), "z": pick(few),
            "changed": instant(pick(range(6))), "gone": pick([False, False, True])}  # fmt: skip


@pytest.mark.parametrize("merge", [True, False])
def test_all_types_at_once(postgres_url: str, merge: bool) -> None:
    spec = ScdSpecification(
        table="dim", source="stage", natural_key=("id",), type_1=("a",), type_2=("b",), type_3=("c",), type_4=("d",),
        type_6=("e",), surrogate_key="sk", surrogate="hash", complete=True, deletes="mark",
    )  # fmt: skip
    columns = {"id": "INT", **dict.fromkeys("abcde", "VARCHAR")}
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        prepare(connection, spec, columns, "postgres")
        first = [{"id": 1, "a": "1", "b": "1", "c": "1", "d": "1", "e": "1"}, {"id": 2, **dict.fromkeys("abcde", "1")}]
        then = [{"id": 1, "a": "2", "b": None, "c": "2", "d": "2", "e": "2"}]
        for n, batch in enumerate((first, then)):
            for _ in range(2):
                load(connection, spec, batch, instant(n), dialect="postgres", merge=merge)
        told = rows(
            connection,
            "(SELECT id, a, b, c, previous_c, d, e, current_e, is_current, is_deleted FROM dim)",
            "id, is_current, is_deleted",
        )
        assert [tuple(row.values()) for row in told] == [
            (1, "2", "1", "2", "1", "2", "1", "2", False, False),
            (1, "2", None, "2", "1", "2", "2", "2", True, False),
            (2, "1", "1", "1", None, "1", "1", "1", False, False),
            (2, "1", "1", "1", None, "1", "1", "1", True, True),
        ]
        told = rows(connection, "(SELECT id, d, is_current, is_deleted FROM dim_history)", "1, 2, 3")
        assert [tuple(row.values()) for row in told] == [
            (1, "1", False, False), (1, "2", True, False), (2, "1", False, False), (2, "1", True, True),
        ]  # fmt: skip
