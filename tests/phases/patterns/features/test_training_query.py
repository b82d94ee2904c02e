"""Training sets: right against a reference that goes row by row, in DuckDB and in PostgreSQL, and read back in six dialects."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from decom_nb.errors import InputError
from decom_nb.phases.patterns.features.feature_document import FeatureStore
from decom_nb.phases.patterns.features.leak_case import leak_case
from decom_nb.phases.patterns.features.leak_proof import prove, read_rows, same
from decom_nb.phases.patterns.features.reference import reference
from decom_nb.phases.patterns.features.training_query import ENGINES, naive_sql, training_sql
from tests.phases.patterns.features.feature_case import AT, DOCUMENT, TYPES, at, fill, store


def rows_of(sql: str, tables: dict[str, list[tuple[Any, ...]]]) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        fill(connection, tables)
        asked = connection.execute(sql)
        names = [each[0] for each in asked.description]
        return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]


@cache
def _usual() -> str:
    return training_sql(store(), "duckdb")


def one(tables: dict[str, list[tuple[Any, ...]]], given: FeatureStore | None = None) -> dict[str, Any]:
    (row,) = rows_of(training_sql(given, "duckdb") if given else _usual(), {"labels": [(1, AT, True)], **tables})
    return row


def order(
    number: int, ordered: float | None, loaded: float | None, amount: float | None, customer: int = 1
) -> tuple[Any, ...]:
    return (customer, number, at(ordered), at(loaded), amount)


def seen(hours: float | None, loaded: float | None, country: str | None, lsn: int = 0) -> tuple[Any, ...]:
    return (1, at(hours), at(loaded), lsn, country)


def test_what_was_known_is_counted_and_the_rest_is_not() -> None:
    orders = [
        order(1, -4, -3, 10),
        order(2, -2, 1, 100),  # arrived late
        order(3, 0, 0, 1000),  # the label's own instant
        order(4, 1, -2, 10_000),  # announced for later
        order(5, -47, -46, 7),  # in the window of two days, not in that of one
        order(6, -49, -48, 70),  # in no window
        order(7, -3, None, 700),  # nobody knows when it could be read
        order(8, -4, -3, 7000, customer=2),
    ]
    row = one({"orders": orders})
    assert (row["orders_2d"], row["amount_1d"], row["last_amount"], row["churned"]) == (2, 10, 10, True)


def test_the_edge_of_a_window_and_of_a_time_to_live_are_inside() -> None:
    row = one({"orders": [order(1, -24, -24, 5)], "customers": [seen(-6, -6, "DE")]})
    assert (row["amount_1d"], row["country"]) == (5, "DE")
    row = one({"orders": [order(1, -24.01, -24, 5)], "customers": [seen(-6.01, -6, "DE")]})
    assert (row["amount_1d"], row["country"], row["last_seen_at"]) == (None, None, at(-6.01))


def test_a_correction_counts_from_when_it_arrived() -> None:
    first, second = order(1, -4, -3, 10), order(1, -4, 1, 99)
    assert one({"orders": [first, second]})["amount_1d"] == 10
    assert one({"orders": [first, order(1, -4, -1, 99)]})["amount_1d"] == 99
    assert one({"orders": [first, first]})["orders_2d"] == 1, "a row that came twice is one"
    assert one({"orders": [first, order(1, None, -1, 99)]})["orders_2d"] == 0, "corrected away"


def test_an_old_value_that_arrives_late_does_not_replace_a_newer_one() -> None:
    assert one({"customers": [seen(-2, -2, "new"), seen(-5, -1, "old")]})["country"] == "new"


def test_equal_times_are_decided() -> None:
    assert one({"customers": [seen(-2, -2, "a", 1), seen(-2, -2, "b", 2)]})["country"] == "b", "by the sequence"
    assert one({"customers": [seen(-2, -1, "later", 1), seen(-2, -2, "b", 2)]})["country"] == "later", "by arrival"
    assert one({"customers": [seen(-2, -2, "a"), seen(-2, -2, "z"), seen(-2, -2, None)]})["country"] == "z", (
        "by the value"
    )


def test_the_labels_own_instant_may_count() -> None:
    known = store(labels={**DOCUMENT["labels"], "knows_its_instant": True})
    row = one({"orders": [order(1, 0, 0, 5)], "customers": [seen(0, 0, "DE")]}, known)
    assert (row["amount_1d"], row["country"], row["hours_since_seen"]) == (5, "DE", 0)


def test_every_label_stays_once() -> None:
    labels = [(1, AT, True), (1, AT, False), (9, AT, True), (None, AT, True), (1, None, True)]
    found = rows_of(training_sql(store(), "duckdb"), {"labels": labels, "orders": [order(1, -4, -3, 10)]})
    assert sorted(map(str, (row["orders_2d"] for row in found))) == ["0", "1", "1", "None", "None"]


@pytest.mark.parametrize("dialect", ENGINES)
def test_the_query_is_read_back(dialect: str) -> None:
    tree = sqlglot.parse_one(training_sql(store(), dialect), read=dialect)
    assert isinstance(tree, exp.Select)
    joins = [join for join in tree.find_all(exp.Join) if join.args.get("method") == "ASOF"]
    assert len(joins) == (1 if dialect in ("duckdb", "snowflake") else 0)
    if dialect == "snowflake":
        assert "MATCH_CONDITION (m.label_time > source_2_newest.known_at)" in tree.sql(dialect="snowflake")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"entity_key": ""}, "entity_key"),
        ({"labels": {}}, "labels.table"),
        ({"sources": []}, r"features\[0\].source"),
        (
            {"features": [{"name": "a", "source": "orders", "aggregation": "sum", "expression": "sum(amount)"}]},
            "is an aggregate",
        ),
        (
            {"features": [{"name": "a", "source": "orders", "aggregation": "sum", "expression": "1; DROP TABLE x"}]},
            "no SELECT",
        ),
        (
            {"features": [{"name": "a", "source": "orders", "aggregation": "last", "expression": "now()"}]},
            "present time",
        ),
        (
            {"features": [{"name": "a", "source": "orders", "aggregation": "last", "expression": "(SELECT 1)"}]},
            "a subquery",
        ),
        ({"features": [{"name": "a", "source": "orders", "aggregation": "last"}]}, "what its value is"),
        ({"features": [{"name": "churned", "source": "orders", "aggregation": "count"}]}, "twice"),
    ],
)
def test_a_document_that_says_too_little_or_too_much_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        training_sql(store(**changes), "duckdb")


@pytest.mark.parametrize(
    "expression",
    [
        "localtimestamp", "current_localtimestamp()", "clock_timestamp()", "nextval('s')", "getenv('HOME')", "read_text('x')",
        "gen_random_uuid()", "random()", "current_date", "current_timestamp + amount", "age(ordered_at)", "o.amount",
        "CAST('now' AS TIMESTAMP)", "amount; amount",
    ],
)  # fmt: skip
def test_an_expression_that_does_more_than_compute_is_refused(expression: str) -> None:
    feature = {"name": "a", "source": "orders", "aggregation": "last", "expression": expression}
    with pytest.raises(InputError, match=r"features\[0\].expression"):
        training_sql(store(features=[feature]), "duckdb")


def test_a_comment_ends_with_its_expression() -> None:
    features = [{"name": "a", "source": "orders", "aggregation": "last", "expression": "amount -- net"}]
    assert one({"orders": [order(1, -2, -2, 5)]}, store(features=features))["a"] == 5


def on_demand(name: str, expression: str) -> dict[str, str]:
    return {"name": name, "computation": "on-demand", "expression": expression}


def test_a_feature_on_demand_may_need_one_that_stands_after_it() -> None:
    last = {"name": "last_amount", "source": "orders", "aggregation": "last", "expression": "amount"}
    made = [on_demand("c", "b * 10"), on_demand("b", "a + 1"), on_demand("a", "Last_Amount")]
    given = store(features=[*made, last])
    row = one({"orders": [order(1, -2, -2, 5)]}, given)
    assert (row["a"], row["b"], row["c"]) == (5, 6, 60)
    for dialect in ENGINES:
        sqlglot.parse_one(training_sql(given, dialect), read=dialect)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ([on_demand("a", "b"), on_demand("b", "a + 1")], "another of them first: a, b"),
        ([on_demand("a", "a + 1")], "another of them first: a"),
        ([on_demand("a", "lst_amount")], "no feature, nor label_time: lst_amount"),
    ],
)
def test_features_on_demand_that_cannot_be_computed_are_refused(made: list[dict[str, str]], says: str) -> None:
    with pytest.raises(InputError, match=says):
        training_sql(store(features=made), "duckdb")


KEYS = st.integers(1, 2)
HOURS = st.sampled_from([-60, -48, -24, -8, -6, -3, -2, -1, 0, 1, 3])
MAYBE = st.none() | HOURS
ORDERS = st.lists(st.tuples(KEYS, st.integers(1, 3), MAYBE, MAYBE, st.sampled_from([None, 1.0, 2.0, 5.0])), max_size=7)
SEEN = st.lists(st.tuples(KEYS, MAYBE, MAYBE, st.integers(0, 1), st.sampled_from([None, "a", "b"])), max_size=7)
LABELS = st.lists(st.tuples(KEYS, HOURS), min_size=1, max_size=3)


def tables(orders: Sequence[Any], customers: Sequence[Any], labels: Sequence[Any]) -> dict[str, list[tuple[Any, ...]]]:
    return {
        "orders": [(key, number, at(event), at(arrived), amount) for key, number, event, arrived, amount in orders],
        "customers": [(key, at(event), at(arrived), lsn, country) for key, event, arrived, lsn, country in customers],
        "labels": [(key, at(hours), True) for key, hours in labels],
    }


STORES = {known: store(labels={**DOCUMENT["labels"], "knows_its_instant": known}) for known in (True, False)}


@pytest.fixture(scope="module")
def queries() -> dict[bool, str]:
    return {known: training_sql(given, "duckdb") for known, given in STORES.items()}


def check_against_reference(queries: dict[bool, str], made: dict[str, list[tuple[Any, ...]]], known: bool) -> None:
    given = STORES[known]
    with duckdb.connect() as connection:
        fill(connection, made)
        asked = connection.execute(queries[known])
        names = [each[0] for each in asked.description]
        got = [dict(zip(names, row, strict=True)) for row in asked.fetchall()]
        moments = [(row["customer_id"], row["label_time"]) for row in got]
        for row, wanted in zip(got, reference(given, read_rows(connection, given), moments), strict=True):
            for name, value in wanted.items():
                assert same(row[name], value), (name, row, wanted)


@settings(max_examples=12)
@given(orders=ORDERS, customers=SEEN, labels=LABELS, known=st.booleans())
def test_the_query_is_the_reference(
    queries: dict[bool, str], orders: Any, customers: Any, labels: Any, known: bool
) -> None:
    check_against_reference(queries, tables(orders, customers, labels), known)


@pytest.mark.slow
@settings(max_examples=100)
@given(orders=ORDERS, customers=SEEN, labels=LABELS, known=st.booleans())
def test_the_query_is_the_reference_on_many_more(
    queries: dict[bool, str], orders: Any, customers: Any, labels: Any, known: bool
) -> None:
    check_against_reference(queries, tables(orders, customers, labels), known)


@settings(max_examples=10)
@given(orders=ORDERS, customers=SEEN, seed=st.integers(0, 2**32))
def test_what_was_not_available_never_changes_the_training_set(
    queries: dict[bool, str], orders: Any, customers: Any, seed: int
) -> None:
    """Whatever is done to rows that arrived at the label's time or later, or whose arrival nobody knows."""
    before = tables(orders, customers, [(1, 0), (2, 0)])
    chance = random.Random(seed)
    after = {"labels": before["labels"]}
    for table, arrived in (("orders", 3), ("customers", 2)):
        kept = []
        for row in before[table]:
            if row[arrived] is not None and row[arrived] < AT:
                kept.append(row)
            elif chance.random() < 0.6:
                other = list(row)
                other[-1] = (
                    chance.choice([None, "z", "y"]) if table == "customers" else chance.choice([None, 77.0, 3.5])
                )
                other[0] = chance.choice([1, 2])
                other[1 if table == "customers" else 2] = at(chance.choice([-5, -1, 0, 2]))
                kept.append(tuple(other))
        after[table] = kept
    found = [sorted(rows_of(queries[False], each), key=lambda row: row["customer_id"]) for each in (before, after)]
    assert found[0] == found[1]


