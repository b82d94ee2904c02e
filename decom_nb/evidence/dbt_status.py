"""How a node of dbt ended, by the word that dbt has for it: one list for artifacts and logs.

The words are those of dbt Core's `NodeStatus` and of dbt Fusion. A word that is not among them tells nothing: it is taken
neither for a success nor for a failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from decom_nb.sql.text import string

Ending = Literal["success", "partial", "failed", "skipped", "incomplete"]

ENDINGS: Mapping[str, Ending] = {
    "success": "success",
    "pass": "success",
    "warn": "success",
    "partial success": "partial",  # some batches of a microbatch model failed
    "error": "failed",
    "fail": "failed",
    "runtime error": "failed",
    "skipped": "skipped",
    "no-op": "skipped",  # there was nothing to do, as for an exposure
    "reused": "skipped",  # what an earlier run made was still good
}

NOT_NEEDED = frozenset({"no-op", "reused"})
"""Words for what was left alone on purpose: neither good nor bad, and no reason to wait for a result."""


def ending(status: str) -> Ending:
    """Say how a node ended; incomplete where no word, or no known one, tells.

    >>> [ending(each) for each in ("pass", "partial success", "no-op", "missing")]
    ['success', 'partial', 'skipped', 'incomplete']
    """
    return ENDINGS.get(status.lower(), "incomplete")


def ending_sql(status: str) -> str:
    """Give the SQL expression that says the same of the expression `status`.

    >>> ending_sql("status").count("WHEN")
    4
    """
    words = {each: [word for word, told in ENDINGS.items() if told == each] for each in get_args(Ending)}
    when = " ".join(
        f"WHEN lower({status}) IN ({', '.join(map(string, met))}) THEN {string(each)}"
        for each, met in words.items()
        if met
    )
    return f"CASE {when} ELSE 'incomplete' END"
