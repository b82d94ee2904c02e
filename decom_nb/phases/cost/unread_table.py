"""A red flag: tables that nobody has queried for 30 days, counted from the query log's own end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from decom_nb.phases.cost.flag import Flag, Looked, Row, dear_first, rounded
from decom_nb.phases.cost.money import ZERO, total
from decom_nb.wording import listed

if TYPE_CHECKING:
    from decom_nb.evidence.dbt import Model
    from decom_nb.evidence.query_log import QueryLog

KEPT = ("table", "incremental", "snapshot", "seed")
"""Materializations of dbt that take space; a view that nobody reads costs nothing."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A table of which no reading was seen."""

    table: str
    told_by: str
    last_read: str
    unique_id: str = ""


def tables_are_read(looked: Looked, *, days: float) -> Flag:
    """Look for tables that no statement read in the last `days` days of the query log."""
    log = looked.query_log
    storage = looked.category("storage") if looked.allocation else None
    if log is None:
        return Flag("not_known", "This cannot be told without a query log.", at_most=storage)
    if log.ends_at is None:
        text = f"The log of {listed(log.timeless)} does not say when a statement ran."
        return Flag("not_known", text, at_most=storage)
    if log.days < days:
        text = f"The query log covers {log.days:.1f} days; to find what was not read for {days:g} it takes as many."
        return Flag("not_known", text, at_most=storage)
    seen = _Names(each.table for each in log.tables)
    candidates = [
        _Candidate(
            each.table, "query log", f"{each.last_read:%Y-%m-%d}" if each.last_read else f"not in {log.days:.0f} days"
        )
        for each in log.unread(days)
    ]
    declared, known = _declared(looked, seen)
    unseen = [each for each in declared if each.table not in seen]
    candidates += unseen
    if not log.tables and not known:
        return Flag("not_known", "The query log names no table.", at_most=storage)
    doubtful = _mentioned(log, [each.table for each in candidates], log.ends_at - timedelta(days=days))
    certain = [each for each in candidates if each.table not in doubtful]
    looked_at = len(log.tables) + len(unseen)
    sizes = _sizes(looked, certain)
    rows = [_row(looked, each, sizes.get(each.table)) for each in certain]
    maybe = f" {len(doubtful)} more may be read by statements whose tables nobody can tell." if doubtful else ""
    end = f"{log.ends_at:%Y-%m-%d}"
    if not certain:
        text = f"All of {looked_at} tables were read in the {days:g} days up to {end}, the log's end.{maybe}"
        return Flag("not_known" if doubtful else "true", text, money=ZERO, at_most=storage if doubtful else None)
    costs = [row["storage cost"] for row in rows]
    money = (
        total(Decimal(str(cost)) for cost in costs if cost is not None) if any(c is not None for c in costs) else None
    )
    unknown = sum(cost is None for cost in costs)
    left_out = f" {unknown} of unknown size left out." if unknown and money is not None else ""
    text = (
        f"{len(certain)} of {looked_at} tables were not read in the {days:g} days up to {end}, the log's end. "
        f"{looked.costs('keeping them', money)}{left_out}{maybe}"
    )
    return Flag(
        "false",
        text,
        dear_first(rows, "storage cost"),
        met=1 - len(certain) / looked_at,
        money=money,
        at_most=storage if unknown else None,
    )


def _declared(looked: Looked, seen: _Names) -> tuple[list[_Candidate], bool]:
    """Give the tables that dbt keeps, if the log is of the warehouse they lie in: if it names at least one of them."""
    if looked.dbt is None:
        return [], False
    models = [each for each in looked.dbt.models if each.own and each.materialized in KEPT]
    tables = [
        _Candidate(
            _name(each),
            "dbt",
            "never seen in the log",
            each.unique_id,
        )
        for each in (*models, *looked.dbt.snapshots)
    ]
    return (tables, True) if any(each.table in seen for each in tables) else ([], False)


class _Names:
    """Names of tables, of which any may leave out its database, or its schema too."""

    def __init__(self, names: Iterable[str]) -> None:
        self._whole = set(names)
        self._ends = {end for name in self._whole for end in _ends(name)}

    def __contains__(self, table: str) -> bool:
        return table in self._ends or any(end in self._whole for end in _ends(table))


def _ends(name: str) -> list[str]:
    """Give a name as it is, and with its first parts left out.

    >>> _ends("a.b.c")
    ['a.b.c', 'b.c', 'c']
    """
    parts = name.split(".")
    return [".".join(parts[at:]) for at in range(len(parts))]


def _mentioned(log: QueryLog, tables: list[str], since: datetime) -> set[str]:
    """Give the tables whose bare name stands in a statement since then that could not be parsed."""
    if not tables or not log.unparsed:
        return set()
    found = log.query(
        """
        SELECT name FROM (SELECT unnest($names) AS name)
        WHERE EXISTS (
            FROM query_log.queries
            WHERE NOT parsed AND (started_at IS NULL OR started_at >= $since)
                AND contains(lower(text), regexp_extract(name, '[^.]*$'))
        )
        """,
        {"names": tables, "since": since.replace(tzinfo=None)},
    )
    return {row["name"] for row in found}


def _sizes(looked: Looked, tables: Iterable[_Candidate]) -> Mapping[str, int]:
    """Give the bytes of tables: by dbt's catalog, else by the listed objects below a folder of the table's name."""
    catalog = {each.unique_id: each.bytes for each in looked.dbt.catalog if each.bytes} if looked.dbt else {}
    named: dict[str, int] = {}
    if looked.dbt and catalog:
        for model in (*looked.dbt.models, *looked.dbt.snapshots, *looked.dbt.seeds):
            if size := catalog.get(model.unique_id):
                for end in _ends(_name(model)):
                    named.setdefault(end, size)
    found = {}
    for each in tables:
        if size := catalog.get(each.unique_id) or named.get(each.table) or _listed(looked, each.table):
            found[each.table] = size
    return found


def _name(model: Model) -> str:
    return ".".join(part for part in (model.database, model.schema, model.alias or model.name) if part).lower()


def _listed(looked: Looked, table: str) -> int | None:
    if looked.objects is None:
        return None
    sql = (
        "SELECT sum(bytes)::BIGINT AS bytes FROM objects.objects WHERE contains('/' || lower(key), '/' || $name || '/')"
    )
    size = looked.objects.query(sql, {"name": table.rpartition(".")[2]})[0]["bytes"]
    return int(size) if size else None


def _row(looked: Looked, candidate: _Candidate, size: int | None) -> Row:
    price = looked.byte_price
    cost = price * size if price is not None and size is not None else None
    return {
        "table": candidate.table,
        "last read": candidate.last_read,
        "known from": candidate.told_by,
        "bytes": size,
        "storage cost": rounded(cost),
        "currency": looked.currency,
    }
