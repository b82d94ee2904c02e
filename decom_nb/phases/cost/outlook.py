"""Where spend is going: what the months so far came to, how it goes on, and whether that stays within the budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from decom_nb.phases.cost.allocation import Allocation
from decom_nb.phases.cost.monthly_bill import Month
from decom_nb.series import forecast as forecasts

T = TypeVar("T")

AHEAD = 6
"""Months at most that are looked ahead; never further than half of what is known of the past."""
FEWEST_DAYS = 28
"""Days, four weeks, from which on days tell more than fewer than `forecasts.FEWEST` months."""
LONGEST_SILENCE = 7
"""Days without any charge after which the bill is taken to have a gap: what is stored costs something every day, and what is
billed by the run runs at least weekly. A longer silence is a bill that is missing, not a platform that costs nothing."""
BAND = 0.9
"""The share of futures within the band."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A month to come: the band, its middle, and how likely it is that the budget does not suffice (None without one)."""

    month: str
    low: float
    middle: float
    high: float
    chance_above_budget: float | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The past months in one currency, and those to come. `why_not` says why nothing is forecast, or nothing is compared.

    `left_aside` says what of the past lies before a gap in the bill, and tells nothing of how it goes on.
    """

    currency: str
    past: tuple[Month, ...]
    spent: tuple[Decimal, ...]
    ahead: tuple[Ahead, ...]
    made_of: str
    why_not: str
    left_aside: str
    budget: Decimal | None
    budget_why_not: str

    @property
    def newest(self) -> tuple[Month, Decimal] | None:
        """The newest complete month and what it came to."""
        known = [(month, amount) for month, amount in zip(self.past, self.spent, strict=True) if month.complete]
        return known[-1] if known else None


def outlook(allocation: Allocation, budget_usd: float | None, currency: str) -> Outlook:
    """Give the outlook in one currency: by months where there are enough, else by days, else none and why."""
    bill = allocation.bill
    past = bill.told(currency)
    spent = tuple(allocation.spent(each) for each in past)
    budget, budget_why_not = _budget(allocation, budget_usd, currency)
    whole = [(month, amount) for month, amount in zip(past, spent, strict=True) if month.complete]
    told: dict[str, Any] = {"ahead": (), "made_of": "", "why_not": "", "left_aside": ""}
    stretch = unbroken(whole, lambda one, next_: next_[0].month == _following(one[0].month, 1)[0])
    if len(stretch) >= forecasts.FEWEST:
        told |= _by_months(stretch, budget)
        if rest := whole[: len(whole) - len(stretch)]:
            told["left_aside"] = _aside(rest[0][0].month, rest[-1][0].month, stretch[0][0].month)
    else:
        charged = _days(allocation, currency)
        found = unbroken(charged, lambda one, next_: (next_[0] - one[0]).days <= LONGEST_SILENCE + 1)
        days = _filled(found)
        if rest_days := charged[: len(charged) - len(found)]:
            told["left_aside"] = _aside(f"{rest_days[0][0]}", f"{rest_days[-1][0]}", f"{found[0][0]}")
        if len(days) >= FEWEST_DAYS:
            told |= _by_days(days, budget)
        else:
            whole = stretch
            told["why_not"] = (
                f"A forecast takes {forecasts.FEWEST} whole months or {FEWEST_DAYS} days"
                f"{' without a gap' if told['left_aside'] else ''}; the bill has {len(whole)} and "
                f"{len(days)} in {currency}."
            )
    return Outlook(currency, past, spent, budget=budget, budget_why_not=budget_why_not, **told)


def unbroken(points: Sequence[T], follows: Callable[[T, T], bool]) -> list[T]:
    """Give the last stretch of points in which each follows on the one before it.

    >>> unbroken([1, 2, 5, 6, 7], lambda one, next_: next_ == one + 1)
    [5, 6, 7]
    """
    first = next((at for at in range(len(points) - 1, 0, -1) if not follows(points[at - 1], points[at])), 0)
    return list(points[first:])


def _aside(first: str, last: str, begins: str) -> str:
    """Say what lies before a gap."""
    span = first if first == last else f"{first} to {last}"
    return f"{span} is left aside: between that and {begins}, where the forecast's past begins, the bill has a gap."


def _budget(allocation: Allocation, budget_usd: float | None, currency: str) -> tuple[Decimal | None, str]:
    if budget_usd is None:
        return None, "The brief states no budget (documents/brief.yaml, budget_monthly_usd)."
    if len(allocation.bill.currencies) > 1:
        listed = ", ".join(allocation.bill.currencies)
        return None, f"The bill is in {listed}, and one budget cannot be held against several currencies."
    rate = allocation.document.usd(currency)
    if rate is None:
        return None, (
            f"The budget is in USD and the bill in {currency}: they are not compared, unless documents/cost_allocation.yaml "
            "gives a rate."
        )
    return Decimal(str(budget_usd)) / rate, ""


def _by_months(whole: Sequence[tuple[Month, Decimal]], budget: Decimal | None) -> dict[str, Any]:
    steps = min(AHEAD, len(whole) // 2)
    found = forecasts.forecast([float(amount) for _, amount in whole], steps, 12)
    if found is None:
        return {}
    names = _following(whole[-1][0].month, steps)
    ahead = tuple(_ahead(found, name, at, at + 1, budget) for at, name in enumerate(names))
    season = ", with the season of the year" if found.seasonal else ""
    return {
        "ahead": ahead,
        "made_of": f"{len(whole)} whole months, {whole[0][0].month} to {whole[-1][0].month}{season}",
    }


def _by_days(days: Sequence[tuple[date, Decimal]], budget: Decimal | None) -> dict[str, Any]:
    """Forecast days, and give the months that they fill."""
    steps = len(days) // 2
    found = forecasts.forecast([float(amount) for _, amount in days], steps, 7)
    if found is None:
        return {}
    first = days[-1][0] + timedelta(days=1)
    coming = [first + timedelta(days=at) for at in range(steps)]
    ahead = []
    for name in sorted({f"{day:%Y-%m}" for day in coming}):
        inside = [at for at, day in enumerate(coming) if f"{day:%Y-%m}" == name]
        if coming[inside[0]].day == 1 and (coming[inside[-1]] + timedelta(days=1)).day == 1:
            ahead.append(_ahead(found, name, inside[0], inside[-1] + 1, budget))
    why_not = "" if ahead else f"{len(days)} days let one look {steps} days ahead, which is no whole month."
    season = ", with the season of the week" if found.seasonal else ""
    return {
        "ahead": tuple(ahead),
        "made_of": f"{len(days)} days, {days[0][0]} to {days[-1][0]}{season}",
        "why_not": why_not,
    }


def _ahead(found: forecasts.Forecast, month: str, first: int, last: int, budget: Decimal | None) -> Ahead:
    low, middle, high = found.band(first, last, BAND)
    above = None if budget is None else found.chance_above(first, last, float(budget))
    return Ahead(month, low, middle, high, above)


def _following(month: str, steps: int) -> list[str]:
    year, number = (int(part) for part in month.split("-"))
    places = [year * 12 + number - 1 + step for step in range(1, steps + 1)]
    return [f"{place // 12:04d}-{place % 12 + 1:02d}" for place in places]


def _days(allocation: Allocation, currency: str) -> list[tuple[date, Decimal]]:
    """Give what each day with a charge costs, up to the last day that is whole; a longer charge is spread over its days."""
    rows = allocation.bill.query(_DAYS.format(amount=allocation.document.amount), {"currency": currency})
    return [(row["day"], row["cost"]) for row in rows]


def _filled(days: Sequence[tuple[date, Decimal]]) -> list[tuple[date, Decimal]]:
    """Give every day from the first to the last: on one without a charge nothing was spent."""
    known = dict(days)
    if not known:
        return []
    first, last = min(known), max(known)
    every = (first + timedelta(days=at) for at in range((last - first).days + 1))
    return [(day, known.get(day, Decimal(0))) for day in every]


# A charge of a month says nothing of its days; spread evenly it adds neither a peak nor a trend. A bill of such charges alone is
# no series of days: they count where charges of a day reach.
_DAYS = """
WITH told AS (
    SELECT
        charge_period_start::DATE AS first,
        greatest(
            date_diff('day', charge_period_start::DATE, (charge_period_end - INTERVAL 1 MICROSECOND)::DATE) + 1, 1
        ) AS days,
        coalesce({amount}_cost, billed_cost) AS cost
    FROM billing.charges
    WHERE billing_currency = $currency AND charge_period_start IS NOT NULL AND charge_period_end IS NOT NULL
),

reach AS (SELECT min(first) AS first, max(first) AS last FROM told WHERE days = 1),

alike AS (SELECT first, days, sum(cost)::DECIMAL(38,12) AS cost FROM told GROUP BY first, days),

spread AS (
    SELECT first + unnest(generate_series(0, days - 1))::INTEGER AS day, cost / days AS cost FROM alike
)

SELECT day, sum(cost)::DECIMAL(38,12) AS cost FROM spread, reach
WHERE day BETWEEN reach.first AND reach.last GROUP BY day ORDER BY day
"""
