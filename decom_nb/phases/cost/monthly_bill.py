"""The bill, with charges of one month that are alike put together: what allocation, red flags and levers all look at.

A bill in hours or days has hundreds of lines for one thing; put together once, all questions after that are quick.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from decom_nb.evidence.relation import Relation, columns
from decom_nb.phases.cost.category import category_sql
from decom_nb.phases.cost.machine import spot_sql

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from decom_nb.evidence.store import Store

_ALIKE = (
    ("month", "VARCHAR", "of the invoice, as in 2026-10; of the use where no billing period is given"),
    ("currency", "VARCHAR", "the currency of the amounts"),
    ("kind", "VARCHAR", "usage, purchase, credit, adjustment, tax, commitment_purchase or commitment_unused"),
    ("charge_category", "VARCHAR", "as in billing.charges, like the rest"),
    ("charge_class", "VARCHAR", ""),
    ("pricing_category", "VARCHAR", ""),
    ("sub_account_id", "VARCHAR", ""),
    ("sub_account_name", "VARCHAR", ""),
    ("service_category", "VARCHAR", ""),
    ("service_subcategory", "VARCHAR", ""),
    ("service_name", "VARCHAR", ""),
    ("region_id", "VARCHAR", ""),
    ("resource_id", "VARCHAR", ""),
    ("resource_name", "VARCHAR", ""),
    ("resource_type", "VARCHAR", ""),
    ("charge_description", "VARCHAR", ""),
    ("sku_meter", "VARCHAR", ""),
    ("usage_type", "VARCHAR", ""),
    ("consumed_unit", "VARCHAR", ""),
    ("pricing_unit", "VARCHAR", ""),
    ("tags", "MAP(VARCHAR, VARCHAR)", ""),
)

MONTHLY = Relation(
    "cost.monthly",
    "A row for charges of one month that are alike in all that is told of them but their time and amount.",
    columns(
        *_ALIKE,
        ("effective", "DECIMAL(38,12)", "effective cost; the billed cost where the bill gives no effective one"),
        ("billed", "DECIMAL(38,12)", "billed cost"),
        ("listed", "DECIMAL(38,12)", "what it would cost at list price; NULL where the bill does not tell"),
        ("charges", "BIGINT", "how many charges were put together"),
        ("unpriced", "BIGINT", "charges without a billed cost; they count as nothing in `billed`"),
        ("no_effective", "BIGINT", "charges without an effective cost"),
        ("consumed", "DOUBLE", "the quantity consumed, in consumed_unit"),
        ("first_at", "TIMESTAMP", "when the first of them began"),
        ("last_at", "TIMESTAMP", "when the last of them ended"),
        ("short", "BIGINT", "how many of them are for a day or less"),
        ("short_first_at", "TIMESTAMP", "the same, of those that are for a day or less"),
        ("short_last_at", "TIMESTAMP", "the same, of those that are for a day or less"),
        ("category", "VARCHAR", "compute, storage, egress or other"),
        ("spot", "BOOLEAN", "whether it is machines on demand that could be had at a spot price"),
    ),
)

_KIND = """CASE
    WHEN charge_category = 'Tax' THEN 'tax'
    WHEN charge_category = 'Purchase' AND commitment_discount_id IS NOT NULL THEN 'commitment_purchase'
    WHEN commitment_discount_status = 'Unused' THEN 'commitment_unused'
    WHEN charge_category IN ('Purchase', 'Credit', 'Adjustment') THEN lower(charge_category)
    ELSE 'usage' END"""

_CREATE = f"""
CREATE OR REPLACE TABLE cost.monthly AS
WITH alike AS (
    SELECT
        coalesce(strftime(coalesce(billing_period_start, charge_period_start), '%Y-%m'), '') AS month,
        coalesce(billing_currency, '') AS currency,
        {_KIND} AS kind,
        {", ".join(name for name, _, _ in _ALIKE[3:])},
        coalesce(sum(coalesce(effective_cost, billed_cost)), 0)::DECIMAL(38,12) AS effective,
        coalesce(sum(billed_cost), 0)::DECIMAL(38,12) AS billed,
        sum(list_cost)::DECIMAL(38,12) AS listed,
        count(*) AS charges,
        count(*) FILTER (billed_cost IS NULL) AS unpriced,
        count(*) FILTER (effective_cost IS NULL) AS no_effective,
        sum(consumed_quantity)::DOUBLE AS consumed,
        min(charge_period_start) AS first_at,
        max(charge_period_end) AS last_at,
        count(*) FILTER (charge_period_end <= charge_period_start + INTERVAL 1 DAY) AS short,
        min(charge_period_start) FILTER (charge_period_end <= charge_period_start + INTERVAL 1 DAY) AS short_first_at,
        max(charge_period_end) FILTER (charge_period_end <= charge_period_start + INTERVAL 1 DAY) AS short_last_at
    FROM billing.charges GROUP BY ALL
)
SELECT *, {{category}} AS category, kind = 'usage' AND {{spot}} AS spot FROM alike
"""  # noqa: S608 - names of ours


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the bill in one currency: what it comes to, and how much of the month is told of."""

    month: str
    currency: str
    effective: Decimal
    billed: Decimal
    charges: int
    first_at: datetime | None
    last_at: datetime | None
    complete: bool

    @property
    def tells(self) -> bool:
        """Whether it is a month of spend: one of which a part is billed, and that below a cent, is only touched by the bill."""
        most = max(abs(self.effective), abs(self.billed))
        return bool(self.month) and (self.complete or 200 * most >= 1)  # half a cent is written as one


