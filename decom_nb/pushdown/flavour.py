"""What an engine's SQL is like where that decides whether a question means the same there as in DuckDB.

Each fact is one that changes a count. `translate` reads them; what no fact covers is refused there. Sources: the engines'
manuals, as of 2026; PostgreSQL's and Spark's are held to by tests against the engines themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Flavour:
    """One engine."""

    dialect: str
    """What sqlglot calls its SQL."""
    called: str
    """What people call it."""
    regex: Literal["operator", "rlike", "contains", "like", "instr"]
    """How a regular expression is asked: ``~``, RLIKE, REGEXP_CONTAINS, REGEXP_LIKE, or REGEXP_INSTR > 0."""
    pattern: Literal["postgres", "java", "re2", "plain"]
    """How regular expressions are written; `plain` has neither groups without capture nor looking around."""
    c_collation: bool = False
    """Whether text is ordered by a language unless COLLATE "C" is said."""
    nan_is_largest: bool = True
    """Whether NaN equals NaN and is greater than all numbers, as in DuckDB; else it compares as IEEE 754 has it."""
    is_nan: Literal["equals", "isnan", "is_nan"] = "isnan"
    """How NaN is found."""
    percentile: Literal["within", "argument", ""] = "within"
    """How an exact percentile is asked; empty where there is none."""
    big_sums: bool = False
    """Whether sums and means of whole numbers need a cast to a wide decimal, or overflow and round."""
    like_escapes: bool = True
    """Whether a backslash in LIKE escapes although nobody said so."""
    portable: bool = False
    """Whether quantiles are taken from places in the order: the engine's own percentile is missing, or rounds otherwise."""
    tested: bool = False
    """Whether tests run the questions on the engine, and do not only read them back."""


FLAVOURS = {
    each.dialect: each
    for each in (
        Flavour("postgres", "PostgreSQL", "operator", "postgres", c_collation=True, is_nan="equals", tested=True),
        Flavour("spark", "Spark", "rlike", "java", percentile="argument", portable=True, big_sums=True, tested=True),
        Flavour("databricks", "Databricks", "rlike", "java", percentile="argument", portable=True, big_sums=True),
        Flavour("snowflake", "Snowflake", "instr", "plain", is_nan="equals", like_escapes=False),
        Flavour("bigquery", "BigQuery", "contains", "re2", nan_is_largest=False, is_nan="is_nan", percentile="", portable=True),
        Flavour("redshift", "Redshift", "operator", "plain", is_nan="equals"),
        Flavour("trino", "Trino", "like", "java", nan_is_largest=False, is_nan="is_nan", percentile="",
                portable=True, like_escapes=False),
    )
}  # fmt: skip
"""The engines to which checks can be pushed, by their dialect."""
