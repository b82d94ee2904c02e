"""A column's type, given in DuckDB's words, in those of another engine; what it has no type for is refused."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from decom_nb.sql.dialect import NotSayable
from decom_nb.suggest import instead

if TYPE_CHECKING:
    from sqlglot import exp

ENGINES: Final = ("duckdb", "postgres", "snowflake", "bigquery", "redshift", "databricks")
"""The engines for which tables can be made."""

# By DuckDB's type, its word in each engine, in the order of ENGINES. Empty: it has none.
# DuckDB's TIMESTAMP is a wall clock without a zone, TIMESTAMPTZ an instant; BigQuery and Databricks call the instant TIMESTAMP.
_WORDS: Final = {
    "BOOLEAN": ("BOOLEAN", "BOOLEAN", "BOOLEAN", "BOOL", "BOOLEAN", "BOOLEAN"),
    "TINYINT": ("TINYINT", "SMALLINT", "SMALLINT", "INT64", "SMALLINT", "TINYINT"),
    "SMALLINT": ("SMALLINT", "SMALLINT", "SMALLINT", "INT64", "SMALLINT", "SMALLINT"),
    "INT": ("INTEGER", "INTEGER", "INTEGER", "INT64", "INTEGER", "INT"),
    "BIGINT": ("BIGINT", "BIGINT", "BIGINT", "INT64", "BIGINT", "BIGINT"),
    "UTINYINT": ("UTINYINT", "SMALLINT", "SMALLINT", "INT64", "SMALLINT", "SMALLINT"),
    "USMALLINT": ("USMALLINT", "INTEGER", "INTEGER", "INT64", "INTEGER", "INT"),
    "UINT": ("UINTEGER", "BIGINT", "BIGINT", "INT64", "BIGINT", "BIGINT"),
    "UBIGINT": ("UBIGINT", "NUMERIC(20,0)", "NUMBER(20,0)", "NUMERIC(20,0)", "DECIMAL(20,0)", "DECIMAL(20,0)"),
    # 39 digits, of which only PostgreSQL and BigQuery hold all.
    "INT128": ("HUGEINT", "NUMERIC(39,0)", "NUMBER(38,0)", "BIGNUMERIC", "DECIMAL(38,0)", "DECIMAL(38,0)"),
    "UINT128": ("UHUGEINT", "NUMERIC(39,0)", "NUMBER(38,0)", "BIGNUMERIC", "DECIMAL(38,0)", "DECIMAL(38,0)"),
    "FLOAT": ("FLOAT", "REAL", "FLOAT", "FLOAT64", "REAL", "FLOAT"),
    "DOUBLE": ("DOUBLE", "DOUBLE PRECISION", "DOUBLE", "FLOAT64", "DOUBLE PRECISION", "DOUBLE"),
    "TEXT": ("VARCHAR", "TEXT", "VARCHAR", "STRING", "VARCHAR(MAX)", "STRING"),
    "DATE": ("DATE", "DATE", "DATE", "DATE", "DATE", "DATE"),
    "TIME": ("TIME", "TIME", "TIME", "TIME", "TIME", ""),
    "TIMESTAMP": ("TIMESTAMP", "TIMESTAMP", "TIMESTAMP_NTZ", "DATETIME", "TIMESTAMP", "TIMESTAMP_NTZ"),
    "TIMESTAMPTZ": ("TIMESTAMPTZ", "TIMESTAMPTZ", "TIMESTAMP_TZ", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP"),
    "TIMESTAMP_S": ("TIMESTAMP_S", "TIMESTAMP(0)", "TIMESTAMP_NTZ(0)", "DATETIME", "TIMESTAMP", "TIMESTAMP_NTZ"),
    "TIMESTAMP_MS": ("TIMESTAMP_MS", "TIMESTAMP(3)", "TIMESTAMP_NTZ(3)", "DATETIME", "TIMESTAMP", "TIMESTAMP_NTZ"),
    "TIMESTAMP_NS": ("TIMESTAMP_NS", "", "TIMESTAMP_NTZ(9)", "", "", ""),
    "INTERVAL": ("INTERVAL", "INTERVAL", "", "INTERVAL", "", ""),
    "JSON": ("JSON", "JSONB", "VARIANT", "JSON", "SUPER", "VARIANT"),
    # Engines without a type of its own keep its 36 characters.
    "UUID": ("UUID", "UUID", "VARCHAR(36)", "STRING(36)", "VARCHAR(36)", "STRING"),
    "VARBINARY": ("BLOB", "BYTEA", "BINARY", "BYTES", "VARBYTE(65535)", "BINARY"),
    "BIT": ("BIT", "", "", "", "", ""),
}
_SAME: Final = {
    "VARCHAR": "TEXT", "CHAR": "TEXT", "NCHAR": "TEXT", "NVARCHAR": "TEXT", "BPCHAR": "TEXT", "BLOB": "VARBINARY",
    "BINARY": "VARBINARY", "TIMESTAMPNTZ": "TIMESTAMP", "TIMESTAMPLTZ": "TIMESTAMPTZ", "MEDIUMINT": "INT",
}  # fmt: skip
_LONGEST_REDSHIFT: Final = 65_535
"""Bytes of a text there; a letter takes up to four."""


@lru_cache(maxsize=4096)
def type_word(type_: str, dialect: str) -> str:
    """Give a type of DuckDB in another engine's words. Raises `NotSayable`.

    >>> [type_word("DECIMAL(18,2)", each) for each in ENGINES]
    ['DECIMAL(18,2)', 'NUMERIC(18,2)', 'NUMBER(18,2)', 'NUMERIC(18,2)', 'DECIMAL(18,2)', 'DECIMAL(18,2)']
    >>> type_word("TIMESTAMP", "bigquery"), type_word("TIMESTAMPTZ", "bigquery"), type_word("BIGINT[]", "databricks")
    ('DATETIME', 'TIMESTAMP', 'ARRAY<BIGINT>')
    """
    import sqlglot
    from sqlglot import exp

    if dialect not in ENGINES:
        raise NotSayable(f"{dialect} is no engine for which tables can be made here; {instead(dialect, ENGINES)}")
    try:
        parsed = exp.DataType.build(type_, dialect="duckdb") if type_.strip() else None
    except sqlglot.errors.SqlglotError:
        parsed = None
    if parsed is None or parsed.this in (exp.DataType.Type.UNKNOWN, exp.DataType.Type.USERDEFINED):
        raise NotSayable(
            f"“{type_}” is no type of DuckDB; write one such as BIGINT, DECIMAL(18,2), VARCHAR or TIMESTAMP"
        )
    return _word(parsed, dialect, type_)


def _word(type_: exp.DataType, dialect: str, written: str) -> str:
    kind = type_.this.value if hasattr(type_.this, "value") else str(type_.this)
    if kind in ("DECIMAL", "BIGDECIMAL", "DECIMAL128"):
        return _decimal(type_, dialect, written)
    if kind in ("LIST", "ARRAY"):
        return _array(type_, dialect, written)
    if kind in ("STRUCT", "OBJECT", "MAP"):
        return _nested(type_, kind, dialect, written)
    kind = _SAME.get(kind, kind)
    words = _WORDS.get(kind)
    if words is None:
        raise NotSayable(f"no word of {dialect} is known here for the type {written}")
    word = words[ENGINES.index(dialect)]
    if not word:
        raise NotSayable(f"{dialect} has no type for columns that keeps all of {written}")
    length = _length(written) if kind == "TEXT" else None
    return word if length is None else _text(length, dialect, word)


def _length(written: str) -> int | None:
    """Give the length of a text as somebody wrote it: DuckDB, and sqlglot for it, takes none."""
    inside = written.partition("(")[2].partition(")")[0].strip()
    return int(inside) if inside.isdecimal() and int(inside) > 0 else None


def _text(length: int, dialect: str, word: str) -> str:
    if dialect == "bigquery":
        return f"STRING({length})"
    if dialect == "redshift":  # where a length counts bytes
        return f"VARCHAR({4 * length})" if 4 * length <= _LONGEST_REDSHIFT else word
    return f"VARCHAR({length})"


def _decimal(type_: exp.DataType, dialect: str, written: str) -> str:
    digits = [int(str(each.this)) for each in type_.expressions]
    # What a bare DECIMAL is differs from engine to engine, down to none after the point; DuckDB's is said in full.
    precision, scale = digits[0] if digits else 18, digits[1] if len(digits) > 1 else 0 if digits else 3
    if not 0 < precision <= 38 or not 0 <= scale <= precision:
        raise NotSayable(f"{written} is no decimal of DuckDB: up to 38 digits, and no more of them after the point")
    word = {"postgres": "NUMERIC", "snowflake": "NUMBER", "bigquery": "NUMERIC"}.get(dialect, "DECIMAL")
    if dialect == "bigquery" and (scale > 9 or precision - scale > 29):
        word = "BIGNUMERIC"
    if dialect == "snowflake" and scale > 37:
        raise NotSayable(f"snowflake keeps up to 37 digits after the point, and {written} has {scale}")
    return f"{word}({precision},{scale})"


def _array(type_: exp.DataType, dialect: str, written: str) -> str:
    inner = type_.expressions[0]
    if dialect == "redshift":
        raise NotSayable(f"redshift has no arrays of one type ({written}); SUPER holds any value: say JSON")
    if dialect == "bigquery" and inner.this.value in ("LIST", "ARRAY"):
        raise NotSayable(f"bigquery has no arrays of arrays ({written})")
    word = _word(inner, dialect, inner.sql(dialect="duckdb"))
    return {"duckdb": f"{word}[]", "postgres": f"{word}[]", "snowflake": f"ARRAY({word})"}.get(
        dialect, f"ARRAY<{word}>"
    )


def _nested(type_: exp.DataType, kind: str, dialect: str, written: str) -> str:
    if dialect == "duckdb":
        return type_.sql(dialect="duckdb")
    if dialect in ("postgres", "redshift") or (kind == "MAP" and dialect == "bigquery"):
        raise NotSayable(f"{dialect} has no type for {written}; say JSON")
    return type_.sql(dialect=dialect)
