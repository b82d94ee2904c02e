"""What must hold of a platform's cost: that it is known and whose it is, within its budget, without waste, and worth it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from decom_nb.evidence.billing import Billing
from decom_nb.finding import Finding, between, false, not_known, true
from decom_nb.history import History
from decom_nb.phases.cost.allocation import Allocation
from decom_nb.phases.cost.documents import CostAllocation
from decom_nb.phases.cost.money import ZERO, chance, total, written
from decom_nb.phases.cost.monthly_bill import MonthlyBill
from decom_nb.phases.cost.outlook import Outlook
from decom_nb.phases.cost.red_flag import WASTE, RedFlags
from decom_nb.rule import rule
from decom_nb.score import Anchors, interpolate, judged
from decom_nb.wording import floored, listed

# Tracked, allocated, within budget, worth it


@rule
def spend_is_tracked(
    billing: Billing, monthly_bill: MonthlyBill, history: History | None, today: date, *, days: int, stale_days: int
) -> Finding:
    """Spend is tracked: a bill tells of every month in which pipelines ran, up to the present."""
    if billing.period is None:
        return not_known("The bill does not say when its charges were.")
    first, last = billing.period
    age = (today - last.date()).days
    fresh = interpolate(float(age), [(float(days), 1.0), (float(stale_days), 0.0)])
    told = {each.month for each in monthly_bill.months}
    ran = history.query(_RAN) if history else []
    rows = [
        {"month": row["month"], "runs": row["runs"], "bill": "yes" if row["month"] in told else "none"} for row in ran
    ]
    covered = sum(row["month"] in told for row in ran)
    share = covered / len(ran) if ran else 1.0
    message = (
        f"The bill reaches from {first:%Y-%m-%d} to {(last - timedelta(seconds=1)):%Y-%m-%d}, {max(age, 0)} days ago."
    )
    if ran:
        message += f" It tells of {covered} of the {len(ran)} months in which pipelines ran."
    if billing.left_out:
        message += f" {billing.left_out:,} rows without a readable cost are missing from it."
    met = fresh * share
    if met >= 1:
        return true(message, rows=rows)
    return false(message, met=met, rows=rows)


_RAN = """
SELECT strftime(started_at, '%Y-%m') AS month, count(*) AS runs
FROM history.runs WHERE started_at IS NOT NULL GROUP BY month ORDER BY month
"""


@rule
def spend_is_allocated(allocation: Allocation, *, anchors: Anchors) -> Finding:
    """Spend is allocated to the pipelines that cause it."""
    rows: list[dict[str, Any]] = []
    shares: dict[str, float] = {}
    months = {}
    for currency in allocation.bill.currencies:
        month = allocation.bill.newest(currency)
        if month is None:
            continue
        whole, allocated, _ = allocation.shares(currency, month.month)
        if whole <= 0:
            continue
        months[currency] = month
        shares[currency] = max(0.0, min(1.0, float(allocated / whole)))
        rows += [
            {
                "month": row.month,
                "belongs to no pipeline because": row.reason,
                "cost": round(float(row.total), 4),
                "billed": round(float(row.billed), 4),
                "currency": currency,
                "charges": row.charges,
            }
            for row in allocation.by_pipeline(currency, month.month)
            if not row.pipeline
        ]
    if not shares:
        return not_known("The bill has no month with spend that could be allocated.")
    parts = [
        f"{floored(share)} of {written(allocation.shares(currency, months[currency].month)[0], currency)} in "
        f"{months[currency].month}{'' if months[currency].complete else ', which is not complete,'}"
        for currency, share in shares.items()
    ]
    lowest = min(shares.values())
    message = f"{listed(parts)} is allocated to pipelines. {' '.join(allocation.notes)}".strip()
    if len(shares) > 1:
        message += " The currency in which least is allocated counts."
    return judged(lowest, anchors, message, rows)


@rule
def spend_stays_in_budget(spend_outlook: Sequence[Outlook], *, anchors: Anchors) -> Finding:
    """Spend stays within the budget."""
    if not spend_outlook:
        return not_known("The bill has no charges.")
    main = spend_outlook[0]
    if main.budget is None:
        return not_known(main.budget_why_not)
    if main.newest is None:
        return not_known("The bill has no whole month that could be held against the budget.")
    if main.budget <= 0:
        return not_known("The budget is 0; nothing can be held against it.")
    month, amount = main.newest
    share = float(amount / main.budget)
    rows = [
        {
            "month": each.month,
            "spend": round(float(spent), 2),
            "budget": round(float(main.budget), 2),
            "currency": main.currency,
            "share of budget": floored(float(spent / main.budget)),
        }
        for each, spent in zip(main.past, main.spent, strict=True)
        if each.complete
    ]
    message = (
        f"{month.month} came to {written(amount, main.currency)}, {floored(share)} of a budget of "
        f"{written(main.budget, main.currency)}."
    )
    above = [each for each in main.ahead if each.middle > float(main.budget)]
    if above:
        message += f" As it goes, {above[0].month} is above it."
    elif main.ahead:
        worst = max(each.chance_above_budget or 0.0 for each in main.ahead)
        message += f" Until {main.ahead[-1].month} a month above it has a chance of {chance(worst)} at most."
    else:
        message += f" {main.why_not}"
    return judged(share, anchors, message, rows)


@rule
def waste_is_small(red_flags: RedFlags, allocation: Allocation, *, anchors: Anchors) -> Finding:
    """Little is spent on what red flags point at."""
    looked = red_flags.looked
    if looked.month is None or looked.whole <= 0:
        return not_known("The bill has no month with spend.")
    low, high = red_flags.waste
    least, most = min(float(low / looked.whole), 1.0), min(float(high / looked.whole), 1.0)
    rows = [
        {
            "red flag": name,
            "outcome": flag.outcome.replace("_", " "),
            "per month": None if flag.money is None else round(float(flag.money), 4),
            "may hide besides": None if flag.at_most is None else round(float(flag.at_most), 4),
            "currency": looked.currency,
        }
        for name in WASTE
        for flag in (red_flags.of(name),)
    ]
    untold = sum(red_flags.of(name).outcome == "not_known" for name in WASTE)
    del allocation  # asked for, so that there is a bill
    message = (
        f"Red flags point at {written(low, looked.currency)} of {written(looked.whole, looked.currency)} in "
        f"{looked.month.month}, {floored(least)}."
    )
    if untold:
        message += f" {untold} of {len(WASTE)} could not be told, so that it may be up to {floored(most)}."
    return between(interpolate(most, anchors), interpolate(least, anchors), message, rows=rows)


@rule
def pipelines_are_worth_their_cost(
    allocation: Allocation, cost_allocation: CostAllocation | None, *, anchors: Anchors
) -> Finding:
    """Every pipeline's cost is weighed against what it brings, and is worth it."""
    currency = allocation.bill.currencies[0] if allocation.bill.currencies else ""
    month = allocation.bill.newest(currency)
    costed = [row for row in allocation.by_pipeline(currency, month.month) if row.pipeline] if month else []
    spend = total(max(row.total, ZERO) for row in costed)
    if month is None or spend <= 0:
        return not_known("Nothing of the bill is allocated to a pipeline, so that there is no cost to weigh.")
    if cost_allocation is None or not cost_allocation.pipelines:
        return not_known(
            "Nobody was asked yet what the pipelines are worth (documents/cost_allocation.yaml, pipelines)."
        )
    worth: list[Decimal] = []
    rows = []
    for row in costed:
        dearer = row.value_monthly is not None and row.total > Decimal(str(row.value_monthly))
        stated = bool(row.business_value) and row.roi_justified is not None
        if stated and row.roi_justified and not dearer:
            worth.append(max(row.total, ZERO))
            continue
        why = (
            "costs more than what it is said to bring"
            if dearer
            else "nobody says what it brings"
            if not row.business_value
            else "nobody says whether it is worth it"
            if row.roi_justified is None
            else f"said not to be worth it{f', by {row.said_by}' if row.said_by else ''}"
        )
        rows.append(
            {
                "pipeline": row.pipeline,
                "cost": round(float(row.total), 4),
                "currency": currency,
                "business value": row.business_value,
                "why not": why,
            }
        )
    share = float(total(worth) / spend)
    message = (
        f"For {floored(share)} of the {written(spend, currency)} that pipelines cost in {month.month}, somebody states what it "
        f"brings and that it is worth it."
    )
    return judged(share, anchors, message, rows)


