"""A name as an engine writes it: quoted only where it has to be, and so that it means the table and column that people see there.

A plain name (small letters, digits, underscores) stands bare and folds as everything else in that engine does. `ddl.py` and what
writes files for people call it; SQL for machines quotes every name with `text.name`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from decom_nb.sql.text import name as quoted

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_BACKTICKS = frozenset({"bigquery", "databricks", "spark"})
_KEPT = frozenset(
    {
        "account", "all", "allowoverwrite", "alter", "analyse", "analyze", "and", "anti", "any", "array", "as", "asc",
        "asof", "assert_rows_modified", "asymmetric", "at", "authorization", "backup", "between", "bigint", "binary",
        "bit", "blanksasnull", "boolean", "both", "by", "bytedict", "case", "cast", "char", "character", "check",
        "coalesce", "collate", "collation", "column", "columns", "comment", "concurrently", "connect", "connection",
        "constraint", "contains", "create", "credentials", "cross", "cube", "current", "current_catalog",
        "current_date", "current_role", "current_schema", "current_time", "current_timestamp", "current_user",
        "current_user_id", "database", "date", "datetime", "day", "dec", "decimal", "default", "deferrable", "define",
        "deflate", "defrag", "delete", "delta", "desc", "describe", "disable", "distinct", "do", "drop", "else",
        "emptyasnull", "enable", "encode", "encryption", "end", "enum", "escape", "except", "exclude", "exists",
        "explain", "explicit", "extract", "false", "fetch", "float", "following", "for", "foreign", "freeze", "from",
        "full", "generated", "glob", "grant", "group", "grouping", "grouping_id", "groups", "gscluster", "gzip", "hash",
        "having", "identity", "if", "ignore", "ilike", "in", "increment", "initially", "inner", "inout", "insert",
        "int", "integer", "intersect", "interval", "into", "is", "isnull", "issue", "join", "lambda", "lateral",
        "leading", "left", "like", "limit", "localtime", "localtimestamp", "lookup", "lun", "luns", "lzo", "lzop",
        "map", "merge", "minus", "month", "national", "natural", "nchar", "new", "no", "none", "not", "notnull", "null",
        "nullif", "nulls", "numeric", "of", "off", "offline", "offset", "oid", "old", "on", "only", "open", "or",
        "order", "organization", "out", "outer", "over", "overlaps", "overlay", "parallel", "partition", "percent",
        "permissions", "pivot", "pivot_longer", "pivot_wider", "placing", "position", "positional", "preceding",
        "precision", "primary", "proto", "qualify", "range", "raw", "readratio", "real", "recover", "recursive",
        "references", "regexp", "rejectlog", "resort", "respect", "restore", "returning", "revoke", "right", "rlike",
        "rollup", "row", "rows", "sample", "schema", "select", "semi", "session_user", "set", "setof", "show",
        "similar", "smallint", "snapshot", "some", "start", "struct", "substring", "summarize", "symmetric", "sysdate",
        "system", "system_user", "table", "tablesample", "tag", "tdes", "then", "time", "timestamp", "to", "top",
        "trailing", "treat", "trigger", "trim", "true", "truncatecolumns", "try_cast", "type", "unbounded", "union",
        "unique", "unnest", "unpack", "unpivot", "update", "user", "using", "values", "varchar", "variadic", "verbose",
        "view", "wallet", "when", "whenever", "where", "window", "with", "within", "without", "xmlattributes",
        "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot",
        "xmlserialize", "xmltable", "year",
    }
)  # fmt: skip
"""Words that one of the engines keeps for itself. To quote one of them where another engine would not need it does no harm."""


def identifier(name: str, dialect: str) -> str:
    """Give a name as an engine writes it.

    >>> [identifier("order", each) for each in ("postgres", "snowflake", "bigquery")]
    ['"order"', '"ORDER"', '`order`']
    >>> identifier("order_id", "snowflake"), identifier("Größe", "postgres")
    ('order_id', '"Größe"')
    """
    if not name:
        raise ValueError("a name cannot be empty")
    if _PLAIN.fullmatch(name):
        if name not in _KEPT:
            return name
        if dialect == "snowflake":  # which folds bare names to capitals: quoted like that, it is the same name
            return quoted(name.upper())
    if dialect in _BACKTICKS:
        if "\0" in name:
            raise ValueError("a name cannot hold a NUL character")
        doubled = name.replace("\\", "\\\\").replace("`", "\\`") if dialect == "bigquery" else name.replace("`", "``")
        return f"`{doubled}`"
    return quoted(name)


def identifiers(names: Iterable[str], dialect: str) -> str:
    """Give names, separated by commas.

    >>> identifiers(["a", "select"], "duckdb")
    'a, "select"'
    """
    return ", ".join(identifier(each, dialect) for each in names)


def dotted(parts: Iterable[str], dialect: str) -> str:
    """Give a name of several parts, such as schema and table.

    >>> dotted(("marts", "fct_orders"), "duckdb")
    'marts.fct_orders'
    """
    return ".".join(identifier(each, dialect) for each in parts)
