"""The three ways on from the topics: a stream processor into a database, object storage, a search index."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from decom_nb.phases.patterns.connector.capture_document import Capture, CapturedDatabase, CaptureSink
from decom_nb.phases.patterns.connector.connector_file import captured, converters
from decom_nb.sql.text import string

_FLINK_FORMATS = {"Avro": "debezium-avro-confluent", "JSON": "debezium-json"}
"""What Flink reads Debezium's messages in; of the others it knows no envelope."""
_OBJECT_FORMATS = {
    "Avro": "io.confluent.connect.s3.format.avro.AvroFormat",
    "Protobuf": "io.confluent.connect.s3.format.parquet.ParquetFormat",
    "JSON Schema": "io.confluent.connect.s3.format.parquet.ParquetFormat",
    "JSON": "io.confluent.connect.s3.format.json.JsonFormat",
}


class NotPossible(ValueError):  # noqa: N818 - reads as what it says
    """A sink that cannot be made as it was planned; the message says why and what to do."""


def topics(capture: Capture, sink: CaptureSink, pipelines: Sequence[Any]) -> tuple[str, ...]:
    """Give the topics that a sink reads."""
    found: list[str] = []
    for database in capture.databases:
        if sink.connector in ("", database.connector):
            if capture.topics == "single":
                found.append(f"{database.connector}.all")
            else:
                found += [f"{database.connector}.{table}" for table in captured(database, pipelines)]
    return tuple(dict.fromkeys(found))


def sink_file(capture: Capture, sink: CaptureSink, pipelines: Sequence[Any]) -> tuple[str, str]:
    """Give a sink's file: its name and its text. Raises `NotPossible`."""
    read = topics(capture, sink, pipelines)
    if not read:
        raise NotPossible(f"the sink {sink.name} has no topic to read: name the tables of its connector")
    if sink.kind == "stream processor":
        return f"{sink.name}.flink.sql", "\n\n".join(_flink(capture, sink, pipelines)) + "\n"
    if sink.kind == "object storage":
        config = _objects(capture, sink, read)
    else:
        config = _search(capture, sink, read, _one_key(capture, sink, pipelines))
    return f"{sink.name}.json", json.dumps({"name": sink.name, "config": config}, indent=2) + "\n"


def _objects(capture: Capture, sink: CaptureSink, read: Sequence[str]) -> dict[str, str]:
    """Give Confluent's S3 sink: raw messages, one folder an hour by the time of the change, nothing unwrapped."""
    return {
        "connector.class": "io.confluent.connect.s3.S3SinkConnector",
        "tasks.max": "2",
        "topics": ",".join(read),
        "s3.bucket.name": sink.target,
        "storage.class": "io.confluent.connect.s3.storage.S3Storage",
        "format.class": _OBJECT_FORMATS[capture.serialization or "JSON"],
        # Large files: a hundred thousand messages, or what an hour brought.
        "flush.size": "100000",
        "rotate.schedule.interval.ms": "3600000",
        "timezone": "UTC",
        "locale": "en-US",
        "partitioner.class": "io.confluent.connect.storage.partitioner.TimeBasedPartitioner",
        "path.format": "'dt'=YYYY-MM-dd/'hour'=HH",
        "partition.duration.ms": "3600000",
        "timestamp.extractor": "Record",
        "behavior.on.null.values": "ignore",
        "schema.compatibility": "BACKWARD",
        **dict(converters(capture)),
        **_dead_letters(sink),
    }


def _one_key(capture: Capture, sink: CaptureSink, pipelines: Sequence[Any]) -> str:
    """Give the one column by which all tables of a sink are told apart: a document has one id."""
    keys = {
        _keys(_pipeline(database, table, pipelines))
        for database in capture.databases
        if sink.connector in ("", database.connector)
        for table in captured(database, pipelines)
    }
    if len(keys) != 1 or len(next(iter(keys))) != 1:
        raise NotPossible(
            f"documents of {sink.name} take their id from one column; plan a sink for each table with such a key"
        )
    return next(iter(keys))[0]


def _search(capture: Capture, sink: CaptureSink, read: Sequence[str], key: str) -> dict[str, str]:
    """Give Confluent's Elasticsearch sink: a document for each row, by its key, deleted with it."""
    return {
        "connector.class": "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector",
        "tasks.max": "2",
        "topics": ",".join(read),
        "connection.url": sink.target,
        "key.ignore": "false",
        "schema.ignore": "true",
        "behavior.on.null.values": "DELETE",
        "behavior.on.malformed.documents": "warn",
        "write.method": "UPSERT",
        "transforms": "unwrap,key",
        "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
        "transforms.unwrap.delete.tombstone.handling.mode": "tombstone",
        # A key is a struct of its columns; a document's id is the one column of it.
        "transforms.key.type": "org.apache.kafka.connect.transforms.ExtractField$Key",
        "transforms.key.field": key,
        **dict(converters(capture)),
        **_dead_letters(sink),
    }