def test_the_proof_holds_and_shows_what_the_naive_join_leaks() -> None:
    proof = prove(store())
    assert proof.holds, proof.differences
    assert proof.labels == 22
    assert proof.moves >= 4
    assert (proof.zones, proof.zoned) == (6, ())
    shown = {each.leak: {name for name, _, _ in each.features} for each in proof.leaks}
    assert shown["late"] >= {"orders_2d", "amount_1d", "last_amount", "country"}
    assert "country" in shown["restated"]
    assert "country" in shown["expired"]
    assert shown["future"] >= {"orders_2d", "country"}
    assert shown["announced"] >= {"orders_2d", "country"}
    assert "country" in shown["same_instant"]


ZONED = """
    CREATE TABLE orders (customer_id INT, order_id INT, ordered_at {0}, loaded_at {1}, amount FLOAT);
    CREATE TABLE customers (customer_id INT, seen_at {0}, loaded_at {1}, lsn INT, country VARCHAR(2));
    CREATE TABLE labels (customer_id INT, label_at {2}, churned BOOLEAN);
    INSERT INTO orders VALUES (1, 1, '2026-03-02 03:00', '2026-03-02 03:00', 77),
        (1, 2, '2026-03-01 23:00', '2026-03-01 23:00', 5);
    INSERT INTO customers VALUES (1, '2026-03-02 03:00', '2026-03-02 03:00', 1, 'US'),
        (1, '2026-03-01 22:00', '2026-03-01 22:00', 1, 'DE');
    INSERT INTO labels VALUES (1, '2026-03-02 00:00', TRUE)
"""  # fmt: skip
"""A label at midnight, and rows of before and of three hours later, all in UTC; the types of times are to be filled in."""
KINDS = [
    kinds for kinds in itertools.product(("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"), repeat=3) if len(set(kinds)) > 1
]
SESSIONS = ("UTC", "America/New_York", "Asia/Tokyo")


