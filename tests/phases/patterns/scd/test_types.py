"""Each type of changing dimension, loaded batch by batch; what goes, comes back or comes late; other engines' words."""

from __future__ import annotations

import itertools
from typing import Any

import duckdb
import pytest
import sqlglot
from pydantic import ValidationError

from decom_nb.phases.patterns.scd import ScdSpecification, left_out, script, setup
from decom_nb.phases.patterns.scd.generator import DIALECTS
from tests.phases.patterns.scd.scd_engine import EPOCH, instant, load, prepare, rows

COLUMNS = {"id": "INT", "a": "VARCHAR", "b": "VARCHAR", "seen": "TIMESTAMP", "n": "INT", "gone": "BOOLEAN"}
BASE: dict[str, Any] = {"table": "dim", "source": "stage", "natural_key": ("id",), "surrogate_key": "sk"}


def loaded(spec: ScdSpecification, *batches: list[dict[str, Any]], merge: bool | None = None) -> Any:
    connection = duckdb.connect()
    prepare(connection, spec, COLUMNS)
    for n, batch in enumerate(batches, start=1):
        for _ in range(2):
            load(connection, spec, batch, instant(n), merge=merge)
    return connection


def told(connection: Any, columns: str, table: str = "dim", order: str = "ALL") -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rows(connection, f"(SELECT {columns} FROM {table})", order)]


def day(n: int) -> Any:
    return instant(n)


