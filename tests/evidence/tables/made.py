"""Small tables of every kind, made for the tests, and what tells whether reading them left a trace."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from decom_nb.errors import InputError, Mistake
from decom_nb.evidence.tables import Table, Tables
from decom_nb.sql.text import string

ROWS = "SELECT range::BIGINT AS id, 'x' || range AS name FROM range({n})"


def parquet(path: Path, sql: str = ROWS.format(n=3), options: str = "") -> Path:
    """A Parquet file of what a query gives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = path.with_name("made.parquet")  # DuckDB takes some characters of a name for more than that
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({sql}) TO {string(str(plain))} (FORMAT parquet{options})")
    plain.rename(path)
    return path


def database(path: Path, *statements: str) -> Path:
    """A DuckDB file in which the statements ran."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(path) as connection:
        for each in statements:
            connection.execute(each)
    return path


def put(path: Path, content: str | bytes) -> Path:
    """A file with that content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(tables: Tables, table: Table, select: str = "count(*)") -> list[tuple[Any, ...]]:
    """What a query over the table gives."""
    return tables.connection.execute(f"SELECT {select} FROM {table.source}").fetchall()


def wrong(tables: Tables, name: str) -> Mistake:
    """The one mistake that opening this table ends in."""
    with pytest.raises(InputError) as raised:
        tables.open(name)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    (mistake,) = raised.value.mistakes
    return mistake