def check_zoned(row: dict[str, Any]) -> None:
    assert (row["orders_2d"], row["amount_1d"], row["last_amount"], row["country"]) == (1, 5, 5, "DE")
    assert (row["last_seen_at"], row["hours_since_seen"]) == (datetime(2026, 3, 1, 22), 2)
    assert row["label_time"] == datetime(2026, 3, 2)


@pytest.mark.parametrize("kinds", KINDS)
def test_the_sessions_zone_decides_nothing(kinds: tuple[str, str, str]) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(ZONED.format(*kinds))
        for zone in SESSIONS:
            connection.execute(f"SET TimeZone = '{zone}'")
            asked = connection.execute(_usual())
            names = [each[0] for each in asked.description]
            (row,) = asked.fetchall()
            check_zoned(dict(zip(names, row, strict=True)))


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["postgres", "redshift"])
def test_the_sessions_zone_decides_nothing_in_postgres(postgres_url: str, dialect: str) -> None:
    """Redshift's words are read by PostgreSQL as well, where they have to mean the same."""
    import psycopg

    features = [each for each in DOCUMENT["features"] if each["name"] != "hours_since_seen"]
    features.append(
        {"name": "hours_since_seen", "computation": "on-demand", "expression": "2"}
    )  # no word of both engines
    sql = training_sql(store(features=features), dialect)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for kinds in KINDS:
            connection.execute("DROP TABLE IF EXISTS orders, customers, labels")
            connection.execute("SET TIME ZONE 'UTC'")
            connection.execute(ZONED.format(*kinds).encode())
            for zone in SESSIONS:
                connection.execute(f"SET TIME ZONE '{zone}'".encode())
                asked = connection.execute(sql.encode())
                names = [each.name for each in asked.description or ()]
                (row,) = asked.fetchall()
                check_zoned(dict(zip(names, row, strict=True)))


