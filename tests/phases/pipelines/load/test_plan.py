"""What a load refuses, with all that is wrong at once; what it says of itself."""

from __future__ import annotations

import pytest

from decom_nb.errors import InputError
from decom_nb.phases.pipelines.load.plan import plan
from decom_nb.phases.pipelines.pipeline import Pipeline
from tests.phases.pipelines.load.made_pipeline import made


def wrong(pipeline: Pipeline, dialect: str = "duckdb") -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        plan(pipeline, dialect)
    return {each.key: each.what for each in caught.value.mistakes}


def test_an_empty_document_is_told_all_that_it_lacks() -> None:
    assert set(wrong(Pipeline())) == {"extract.source_table", "load.target_table", "load.strategy", "columns"}


@pytest.mark.parametrize(
    ("pipeline", "key"),
    [
        (made("truncate-reload", "incremental"), "extract.strategy"),
        (made("append", deletes="hard"), "load.deletes"),
        (made("partition-swap", deletes="soft"), "load.deletes"),
        (made("soft-delete", deletes="hard"), "load.deletes"),
        (made("merge", "CDC", "hard"), "load.deletes"),
        (made("merge", load={"merge_keys": []}), "load.merge_keys"),
        (made("merge", load={"merge_keys": ["order"]}), "load.merge_keys"),
        (made("partition-swap", load={"partition_key": "day"}), "load.partition_key"),
        (made("partition-swap", load={"partition_key": ""}), "load.partition_key"),
        (made("merge", extract={"incremental_key": ""}), "extract.incremental_key"),
        (made("merge", extract={"source_table": "orders; drop table x"}), "extract.source_table"),
        (made("merge", load={"target_table": "a b"}), "load.target_table"),
        (made("soft-delete", load={"deleted_column": "status"}), "columns"),
        (made("merge", quality_gates={"pre_load": ["amout > 0"]}), "quality_gates.pre_load[0]"),
        (
            made("merge", quality_gates={"post_load": ["(SELECT count(*) FROM secrets) = 0"]}),
            "quality_gates.post_load[0]",
        ),
        (made("merge", quality_gates={"post_load": ["read_text('x') = ''"]}), "quality_gates.post_load[0]"),
    ],
)
def test_what_cannot_be_kept_is_refused(pipeline: Pipeline, key: str) -> None:
    assert key in wrong(pipeline)


def test_a_worked_out_column_may_only_compute() -> None:
    columns = [{"name": "order_id", "data_type": "BIGINT"}, {"name": "x", "source": "read_text('/etc/passwd')"}]
    assert "columns[1].source" in wrong(
        made("merge", "full", columns=columns, quality_gates={"pre_load": [], "post_load": []})
    )


def test_natural_keys_of_the_source_are_keys_of_the_target() -> None:
    columns = [
        {"name": "id", "data_type": "BIGINT", "source": "order_no"},
        {"name": "updated_at", "data_type": "TIMESTAMP"},
    ]
    gates = {"pre_load": [], "post_load": []}
    keyed = made(
        "append", columns=columns, load={"merge_keys": []}, extract={"natural_keys": ["order_no"]}, quality_gates=gates
    )
    assert plan(keyed, "duckdb").keys == ("id",)


def test_names_of_staging_tables_fit_and_differ() -> None:
    called = ("load_orders", "load orders", "load-orders", "Load_Orders", "a" * 80 + "1", "a" * 80 + "2")
    called += ("загрузка_заказов_магазина_за_день_1", "загрузка_заказов_магазина_за_день_2", "-")
    for role in ("staged", "landing_keys"):
        tables = [plan(made("merge", pipeline=each), "postgres").table(role).rpartition(".")[2] for each in called]
        assert tables[0] == f'"load_orders__{role}"'
        cut = [each.strip('"').encode()[:63] for each in tables]
        assert len(set(cut)) == len(called)
        assert all(len(each.strip('"').encode()) <= 63 for each in tables)


def test_a_load_says_what_it_cannot_see() -> None:
    assert any("vanished" in each for each in plan(made("merge"), "duckdb").notes)
    assert any("late" in each for each in plan(made("merge", extract={"lookback_minutes": 0}), "duckdb").notes)
    stored = plan(made("merge", extract={"watermark_storage": "a variable of Airflow"}), "duckdb")
    assert stored.control == '"control"."watermarks"'
    assert any("names no table" in each for each in stored.notes)


@pytest.mark.parametrize("type_", ["DOUBLE", "REAL", "DECIMAL(38,20)", "DECIMAL(38,2)", "INTERVAL", "BOOLEAN", "JSON"])
def test_a_position_that_would_lose_digits_is_refused(type_: str) -> None:
    pipeline = made("merge", extract={"incremental_key": "changed", "incremental_type": type_})
    assert "last digit" in wrong(pipeline)["extract.incremental_key"]


@pytest.mark.parametrize("reads", ["incremental", "full"])
def test_the_type_of_a_key_is_never_assumed(reads: str) -> None:
    assert "type" in wrong(made("merge", reads, extract={"incremental_key": "change_no"}))["extract.incremental_key"]
    told = plan(made("merge", reads, extract={"incremental_key": "change_no", "incremental_type": "BIGINT"}), "duckdb")
    assert told.position
    assert (told.position.kind, told.position.type, told.position.column) == ("number", "BIGINT", "")
    differs = made("merge", reads, extract={"incremental_type": "BIGINT"})
    assert "TIMESTAMP" in wrong(differs)["extract.incremental_type"]
    assert "extract.incremental_type" in wrong(made("merge", reads, extract={"incremental_type": "NUMBER; DROP"}))
