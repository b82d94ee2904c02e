"""What DuckDB would call a column of the client's engine: ibis reads the schema, this names its types.

`needs` and the checks of a schema know types by these names.
"""

from __future__ import annotations

from typing import Any

_PLAIN = {
    "Boolean": "BOOLEAN", "Int8": "TINYINT", "Int16": "SMALLINT", "Int32": "INTEGER", "Int64": "BIGINT",
    "UInt8": "UTINYINT", "UInt16": "USMALLINT", "UInt32": "UINTEGER", "UInt64": "UBIGINT", "Float16": "FLOAT",
    "Float32": "FLOAT", "Float64": "DOUBLE", "String": "VARCHAR", "Binary": "BLOB", "Date": "DATE", "Time": "TIME",
    "UUID": "UUID", "Interval": "INTERVAL", "JSON": "JSON", "Null": '"NULL"',
}  # fmt: skip


def duckdb_type(found: Any) -> str:
    """Give DuckDB's name of an ibis type; one that DuckDB does not have keeps the name that it has there.

    A decimal without width, as PostgreSQL's bare ``numeric``, is ``DECIMAL``.
    """
    called = type(found).__name__
    if called in _PLAIN:
        return _PLAIN[called]
    if called == "Decimal":
        width, scale = found.precision, found.scale
        return f"DECIMAL({width},{scale or 0})" if width is not None else "DECIMAL"
    if called == "Timestamp":
        return "TIMESTAMP WITH TIME ZONE" if found.timezone else "TIMESTAMP"
    if called == "Array":
        return f"{duckdb_type(found.value_type)}[]"
    if called == "Struct":
        inner = ", ".join(f'"{name}" {duckdb_type(each)}' for name, each in found.items())
        return f"STRUCT({inner})"
    if called == "Map":
        return f"MAP({duckdb_type(found.key_type)}, {duckdb_type(found.value_type)})"
    raw = getattr(found, "raw_type", None)
    return str(raw).upper() if raw is not None and len(str(raw)) < 40 else called.upper()
