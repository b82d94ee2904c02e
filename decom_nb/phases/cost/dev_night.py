"""A red flag: development and staging that run around the clock, by the hours that they are charged for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from decom_nb.phases.cost.category import category_sql
from decom_nb.phases.cost.dominance import WITHOUT_A_BILL
from decom_nb.phases.cost.flag import Flag, Looked, Row, counted, dear_first, rounded
from decom_nb.phases.cost.matching import environment
from decom_nb.phases.cost.money import ZERO, total, written

HOURS_OF_A_WEEK = 168
WORKING_DAYS = 5


def dev_is_off_at_night(
    looked: Looked, *, working_hours: tuple[int, int], hours_share: float, days_needed: float
) -> Flag:
    """Look for compute of development and staging that is charged for in nearly every hour, nights and weekends included."""
    if looked.allocation is None or looked.bill is None or looked.month is None:
        return Flag("not_known", WITHOUT_A_BILL)
    compute = looked.category("compute")
    told = {line.development for line in looked.allocation.of(looked.currency, looked.month.month)}
    if told <= {None}:
        text = "No tag and no sub-account's name says which charges are of development or staging."
        return Flag("not_known", text, at_most=compute)
    if True not in told:
        untold = looked.allocation.sum(
            line
            for line in looked.allocation.of(looked.currency, looked.month.month)
            if line.development is None and line.category == "compute"
        )
        text = "No charge is of development or staging, as far as tags and sub-accounts tell."
        return Flag("not_applicable", text, money=ZERO, at_most=untold)
    resources = [_judged(row, working_hours, hours_share, days_needed) for row in _resources(looked, working_hours)]
    dev = total(row["cost"] for row in resources)
    if not resources or dev <= 0:
        return Flag("not_applicable", "Development and staging have no compute in this month's bill.", money=ZERO)
    always = [row for row in resources if row["always"]]
    unclear = total(row["cost"] for row in resources if row["always"] is None)
    open_text = f" Of {written(unclear, looked.currency)} the bill does not tell the hours." if unclear > 0 else ""
    if not always:
        if unclear > 0:
            return Flag(
                "not_known", f"No development or staging is seen to run around the clock.{open_text}", at_most=unclear
            )
        text = f"Nothing of development and staging runs around the clock, of {counted(len(resources), 'resource')}."
        return Flag("true", text, money=ZERO)
    money = total(row["outside"] for row in always)
    start, end = working_hours
    text = (
        f"{len(always)} of {len(resources)} resources of development and staging "
        f"{'runs' if len(always) == 1 else 'run'} around the clock. Outside "
        f"{start}:00 to {end}:00 UTC on weekdays that comes to {looked.amount(money)}.{open_text}"
    )
    rows = dear_first((_row(row, looked) for row in always), "cost outside working hours")
    return Flag(
        "false",
        text,
        rows,
        met=float(1 - total(row["cost"] for row in always) / dev),
        money=money,
        at_most=unclear if unclear > 0 else None,
    )


def _resources(looked: Looked, working_hours: tuple[int, int]) -> list[dict[str, Any]]:
    """Give compute of development and staging by resource: hours charged for, and the cost of those outside working hours."""
    if looked.allocation is None or looked.bill is None or looked.month is None:
        return []
    document = looked.allocation.document
    is_dev = environment(document.environment_tags, document.not_production, looked.bill.tag_keys)
    cost = f"coalesce({document.amount}_cost, billed_cost)"
    sql = f"""
        WITH dev AS (
            SELECT
                coalesce(resource_id, resource_name, service_name, '') AS resource, resource_id IS NOT NULL AS single,
                any_value(resource_name) OVER (PARTITION BY resource_id) AS named, service_name,
                charge_period_start AS start, date_diff('second', charge_period_start, charge_period_end) / 3600.0 AS length,
                {cost} AS cost, consumed_quantity AS quantity,
                regexp_matches(coalesce(consumed_unit, pricing_unit, ''), '^(hour|hours|hr|hrs|h)$', 'i') AS in_hours
            FROM billing.charges
            WHERE {is_dev} AND billing_currency = $currency AND {category_sql()} = 'compute'
                AND strftime(coalesce(billing_period_start, charge_period_start), '%Y-%m') = $month
                AND coalesce(charge_category, 'Usage') = 'Usage' AND {cost} <> 0
        )

        SELECT
            resource, any_value(named) AS name, any_value(service_name) AS service, bool_and(single) AS single,
            sum(cost)::DECIMAL(38,12) AS cost, max(length) AS longest,
            count(DISTINCT date_trunc('hour', start)) AS hours,
            date_diff('hour', date_trunc('hour', min(start)), date_trunc('hour', max(start))) + 1 AS span,
            coalesce(sum(cost) FILTER (
                isodow(start) > {WORKING_DAYS} OR hour(start) < $opens OR hour(start) >= $closes
            ), 0)::DECIMAL(38,12) AS outside,
            bool_and(in_hours) AS in_hours, sum(quantity) AS quantity, sum(length) AS charged,
            count(DISTINCT date_trunc('day', start)) AS days
        FROM dev GROUP BY resource ORDER BY cost DESC, resource
    """  # noqa: S608 - conditions are quoted by matching.py and category.py
    opens, closes = working_hours
    given = {"currency": looked.currency, "month": looked.month.month, "opens": opens, "closes": closes}
    return looked.bill.query(sql, given)


def _judged(
    row: dict[str, Any], working_hours: tuple[int, int], hours_share: float, days_needed: float
) -> dict[str, Any]:
    """Say of a resource whether it ran around the clock: None where neither hours nor quantities tell."""
    opens, closes = working_hours
    outside_share = Decimal(HOURS_OF_A_WEEK - WORKING_DAYS * (closes - opens)) / HOURS_OF_A_WEEK
    if row["longest"] is not None and row["longest"] <= 1:
        long_enough = row["span"] >= 24 * days_needed
        always = row["hours"] / row["span"] >= hours_share if long_enough else None
        return {**row, "always": always, "share": row["hours"] / row["span"]}
    # One thing is on for at most an hour in an hour, so that its hours of use tell, however long the period charged for is.
    if row["single"] and row["in_hours"] and row["quantity"] and row["charged"] and row["days"] >= days_needed:
        share = row["quantity"] / float(row["charged"])
        if share <= 1.05:
            return {**row, "always": share >= hours_share, "share": share, "outside": row["cost"] * outside_share}
    return {**row, "always": None, "share": None}


def _row(row: dict[str, Any], looked: Looked) -> Row:
    return {
        "resource": row["name"] or row["resource"],
        "service": row["service"],
        "share of hours": f"{min(float(row['share']), 1):.0%}",
        "cost": rounded(row["cost"]),
        "cost outside working hours": rounded(row["outside"]),
        "currency": looked.currency,
    }
