"""One of the methodology's red flags, as it stands here: what shows it, and what it costs in a month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from decom_nb.finding import Finding, Outcome, false, not_applicable, not_known, true
from decom_nb.phases.cost.money import ZERO, written

if TYPE_CHECKING:
    from decom_nb.evidence.dbt import Dbt
    from decom_nb.evidence.object_listing import Objects
    from decom_nb.evidence.query_log import QueryLog
    from decom_nb.phases.cost.allocation import Allocation
    from decom_nb.phases.cost.monthly_bill import Month, MonthlyBill

Row = dict[str, Any]


@dataclass(frozen=True)
class Flag:
    """What a look came to. `money` is what it costs in the month looked at; nothing where that cannot be told.

    `at_most` is the spend in which more of it may hide, where the evidence tells only of a part or of nothing.
    """

    outcome: Outcome
    message: str
    rows: tuple[Row, ...] = ()
    met: float = 0.0
    money: Decimal | None = None
    at_most: Decimal | None = None

    def finding(self) -> Finding:
        """Give it as a finding."""
        if self.outcome == "true":
            return true(self.message, rows=self.rows)
        if self.outcome == "false":
            return false(self.message, met=self.met, rows=self.rows)
        return (not_applicable if self.outcome == "not_applicable" else not_known)(self.message, rows=self.rows)


@dataclass(frozen=True, eq=False)
class Looked:
    """What red flags are looked for in. Amounts are of one month, the newest that is complete, in the main currency."""

    allocation: Allocation | None
    query_log: QueryLog | None = None
    objects: Objects | None = None
    dbt: Dbt | None = None

    @property
    def bill(self) -> MonthlyBill | None:
        """The bill."""
        return self.allocation.bill if self.allocation else None

    @property
    def currency(self) -> str:
        """The currency with the most spend; empty without a bill."""
        return self.bill.currencies[0] if self.bill and self.bill.currencies else ""

    @cached_property
    def month(self) -> Month | None:
        """The month looked at."""
        return self.bill.newest(self.currency) if self.bill else None

    def amount(self, amount: Decimal) -> str:
        """Write an amount per month."""
        return f"{written(amount, self.currency)} a month"

    def costs(self, doing: str, amount: Decimal | None) -> str:
        """Say what doing something costs, or that nobody knows."""
        return (
            f"What {doing} costs is not known."
            if amount is None
            else f"{doing.capitalize()} costs {self.amount(amount)}."
        )

    @cached_property
    def column(self) -> str:
        """The column of ``cost.monthly`` that holds the amount shown."""
        return self.allocation.document.amount if self.allocation else "effective"

    def spend(self, condition: str = "true", parameters: Mapping[str, Any] | None = None) -> Decimal:
        """Give what the month's charges of a condition (SQL of ours over ``cost.monthly``) come to."""
        if self.bill is None or self.month is None:
            return ZERO
        sql = (
            f"SELECT coalesce(sum({self.column}), 0)::DECIMAL(38,12) AS spend FROM cost.monthly "  # noqa: S608 - SQL of ours
            f"WHERE month = $month AND currency = $currency AND ({condition})"
        )
        given = {"month": self.month.month, "currency": self.currency, **(parameters or {})}
        return Decimal(self.bill.query(sql, given)[0]["spend"])

    @cached_property
    def whole(self) -> Decimal:
        """What the month comes to, without taxes and commitments bought."""
        return self.spend("kind NOT IN ('tax', 'commitment_purchase')")

    def category(self, category: str) -> Decimal:
        """Give what a category comes to, taxes and commitments bought left out."""
        return self.spend("kind NOT IN ('tax', 'commitment_purchase') AND category = $category", {"category": category})

    @cached_property
    def byte_price(self) -> Decimal | None:
        """What a byte that is kept costs in a month: by the storage charges that are billed by gigabyte and month.

        Where none is, the whole spend on storage over the bytes of the objects that are listed; nothing where neither is known.
        """
        if self.bill is None or self.month is None:
            return None
        by_unit = self.bill.query(
            _STORED.format(column=self.column), {"month": self.month.month, "currency": self.currency}
        )[0]
        if by_unit["bytes"]:
            return Decimal(by_unit["spend"]) / Decimal(int(by_unit["bytes"]))
        listed = self.objects.bytes if self.objects else 0
        return self.category("storage") / listed if listed else None


# A provider's GB is mostly a GiB; where it is not, the price of a byte is off by 7 %.
_STORED = """
SELECT
    sum({column})::DECIMAL(38,12) AS spend,
    sum(consumed * CASE WHEN regexp_matches(consumed_unit, '^g', 'i') THEN 1 ELSE 1024 END * 1073741824)::HUGEINT AS bytes
FROM cost.monthly
WHERE month = $month AND currency = $currency AND category = 'storage' AND consumed > 0
    AND regexp_matches(consumed_unit, '^(gb|gib|tb|tib|gigabytes?|terabytes?)[ -]?/?(mo|month|months)$', 'i')
"""


def counted(number: int, noun: str) -> str:
    """Give a number with its noun.

    >>> counted(1, "kind of statement"), counted(2, "kind of statement")
    ('1 kind of statement', '2 kinds of statement')
    """
    first, *rest = noun.split(" ", 1)
    return f"{number:,} {' '.join([first if number == 1 else f'{first}s', *rest])}"


def dear_first(rows: Iterable[Row], key: str) -> tuple[Row, ...]:
    """Give rows with the largest amount first; those without one come last."""
    return tuple(sorted(rows, key=lambda row: (row[key] is None, -(row[key] or 0))))


def rounded(amount: Decimal | float | None) -> float | None:
    """Give an amount for a row of a finding, to a ten-thousandth."""
    return None if amount is None else round(float(amount), 4)
