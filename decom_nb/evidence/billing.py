"""Bills: rules ask for a `Billing` under the name "billing"; `billing_files.py` makes it.

A *charge* is one row of a bill in FOCUS. Its four costs are what it says on the invoice (billed), the same with what was paid
upfront spread over what it covers (effective), at the list price, and at the negotiated price without commitment discounts
(contracted). Credits, refunds and corrections are rows as well, and negative. Costs in different currencies are never added.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from decom_nb.evidence.relation import Relation, columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from decom_nb.evidence.store import Store

MONEY = "DECIMAL(38, 12)"
"""The type of money: what providers bill goes to the eleventh decimal, and sums are exact."""

CHARGES: Relation = Relation(
    "billing.charges",
    "A charge: one row of a bill in FOCUS 1.0 to 1.4. Its costs are in `billing_currency`: never add those in different ones.",
    columns(
        ("billing_account_id", "VARCHAR", "the account that is invoiced"),
        ("billing_account_name", "VARCHAR", "its name"),
        ("sub_account_id", "VARCHAR", "the account within it, such as an AWS account or an Azure subscription"),
        ("sub_account_name", "VARCHAR", "its name"),
        ("billing_period_start", "TIMESTAMP", "begin of the invoiced period"),
        ("billing_period_end", "TIMESTAMP", "its end, which is not within it"),
        ("charge_period_start", "TIMESTAMP", "begin of the time that is charged for"),
        ("charge_period_end", "TIMESTAMP", "its end, which is not within it"),
        ("charge_category", "VARCHAR", "Usage, Purchase, Tax, Credit or Adjustment"),
        ("charge_class", "VARCHAR", "Correction where the row corrects an earlier invoice, else NULL"),
        ("charge_description", "VARCHAR", "what is charged for, in words"),
        ("charge_frequency", "VARCHAR", "One-Time, Recurring or Usage-Based"),
        ("pricing_category", "VARCHAR", "Standard, Dynamic, Committed or Other"),
        ("commitment_discount_id", "VARCHAR", "the commitment that the row is covered by, or buys"),
        ("commitment_discount_type", "VARCHAR", "such as Savings Plan"),
        ("commitment_discount_status", "VARCHAR", "Used or Unused"),
        ("service_category", "VARCHAR", "such as Compute, Storage, Networking, Databases"),
        ("service_subcategory", "VARCHAR", "finer than that, from 1.1 on"),
        ("service_name", "VARCHAR", "the service as the provider calls it"),
        ("provider_name", "VARCHAR", "who provides the service; from 1.4 on ServiceProviderName"),
        ("publisher_name", "VARCHAR", "who made what is sold; until 1.3"),
        ("service_provider_name", "VARCHAR", "who made it available; ProviderName until 1.2"),
        ("host_provider_name", "VARCHAR", "on whose platform it runs; from 1.3 on"),
        ("invoice_issuer_name", "VARCHAR", "who sends the invoice"),
        ("invoice_id", "VARCHAR", "the invoice; from 1.2 on"),
        ("region_id", "VARCHAR", "the region as the provider writes it"),
        ("region_name", "VARCHAR", "the region in words"),
        ("availability_zone", "VARCHAR", "the zone within it"),
        ("resource_id", "VARCHAR", "what was used"),
        ("resource_name", "VARCHAR", "its name"),
        ("resource_type", "VARCHAR", "what kind of thing it is"),
        ("sku_id", "VARCHAR", "what is sold"),
        ("sku_price_id", "VARCHAR", "what is sold, at which terms"),
        ("sku_meter", "VARCHAR", "what is metered; from 1.1 on"),
        ("billed_cost", MONEY, "as invoiced"),
        ("effective_cost", MONEY, "with upfront payments spread over what they cover; NULL where it could not be read"),
        ("list_cost", MONEY, "at list prices; NULL where the bill does not say"),
        (
            "contracted_cost",
            MONEY,
            "at negotiated prices, without commitment discounts; NULL where the bill does not say",
        ),
        ("list_unit_price", MONEY, "the list price of one pricing unit"),
        ("contracted_unit_price", MONEY, "the negotiated price of one pricing unit"),
        ("billing_currency", "VARCHAR", "the currency of the costs"),
        ("consumed_quantity", "DOUBLE", "how much was used"),
        ("consumed_unit", "VARCHAR", "of what"),
        ("pricing_quantity", "DOUBLE", "how much is priced"),
        ("pricing_unit", "VARCHAR", "of what"),
        ("tags", "MAP(VARCHAR, VARCHAR)", "the tags of the resource; NULL where there are none"),
        (
            "usage_type",
            "VARCHAR",
            "the provider's own word for what was metered (x_UsageType, x_SkuMeterName), where told",
        ),
        ("allocated_method_id", "VARCHAR", "how a shared cost was split, where the provider did so; from 1.3 on"),
        ("version", "VARCHAR", "of FOCUS: the lowest that has all columns of the file"),
        ("remark", "VARCHAR", "what of the row could not be read, and is NULL therefore"),
        ("origin", "VARCHAR", "the file"),
    ),
)

Cost = Literal["billed", "effective", "list", "contracted"]


@dataclass(frozen=True, slots=True)
class Total:
    """The charges in one currency, summed."""

    currency: str
    charges: int
    billed: Decimal
    effective: Decimal | None
    list: Decimal | None
    contracted: Decimal | None
    credits: Decimal
    """Billed cost of the rows that are credits; negative."""
    corrections: Decimal
    """Billed cost of the rows that correct earlier invoices."""


@dataclass(frozen=True, slots=True)
class Share:
    """The charges that have one value of something, summed in one currency; `value` is empty where they have none."""

    currency: str
    value: str
    charges: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Repeat:
    """Rows of one account and billing period that stand in two files: `charges` of them, `billed` in sum.

    `left_out` tells whether those of the second file were left out, as they are where all its rows are in the first.
    """

    account: str
    period: datetime | None
    first: str
    second: str
    charges: int
    currency: str
    billed: Decimal
    left_out: bool


@dataclass(frozen=True, eq=False)
class Billing:
    """Bills, in the relation `billing.charges` of the store. All sums are exact decimals, by currency."""

    store: Store = field(repr=False)
    repeats: tuple[Repeat, ...] = ()
    left_out: int = 0
    """Rows of which the cost could not be read: what is summed lacks them."""

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Give the rows of a query; values go in as ``$name``. Its timestamps are in UTC, and say so."""
        return self.store.query(sql, parameters)

    @cached_property
    def totals(self) -> tuple[Total, ...]:
        """The sums by currency, the one with the most charges first."""
        return tuple(Total(**row) for row in self.query(_TOTALS))

    @cached_property
    def currencies(self) -> tuple[str, ...]:
        """All currencies, the one with the most charges first."""
        return tuple(total.currency for total in self.totals)

    @cached_property
    def period(self) -> tuple[datetime, datetime] | None:
        """Begin and end of what is charged for, the end not within it; nothing if no row says."""
        sql = "SELECT min(charge_period_start) AS first, max(charge_period_end) AS last FROM billing.charges"
        row = self.query(sql)[0]
        return (row["first"], row["last"]) if row["first"] and row["last"] else None

    @cached_property
    def months(self) -> tuple[Share, ...]:
        """The effective cost by month of the charge period (``2026-08``) and currency, in order."""
        return self.by("strftime(charge_period_start, '%Y-%m')", order="value")

    @cached_property
    def services(self) -> tuple[Share, ...]:
        """The effective cost by service and currency, most first."""
        return self.by("service_name")

    @cached_property
    def providers(self) -> tuple[Share, ...]:
        """The billed cost by provider and currency, most first."""
        return self.by("provider_name", "billed")

    @cached_property
    def untagged(self) -> tuple[Share, ...]:
        """The effective cost of charges without any tag, by service and currency, most first."""
        return self.by("service_name", where="tags IS NULL OR cardinality(tags) = 0")

    @cached_property
    def transfers(self) -> tuple[Share, ...]:
        """The effective cost of data transfer by what is charged for and currency, most first."""
        return self.by("charge_description", where="charge_description ILIKE '%data transfer%'")

    @cached_property
    def tag_keys(self) -> tuple[Share, ...]:
        """The effective cost of the charges that carry a tag, by the tag's key and currency, most first."""
        return tuple(Share(**row) for row in self.query(_TAG_KEYS))

    def by_tag(self, *keys: str, cost: Cost = "effective") -> tuple[Share, ...]:
        """Give the cost by the value of the first of these tags that a charge has, most first; empty where it has none.

        Keys are compared without case.
        """
        sql = _BY_TAG.replace("$cost", f"{cost}_cost")
        return tuple(Share(**row) for row in self.query(sql, {"keys": [key.lower() for key in keys]}))

    def by(
        self, expression: str, cost: Cost = "effective", *, where: str = "true", order: str = "cost DESC"
    ) -> tuple[Share, ...]:
        """Give the cost by an SQL expression over the columns of `billing.charges` and by currency.

        `expression`, `where` and `order` are SQL of the caller's own: nothing that a client wrote belongs into them.
        """
        given = {"$expression": expression, "$cost": f"{cost}_cost", "$where": where, "$order": order}
        sql = _BY
        for place, text in given.items():
            sql = sql.replace(place, text)
        return tuple(Share(**row) for row in self.query(sql))