@pytest.mark.parametrize("merge", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_type_1_keeps_one_row_and_its_key(merge: bool) -> None:
    spec = ScdSpecification(**BASE, type_1=("a", "b"))
    first = [{"id": 1, "a": "x", "b": None}, {"id": 2, "a": "y", "b": "q"}]
    connection = loaded(spec, first, [{"id": 1, "a": None, "b": "p"}], merge=merge)
    assert told(connection, "id, sk, a, b") == [(1, 1, None, "p"), (2, 2, "y", "q")]


def test_type_1_with_a_time_is_not_set_back_by_a_late_row() -> None:
    spec = ScdSpecification(**BASE, type_1=("a",), effective="seen")
    connection = loaded(spec, [{"id": 1, "a": "new", "seen": day(5)}], [{"id": 1, "a": "old", "seen": day(3)}])
    assert told(connection, "id, a") == [(1, "new")]


@pytest.mark.parametrize("changes", [None, pytest.param("seen_changes", marks=pytest.mark.slow)])
def test_type_3_holds_the_value_before(changes: str | None) -> None:
    spec = ScdSpecification(**BASE, type_3=("a",), type_1=("b",), changes=changes)
    batches = [[{"id": 1, "a": value, "b": b}] for value, b in (("x", "1"), ("y", "2"), ("y", "3"), (None, "4"))]
    assert told(loaded(spec, *batches[:1]), "id, a, previous_a, b") == [(1, "x", None, "1")]
    assert told(loaded(spec, *batches[:2]), "id, a, previous_a, b") == [(1, "y", "x", "2")]
    assert told(loaded(spec, *batches[:3]), "id, a, previous_a, b") == [(1, "y", "x", "3")]
    assert told(loaded(spec, *batches), "id, a, previous_a, b") == [(1, None, "y", "4")]


def test_type_6_holds_the_newest_value_in_every_version() -> None:
    spec = ScdSpecification(**BASE, type_6=("a",), type_2=("b",), effective="seen")
    connection = loaded(
        spec,
        [{"id": 1, "a": "x", "b": "1", "seen": day(1)}, {"id": 1, "a": "z", "b": "1", "seen": day(9)}],
        [{"id": 1, "a": "y", "b": "1", "seen": day(5)}, {"id": 2, "a": "k", "b": "1", "seen": day(5)}],
    )
    assert told(connection, "id, valid_from, a, current_a, is_current") == [
        (1, day(1), "x", "z", False),
        (1, day(5), "y", "z", False),
        (1, day(9), "z", "z", True),
        (2, day(5), "k", "k", True),
    ]


def test_type_4_keeps_a_current_table_and_a_history_that_agree() -> None:
    spec = ScdSpecification(
        **BASE, type_1=("b",), type_4=("a",), complete=True, deletes="close", changes="seen_changes"
    )
    both = [{"id": 1, "a": "x", "b": "1"}, {"id": 2, "a": "y", "b": "1"}]
    connection = loaded(spec, both, [{"id": 1, "a": "z", "b": "2"}])
    assert told(connection, "id, sk, a, b") == [(1, 1, "z", "2")]
    assert told(connection, "id, valid_from, a, valid_to, is_current", "dim_history") == [
        (1, day(1), "x", day(2), False),
        (1, day(2), "z", None, True),
        (2, day(1), "y", day(2), False),
    ]
    current = "SELECT id, a FROM dim_history WHERE is_current"
    assert connection.execute(f"SELECT id, a FROM dim EXCEPT {current}").fetchall() == []
    assert connection.execute(f"{current} EXCEPT SELECT id, a FROM dim").fetchall() == []


@pytest.mark.parametrize("effective", ["", "seen"])
@pytest.mark.parametrize("changes", [None, pytest.param("", marks=pytest.mark.slow)])
def test_a_key_that_is_missing_from_the_whole_source_ends_and_may_come_back(
    effective: str, changes: str | None
) -> None:
    spec = ScdSpecification(
        **BASE, type_2=("a",), complete=True, deletes="close", effective=effective, changes=changes, open_end="far"
    )
    one, two = {"id": 1, "a": "x", "seen": EPOCH}, {"id": 2, "a": "y", "seen": EPOCH}
    connection = loaded(spec, [one, two], [one], [one], [one, two], [one, two])
    began, far = EPOCH if effective else day(1), day(0).replace(year=9999, month=12, day=31)
    history = [
        (1, began, "x", far, True, 1),
        (2, began, "y", day(2), False, 2),
        (2, day(4), "y", far, True, 3),
    ]
    assert told(connection, "id, valid_from, a, valid_to, is_current, sk") == history
    for n, batch in enumerate([[one, two], [one], [one], [one, two]], start=1):  # each as it was loaded then
        if changes is None:
            load(connection, spec, batch, instant(n))
    assert told(connection, "id, valid_from, a, valid_to, is_current, sk") == history


def test_a_deleted_key_is_marked_with_what_it_last_was() -> None:
    spec = ScdSpecification(**BASE, type_2=("a",), complete=True, deletes="mark")
    one = [{"id": 1, "a": "x"}]
    connection = loaded(spec, one, [], one)
    assert told(connection, "id, valid_from, a, is_deleted, valid_to, is_current") == [
        (1, day(1), "x", False, day(2), False),
        (1, day(2), "x", True, day(3), False),
        (1, day(3), "x", False, None, True),
    ]


def test_an_earlier_beginning_moves_the_row_and_keeps_its_key() -> None:
    spec = ScdSpecification(**BASE, type_2=("a",), effective="seen")
    connection = loaded(spec, [{"id": 1, "a": "x", "seen": day(5)}], [{"id": 1, "a": "x", "seen": day(2)}])
    assert told(connection, "id, valid_from, sk, is_current") == [(1, day(2), 1, True)]


@pytest.mark.slow
def test_a_late_change_finds_the_value_again_that_came_after_it() -> None:
    """What was seen later and changed nothing then is known nonetheless: x, then y, then x again."""
    spec = ScdSpecification(**BASE, type_2=("a",), effective="seen")
    batches = [[{"id": 1, "a": value, "seen": day(n)}] for value, n in (("x", 1), ("x", 3), ("y", 2))]
    for order in itertools.permutations(batches):
        assert told(loaded(spec, *order), "id, valid_from, a") == [(1, day(1), "x"), (1, day(2), "y"), (1, day(3), "x")]


@pytest.mark.slow
def test_changes_of_one_instant_are_ordered_by_what_is_said_to_order_them() -> None:
    spec = ScdSpecification(**BASE, type_2=("a",), effective="seen", order_by=("n",), deleted="gone", deletes="close")
    batch = [
        {"id": 1, "a": "z", "seen": day(1), "n": 1, "gone": False},
        {"id": 1, "a": None, "seen": day(1), "n": 2, "gone": True},
        {"id": 1, "a": "a", "seen": day(1), "n": 3, "gone": False},
    ]
    for order in itertools.permutations([[each] for each in batch]):
        assert told(loaded(spec, *order), "id, valid_from, a, is_current") == [(1, day(1), "a", True)]


def test_a_dimension_that_was_there_before_is_taken_over() -> None:
    spec = ScdSpecification(**BASE, type_2=("a",), complete=True, deletes="close")
    connection = duckdb.connect()
    prepare(connection, spec, COLUMNS)
    connection.execute(
        f"INSERT INTO dim VALUES (7, 1, 'w', '{day(-9)}', '{day(-5)}', FALSE), (8, 1, 'x', '{day(-5)}', NULL, TRUE),"
        f" (9, 2, 'gone', '{day(-9)}', '{day(-5)}', FALSE), (10, 3, 'same', '{day(-9)}', NULL, TRUE)"
    )
    for _ in range(2):
        load(connection, spec, [{"id": 1, "a": "y"}, {"id": 3, "a": "same"}], instant(1))
    assert told(connection, "id, valid_from, a, valid_to, is_current, sk") == [
        (1, day(-9), "w", day(-5), False, 7),
        (1, day(-5), "x", day(1), False, 8),
        (1, day(1), "y", None, True, 11),
        (2, day(-9), "gone", day(-5), False, 9),
        (3, day(-9), "same", None, True, 10),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("effective", ["", "seen"])
@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("type_", ["type_1", "type_2", "type_3", "type_4", "type_6"])
def test_a_load_that_was_killed_goes_on_where_it_ended(effective: str, merge: bool, type_: str) -> None:
    """As in an engine in which only each statement is atomic, with the repetition some time later."""
    spec = ScdSpecification.model_validate({**BASE, type_: ("a",), "effective": effective, "changes": "seen_changes"})
    first = [{"id": n, "a": "x", "seen": day(1)} for n in (1, 2)]
    then = [{"id": 1, "a": "y", "seen": day(2)}, {"id": 3, "a": "z", "seen": day(2)}]
    whole = loaded(spec, first, then, merge=merge)
    steps = script(spec, "duckdb", merge=merge).steps
    for killed in range(len(steps)):
        connection = loaded(spec, first, merge=merge)
        connection.execute("DELETE FROM stage")
        for row in then:
            connection.execute("INSERT INTO stage (id, a, seen) VALUES (?, ?, ?)", list(row.values()))
        for step in steps[:killed]:
            connection.execute(step.sql.replace(":loaded_at", f"CAST('{day(2)}' AS TIMESTAMP)"))
        load(connection, spec, then, instant(2), merge=merge)
        assert told(connection, "*", order="1, 2, 3") == told(whole, "*", order="1, 2, 3"), killed


def test_rows_that_no_load_can_place_are_listed() -> None:
    spec = ScdSpecification(**BASE, type_2=("a",), effective="seen")
    whole, bare = {"id": 1, "a": "x", "seen": day(1)}, {"id": 2, "a": "x", "seen": None}
    connection = loaded(spec, [whole, bare, {"id": None, "a": "x", "seen": day(1)}])
    assert told(connection, "id") == [(1,)]
    assert len(connection.execute(left_out(spec, "duckdb")).fetchall()) == 2


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_engine_reads_its_text_back(dialect: str) -> None:
    spec = ScdSpecification(
        table='marts."odd', source="staging.Customers", natural_key=("id", "select"), type_1=("a",), type_2=("b",),
        type_3=("c",), type_4=("d",), type_6=("e",), surrogate_key="sk", surrogate="hash", effective="seen", order_by=("n",),
        complete=True, deletes="mark", open_end="far", kept=("f",),
    )  # fmt: skip
    for written in (script(spec, dialect), setup(spec, dialect)):
        for step in written.steps:
            assert len(sqlglot.parse(step.sql, read=dialect)) == 1
            assert "scd_loaded_at_parameter" not in step.sql
    assert script(spec, dialect).blocks[0].atomic == (dialect != "databricks")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"natural_key": ()}, "names no column"),
        ({"type_1": ("a",), "type_2": ("a",)}, "more than once: a"),
        ({"type_1": ("valid_from",), "type_2": ("a",)}, "more than once: valid_from"),
        ({"deletes": "close", "deleted": "gone", "type_1": ("a",)}, "no version to close"),
        ({"deletes": "mark", "type_2": ("a",)}, "nothing tells what was deleted"),
        ({"type_2": ("a",), "columns": {"x": "y"}}, "none of the dimension's columns: x"),
        ({"type_2": ("a",), "types": {"a": "INT) AS x, (SELECT 1"}}, "no type"),
    ],
)
def test_a_specification_that_contradicts_itself_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ScdSpecification.model_validate(BASE | wrong)
