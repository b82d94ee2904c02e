"""Flink SQL for a sink: for each captured table its topic as a changelog, its target, and the insertion between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from decom_nb.phases.patterns.connector.capture_document import Capture, CapturedDatabase, CaptureSink
from decom_nb.phases.patterns.connector.connector_file import topic
from decom_nb.phases.patterns.connector.fed_table import (
    NotPossible,
    captured,
    keys_of_source,
    keys_of_target,
    pipeline_of,
    source_columns,
)
from decom_nb.phases.patterns.connector.flink_type import flink_type
from decom_nb.sql.text import string

_FORMATS = {"Avro": "debezium-avro-confluent", "JSON": "debezium-json"}
"""What Flink reads Debezium's messages in; of the others it knows no envelope."""


class Flow(NamedTuple):
    """One captured table on its way."""

    database: CapturedDatabase
    table: str
    pipeline: Any
    name: str
    """What its two tables are called in Flink, behind ``changes_`` and ``current_``: no other flow's."""


def flink_sql(capture: Capture, sink: CaptureSink, pipelines: Sequence[Any]) -> str:
    """Give the file's text. Raises `NotPossible`."""
    if (form := _FORMATS.get(capture.serialization or "JSON")) is None:
        raise NotPossible(
            f"Flink reads Debezium's messages in Avro and JSON, not in {capture.serialization}; plan another sink or format"
        )
    if capture.topics == "single":
        raise NotPossible("Flink SQL reads one table from a topic; plan topics per table for this sink")
    parts = [part for each in _flows(capture, sink, pipelines) for part in _statements(capture, sink, each, form)]
    return "\n\n".join(parts) + "\n"


def _flows(capture: Capture, sink: CaptureSink, pipelines: Sequence[Any]) -> Iterator[Flow]:
    taken: set[str] = set()
    for database in capture.databases:
        if sink.connector not in ("", database.connector):
            continue
        for table in captured(database, pipelines):
            name = _free(database.connector, table, taken)
            yield Flow(database, table, pipeline_of(database, table, pipelines), name)


def _free(connector: str, table: str, taken: set[str]) -> str:
    """Give a name for a table that no other has: its own, or else with its connector's, or else with a number."""
    plain, longer = (_word(each) for each in (table, f"{connector}_{table}"))
    tried = (plain, longer, *(f"{longer}_{n}" for n in range(2, len(taken) + 3)))
    name = next(each for each in tried if each.casefold() not in taken)
    taken.add(name.casefold())
    return name


def _word(text: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in text)


def _statements(capture: Capture, sink: CaptureSink, flow: Flow, form: str) -> Iterator[str]:
    pipeline, columns = flow.pipeline, source_columns(flow.pipeline)
    types = {each.name: flink_type(each.data_type) for each in pipeline.columns}
    read = _types_of_source(columns, types, pipeline)
    source, target = (_quoted(f"{side}_{flow.name}") for side in ("changes", "current"))
    written = pipeline.load.target_table or flow.table
    from_ = {
        "connector": "kafka",
        "topic": topic(flow.database.connector, flow.table),
        "properties.bootstrap.servers": capture.bootstrap_servers,
        "properties.group.id": sink.name,
        "scan.startup.mode": "earliest-offset",
        "format": form,
        **({f"{form}.schema-registry.url": capture.registry_url} if form == _FORMATS["Avro"] else {}),
    }
    into = {"connector": "jdbc", "url": sink.target, "table-name": written}
    selected = ", ".join(
        _quoted(column) if column == name else f"{_quoted(column)} AS {_quoted(name)}"
        for name, column in columns.items()
    )
    yield _comment(f"What happened to {flow.table}, as it comes.")
    yield _table(source, read, keys_of_source(pipeline), from_)
    yield _comment(f"{written} as it is: a row for each key, written again when it changes, deleted with it.")
    yield _table(target, types, keys_of_target(pipeline), into)
    yield f"INSERT INTO {target} SELECT {selected} FROM {source};"  # noqa: S608 - all of them are quoted


def _types_of_source(columns: Mapping[str, str], types: Mapping[str, str], pipeline: Any) -> dict[str, str]:
    """Give the source's columns with their types; one that is carried twice must be told of one type."""
    found: dict[str, str] = {}
    for name, column in columns.items():
        if found.setdefault(column, types[name]) != types[name]:
            both = f"{found[column]} and as {types[name]}"
            raise NotPossible(
                f"{pipeline.called} carries {column} as {both}; give it one type, and cast behind the sink"
            )
    return found


def _table(name: str, columns: Mapping[str, str], keys: Sequence[str], settings: Mapping[str, str]) -> str:
    lines = [f"  {_quoted(column)} {type_}" for column, type_ in columns.items()]
    lines.append(f"  PRIMARY KEY ({', '.join(map(_quoted, keys))}) NOT ENFORCED")
    body, told = ",\n".join(lines), ",\n".join(f"  {_string(key)} = {_string(each)}" for key, each in settings.items())
    return f"CREATE TABLE {name} (\n{body}\n) WITH (\n{told}\n);"


def _comment(text: str) -> str:
    """Give a comment of one line, whatever line breaks a name holds."""
    return f"-- {' '.join(text.split())}"


def _quoted(name: str) -> str:
    if not name.isprintable():  # Flink's quoted names hold no line breaks
        raise NotPossible(f"{name!r} cannot be a name in Flink: it holds a line break or the like; rename the column")
    return f"`{name.replace('`', '``')}`"


def _string(text: str) -> str:
    if not text.isprintable():
        raise NotPossible(f"{text!r} holds a line break or the like, and names no table or address; correct it")
    return string(text)
