"""Connectors, sinks and alerts of change data capture: what is generated has what it needs, and wrong ones are told."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from decom_nb.errors import InputError
from decom_nb.phases.patterns.connector.capture_document import Capture
from decom_nb.phases.patterns.connector.connector_check import advice, faults, gaps, read
from decom_nb.phases.patterns.connector.connector_file import connector
from decom_nb.phases.patterns.connector.connector_table import connector_table
from decom_nb.phases.patterns.connector.connector_verb import made
from decom_nb.phases.patterns.connector.lag_alert import lag_alerts
from decom_nb.phases.pipelines.pipeline import Pipeline

PIPELINE = Pipeline.model_validate(
    {
        "pipeline": "load_orders",
        "columns": [{"name": "id", "data_type": "BIGINT"}, {"name": "paid at", "data_type": "TIMESTAMP"}],
        "extract": {"source_table": "public.orders", "natural_keys": ["id"]},
        "load": {"target_table": "raw.orders", "merge_keys": ["id"]},
    }
)
PLAN: dict[str, Any] = {
    "topics": "per table",
    "registry": "Confluent Schema Registry",
    "serialization": "Avro",
    "bootstrap_servers": "kafka:9092",
    "registry_url": "http://registry:8081",
}
DATABASES: dict[str, dict[str, Any]] = {
    "postgres": {"host": "db", "database_name": "shop", "tables": ["public.orders"]},
    "mysql": {"host": "db", "database_name": "shop", "server_id": 5401, "tables": ["shop.orders"]},
    "sqlserver": {"host": "db", "database_name": "shop", "tables": ["dbo.orders"]},
    "oracle": {"host": "db", "database_name": "CDB", "pluggable_database": "PDB", "tables": ["SHOP.ORDERS"]},
    "mongodb": {"host": "mongodb://db/?replicaSet=rs0", "tables": ["shop.orders"]},
}


def plan(kind: str = "postgres", **more: Any) -> Capture:
    database = {"connector": "shop-eu.1", "database": kind, **DATABASES[kind], **more.pop("database", {})}
    return Capture.model_validate({**PLAN, "databases": [database], **more})


def config(capture: Capture, pipelines: tuple[Pipeline, ...] = ()) -> dict[str, str]:
    made: dict[str, str] = connector(capture, capture.databases[0], pipelines)["config"]
    return made


@pytest.mark.parametrize("serialization", connector_table().converters)
@pytest.mark.parametrize("kind", connector_table().databases)
def test_what_is_generated_has_what_it_needs(kind: str, serialization: str) -> None:
    assert list(gaps(config(plan(kind, serialization=serialization)))) == []


@pytest.mark.parametrize("kind", connector_table().databases)
def test_every_key_that_is_asked_for_is_missed(kind: str) -> None:
    whole, table = config(plan(kind)), connector_table()
    asked = [*table.common.required, *table.databases[kind].required]
    asked += table.history.required if table.databases[kind].history else ()
    for key in set(asked) - {"connector.class"}:
        assert [told[0] for told in faults({name: value for name, value in whole.items() if name != key})] == [key]
    for key in {*table.common.advised, *table.databases[kind].advised}:
        left = {name: value for name, value in whole.items() if name != key}
        assert (list(faults(left)), [told[0] for told in advice(left)]) == ([], [key])


def test_tables_and_keys_are_the_pipelines() -> None:
    capture = plan(database={"tables": [], "pipeline": "load_orders"})
    told = config(capture, (PIPELINE,))
    assert (told["table.include.list"], told["message.key.columns"]) == ("public.orders", "public.orders:id")
    assert told["slot.name"] == "debezium_shop_eu_1"
    assert told["database.password"] == "${file:/etc/kafka/secrets/shop-eu.1.properties:password}"


def test_one_topic_is_routed_to() -> None:
    told = config(plan(topics="single"))
    assert (told["transforms.one.topic.regex"], told["transforms.one.topic.replacement"]) == (
        r"shop\-eu\.1\..*",
        "shop-eu.1.all",
    )


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"database.password": "hunter2"}, "database.password"),
        ({"topic.prefix": "shop/eu"}, "topic.prefix"),
        ({"slot.name": "Shop-EU"}, "slot.name"),
        ({"table.include.list": "orders"}, "table.include.list"),
        ({"table.whitelist": "public.orders"}, "table.whitelist"),
        ({"plugin.name": "wal2json"}, "plugin.name"),
        ({"snapshot.mode": "never"}, "snapshot.mode"),
        ({"value.converter.schema.registry.url": ""}, "value.converter.schema.registry.url"),
        ({"connector.class": "io.debezium.connector.postgres.Connector"}, "connector.class"),
    ],
)
def test_what_is_wrong_is_told_without_its_secret(changed: dict[str, str], key: str) -> None:
    told = list(faults({**config(plan()), **changed}))
    assert [each[0] for each in told] == [key]
    assert "hunter2" not in str(told)


def test_an_old_key_is_told_by_its_new_name_and_not_missed_besides() -> None:
    old = config(plan())
    old["database.server.name"] = old.pop("topic.prefix")
    assert list(faults(old)) == [("database.server.name", "it is read by Debezium 1.x only", "write topic.prefix")]


def test_a_connector_is_read_with_and_without_its_name(tmp_path: Path) -> None:
    file = tmp_path / "shop.json"
    for text in ({"connector.class": "x"}, {"name": "shop", "config": {"connector.class": "x"}}):
        file.write_text(json.dumps(text))
        assert read(file) == {"connector.class": "x"}
    for wrong in ("[]", "{", '{"config": 1}'):
        file.write_text(wrong)
        with pytest.raises(InputError):
            read(file)


SINKS = [
    {"name": "warehouse", "kind": "stream processor", "target": "jdbc:postgresql://db/warehouse"},
    {"name": "lake", "kind": "object storage", "target": "acme-lake"},
    {"name": "search", "kind": "search index", "target": "http://search:9200"},
]


def test_the_three_sinks_read_the_topics() -> None:
    capture = plan(database={"pipeline": "load_orders"}, sinks=SINKS)
    files = dict(made(capture, (PIPELINE,), "capture.yaml"))
    assert list(files) == ["shop-eu.1.json", "warehouse.flink.sql", "lake.json", "search.json", "lag_alerts.yaml"]
    for name in ("lake.json", "search.json"):
        assert json.loads(files[name])["config"]["topics"] == "shop-eu.1.public.orders"
    assert json.loads(files["search.json"])["config"]["transforms.key.field"] == "id"
    assert "`paid at` TIMESTAMP(6)" in files["warehouse.flink.sql"]
    assert "PRIMARY KEY (`id`) NOT ENFORCED" in files["warehouse.flink.sql"]
    assert "'debezium-avro-confluent.schema-registry.url' = 'http://registry:8081'" in files["warehouse.flink.sql"]


def test_all_that_keeps_files_from_being_made_is_told_at_once() -> None:
    capture = plan(
        serialization="Protobuf", database={"host": "", "tables": ["orders"]}, sinks=[*SINKS[::2], {"name": "x"}]
    )
    with pytest.raises(InputError) as caught:
        made(capture, (), "capture.yaml")
    said = " ".join(each.what for each in caught.value.mistakes)
    for text in (
        "it is missing",
        "one part only",
        "not in Protobuf",
        "neither columns nor keys",
        "not said what it is",
    ):
        assert text in said


def test_alerts_are_prometheus_rules(tmp_path: Path) -> None:
    import promql_parser

    capture = plan(sinks=SINKS, lag={"messages": 500, "minutes": 2.5})
    rules = lag_alerts(capture)["groups"][0]["rules"]
    assert [each["alert"] for each in rules][:1] == ["WarehouseFallsBehind"]
    assert {each["for"] for each in rules} == {"3m"}
    for each in rules:
        promql_parser.parse(each["expr"])
    if promtool := shutil.which("promtool"):
        file = tmp_path / "alerts.yaml"
        file.write_text(yaml.safe_dump(lag_alerts(capture)))
        subprocess.run([promtool, "check", "rules", file], check=True, capture_output=True)
