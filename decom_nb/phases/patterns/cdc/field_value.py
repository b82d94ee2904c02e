"""What a field of a message means, by the schema that comes with it; without one, by what its values look like."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

UNAVAILABLE = "__debezium_unavailable_value"
"""What stands for a large value that an update did not touch."""
_UNAVAILABLE = (UNAVAILABLE, base64.b64encode(UNAVAILABLE.encode()).decode())
_EPOCH = datetime(1970, 1, 1)
_PLAIN = {
    "boolean": "BOOLEAN", "int8": "BIGINT", "int16": "BIGINT", "int32": "BIGINT", "int64": "BIGINT", "float": "DOUBLE",
    "float32": "DOUBLE", "float64": "DOUBLE", "double": "DOUBLE", "string": "VARCHAR", "bytes": "BLOB", "struct": "JSON",
    "array": "JSON", "map": "JSON",
}  # fmt: skip
_WIDER = ("BOOLEAN", "BIGINT", "DOUBLE")


@dataclass(frozen=True)
class Field:
    """How one field is read."""

    type: str
    """In DuckDB's words."""
    read: Callable[[Any], Any]
    """Makes a value that JSON can hold and DuckDB can cast. Raises `ValueError`, `OverflowError` or `TypeError`."""


def _as_it_is(value: Any) -> Any:
    return value


def _days(value: Any) -> str:
    return (date(1970, 1, 1) + timedelta(days=int(value))).isoformat()


def _instant(per_second: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        seconds, rest = divmod(int(value), per_second)
        whole = (_EPOCH + timedelta(seconds=seconds)).isoformat(sep=" ")
        digits = len(str(per_second)) - 1
        return f"{whole}.{rest:0{digits}d}"

    return read


def _time(per_second: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        of_day = timedelta(microseconds=int(value) * 1_000_000 // per_second)
        if not timedelta(0) <= of_day < timedelta(days=1):
            raise ValueError("is no time of a day")  # MySQL's TIME also counts hours beyond a day
        return (_EPOCH + of_day).time().isoformat()

    return read


def decimal_of(value: Any, scale: int) -> str:
    """Give a decimal that was sent as the bytes of a whole number, or as what it is."""
    if isinstance(value, str):
        try:
            whole = int.from_bytes(base64.b64decode(value, validate=True), "big", signed=True)
        except ValueError:
            return str(Decimal(value))
        return f"{Decimal(whole).scaleb(-scale):f}"
    return str(value)


def _variable(value: Any) -> str:
    return decimal_of(value["value"], int(value["scale"]))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


_NAMED: Mapping[str, Field] = {
    "io.debezium.time.Date": Field("DATE", _days),
    "org.apache.kafka.connect.data.Date": Field("DATE", _days),
    "io.debezium.time.Timestamp": Field("TIMESTAMP", _instant(1_000)),
    "org.apache.kafka.connect.data.Timestamp": Field("TIMESTAMP", _instant(1_000)),
    "io.debezium.time.MicroTimestamp": Field("TIMESTAMP", _instant(1_000_000)),
    "io.debezium.time.NanoTimestamp": Field("TIMESTAMP_NS", _instant(1_000_000_000)),
    "io.debezium.time.ZonedTimestamp": Field("TIMESTAMPTZ", _text),
    "io.debezium.time.Time": Field("TIME", _time(1_000)),
    "org.apache.kafka.connect.data.Time": Field("TIME", _time(1_000)),
    "io.debezium.time.MicroTime": Field("TIME", _time(1_000_000)),
    "io.debezium.time.NanoTime": Field("TIME", _time(1_000_000_000)),
    "io.debezium.time.ZonedTime": Field("VARCHAR", _text),
    "io.debezium.data.Json": Field("JSON", _text),
    "io.debezium.data.Uuid": Field("UUID", _text),
    "io.debezium.data.VariableScaleDecimal": Field("VARCHAR", _variable),
}


def fields_of(schema: Any) -> dict[str, Field]:
    """Give how each field of a row is read, from the schema of an envelope, of a key or of a flat row; nothing without one."""
    if not isinstance(schema, Mapping):
        return {}
    described = [each for each in schema.get("fields") or () if isinstance(each, Mapping)]
    rows = [each for each in described if each.get("field") in ("after", "before") and each.get("type") == "struct"]
    if rows:
        described = [each for each in rows[-1].get("fields") or () if isinstance(each, Mapping)]
    elif {"op", "source"} <= {each.get("field") for each in described}:
        return {}  # as MongoDB's, whose documents are texts
    return {str(each["field"]): _field(each) for each in described if "field" in each}


def _field(described: Mapping[str, Any]) -> Field:
    named = str(described.get("name") or "")
    if named == "org.apache.kafka.connect.data.Decimal":
        parameters = described.get("parameters") or {}
        scale = int(parameters.get("scale", 0))
        return Field(f"DECIMAL(38,{scale})" if 0 <= scale <= 38 else "VARCHAR", lambda value: decimal_of(value, scale))
    if named in _NAMED:
        return _NAMED[named]
    plain = _PLAIN.get(str(described.get("type")), "VARCHAR")
    return Field("VARCHAR" if named == "io.debezium.data.Bits" else plain, _as_it_is)


def type_of(value: Any) -> str:
    """Give the type that a value without a schema has."""
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "BIGINT" if -(2**63) <= value < 2**63 else "VARCHAR"
    if isinstance(value, float):
        return "DOUBLE"
    return "JSON" if isinstance(value, dict | list) else "VARCHAR"


def wider(one: str, other: str) -> str:
    """Give a type that holds the values of both."""
    if one == other or not other:
        return one
    if not one:
        return other
    numbers = _WIDER[1:]
    return numbers[-1] if one in numbers and other in numbers else "VARCHAR"


def is_unavailable(value: Any) -> bool:
    """Tell whether a value only says that it was not sent."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return len(value) == 1 and value[0] in _UNAVAILABLE
    return value in _UNAVAILABLE if isinstance(value, str) else False
