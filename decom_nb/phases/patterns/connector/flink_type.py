"""A column's type, given in DuckDB's words, in those of Flink SQL; what Flink cannot keep whole is refused."""

from __future__ import annotations

from functools import lru_cache

from decom_nb.errors import InputError
from decom_nb.phases.patterns.connector.fed_table import NotPossible
from decom_nb.sql import guard

_WORDS = {
    "BOOLEAN": "BOOLEAN", "TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INTEGER": "INT", "BIGINT": "BIGINT",
    # Flink has no numbers without a sign: each is kept in the next one that holds all of them.
    "UTINYINT": "SMALLINT", "USMALLINT": "INT", "UINTEGER": "BIGINT", "UBIGINT": "DECIMAL(20, 0)",
    "FLOAT": "FLOAT", "DOUBLE": "DOUBLE", "DATE": "DATE",
    "VARCHAR": "STRING", "UUID": "STRING", "JSON": "STRING", "BLOB": "BYTES",
    "TIMESTAMP": "TIMESTAMP(6)", "TIMESTAMP WITH TIME ZONE": "TIMESTAMP_LTZ(6)", "TIMESTAMP_S": "TIMESTAMP(0)",
    "TIMESTAMP_MS": "TIMESTAMP(3)", "TIMESTAMP_NS": "TIMESTAMP(9)",
}  # fmt: skip
_WIDE = "it has 39 digits and Flink keeps 38; say DECIMAL(38,0) if that is enough"
_HINTS = {
    "HUGEINT": _WIDE,
    "UHUGEINT": _WIDE,
    "TIME": "Flink keeps no microseconds of a time of day; say VARCHAR",
}
_NESTED = "lists and nested columns do not fit into a column of the sink; say JSON, or take it apart behind the sink"


@lru_cache(maxsize=1024)
def flink_type(type_: str) -> str:
    """Give a type of DuckDB's in Flink's words. Raises `NotPossible`.

    >>> flink_type("VARCHAR"), flink_type("TIMESTAMP"), flink_type("DECIMAL(12,2)"), flink_type("numeric")
    ('STRING', 'TIMESTAMP(6)', 'DECIMAL(12,2)', 'DECIMAL(18,3)')
    >>> flink_type("UBIGINT"), flink_type("DATETIME"), flink_type("TIMESTAMPTZ"), flink_type("BYTEA")
    ('DECIMAL(20, 0)', 'TIMESTAMP(6)', 'TIMESTAMP_LTZ(6)', 'BYTES')
    """
    try:
        called = guard.canonical_type(guard.type_name(type_))
    except InputError:
        raise NotPossible(
            f"“{type_}” is no type of DuckDB; write one such as BIGINT, DECIMAL(18,2) or TIMESTAMP"
        ) from None
    if called in _WORDS:
        return _WORDS[called]
    head, bracket, _ = called.partition("(")
    if head == "DECIMAL" and called.endswith(")"):  # of up to 38 digits, in both
        return called
    if head == "ENUM" and called.endswith(")"):
        return "STRING"
    nested = bool(bracket) or called.endswith("]")
    raise NotPossible(f"Flink has no column for {type_}: {_NESTED if nested else _HINTS.get(called, 'say VARCHAR')}")