def traces(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Of every file below a folder its content, when it was changed, and its links: what reading must leave as it is."""
    found = {}
    for place, _, names in os.walk(folder):
        for each in names:
            path = Path(place) / each
            if path.is_symlink() and not path.exists():
                continue
            status = path.stat()
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path.relative_to(folder))] = (digest, status.st_mtime_ns, status.st_nlink)
    return found


def delta(folder: Path, files: Sequence[str] = ("part-0.parquet",)) -> Path:
    """A Delta table of three rows to a file, its log written by hand."""
    fields = [
        {"name": name, "type": type_, "nullable": True, "metadata": {}}
        for name, type_ in (("id", "long"), ("name", "string"))
    ]
    actions: list[dict[str, Any]] = [
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
        {
            "metaData": {
                "id": "5fba94ed-9794-4965-ba6e-6ee3c0d22af9",
                "format": {"provider": "parquet", "options": {}},
                "schemaString": json.dumps({"type": "struct", "fields": fields}),
                "partitionColumns": [],
                "configuration": {},
                "createdTime": 1,
            }
        },
    ]
    for each in files:
        path = folder / each
        if not path.exists():
            parquet(path)
        add = {
            "path": each,
            "partitionValues": {},
            "size": path.stat().st_size,
            "modificationTime": 1,
            "dataChange": True,
        }
        actions.append({"add": add})
    put(folder / "_delta_log" / f"{0:020}.json", "".join(json.dumps(each) + "\n" for each in actions))
    return folder


def iceberg(folder: Path, file: Path | None = None, *, hint: bool = True) -> Path:
    """An Iceberg table of three rows, its metadata written by hand (iceberg.apache.org/spec, version 2)."""
    data = file or parquet(folder / "data" / "p0.parquet", options=", FIELD_IDS {id: 1, name: 2}")
    metadata = folder / "metadata"
    metadata.mkdir(parents=True, exist_ok=True)
    schema = {
        "type": "struct",
        "schema-id": 0,
        "fields": [
            {"id": 1, "name": "id", "required": False, "type": "long"},
            {"id": 2, "name": "name", "required": False, "type": "string"},
        ],
    }
    told = {
        "content": (134, "int", 0),
        "file_path": (100, "string", str(data)),
        "file_format": (101, "string", "PARQUET"),
        "partition": (102, {"type": "record", "name": "r102", "fields": []}, {}),
        "record_count": (103, "long", 3),
        "file_size_in_bytes": (104, "long", data.stat().st_size),
    }
    entry = {
        "status": (0, "int", 1),
        "snapshot_id": (1, ["null", "long"], 1),
        "sequence_number": (3, ["null", "long"], 1),
        "file_sequence_number": (4, ["null", "long"], 1),
        "data_file": (2, _record("r2", told), {name: value for name, (_, _, value) in told.items()}),
    }
    manifest = metadata / "m0.avro"
    more = {"schema": json.dumps(schema), "partition-spec": "[]", "partition-spec-id": "0", "format-version": "2"}
    _avro(manifest, "manifest_entry", entry, {**more, "content": "data"})
    counts = {"added_files_count": (504, 1), "existing_files_count": (505, 0), "deleted_files_count": (506, 0)}
    sums = {"added_rows_count": (512, 3), "existing_rows_count": (513, 0), "deleted_rows_count": (514, 0)}
    listed: dict[str, tuple[int, Any, Any]] = {
        "manifest_path": (500, "string", str(manifest)),
        "manifest_length": (501, "long", manifest.stat().st_size),
        "partition_spec_id": (502, "int", 0),
        "content": (517, "int", 0),
        "sequence_number": (515, "long", 1),
        "min_sequence_number": (516, "long", 1),
        "added_snapshot_id": (503, "long", 1),
        **{name: (number, "int", value) for name, (number, value) in counts.items()},
        **{name: (number, "long", value) for name, (number, value) in sums.items()},
    }
    _avro(metadata / "snap-1.avro", "manifest_file", listed, {})
    snapshot = {
        "snapshot-id": 1,
        "sequence-number": 1,
        "timestamp-ms": 1,
        "summary": {"operation": "append"},
        "manifest-list": str(metadata / "snap-1.avro"),
        "schema-id": 0,
    }
    table = {
        "format-version": 2,
        "table-uuid": "9c12d441-03fe-4693-9a96-a0705ddf69c1",
        "location": str(folder),
        "last-sequence-number": 1,
        "last-updated-ms": 1,
        "last-column-id": 2,
        "current-schema-id": 0,
        "schemas": [schema],
        "default-spec-id": 0,
        "partition-specs": [{"spec-id": 0, "fields": []}],
        "last-partition-id": 999,
        "default-sort-order-id": 0,
        "sort-orders": [{"order-id": 0, "fields": []}],
        "current-snapshot-id": 1,
        "snapshots": [snapshot],
    }
    put(metadata / "v1.metadata.json", json.dumps(table))
    if hint:
        put(metadata / "version-hint.text", "1")
    return folder


def _record(name: str, fields: dict[str, tuple[int, Any, Any]]) -> dict[str, Any]:
    told = [{"name": each, "type": type_, "field-id": number} for each, (number, type_, _) in fields.items()]
    return {"type": "record", "name": name, "fields": told}


def _avro(path: Path, name: str, fields: dict[str, tuple[int, Any, Any]], more: dict[str, str]) -> None:
    """Write an Avro file of one row (avro.apache.org/docs/1.12.0/specification)."""
    schema = _record(name, fields)
    meta = {"avro.schema": json.dumps(schema), "avro.codec": "null", **more}
    sync = b"0123456789abcdef"
    body = _encoded(schema, {each: value for each, (_, _, value) in fields.items()})
    head = b"".join(_encoded("string", key) + _encoded("string", value) for key, value in meta.items())
    path.write_bytes(
        b"Obj\x01" + _number(len(meta)) + head + _number(0) + sync + _number(1) + _number(len(body)) + body + sync
    )


def _encoded(schema: Any, value: Any) -> bytes:
    if isinstance(schema, list):
        return _number(schema.index("null" if value is None else schema[1])) + _encoded(schema[1], value)
    if isinstance(schema, dict):
        return b"".join(_encoded(each["type"], value[each["name"]]) for each in schema["fields"])
    if schema == "string":
        return _number(len(value.encode())) + value.encode()
    return _number(value)


def _number(value: int) -> bytes:
    value <<= 1
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])
