"""The columns that keep a dimension's history, named once: DDL, dbt models and the SCD generator take them from here.

A version holds from ``valid_from`` (inclusive) to ``valid_to`` (exclusive): the instant at which one version ends is the one at
which the next begins, so a history tiles time without a gap or a double, whatever the clock's resolution.
"""

from __future__ import annotations

from typing import Literal

VALID_FROM = "valid_from"
"""The instant from which a version holds, inclusive; never missing."""
VALID_TO = "valid_to"
"""The instant at which a version ended, exclusive; of the current version the open end."""
IS_CURRENT = "is_current"
"""Whether the version is the one that holds now; exactly one of each natural key that was not deleted."""
INSTANT = "TIMESTAMP"
"""The type of both instants: UTC without a zone, as every engine has it."""
RECORDED = (VALID_FROM, VALID_TO, IS_CURRENT)
"""What types 2 and 6 add to a dimension, and type 4 to its history table."""

OpenEnd = Literal["null", "far"]
"""How the end of a version that still holds is written.

``null``, the default, claims no instant that nobody knows, counts in no MAX, and lets dbt snapshots be read as they are. ``far``
is for those who want to compare with an end that is never missing.
"""
DEFAULT_OPEN_END: OpenEnd = "null"
FAR_END = "9999-12-31"
"""The day that stands for the open end where ``far`` is chosen; at midnight, as a TIMESTAMP."""


def open_end(how: OpenEnd = DEFAULT_OPEN_END) -> str:
    """Give the open end as an expression in DuckDB's SQL.

    >>> open_end(), open_end("far")
    ('CAST(NULL AS TIMESTAMP)', "CAST('9999-12-31' AS TIMESTAMP)")
    """
    return f"CAST({'NULL' if how == 'null' else repr(FAR_END)} AS {INSTANT})"


def previous(attribute: str) -> str:
    """Name the column of type 3 that holds the value before the last change.

    >>> previous("status")
    'previous_status'
    """
    return f"previous_{attribute}"


def current(attribute: str) -> str:
    """Name the column of type 6 that holds, in every version, the value that holds now.

    >>> current("status")
    'current_status'
    """
    return f"current_{attribute}"


def history_table(dimension: str) -> str:
    """Name the history table of type 4: the dimension itself holds only what is current.

    >>> history_table("dim_customers")
    'dim_customers_history'
    """
    return f"{dimension}_history"
