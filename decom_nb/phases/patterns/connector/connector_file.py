"""The configuration of a Debezium connector, from what people planned; it holds no secret, only where one lies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from decom_nb.phases.patterns.connector.capture_document import Capture, CapturedDatabase
from decom_nb.phases.patterns.connector.connector_table import Database, connector_table
from decom_nb.phases.patterns.connector.fed_table import captured, feeding

SECRETS = "${{file:/etc/kafka/secrets/{connector}.properties:{key}}}"
"""Where Kafka Connect's FileConfigProvider finds a secret."""
LONGEST_SLOT = 63
"""PostgreSQL's names end there."""


def connector(capture: Capture, database: CapturedDatabase, pipelines: Sequence[Any] = ()) -> dict[str, Any]:
    """Give a connector as Kafka Connect takes it: ``{"name": …, "config": {…}}``, keys in a reader's order.

    Tables that the document does not name are those of the pipeline it feeds. What is not known is left out, and
    `lacking` says so; the database must be named.
    """
    table = connector_table()
    kind = table.databases[database.database or ""]
    config: dict[str, str] = {"connector.class": kind.connector_class, "topic.prefix": database.connector}
    config |= dict(_reached(database, kind))
    config |= {key: each.value for key, each in kind.settings.items()}
    config |= {key: each.value for key, each in table.common.settings.items()}
    included = "collection.include.list" if database.database == "mongodb" else "table.include.list"
    config[included] = ",".join(captured(database, pipelines))
    if keys := keys_of(database, pipelines):
        config["message.key.columns"] = keys
    if kind.history:
        config["schema.history.internal.kafka.bootstrap.servers"] = capture.bootstrap_servers
        config["schema.history.internal.kafka.topic"] = f"{database.connector}.schema-history"
    config |= dict(converters(capture))
    if capture.topics == "single":
        config |= _one_topic(database.connector)
    values = {
        "transactions": "true" if capture.order_across_tables else "false",
        "slot": slot(database.connector),
        "server_id": str(database.server_id or ""),
        "database_name": database.database_name,
        "pluggable_database": database.pluggable_database,
    }
    filled = {
        key: value.format(**values) if re.fullmatch(r"\{\w+\}", value) else value for key, value in config.items()
    }
    return {"name": database.connector, "config": {key: value for key, value in filled.items() if value}}


def _reached(database: CapturedDatabase, kind: Database) -> Iterator[tuple[str, str]]:
    user, password = (SECRETS.format(connector=database.connector, key=key) for key in ("user", "password"))
    if database.database == "mongodb":
        yield "mongodb.connection.string", database.host
        yield from (("mongodb.user", user), ("mongodb.password", password))
        return
    yield from (("database.hostname", database.host), ("database.port", str(database.port or kind.port)))
    yield from (("database.user", user), ("database.password", password))
    if database.database == "postgres":
        yield "database.dbname", database.database_name


def topic(connector: str, table: str) -> str:
    """Give the topic of a table's changes: Debezium writes an underscore for what Kafka does not take in a topic's name.

    >>> topic("shop", "public.order items")
    'shop.public.order_items'
    """
    return re.sub(r"[^A-Za-z0-9._-]", "_", f"{connector}.{table}")


def keys_of(database: CapturedDatabase, pipelines: Sequence[Any]) -> str:
    """Give the keys by which messages of the pipeline's table are told apart, as Debezium writes them: ``schema.table:a,b``."""
    return ";".join(
        f"{each.extract.source_table}:{','.join(each.extract.natural_keys)}"
        for each in feeding(database, pipelines)
        if each.extract.source_table and each.extract.natural_keys and not database.tables
    )


def slot(connector: str) -> str:
    """Give a connector's replication slot: lower case, digits and underscores.

    >>> slot("Shop.EU-1")
    'debezium_shop_eu_1'
    """
    return f"debezium_{re.sub(r'[^a-z0-9]+', '_', connector.lower()).strip('_')}"[:LONGEST_SLOT]


def converters(capture: Capture) -> Iterator[tuple[str, str]]:
    """Give the keys that say how messages are written, by format and registry."""
    table = connector_table()
    if capture.serialization is None:
        return
    kind = table.converters[capture.serialization]
    for side in ("key", "value"):
        if not kind.registry:
            yield f"{side}.converter", kind.converter_class
            yield f"{side}.converter.schemas.enable", "false"
        elif capture.registry == "AWS Glue":
            yield f"{side}.converter", table.glue_converters[capture.serialization]
            yield f"{side}.converter.schemaAutoRegistrationEnabled", "true"
            yield f"{side}.converter.compatibility", "BACKWARD"
        elif capture.registry == "Apicurio":
            yield f"{side}.converter", table.apicurio_converters.get(capture.serialization, kind.converter_class)
            yield f"{side}.converter.apicurio.registry.url", capture.registry_url
            yield f"{side}.converter.apicurio.registry.auto-register", "true"
        else:
            yield f"{side}.converter", kind.converter_class
            yield f"{side}.converter.schema.registry.url", capture.registry_url


def _one_topic(connector: str) -> dict[str, str]:
    """Give the router that puts all tables' changes into one topic, the table's name added to the key."""
    return {
        "transforms": "one",
        "transforms.one.type": "io.debezium.transforms.ByLogicalTableRouter",
        "transforms.one.topic.regex": rf"{re.escape(connector)}\..*",
        "transforms.one.topic.replacement": f"{connector}.all",
    }