# The seven red flags


@rule
def no_pipeline_dominates(red_flags: RedFlags, *, share: float, pipelines_needed: int) -> Finding:
    """No single pipeline bears an outsized part of the spend."""
    return red_flags.look("no_pipeline_dominates", share=share, pipelines_needed=pipelines_needed).finding()


@rule
def unit_cost_is_stable(
    red_flags: RedFlags, *, months_needed: int, months_most: int, rise: float, chance: float
) -> Finding:
    """A row does not cost more from month to month."""
    settings = {"months_needed": months_needed, "months_most": months_most, "rise": rise, "chance": chance}
    return red_flags.look("unit_cost_is_stable", **settings).finding()


@rule
def tables_are_read(red_flags: RedFlags, *, days: float) -> Finding:
    """Every table that is kept is read by somebody."""
    return red_flags.look("tables_are_read", days=days).finding()


@rule
def dev_is_off_at_night(
    red_flags: RedFlags, *, working_hours: Sequence[int], hours_share: float, days_needed: float
) -> Finding:
    """Development and staging are switched off when nobody works."""
    settings = {"working_hours": working_hours, "hours_share": hours_share, "days_needed": days_needed}
    return red_flags.look("dev_is_off_at_night", **settings).finding()


@rule
def large_tables_are_pruned(red_flags: RedFlags, *, bytes_least: int, full_share: float, days: float) -> Finding:
    """Queries on large tables read only the part they need."""
    return red_flags.look(
        "large_tables_are_pruned", bytes_least=bytes_least, full_share=full_share, days=days
    ).finding()


@rule
def storage_is_compressed(red_flags: RedFlags, *, share: float) -> Finding:
    """Data in object storage is compressed."""
    return red_flags.look("storage_is_compressed", share=share).finding()


@rule
def data_stays_in_region(red_flags: RedFlags, *, share: float) -> Finding:
    """Data stays in its region."""
    return red_flags.look("data_stays_in_region", share=share).finding()