@dataclass(frozen=True, eq=False)
class MonthlyBill:
    """The bill in months; `store` holds ``cost.monthly``."""

    store: Store

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Give the rows of a query; values go in as ``$name``."""
        return self.store.query(sql, parameters)

    @cached_property
    def months(self) -> tuple[Month, ...]:
        """Every month in every currency, oldest first; complete is one whose charges reach from its first day to its last."""
        return tuple(Month(**row) for row in self.query(_MONTHS))

    @cached_property
    def currencies(self) -> tuple[str, ...]:
        """Every currency, the one with the most spend first."""
        spend: dict[str, Decimal] = {}
        for each in self.months:
            spend[each.currency] = spend.get(each.currency, each.effective * 0) + each.effective
        return tuple(sorted(spend, key=lambda name: (-spend[name], name)))

    @cached_property
    def tag_keys(self) -> tuple[str, ...]:
        """Every key that a tag has, as it is spelt."""
        sql = "SELECT DISTINCT unnest(map_keys(tags)) AS key FROM cost.monthly ORDER BY key"
        return tuple(row["key"] for row in self.query(sql))

    def told(self, currency: str) -> tuple[Month, ...]:
        """Give the months of spend in a currency, oldest first."""
        return tuple(each for each in self.months if each.currency == currency and each.tells)

    def newest(self, currency: str) -> Month | None:
        """Give the newest complete month in a currency, or the newest there is where none is complete."""
        own = self.told(currency) or tuple(each for each in self.months if each.currency == currency and each.month)
        return next((each for each in reversed(own) if each.complete), own[-1] if own else None)

    def complete(self, currency: str) -> tuple[Month, ...]:
        """Give the complete months in a currency, oldest first."""
        return tuple(each for each in self.months if each.currency == currency and each.complete)


def monthly(store: Store) -> MonthlyBill:
    """Put the charges of the store together, once: a bill that was read stays as it is."""
    with _LOCK:
        if store not in _DONE:
            put_together(store)
            _DONE.add(store)
    return MonthlyBill(store)


def put_together(store: Store) -> None:
    """Fill ``cost.monthly`` from the charges."""
    store.con.execute("CREATE SCHEMA IF NOT EXISTS cost")
    store.con.execute(_CREATE.format(category=category_sql(), spot=spot_sql()))
    store.declare((MONTHLY,))


_LOCK = threading.Lock()
_DONE: WeakSet[Store] = WeakSet()  # books of one engagement, as live cells make them, share one store


# A fee for a whole month says nothing of how far the bill reaches: where most charges are for a day or less, those tell. Bills of
# some providers end a month an hour or a time zone early; a day of slack at each end is less than any trend.
_MONTHS = """
WITH told AS (
    SELECT
        month, currency,
        sum(effective)::DECIMAL(38,12) AS effective, sum(billed)::DECIMAL(38,12) AS billed,
        sum(charges)::BIGINT AS charges, min(first_at) AS first_at, max(last_at) AS last_at,
        sum(short)::BIGINT AS short, min(short_first_at) AS short_first_at, max(short_last_at) AS short_last_at,
        try_strptime(month || '-01', '%Y-%m-%d') AS begins
    FROM cost.monthly GROUP BY month, currency
)

SELECT
    month, currency, effective, billed, charges, first_at, last_at,
    coalesce(
        CASE WHEN 2 * sum(short) OVER own >= sum(charges) OVER own
            THEN min(short_first_at) OVER own <= begins + INTERVAL 1 DAY
                AND max(short_last_at) OVER own >= begins + INTERVAL 1 MONTH - INTERVAL 1 DAY
            ELSE min(first_at) OVER own <= begins + INTERVAL 1 DAY
                AND max(last_at) OVER own >= begins + INTERVAL 1 MONTH - INTERVAL 1 DAY
        END, false
    ) AS complete
FROM told WINDOW own AS (PARTITION BY month) ORDER BY month, currency
"""