def test_a_query_that_asks_the_session_for_its_zone_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("decom_nb.phases.patterns.features.training_query.utc", lambda sql: f"CAST({sql} AS TIMESTAMP)")
    proof = prove(store())
    assert not proof.differences
    assert proof.zoned
    assert not proof.holds


def test_a_query_that_leaks_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "decom_nb.phases.patterns.features.leak_proof.training_sql", lambda store, dialect: naive_sql(store)
    )
    proof = prove(store())
    assert not proof.holds
    assert proof.differences
    assert proof.moved


@pytest.mark.slow
def test_postgres_gives_what_duckdb_gives(postgres_url: str) -> None:
    import psycopg

    made = leak_case(store(), TYPES)
    rows = {table: [tuple(row.get(name) for name in TYPES[table]) for row in made.rows[table]] for table in TYPES}
    labels = [(key, time, bool(churned % 2)) for key, time, churned in rows["labels"]]
    wanted = rows_of(training_sql(store(), "duckdb"), {**rows, "labels": labels})
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        fill(connection, {**rows, "labels": labels})
        asked = connection.execute(training_sql(store(), "postgres").encode())
        names = [each.name for each in asked.description or ()]
        got = [dict(zip(names, row, strict=True)) for row in asked.fetchall()]
    left_out = {"hours_since_seen"}  # hours begun in one engine, whole ones in the other
    said = [sorted(str({k: v for k, v in row.items() if k not in left_out}) for row in each) for each in (wanted, got)]
    assert said[0] == said[1]
