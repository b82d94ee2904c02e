"""Whether a table's rows rest on earlier rows, by dbt's declarations and by the SQL itself. `backfill_plan.py` calls it.

Such a table is processed from the oldest part on: each part needs the one before it to be right already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from decom_nb.evidence.dbt_manifest import Model
from decom_nb.phases.testing.backfill_table import backfill_table
from decom_nb.wording import listed

if TYPE_CHECKING:
    from sqlglot import exp

SELF = "decom_this"
"""Stands for the table itself where dbt's SQL says ``{{ this }}``."""

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_TAG = re.compile(r"\{%.*?%\}", re.DOTALL)
_THIS = re.compile(r"\{\{[-\s]*this\b[^}]*\}\}")
_REF = re.compile(r"\{\{[-\s]*(?:ref|source)\s*\(([^)]*)\)[^}]*\}\}")
_ELSE = re.compile(r"\{%-?\s*else\b.*?\{%-?\s*endif\s*-?%\}", re.DOTALL)
_OTHER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_STRING = re.compile(r"['\"]([^'\"]+)['\"]")
_OF_DOCUMENT = {
    "scd2": "it keeps versions of rows, by the word of the request",
    "snapshot": "it is a snapshot, by the word of the request",
    "running_total": "it carries a total or a state forward, by the word of the request",
}


def state_of_model(model: Model) -> str:
    """Say why a model's rows rest on earlier rows; empty if nothing shows that they do."""
    if model.resource_type == "snapshot":
        return "it is a dbt snapshot (SCD 2): each run closes the versions of the run before"
    if model.materialized == "view":
        return ""
    return state_of_columns(column.name for column in model.columns) or state_of_sql(
        plain(model.sql), alone=model.materialized == "incremental"
    )


def state_of_request(stateful: str | None) -> str:
    """Say the same by the word of whoever filled in the request."""
    return _OF_DOCUMENT.get(stateful or "", "")


def state_of_columns(names: Iterable[str]) -> str:
    """Say it by columns that tell versions of a row apart.

    >>> state_of_columns(["id", "Valid_From", "valid_to"])
    'its columns valid_from and valid_to tell versions of a row apart (SCD 2)'
    """
    there = {name.lower() for name in names}
    for pair in backfill_table().history_columns.pairs:
        if there.issuperset(pair):
            return f"its columns {listed(pair)} tell versions of a row apart (SCD 2)"
    return ""


def plain(sql: str) -> str:
    """Give dbt's SQL as SQL that can be parsed: refs as names, ``this`` as `SELF`, the incremental branch of every if."""
    text = _ELSE.sub("", _COMMENT.sub("", sql))
    text = _THIS.sub(SELF, _TAG.sub(" ", text))
    text = _REF.sub(lambda found: (_STRING.findall(found[1]) or ["decom_table"])[-1].replace(" ", "_"), text)
    return _OTHER.sub("decom_value", text)


def state_of_sql(sql: str, own: str = SELF, *, alone: bool = True) -> str:
    """Say why rows of a query rest on earlier rows: windows that run over them, or a read of the table itself.

    A watermark (``WHERE day > (SELECT max(day) FROM this)``) is not such a read. SQL that cannot be parsed shows nothing but
    the read, by its words. `alone` tells that the query is run part by part, as an incremental model's is; the windows of
    one that is computed whole each time do no harm.

    >>> state_of_sql("SELECT day, sum(x) OVER (ORDER BY day) AS total FROM t")
    'SUM(x) OVER (ORDER BY day) runs over earlier rows'
    >>> state_of_sql("SELECT * FROM t WHERE day > (SELECT max(day) FROM decom_this)")
    ''
    """
    if not sql.strip():
        return ""
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(sql, read="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError):
        found = re.search(rf"\b(?:from|join)\s+{re.escape(own)}\b(?!\s*\))", sql, re.IGNORECASE)
        return "it reads its own earlier rows" if found else ""
    for table in tree.find_all(exp.Table):
        if table.name.casefold() == own.rpartition(".")[2].casefold() and not _is_watermark(table):
            return "it reads its own earlier rows"
    if alone:
        for window in tree.find_all(exp.Window):
            if _runs_over_earlier(window):
                return f"{_short(window)} runs over earlier rows"
    return ""


def _is_watermark(table: exp.Table) -> bool:
    """Tell whether a table is read for one maximum or minimum only, by which the new rows are chosen."""
    from sqlglot import exp

    select = table.find_ancestor(exp.Select)
    if select is None or len(select.expressions) != 1 or select.args.get("group") or select.args.get("joins"):
        return False
    return select.expressions[0].find(exp.Max, exp.Min) is not None and select.find_ancestor(exp.Where) is not None


def _runs_over_earlier(window: exp.Window) -> bool:
    from sqlglot import exp

    if window.args.get("order") is None:
        return False
    inner = window.this
    while isinstance(inner, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        inner = inner.this
    if isinstance(inner, exp.Lag | exp.Lead | exp.FirstValue | exp.LastValue | exp.NthValue):
        return True
    if not isinstance(inner, exp.AggFunc) or isinstance(inner, exp.RowNumber | exp.Rank | exp.DenseRank):
        return False
    spec = window.args.get("spec")
    return spec is None or str(spec.args.get("start") or "").upper() != "CURRENT ROW"


def _short(window: exp.Window) -> str:
    text = window.sql(dialect="duckdb", normalize_functions=False)
    return text if len(text) <= 80 else f"{text[:79]}…"
