"""Tables and columns as names: what DDL, dbt, databases and the model have in common for the linter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from decom_nb.contract.model import Dialect
from decom_nb.contract.types import understood
from decom_nb.phases.modeling.naming.naming_table import Family, Layer

_FAMILIES: dict[str, Family] = {
    "integer": "whole",
    "decimal": "decimal",
    "float": "float",
    "text": "text",
    "padded": "text",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "instant": "timestamp",
    "instant_offset": "timestamp",
    "time": "time",
}
_ADAPTERS: dict[str, Dialect] = {
    "postgres": "postgres",
    "redshift": "redshift",
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "databricks": "databricks",
    "spark": "databricks",
    "trino": "trino",
    "athena": "trino",
}


@dataclass(frozen=True)
class NamedColumn:
    """One column: its name, its type as declared, what that is, and the line where it is declared."""

    name: str
    type: str = ""
    family: Family = ""
    line: int = 0
    is_key: bool = False
    """It is part of a declared primary or foreign key."""
    quoted: bool = False
    """Its name was declared in quotes, or read from a database: its letters count."""


@dataclass(frozen=True)
class NamedTable:
    """One table, where it was found, and what tells of its layer."""

    name: str
    columns: tuple[NamedColumn, ...] = ()
    schema: str = ""
    file: str = ""
    line: int = 0
    folder: str = ""
    """The folder of a dbt model inside its models."""
    layer: Layer | None = None
    """Where its kind is certain, as of a dbt source or a fact table of the model."""
    told_by: str = ""
    """What makes `layer` certain."""
    system: str = ""
    """The source system it comes from, where that is told."""
    origin: str = "ddl"
    """One of ddl, dbt, database and model."""
    judged: bool = True
    """False for what has no layer by its nature, such as a seed: its columns are judged, its own name is not."""
    quoted: bool = False

    @property
    def full_name(self) -> str:
        """Give its name, its schema first where it has one."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


def family(type_: str, dialect: str = "duckdb") -> Family:
    """Say what a declared type is; empty where none is declared.

    >>> [family(each) for each in ("TIMESTAMP WITH TIME ZONE", "DATE", "BOOLEAN", "DECIMAL(12,2)", "DATE[]", "")]
    ['timestamp', 'date', 'boolean', 'decimal', 'other', '']
    >>> family("DATETIME2(7)", "tsql"), family("tinyint(1)", "mysql"), family("HUGEINT")
    ('timestamp', 'boolean', 'whole')
    """
    told = " ".join(type_.replace('"', "").upper().split())
    if not told:
        return ""
    if re.fullmatch(
        r"(?:SMALL)?DATETIME(?:2|OFFSET)?(?:\(\d+\))?|TIMESTAMP(?:_?(?:TZ|NTZ|LTZ|S|MS|NS))?(?:\(\d+\))?", told
    ):
        return "timestamp"
    if told == "TINYINT(1)" or (told == "BIT" and dialect in ("tsql", "duckdb", "mysql")):
        return "boolean"
    known = understood(told, _ADAPTERS.get(dialect, "duckdb")) or understood(told, "duckdb")
    if known is None and told.startswith(("TIMESTAMP", "DECIMAL", "NUMERIC")):
        return "timestamp" if told[0] == "T" else "decimal"
    return _FAMILIES.get(known.kind, "other") if known else "other"


def in_all(tables: Sequence[NamedTable]) -> int:
    """Give the number of columns of all tables."""
    return sum(len(each.columns) for each in tables)