def _dead_letters(sink: CaptureSink) -> dict[str, str]:
    return {
        "errors.tolerance": "all",
        "errors.deadletterqueue.topic.name": f"{sink.name}.dead-letters",
        "errors.deadletterqueue.context.headers.enable": "true",
        "errors.log.enable": "true",
    }


def _flink(capture: Capture, sink: CaptureSink, pipelines: Sequence[Any]) -> Iterator[str]:
    """Give Flink SQL: for each captured table its topic as a changelog, its target, and the insertion that keeps them equal."""
    if (form := _FLINK_FORMATS.get(capture.serialization or "JSON")) is None:
        raise NotPossible(
            f"Flink reads Debezium's messages in Avro and JSON, not in {capture.serialization}; plan another sink or format"
        )
    if capture.topics == "single":
        raise NotPossible("Flink SQL reads one table from a topic; plan topics per table for this sink")
    for database in capture.databases:
        if sink.connector not in ("", database.connector):
            continue
        for table in captured(database, pipelines):
            yield from _flow(capture, sink, database, table, _pipeline(database, table, pipelines), form)


def _pipeline(database: CapturedDatabase, table: str, pipelines: Sequence[Any]) -> Any:
    for each in pipelines:
        reads = each.extract.source_table == table or database.pipeline in (each.pipeline, each.instance)
        if reads and each.columns and _keys(each):
            return each
    hint = "a pipeline document that reads it, with its columns and keys"
    raise NotPossible(f"of {table} neither columns nor keys are known: it needs {hint}")


def _keys(pipeline: Any) -> tuple[str, ...]:
    keys: tuple[str, ...] = pipeline.load.merge_keys or pipeline.extract.natural_keys
    return keys


def _flow(
    capture: Capture, sink: CaptureSink, database: CapturedDatabase, table: str, pipeline: Any, form: str
) -> Iterator[str]:
    columns = [f"  {_quoted(each.name)} {_flink_type(each.data_type)}" for each in pipeline.columns]
    keys = ", ".join(_quoted(each) for each in _keys(pipeline))
    body = ",\n".join([*columns, f"  PRIMARY KEY ({keys}) NOT ENFORCED"])
    source, target = (f"{side}_{table.replace('.', '_')}" for side in ("changes", "current"))
    settings = {
        "connector": "kafka",
        "topic": f"{database.connector}.{table}",
        "properties.bootstrap.servers": capture.bootstrap_servers,
        "properties.group.id": sink.name,
        "scan.startup.mode": "earliest-offset",
        "format": form,
        **({f"{form}.schema-registry.url": capture.registry_url} if form == _FLINK_FORMATS["Avro"] else {}),
    }
    yield f"-- What happened to {table}, as it comes."
    yield f"CREATE TABLE {_quoted(source)} (\n{body}\n) WITH (\n{_with(settings)}\n);"
    written = pipeline.load.target_table or table
    into = {"connector": "jdbc", "url": sink.target, "table-name": written}
    yield f"-- {written} as it is: a row for each key, written again when it changes, deleted with it."
    yield f"CREATE TABLE {_quoted(target)} (\n{body}\n) WITH (\n{_with(into)}\n);"
    yield f"INSERT INTO {_quoted(target)} SELECT * FROM {_quoted(source)};"  # noqa: S608 - both are quoted


def _with(settings: dict[str, str]) -> str:
    return ",\n".join(f"  {string(key)} = {string(value)}" for key, value in settings.items())


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _flink_type(type_: str) -> str:
    """Give a type of DuckDB's in Flink's words.

    >>> _flink_type("VARCHAR"), _flink_type("TIMESTAMP"), _flink_type("DECIMAL(12,2)"), _flink_type("BIGINT")
    ('STRING', 'TIMESTAMP(6)', 'DECIMAL(12,2)', 'BIGINT')
    """
    upper = type_.upper().strip()
    words = {
        "VARCHAR": "STRING", "TEXT": "STRING", "UUID": "STRING", "JSON": "STRING", "TIMESTAMP": "TIMESTAMP(6)",
        "TIMESTAMPTZ": "TIMESTAMP_LTZ(6)", "TIMESTAMP WITH TIME ZONE": "TIMESTAMP_LTZ(6)", "INTEGER": "INT", "BLOB": "BYTES",
        "HUGEINT": "DECIMAL(38, 0)", "REAL": "FLOAT",
    }  # fmt: skip
    return words.get(upper, "STRING" if upper.startswith("VARCHAR") else upper)