_BY = """
SELECT
    billing_currency AS currency, coalesce(CAST($expression AS VARCHAR), '') AS value,
    count(*) AS charges, coalesce(sum($cost), 0) AS cost
FROM billing.charges WHERE $where GROUP BY ALL ORDER BY currency, $order, value
"""

_TOTALS = """
SELECT
    billing_currency AS currency,
    count(*) AS charges,
    sum(billed_cost) AS billed,
    sum(effective_cost) AS effective,
    sum(list_cost) AS list,
    sum(contracted_cost) AS contracted,
    coalesce(sum(billed_cost) FILTER (charge_category = 'Credit'), 0) AS credits,
    coalesce(sum(billed_cost) FILTER (charge_class = 'Correction'), 0) AS corrections
FROM billing.charges GROUP BY billing_currency ORDER BY charges DESC, currency
"""

_TAG_KEYS = """
SELECT billing_currency AS currency, key AS value, count(*) AS charges, sum(effective_cost) AS cost
FROM (SELECT billing_currency, effective_cost, unnest(map_keys(tags)) AS key FROM billing.charges WHERE tags IS NOT NULL)
GROUP BY ALL ORDER BY cost DESC, value
"""

_BY_TAG = """
WITH told AS (
    SELECT
        billing_currency, $cost AS cost,
        list_transform(map_entries(tags), lambda e: {'k': lower(e.key), 'v': e.value}) AS entries
    FROM billing.charges
)

SELECT
    billing_currency AS currency,
    coalesce(list_filter(list_transform($keys, lambda k: list_filter(entries, lambda e: e.k = k)[1].v),
        lambda v: v IS NOT NULL AND v <> '')[1], '') AS value,
    count(*) AS charges, coalesce(sum(cost), 0) AS cost
FROM told GROUP BY ALL ORDER BY currency, cost DESC, value
"""
