"""A load means the same whatever the session's zone, and two keys never get one hash."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from decom_nb.phases.patterns.scd import ScdSpecification, left_out
from decom_nb.phases.patterns.scd.generator import in_duckdb
from decom_nb.phases.patterns.scd.timeline import told_apart
from tests.phases.patterns.scd.scd_engine import instant, load, prepare, rows

SPEC = ScdSpecification(
    table="dim", source="stage", natural_key=("k", "l"), type_2=("a",), effective="seen", surrogate_key="sk", surrogate="hash"
)  # fmt: skip
COLUMNS = {"k": "VARCHAR(9)", "l": "VARCHAR(9)", "a": "VARCHAR(9)", "seen": "TIMESTAMP WITH TIME ZONE"}
ONE = [{"k": "1", "l": "2", "a": "x", "seen": "2026-01-01 23:30:00+00"}]
TWO = [{"k": "1", "l": "2", "a": "y", "seen": "2026-01-01 22:30:00-02:00"}]
LATE = [{"k": "1", "l": "2", "a": "w", "seen": "2026-01-01 19:00:00-05:00"}, {**ONE[0], "seen": None}]
ZONES = ("UTC", "America/New_York", "Asia/Tokyo")
WANTED = [
    ("x", "2026-01-01 23:30:00", "2026-01-02 00:00:00"), ("w", "2026-01-02 00:00:00", "2026-01-02 00:30:00"),
    ("y", "2026-01-02 00:30:00", "None"),
]  # fmt: skip


def check_zones(connection: Any, dialect: str, merge: bool | None = None) -> None:
    """Load, each batch twice and each time in another zone, and assert that nothing depends on it."""
    zone = "SET TIME ZONE" if dialect == "postgres" else "SET TimeZone ="
    keys = []
    for first in range(len(ZONES)):
        for table in ("stage", "dim", "dim_changes"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        prepare(connection, SPEC, COLUMNS, dialect)
        for n, batch in enumerate([ONE, TWO, LATE, ONE, LATE]):
            connection.execute(f"{zone} '{ZONES[(first + n) % len(ZONES)]}'")
            load(connection, SPEC, batch, instant(n), dialect=dialect, merge=merge)
        found = rows(connection, "dim", "valid_from")
        assert [(row["a"], str(row["valid_from"]), str(row["valid_to"])) for row in found] == WANTED
        keys.append([row["sk"] for row in found])
        assert len(connection.execute(left_out(SPEC, dialect)).fetchall()) == 1
    assert keys[0] == keys[1] == keys[2]
    assert len(set(keys[0])) == 3


def test_the_sessions_zone_decides_nothing() -> None:
    with duckdb.connect() as connection:
        check_zones(connection, "duckdb")


@pytest.mark.slow
@pytest.mark.parametrize("merge", [True, False])
def test_the_sessions_zone_decides_nothing_in_postgres(postgres_url: str, merge: bool) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        check_zones(connection, "postgres", merge)


PART = st.none() | st.text(alphabet="|:-1x", max_size=4)


@settings(max_examples=60)
@given(keys=st.lists(st.tuples(PART, PART, PART), min_size=2, max_size=8, unique=True))
def test_keys_that_differ_are_told_apart(keys: list[tuple[str | None, ...]]) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE q (a VARCHAR, b VARCHAR, c VARCHAR)")
        connection.executemany("INSERT INTO q VALUES (?, ?, ?)", keys)
        texts = connection.execute(f"SELECT DISTINCT {told_apart(['a', 'b', 'c'])} FROM q").fetchall()
        assert len(texts) == len(keys)
        assert None not in {text for (text,) in texts}


def test_a_separator_in_a_key_makes_no_two_keys_one() -> None:
    with duckdb.connect() as connection:
        prepare(connection, SPEC, COLUMNS)
        pairs = (("x|y", "z"), ("x", "y|z"), ("", "x"), ("x", ""))
        load(connection, SPEC, [{**ONE[0], "k": one, "l": other} for one, other in pairs], instant(1))
        assert len({row["sk"] for row in rows(connection, "dim", "sk")}) == len(pairs)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"type_2": ("status", "Status")}, "more than once: Status, status"),
        ({"type_2": ("a",), "natural_key": ("id", "A")}, "more than once: A, a"),
        ({"type_2": ("a",), "type_1": ("Valid_From",)}, "more than once: Valid_From, valid_from"),
        ({"type_3": ("a",), "type_1": ("previous_a",)}, "more than once: previous_a"),
        ({"type_6": ("a",), "type_1": ("CURRENT_a",)}, "more than once: CURRENT_a, current_a"),
        ({"type_2": ("a",), "type_1": ("is_deleted",), "complete": True, "deletes": "mark"}, "more than once: is_deleted"),
        ({"type_2": ("scd_nth",)}, "those of the load itself: scd_nth"),
        ({"type_2": ("a",), "surrogate_key": "SCD_key"}, "those of the load itself: SCD_key"),
        ({"type_2": ("a",), "source": "scd_batch"}, "those of the load itself: scd_batch"),
        ({"type_2": ("a",), "changes": "scd_known"}, "those of the load itself: scd_known"),
    ],
)  # fmt: skip
def test_names_that_would_hide_others_are_refused(told: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ScdSpecification.model_validate({"table": "dim", "source": "stage", "natural_key": ("id",), **told})


def test_a_programs_own_load_keeps_the_history_of_type_4() -> None:
    spec = ScdSpecification(table="dim", source="stage", natural_key=("id",), type_1=("b",), type_4=("a",))
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE stage (id INT, a VARCHAR, b VARCHAR); CREATE TABLE dim (id INT, b VARCHAR, a VARCHAR)"
        )
        for day, value in (("2026-01-01", "x"), ("2026-01-02", "y")):
            connection.execute(f"DELETE FROM stage; INSERT INTO stage VALUES (1, '{value}', 'q')")
            for statement in in_duckdb(spec, day):
                connection.execute(statement)
        assert connection.execute("SELECT * FROM dim").fetchall() == [(1, "q", "y")]
        history = [
            (row["a"], row["valid_from"].day, row["is_current"])
            for row in rows(connection, "dim_history", "valid_from")
        ]
        assert history == [("x", 1, False), ("y", 2, True)]
