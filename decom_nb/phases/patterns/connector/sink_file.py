"""The three ways on from the topics: a stream processor into a database, object storage, a search index.

What the stream processor runs is in `flink_sink.py`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from decom_nb.phases.patterns.connector.capture_document import Capture, CaptureSink
from decom_nb.phases.patterns.connector.connector_file import converters, topic
from decom_nb.phases.patterns.connector.fed_table import NotPossible, captured, keys_of_source, pipeline_of
from decom_nb.phases.patterns.connector.flink_sink import flink_sql

__all__ = ["NotPossible", "sink_file", "topics"]

_OBJECT_FORMATS = {
    "Avro": "io.confluent.connect.s3.format.avro.AvroFormat",
    "Protobuf": "io.confluent.connect.s3.format.parquet.ParquetFormat",
    "JSON Schema": "io.confluent.connect.s3.format.parquet.ParquetFormat",
    "JSON": "io.confluent.connect.s3.format.json.JsonFormat",
}


def topics(capture: Capture, sink: CaptureSink, pipelines: Sequence[Any]) -> tuple[str, ...]:
    """Give the topics that a sink reads."""
    found: list[str] = []
    for database in capture.databases:
        if sink.connector in ("", database.connector):
            if capture.topics == "single":
                found.append(f"{database.connector}.all")
            else:
                found += [topic(database.connector, table) for table in captured(database, pipelines)]
    return tuple(dict.fromkeys(found))


def sink_file(capture: Capture, sink: CaptureSink, pipelines: Sequence[Any]) -> tuple[str, str]:
    """Give a sink's file: its name and its text. Raises `NotPossible`."""
    read = topics(capture, sink, pipelines)
    if not read:
        raise NotPossible(f"the sink {sink.name} has no topic to read: name the tables of its connector")
    if sink.kind == "stream processor":
        return f"{sink.name}.flink.sql", flink_sql(capture, sink, pipelines)
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
    """Give the one column by which all tables of a sink are told apart, as the source calls it: a document has one id."""
    keys = {
        keys_of_source(pipeline_of(database, table, pipelines))
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
