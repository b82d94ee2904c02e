"""Charges of one account and billing period that stand in two files: exports overlap, and nobody should pay twice for it.

`billing_files.py` calls it when all files are read. Two equal rows in one file are two charges; a bill in FOCUS has no key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from decom_nb.evidence.billing import CHARGES, Repeat
from decom_nb.evidence.rows import rows_of
from decom_nb.evidence.source import Problem

if TYPE_CHECKING:
    from decom_nb.evidence.store import Store

# What makes two rows of different files the same charge: all that is told of them.
_SAME = ", ".join(column.name for column in CHARGES.columns if column.name not in ("version", "remark", "origin"))


def find(store: Store) -> tuple[Repeat, ...]:
    """Find what stands in two files, and leave out a file's charges of a period where another one has them all."""
    con = store.con
    if not con.execute(_PARTS).fetchall()[0][0]:
        con.execute("DROP TABLE parts")
        return ()
    con.execute(_TWICE)
    found: list[Repeat] = []
    gone: set[tuple[Any, Any, str]] = set()
    if con.execute("SELECT count(*) FROM twice").fetchall()[0][0]:
        con.execute(_SEVERAL)
        for pair in rows_of(con.execute(_PAIRS)):
            place = (pair["account"], pair["period"])
            if (*place, pair["one"]) in gone or (*place, pair["other"]) in gone:
                continue
            swap = pair["others"] > pair["ones"]
            first, second = (pair["other"], pair["one"]) if swap else (pair["one"], pair["other"])
            whole = pair["charges"] == min(pair["ones"], pair["others"])
            if whole:
                gone.add((*place, second))
                period = pair["period"].replace(tzinfo=None) if pair["period"] else None
                con.execute(_DROP, {"account": pair["account"], "period": period, "origin": second})
            found.append(
                Repeat(
                    account=pair["account"] or "",
                    period=pair["period"],
                    first=first,
                    second=second,
                    charges=pair["charges"],
                    currency=pair["currency"] or "",
                    billed=pair["billed"],
                    left_out=whole,
                )
            )
        con.execute("DROP TABLE several")
    con.execute("DROP TABLE parts; DROP TABLE twice")
    return tuple(found)


def told(repeat: Repeat) -> Problem:
    """Say what stands in two files, and what became of it."""
    period = f"{repeat.period:%Y-%m}" if repeat.period else "no billing period"
    sum_ = f"{repeat.billed:.2f} {repeat.currency}"
    what = f"{repeat.charges} charges of account {repeat.account} in {period} ({sum_}) are in {repeat.first} as well"
    became = "left out here" if repeat.left_out else "counted twice: leave out one of the two exports"
    return Problem(path=repeat.second, what=f"{what}: {became}")


# The accounts and periods that more than one file has, numbered, with the charges that each file has of them.
_PARTS = """
CREATE TEMP TABLE parts AS
SELECT
    billing_account_id AS account, billing_period_start AS period, origin, count(*) AS charges,
    CAST(row_number() OVER () AS INTEGER) AS number
FROM billing.charges GROUP BY billing_account_id, billing_period_start, origin
QUALIFY count(*) OVER (PARTITION BY billing_account_id, billing_period_start) > 1;
SELECT count(*) FROM parts
"""

_OF_PARTS = """
billing.charges JOIN parts ON
    billing_account_id IS NOT DISTINCT FROM account AND billing_period_start IS NOT DISTINCT FROM period
    AND charges.origin = parts.origin
"""

_TWICE = """
CREATE TEMP TABLE twice AS
SELECT hash($same) AS row FROM $of_parts GROUP BY row HAVING min(number) <> max(number)
""".replace("$same", _SAME).replace("$of_parts", _OF_PARTS)

_SEVERAL = """
CREATE TEMP TABLE several AS
SELECT
    account, period, parts.origin, parts.charges, hash($same) AS row,
    any_value(billing_currency) AS currency, any_value(billed_cost) AS billed, count(*) AS times
FROM $of_parts WHERE row IN (SELECT row FROM twice) GROUP BY ALL
""".replace("$same", _SAME).replace("$of_parts", _OF_PARTS)

_PAIRS = """
SELECT
    a.account, a.period, a.origin AS one, b.origin AS other, a.charges AS ones, b.charges AS others,
    any_value(a.currency) AS currency,
    CAST(sum(least(a.times, b.times)) AS BIGINT) AS charges,
    sum(least(a.times, b.times) * a.billed) AS billed
FROM several AS a JOIN several AS b
    ON a.row = b.row AND a.origin < b.origin
    AND a.account IS NOT DISTINCT FROM b.account AND a.period IS NOT DISTINCT FROM b.period
GROUP BY ALL ORDER BY a.account, a.period, one, other
"""

_DROP = """
DELETE FROM billing.charges
WHERE billing_account_id IS NOT DISTINCT FROM $account AND billing_period_start IS NOT DISTINCT FROM $period AND origin = $origin
"""
