"""Flink SQL of a sink: read back statement by statement; each table gets its own columns, keys, target and name."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from decom_nb.phases.patterns.connector.capture_document import Capture
from decom_nb.phases.patterns.connector.connector_file import connector
from decom_nb.phases.patterns.connector.fed_table import NotPossible
from decom_nb.phases.patterns.connector.flink_type import flink_type
from decom_nb.phases.patterns.connector.sink_file import sink_file, topics
from decom_nb.phases.pipelines.pipeline import Pipeline
from tests.phases.patterns.connector.flink_file import FlinkFile, read

EVIL = "a`b'; DROP TABLE x; -- ü"


def pipeline(table: str, columns: dict[str, Any], keys: tuple[str, ...] = ("id",), **more: Any) -> Pipeline:
    """Make a pipeline: columns as name → type, or name → (type, source)."""
    told = [
        {"name": name, "data_type": each} if isinstance(each, str) else {"name": name, "data_type": each[0], "source": each[1]}
        for name, each in columns.items()
    ]  # fmt: skip
    fields = {"columns": told, "extract": {"source_table": table, "natural_keys": keys}, **more}
    return Pipeline.model_validate(fields)


def plan(*databases: dict[str, Any], **more: Any) -> Capture:
    defaults = {"database": "postgres", "host": "db", "database_name": "shop"}
    sink = {"name": "warehouse", "kind": "stream processor", "target": "jdbc:postgresql://db/warehouse"}
    fields = {"topics": "per table", "serialization": "JSON", "bootstrap_servers": "kafka:9092", "sinks": [sink]}
    return Capture.model_validate({**fields, "databases": [{**defaults, **each} for each in databases], **more})


def flink(capture: Capture, *pipelines: Pipeline) -> FlinkFile:
    name, text = sink_file(capture, capture.sinks[0], pipelines)
    assert name == "warehouse.flink.sql"
    return read(text)


ORDERS = pipeline(
    "public.orders", {"id": "BIGINT", "paid": "TIMESTAMP"}, pipeline="orders", load={"target_table": "raw.orders"}
)
CUSTOMERS = pipeline(
    "public.customers", {"id": "BIGINT", "mail": "VARCHAR"}, pipeline="customers", load={"target_table": "raw.customers"}
)  # fmt: skip


@pytest.mark.parametrize("named", [True, False], ids=["named", "unnamed"])
@pytest.mark.parametrize("turned", [1, -1], ids=["in order", "turned round"])
def test_each_table_has_the_columns_and_the_target_of_the_pipeline_that_reads_it(named: bool, turned: int) -> None:
    pipelines = [each if named else each.model_copy(update={"pipeline": ""}) for each in (ORDERS, CUSTOMERS)][::turned]
    feeding = {"pipeline": "orders"} if named else {}
    told = flink(plan({"connector": "shop", "tables": ["public.orders", "public.customers"], **feeding}), *pipelines)
    assert {name: (list(each.columns), each.settings.get("table-name")) for name, each in told.tables.items()} == {
        "changes_public_orders": (["id", "paid"], None),
        "current_public_orders": (["id", "paid"], "raw.orders"),
        "changes_public_customers": (["id", "mail"], None),
        "current_public_customers": (["id", "mail"], "raw.customers"),
    }
    assert told.tables["changes_public_customers"].settings["topic"] == "shop.public.customers"


@pytest.mark.parametrize("name", ["", "orders"])
def test_a_pipeline_of_another_table_is_none_of_this_one(name: str) -> None:
    other = ORDERS.model_copy(update={"pipeline": name})
    capture = plan({"connector": "shop", "tables": ["public.refunds"], "pipeline": name})
    with pytest.raises(NotPossible, match=r"of public\.refunds neither columns nor keys are known"):
        flink(capture, other)


def test_a_pipeline_that_names_no_table_is_the_one_that_it_is_said_to_be_of_and_of_no_two() -> None:
    silent = pipeline("", {"id": "BIGINT"}, pipeline="orders")
    one = flink(plan({"connector": "shop", "tables": ["public.orders"], "pipeline": "orders"}), silent)
    assert list(one.tables["changes_public_orders"].columns) == ["id"]
    with pytest.raises(NotPossible, match=r"public\.orders"):
        flink(plan({"connector": "shop", "tables": ["public.orders", "public.refunds"], "pipeline": "orders"}), silent)
    nobodys = silent.model_copy(update={"pipeline": ""})
    with pytest.raises(NotPossible):
        flink(plan({"connector": "shop", "tables": ["public.orders"]}), nobodys)


def test_a_connector_is_fed_by_no_pipeline_without_a_name() -> None:
    nobodys = ORDERS.model_copy(update={"pipeline": ""})
    capture = plan({"connector": "shop"})
    config = connector(capture, capture.databases[0], (nobodys,))["config"]
    assert "table.include.list" not in config
    assert "message.key.columns" not in config


def test_renamed_columns_are_read_by_the_sources_names_and_written_by_the_targets() -> None:
    renamed = pipeline(
        "public.orders",
        {"order_id": ("BIGINT", "id"), "paid_at": ("TIMESTAMP", '"paid at"'), "note": "VARCHAR", "key": ("BIGINT", "id")},
    )  # fmt: skip
    told = flink(plan({"connector": "shop", "tables": ["public.orders"]}), renamed)
    source, target = told.tables["changes_public_orders"], told.tables["current_public_orders"]
    assert source.columns == {"id": "BIGINT", "paid at": "TIMESTAMP(6)", "note": "STRING"}
    assert list(target.columns) == ["order_id", "paid_at", "note", "key"]
    assert (source.key, target.key) == (("id",), ("order_id",))
    (insert,) = told.inserts
    assert insert[1] == [("id", "order_id"), ("paid at", "paid_at"), ("note", "note"), ("id", "key")]


def test_the_insertion_runs_and_puts_every_value_where_it_belongs() -> None:
    renamed = pipeline("public.orders", {"b": ("BIGINT", "a"), "a": ("BIGINT", "b"), "c": "BIGINT"}, keys=("a",))
    told = flink(plan({"connector": "shop", "tables": ["public.orders"]}), renamed)
    with duckdb.connect() as engine:
        for each in told.tables.values():
            engine.execute(f'CREATE TABLE "{each.name}" ({", ".join(f"{x} {y}" for x, y in each.columns.items())})')
        engine.execute('INSERT INTO "changes_public_orders" BY NAME SELECT 1 AS a, 2 AS b, 3 AS c')
        ((target, chosen, source),) = told.inserts
        engine.execute(f'INSERT INTO "{target}" SELECT {", ".join(f"{x} AS {y}" for x, y in chosen)} FROM "{source}"')
        row = engine.execute('SELECT a, b, c FROM "current_public_orders"').fetchone()
    assert row == (2, 1, 3)
    assert told.tables["current_public_orders"].key == ("b",)


@pytest.mark.parametrize(
    "written", ["upper(id)", "id + 1", "o.id", "CAST(id AS BIGINT)", "current_date", "id; DROP TABLE x"]
)
def test_what_is_computed_is_refused(written: str) -> None:
    computed = pipeline("public.orders", {"id": "BIGINT", "made": ("BIGINT", written)})
    with pytest.raises(NotPossible, match="made"):
        flink(plan({"connector": "shop", "tables": ["public.orders"]}), computed)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"extract": {"source_table": "public.orders", "natural_keys": ["nobody"]}}, "nobody of extract.natural_keys"),
        ({"load": {"merge_keys": ["nobody"]}}, "nobody of load.merge_keys"),
        ({"extract": {"source_table": "public.orders", "natural_keys": ["order_id"]}}, "no column of the source"),
    ],
)
def test_keys_are_columns_of_the_table_they_stand_in(more: dict[str, Any], says: str) -> None:
    lacking = pipeline("public.orders", {"order_id": ("BIGINT", "id")}, **more)
    with pytest.raises(NotPossible, match=says):
        flink(plan({"connector": "shop", "tables": ["public.orders"]}), lacking)


def test_a_column_that_is_carried_as_two_types_is_refused() -> None:
    twice = pipeline("public.orders", {"id": "BIGINT", "told": ("VARCHAR", "id")})
    with pytest.raises(NotPossible, match="carries id as BIGINT and as STRING"):
        flink(plan({"connector": "shop", "tables": ["public.orders"]}), twice)


def test_tables_of_one_name_stay_apart() -> None:
    databases = [{"connector": each, "tables": ["public.orders", "public_orders"]} for each in ("eu", "us")]
    other = pipeline("public_orders", {"id": "BIGINT"})
    told = flink(plan(*databases), ORDERS, other)
    assert len(told.tables) == 8
    assert {each.settings.get("topic") for each in told.tables.values()} - {None} == {
        "eu.public.orders", "eu.public_orders", "us.public.orders", "us.public_orders",
    }  # fmt: skip
    for target, _, source in told.inserts:
        assert target.removeprefix("current_") == source.removeprefix("changes_")


def test_hostile_names_stay_names() -> None:
    hostile = pipeline(f"public.{EVIL}", {EVIL: "VARCHAR", "id": "BIGINT"}, load={"target_table": EVIL})
    capture = plan({"connector": "shop", "tables": [f"public.{EVIL}"]})
    told = flink(capture, hostile)
    (source, target) = told.tables.values()
    assert list(source.columns) == [EVIL, "id"]
    assert target.settings["table-name"] == EVIL
    assert source.settings["topic"] == "shop.public.a_b___DROP_TABLE_x__--__"
    assert topics(capture, capture.sinks[0], (hostile,)) == (source.settings["topic"],)


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028", "\x85"])
def test_a_name_with_a_line_break_does_not_leave_its_comment(end: str) -> None:
    broken = f"public.orders{end}DROP TABLE x;"
    told = flink(
        plan({"connector": "shop", "tables": [broken]}), pipeline(broken, {"id": "BIGINT"}, load={"target_table": "t"})
    )
    assert len(told.tables) == 2
    for wrong in (
        pipeline("t", {"id": "BIGINT", f"a{end}b": "BIGINT"}),
        pipeline("t", {"id": "BIGINT"}, load={"target_table": f"t{end}u"}),
    ):
        with pytest.raises(NotPossible, match="line break"):
            flink(plan({"connector": "shop", "tables": ["t"]}), wrong)


TYPES = [
    "BIGINT", "INT8", "LONG", "TINYINT", "SMALLINT", "INTEGER", "INT4", "SIGNED", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
    "UINT64", "FLOAT", "REAL", "DOUBLE", "FLOAT8", "BOOLEAN", "BOOL", "DATE", "DATETIME", "TIMESTAMP", "TIMESTAMP_S",
    "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP_US", "TIMESTAMPTZ", "TIMESTAMP(2)", "TIMESTAMP(7)", "DECIMAL", "NUMERIC",
    "DECIMAL(4)", "DECIMAL(38,9)", "VARCHAR", "TEXT", "STRING", "VARCHAR(20)", "CHAR(3)", "UUID", "JSON", "BLOB", "BYTEA",
    "ENUM('a')",
]  # fmt: skip
LARGEST = {
    "TINYINT": 127, "SMALLINT": 2**15 - 1, "INT": 2**31 - 1, "BIGINT": 2**63 - 1, "DECIMAL(20, 0)": 10**20 - 1,
}  # fmt: skip


def test_a_type_holds_all_that_duckdb_puts_into_it() -> None:
    with duckdb.connect() as engine:
        for type_ in TYPES:
            told = flink_type(type_)
            (called,) = engine.execute(f"SELECT typeof(CAST(NULL AS {type_}))").fetchone() or ("",)
            assert told == flink_type(called), type_
            if told in LARGEST:
                beyond = engine.execute(f"SELECT TRY_CAST('{LARGEST[told] + 1}' AS {type_})").fetchone()
                assert beyond == (None,), f"{type_}: Flink would hold less"
            if called.startswith("DECIMAL"):
                assert told == called
            if called.startswith("TIMESTAMP"):
                digits = {"TIMESTAMP_S": 0, "TIMESTAMP_MS": 3, "TIMESTAMP_NS": 9}.get(called, 6)
                assert told == f"TIMESTAMP{'_LTZ' if 'ZONE' in called else ''}({digits})", type_


@pytest.mark.parametrize(
    "type_",
    ["BIGINT[]", "INTEGER[3]", "STRUCT(a INT)", "MAP(INT, INT)", "UNION(a INT)", "HUGEINT", "UHUGEINT", "INTERVAL", "BIT", "TIME",
     "TIMETZ", "DECIMAL(39,2)", "DECIMAL(3,4)", "nonsense", "", "BIGINT) WITH (", "BIGNUM"],
)  # fmt: skip
def test_what_flink_cannot_hold_is_refused(type_: str) -> None:
    with pytest.raises(NotPossible):
        flink_type(type_)


def test_a_document_takes_its_id_from_the_sources_column() -> None:
    import json

    renamed = pipeline("public.orders", {"order_id": ("BIGINT", "id")}, keys=(), load={"merge_keys": ["order_id"]})
    sink = {"name": "search", "kind": "search index", "target": "http://search:9200"}
    capture = plan({"connector": "shop", "tables": ["public.orders"]}, sinks=[sink])
    _, text = sink_file(capture, capture.sinks[0], (renamed,))
    assert json.loads(text)["config"]["transforms.key.field"] == "id"
