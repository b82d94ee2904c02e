"""A red flag: statements that scan tables of more than a terabyte as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from decom_nb.phases.cost.flag import Flag, Looked, Row, counted, dear_first, rounded
from decom_nb.phases.cost.money import ZERO, total
from decom_nb.phases.cost.query_cost import QueryCost

MOST = 200
"""How many kinds of statement are looked at, those that read most."""


def large_tables_are_pruned(looked: Looked, *, bytes_least: int, full_share: float, days: float) -> Flag:
    """Look for statements that read at least so many bytes, and all of the partitions that there are or nearly so."""
    compute = looked.category("compute") if looked.allocation else None
    log = looked.query_log
    if log is None:
        return Flag("not_known", "This cannot be told without a query log.", at_most=compute)
    cost = QueryCost(looked, days)
    scans = log.query(_SCANS, {"least": bytes_least, "since": cost.since, "most": MOST})
    told = log.query(
        "SELECT count(*) FILTER (bytes_scanned IS NOT NULL) AS n, count(*) AS of_all FROM query_log.queries"
    )[0]
    terabytes = f"{bytes_least / 1e12:g} TB"
    if not told["n"]:
        return Flag("not_known", "The query log does not say how many bytes a statement reads.", at_most=compute)
    silent = told["of_all"] - told["n"]
    rest = f" {silent:,} statements do not say what they read." if silent else ""
    if not scans:
        return Flag("true", f"No statement read {terabytes} or more at once.{rest}", money=ZERO)
    sizes = _sizes(looked)
    full, unsure = [], []
    kinds = counted(len(scans), "kind of statement")
    for scan in scans:
        share = _share(scan, sizes)
        if share is None:
            unsure.append(scan)
        elif share >= full_share:
            full.append((scan, share))
    if not full:
        if unsure:
            text = (
                f"{kinds} read {terabytes} or more at once. Of {len(unsure)} the log does not say of how much, nor is the size "
                f"of their tables known.{rest}"
            )
            rows = tuple(_row(looked, scan, None, cost.of(scan)) for scan in unsure)
            return Flag("not_known", text, rows, at_most=_sum(cost.of(scan) for scan in unsure) or compute)
        return Flag(
            "true",
            f"{kinds} read {terabytes} or more, and none of them a whole table.{rest}",
        )
    rows = dear_first((_row(looked, scan, share, cost.of(scan)) for scan, share in full), "cost")
    money = _sum(cost.of(scan) for scan, _ in full)
    calls = sum(int(scan["calls"]) for scan, _ in full)
    kinds = counted(len(full), "kind of statement")
    text = (
        f"{kinds}, run {calls:,} times in {cost.days:.0f} days, read tables of {terabytes} and more as a whole. "
        f"{looked.costs('running them', money)}{rest}"
    )
    lacking = money is None or bool(unsure)
    return Flag("false", text, rows, met=0.0, money=money, at_most=compute if lacking else None)


def _sum(amounts: Any) -> Decimal | None:
    known = [each for each in amounts if each is not None]
    return total(known) if known else None


def _share(scan: Mapping[str, Any], sizes: Mapping[str, int]) -> float | None:
    """Give the share of its tables that a statement reads: by partitions, else by the size of its one table."""
    if scan["partitions_total"]:
        return float(scan["partitions_scanned"] or 0) / float(scan["partitions_total"])
    tables = scan["tables"]
    known = [size for name in tables if (size := sizes.get(name.rpartition(".")[2]))]
    return float(scan["most_bytes"]) / sum(known) if known and len(known) == len(tables) else None


def _sizes(looked: Looked) -> dict[str, int]:
    if looked.dbt is None:
        return {}
    names = {each.unique_id: (each.alias or each.name).lower() for each in (*looked.dbt.models, *looked.dbt.snapshots)}
    return {names[each.unique_id]: each.bytes for each in looked.dbt.catalog if each.bytes and each.unique_id in names}


def _row(looked: Looked, scan: Mapping[str, Any], share: float | None, cost: Decimal | None) -> Row:
    return {
        "statement": scan["shape"],
        "tables": ", ".join(scan["tables"]),
        "users": scan["users"],
        "warehouse": scan["warehouse"],
        "times": scan["calls"],
        "terabytes at most": round(scan["most_bytes"] / 1e12, 2),
        "share of partitions": "" if share is None else f"{min(share, 1):.0%}",
        "cost": rounded(cost),
        "currency": looked.currency,
    }


_SCANS = """
WITH large AS (
    SELECT
        engine, fingerprint, coalesce(warehouse, '') AS warehouse, any_value(shape ORDER BY query_id) AS shape,
        CAST(sum(calls) AS BIGINT) AS calls, CAST(max(bytes_scanned // calls) AS BIGINT) AS most_bytes,
        CAST(sum(partitions_scanned) AS BIGINT) AS partitions_scanned,
        CAST(sum(partitions_total) AS BIGINT) AS partitions_total, sum(seconds) AS seconds,
        coalesce(string_agg(DISTINCT user_name, ', ' ORDER BY user_name), '') AS users
    FROM query_log.queries
    WHERE bytes_scanned IS NOT NULL AND calls > 0 AND bytes_scanned // calls >= $least
        AND (started_at IS NULL OR $since IS NULL OR started_at >= $since)
    GROUP BY ALL
)

SELECT
    large.*,
    coalesce((
        SELECT list(DISTINCT table_name ORDER BY table_name)
        FROM query_log.tables JOIN query_log.queries AS q USING (query_id, engine)
        WHERE q.engine = large.engine AND q.fingerprint = large.fingerprint AND access = 'reads'
    ), []) AS tables
FROM large ORDER BY most_bytes DESC, fingerprint, warehouse LIMIT $most
"""
