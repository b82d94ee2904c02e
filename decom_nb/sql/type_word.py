"""A column's type, given in DuckDB's words, in those of another engine; what it has no type for is refused."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from decom_nb.sql.dialect import NotSayable
from decom_nb.sql.identifier import identifier
from decom_nb.suggest import instead

if TYPE_CHECKING:
    from sqlglot import exp

ENGINES: Final = ("duckdb", "postgres", "snowflake", "bigquery", "redshift", "databricks")
"""The engines for which tables can be made."""

# By engine, its word for each of DuckDB's types. What DuckDB has and an engine has not is no column of it.
# DuckDB's TIMESTAMP is a wall clock without a zone, TIMESTAMPTZ an instant; BigQuery and Databricks call the instant TIMESTAMP.
# 128 bits have 39 digits, of which only PostgreSQL and BigQuery hold all. Without a type of its own a UUID keeps 36 characters.
_WORDS: Final[dict[str, dict[str, str]]] = {
    "duckdb": {
        "BOOLEAN": "BOOLEAN", "TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INT": "INTEGER", "BIGINT": "BIGINT",
        "UTINYINT": "UTINYINT", "USMALLINT": "USMALLINT", "UINT": "UINTEGER", "UBIGINT": "UBIGINT",
        "INT128": "HUGEINT", "UINT128": "UHUGEINT", "FLOAT": "FLOAT", "DOUBLE": "DOUBLE", "TEXT": "VARCHAR",
        "DATE": "DATE", "TIME": "TIME", "TIMESTAMP": "TIMESTAMP", "TIMESTAMPTZ": "TIMESTAMPTZ",
        "TIMESTAMP_S": "TIMESTAMP_S", "TIMESTAMP_MS": "TIMESTAMP_MS", "TIMESTAMP_NS": "TIMESTAMP_NS",
        "INTERVAL": "INTERVAL", "JSON": "JSON", "UUID": "UUID", "VARBINARY": "BLOB", "BIT": "BIT",
    },
    "postgres": {
        "BOOLEAN": "BOOLEAN", "TINYINT": "SMALLINT", "SMALLINT": "SMALLINT", "INT": "INTEGER", "BIGINT": "BIGINT",
        "UTINYINT": "SMALLINT", "USMALLINT": "INTEGER", "UINT": "BIGINT", "UBIGINT": "NUMERIC(20,0)",
        "INT128": "NUMERIC(39,0)", "UINT128": "NUMERIC(39,0)", "FLOAT": "REAL", "DOUBLE": "DOUBLE PRECISION",
        "TEXT": "TEXT", "DATE": "DATE", "TIME": "TIME", "TIMESTAMP": "TIMESTAMP", "TIMESTAMPTZ": "TIMESTAMPTZ",
        "TIMESTAMP_S": "TIMESTAMP(0)", "TIMESTAMP_MS": "TIMESTAMP(3)", "INTERVAL": "INTERVAL", "JSON": "JSONB",
        "UUID": "UUID", "VARBINARY": "BYTEA",
    },
    "snowflake": {
        "BOOLEAN": "BOOLEAN", "TINYINT": "SMALLINT", "SMALLINT": "SMALLINT", "INT": "INTEGER", "BIGINT": "BIGINT",
        "UTINYINT": "SMALLINT", "USMALLINT": "INTEGER", "UINT": "BIGINT", "UBIGINT": "NUMBER(20,0)",
        "INT128": "NUMBER(38,0)", "UINT128": "NUMBER(38,0)", "FLOAT": "FLOAT", "DOUBLE": "DOUBLE", "TEXT": "VARCHAR",
        "DATE": "DATE", "TIME": "TIME", "TIMESTAMP": "TIMESTAMP_NTZ", "TIMESTAMPTZ": "TIMESTAMP_TZ",
        "TIMESTAMP_S": "TIMESTAMP_NTZ(0)", "TIMESTAMP_MS": "TIMESTAMP_NTZ(3)", "TIMESTAMP_NS": "TIMESTAMP_NTZ(9)",
        "JSON": "VARIANT", "UUID": "VARCHAR(36)", "VARBINARY": "BINARY",
    },
    "bigquery": {
        "BOOLEAN": "BOOL", "TINYINT": "INT64", "SMALLINT": "INT64", "INT": "INT64", "BIGINT": "INT64",
        "UTINYINT": "INT64", "USMALLINT": "INT64", "UINT": "INT64", "UBIGINT": "NUMERIC(20,0)", "INT128": "BIGNUMERIC",
        "UINT128": "BIGNUMERIC", "FLOAT": "FLOAT64", "DOUBLE": "FLOAT64", "TEXT": "STRING", "DATE": "DATE",
        "TIME": "TIME", "TIMESTAMP": "DATETIME", "TIMESTAMPTZ": "TIMESTAMP", "TIMESTAMP_S": "DATETIME",
        "TIMESTAMP_MS": "DATETIME", "INTERVAL": "INTERVAL", "JSON": "JSON", "UUID": "STRING(36)", "VARBINARY": "BYTES",
    },
    "redshift": {
        "BOOLEAN": "BOOLEAN", "TINYINT": "SMALLINT", "SMALLINT": "SMALLINT", "INT": "INTEGER", "BIGINT": "BIGINT",
        "UTINYINT": "SMALLINT", "USMALLINT": "INTEGER", "UINT": "BIGINT", "UBIGINT": "DECIMAL(20,0)",
        "INT128": "DECIMAL(38,0)", "UINT128": "DECIMAL(38,0)", "FLOAT": "REAL", "DOUBLE": "DOUBLE PRECISION",
        "TEXT": "VARCHAR(MAX)", "DATE": "DATE", "TIME": "TIME", "TIMESTAMP": "TIMESTAMP", "TIMESTAMPTZ": "TIMESTAMPTZ",
        "TIMESTAMP_S": "TIMESTAMP", "TIMESTAMP_MS": "TIMESTAMP", "JSON": "SUPER", "UUID": "VARCHAR(36)",
        "VARBINARY": "VARBYTE(65535)",
    },
    "databricks": {
        "BOOLEAN": "BOOLEAN", "TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INT": "INT", "BIGINT": "BIGINT",
        "UTINYINT": "SMALLINT", "USMALLINT": "INT", "UINT": "BIGINT", "UBIGINT": "DECIMAL(20,0)",
        "INT128": "DECIMAL(38,0)", "UINT128": "DECIMAL(38,0)", "FLOAT": "FLOAT", "DOUBLE": "DOUBLE", "TEXT": "STRING",
        "DATE": "DATE", "TIMESTAMP": "TIMESTAMP_NTZ", "TIMESTAMPTZ": "TIMESTAMP", "TIMESTAMP_S": "TIMESTAMP_NTZ",
        "TIMESTAMP_MS": "TIMESTAMP_NTZ", "JSON": "VARIANT", "UUID": "STRING", "VARBINARY": "BINARY",
    },
}  # fmt: skip
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
    if kind not in _WORDS["duckdb"]:
        raise NotSayable(f"no word of {dialect} is known here for the type {written}")
    word = _WORDS[dialect].get(kind)
    if word is None:
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
    """Give a type that holds others, each of them in the engine's words."""
    if dialect in ("postgres", "redshift") or (kind == "MAP" and dialect == "bigquery"):
        raise NotSayable(f"{dialect} has no type for {written}; say JSON")
    if kind == "MAP":
        inside = [_word(each, dialect, each.sql(dialect="duckdb")) for each in type_.expressions]
    else:
        inside = [_field(each, dialect, written) for each in type_.expressions]
    if not inside:
        raise NotSayable(f"{written} does not say what it holds")
    word = "OBJECT" if dialect == "snowflake" and kind != "MAP" else "MAP" if kind == "MAP" else "STRUCT"
    left, right = ("(", ")") if dialect in ("duckdb", "snowflake") else ("<", ">")
    return f"{word}{left}{', '.join(inside)}{right}"


def _field(field: exp.Expr, dialect: str, written: str) -> str:
    from sqlglot import exp

    kind = field.args.get("kind")
    if not isinstance(field, exp.ColumnDef) or not isinstance(kind, exp.DataType):
        raise NotSayable(f"{written} has a field without a name")
    colon = ":" if dialect == "databricks" else ""
    return f"{identifier(field.name, dialect)}{colon} {_word(kind, dialect, kind.sql(dialect='duckdb'))}"
