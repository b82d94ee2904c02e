"""One message as a change of a row: an envelope, with or without its schema and its key, or a row that was taken out of one.

What is no change of a row (heartbeats, marks of transactions, changes of a schema, tombstones) is told by its kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from decom_nb.phases.patterns.cdc.field_value import Field, fields_of
from decom_nb.phases.patterns.cdc.position import position

Row = Mapping[str, Any]
OPS = {"c": "insert", "u": "update", "d": "delete", "r": "snapshot", "t": "truncate"}
"""Debezium's letters for what was done to a row, or to all of them."""
_IN_MS = {"ts_ns": 1_000_000, "ts_us": 1_000}


@dataclass(frozen=True)
class Message:
    """What a message says."""

    kind: str
    """One of the words of `OPS`, or ``tombstone``, ``heartbeat``, ``transaction``, ``schema change``, ``other``."""
    wrong: str = ""
    """Why it cannot be used; empty if it can."""
    key: Row | None = None
    before: Row | None = None
    after: Row | None = None
    partial: bool = False
    """Whether `after` holds only what changed."""
    position: str = ""
    at: float | None = None
    """When it was done in the source, in milliseconds since 1970."""
    told_at: float | None = None
    """When the connector told it."""
    order: int | None = None
    """Its place in its transaction."""
    offset: int | None = None
    """Its place in its topic's partition."""
    table: str = ""
    flat: bool = False
    """Whether it is a row that was taken out of its envelope."""
    marked: bool = False
    """Whether such a row says what was done to it, so that a tombstone tells nothing new."""
    fields: Mapping[str, Field] = field(default_factory=dict)
    key_fields: Mapping[str, Field] = field(default_factory=dict)


class Schemas:
    """Reads schemas once, as most messages bring the one of the message before."""

    def __init__(self) -> None:
        self.known: list[tuple[Any, dict[str, Field]]] = []

    def fields(self, schema: Any) -> dict[str, Field]:
        """Give how each field of a row with this schema is read."""
        for seen, found in self.known:
            if seen == schema:
                return found
        self.known = [(schema, fields_of(schema)), *self.known[:7]]
        return self.known[0][1]


def message(value: Any, schemas: Schemas, *, keyed: bool = False) -> Message:
    """Give what a stored value says; `keyed` if columns are named that make the key, so that a bare row is enough."""
    key, body, offset, with_key = _parts(value)
    key_schema, key = _payload(key)
    schema, body = _payload(body)
    key_row = key if isinstance(key, Mapping) else None
    if body is None:
        return Message("tombstone", key=key_row, offset=offset, key_fields=schemas.fields(key_schema))
    if not isinstance(body, Mapping):
        return Message("", "is no object")
    other = _no_row(body)
    if other:
        return Message(other)
    common: dict[str, Any] = {"key": key_row, "offset": offset, "key_fields": schemas.fields(key_schema)}
    if "op" in body and ("source" in body or "after" in body or "before" in body):
        return _envelope(body, common, schemas.fields(schema))
    if with_key or keyed or any(str(name).startswith("__") for name in body):
        return _flat(body, common, schemas.fields(schema))
    return Message("", "is no envelope: it has no op, and nothing tells its key")


def _parts(value: Any) -> tuple[Any, Any, int | None, bool]:
    """Give key, value and offset of what a consumer stored; most store the value alone."""
    if isinstance(value, Mapping):
        body = "value" if "value" in value else "payload"
        if body in value and ("key" in value or "topic" in value) and "schema" not in value:
            offset = value.get("offset")
            return (
                value.get("key"),
                value[body],
                offset if isinstance(offset, int) else None,
                value.get("key") is not None,
            )
    return None, value, None, False


def _payload(value: Any) -> tuple[Any, Any]:
    """Give schema and payload; a text that holds JSON is read."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None, value
    if isinstance(value, Mapping) and "payload" in value and set(value) <= {"schema", "payload"}:
        return value.get("schema"), value["payload"]
    return None, value


def _no_row(body: Row) -> str:
    if body.get("status") in ("BEGIN", "END") and "id" in body:
        return "transaction"
    if "ddl" in body or "tableChanges" in body:
        return "schema change"
    if body.get("op") == "m":
        return "other"
    return "heartbeat" if set(body) <= {"ts_ms", "ts_us", "ts_ns"} and body else ""


def _envelope(body: Row, common: dict[str, Any], fields: Mapping[str, Field]) -> Message:
    kind = OPS.get(str(body["op"]), "")
    if not kind:
        return Message("", f"has the unknown op {str(body['op'])[:20]}")
    source = body.get("source")
    if not isinstance(source, Mapping):
        source = {}
    before, after = (_row(body.get(side)) for side in ("before", "after"))
    partial = False
    if kind == "update" and after is None:
        after, partial = _changed_only(body.get("updateDescription")), True
        if after is None:
            return Message("", "is an update that does not say what came of the row")
    if kind in ("insert", "snapshot") and after is None:
        return Message("", f"is of the kind {kind} and holds no row")
    transaction = body.get("transaction")
    place = transaction.get("total_order") if isinstance(transaction, Mapping) else None
    return Message(
        kind,
        before=before,
        after=after,
        partial=partial,
        position=position(source),
        at=_milliseconds(source),
        told_at=_milliseconds(body),
        order=int(str(place)) if str(place).isdigit() else None,
        table=".".join(str(source[each]) for each in ("db", "schema", "table", "collection") if source.get(each)),
        fields=fields,
        **common,
    )


def _row(value: Any) -> Row | None:
    """Give a row; MongoDB's documents come as texts."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, Mapping) else None


def _changed_only(description: Any) -> Row | None:
    """Give the fields that an update of MongoDB set, and those that it took away as missing; nothing if it went inside of one."""
    if not isinstance(description, Mapping):
        return None
    updated = _row(description.get("updatedFields")) or {}
    removed = description.get("removedFields") or ()
    found = {**dict.fromkeys(map(str, removed)), **updated}
    whole = found and not any("." in each for each in found) and not description.get("truncatedArrays")
    return found if whole else None


def _milliseconds(told: Row) -> float | None:
    for name, divisor in _IN_MS.items():
        value = told.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value / divisor
    value = told.get("ts_ms")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _flat(body: Row, common: dict[str, Any], fields: Mapping[str, Field]) -> Message:
    """Give what a row says that `ExtractNewRecordState` took out of its envelope; what it added begins with two underscores."""
    added = {str(name)[2:]: value for name, value in body.items() if str(name).startswith("__")}
    row = {name: value for name, value in body.items() if not str(name).startswith("__")}
    source = {name.removeprefix("source_"): value for name, value in added.items()}
    op = OPS.get(str(added.get("op", "u")), "")
    gone = str(added.get("deleted", "")).lower() == "true" or op == "delete"
    if not op:
        return Message("", f"has the unknown op {str(added['op'])[:20]}")
    return Message(
        "delete" if gone else op,
        before=row if gone else None,
        after=None if gone else row,
        position=position(source),
        at=_milliseconds(
            {name.removeprefix("source_"): value for name, value in added.items() if name.startswith("source_ts")}
        )
        or _milliseconds(added),
        table=".".join(str(source[each]) for each in ("db", "schema", "table", "collection") if source.get(each)),
        flat=True,
        marked="deleted" in added or "op" in added,
        fields={name: read for name, read in fields.items() if not name.startswith("__")},
        **common,
    )
