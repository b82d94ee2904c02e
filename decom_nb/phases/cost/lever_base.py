"""What each lever can touch in a month, measured: by red flags, the bill, the query log and the listing of objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from decom_nb.phases.cost.lever_table import Lever, LeverText, lever_table
from decom_nb.phases.cost.machine import base_table, by_time_sql, on_demand_sql
from decom_nb.phases.cost.matching import environment
from decom_nb.phases.cost.money import ZERO, total
from decom_nb.phases.cost.query_cost import QueryCost
from decom_nb.wording import percent

if TYPE_CHECKING:
    from decom_nb.phases.cost.flag import Looked
    from decom_nb.phases.cost.red_flag import RedFlags


@dataclass(frozen=True, slots=True)
class Base:
    """What a lever touches of compute and storage in a month, and how that was found or why it was not."""

    compute: Decimal
    storage: Decimal
    why: str
    known: bool = True
    measured: bool = True

    @property
    def total(self) -> Decimal:
        """Both together."""
        return total((self.compute, self.storage))


def bases(flags: RedFlags) -> Mapping[LeverText, Base]:
    """Give what each lever touches, in the order in which they are applied."""
    measures: Mapping[Lever, Callable[[RedFlags], Base]] = {
        "eliminate_unused": _unused,
        "lifecycle_policies": _cold,
        "compress_data": _loose,
        "prune_partitions": _scanned,
        "cache_queries": _repeated,
        "right_size": _sized,
        "spot_for_batch": _batch,
        "reserve_steady_state": _steady,
    }
    return {text: measures[text.lever](flags) for text in lever_table().levers}


def _unknown(why: str) -> Base:
    return Base(ZERO, ZERO, why, known=False)


def _unused(flags: RedFlags) -> Base:
    unread, dev = flags.of("tables_are_read"), flags.of("dev_is_off_at_night")
    if unread.money is None and dev.money is None:
        return _unknown(f"Nobody can tell what is unused. {unread.message} {dev.message}")
    looked = flags.looked
    both = [
        looked.costs("keeping what nobody reads", unread.money),
        looked.costs("development outside working hours", dev.money),
    ]
    return Base(max(dev.money or ZERO, ZERO), max(unread.money or ZERO, ZERO), " ".join(both))


def _cold(flags: RedFlags) -> Base:
    looked, table = flags.looked, base_table()
    if looked.objects is None or not looked.objects.bytes:
        return _unknown(
            "Without a listing of the objects in storage nobody can tell which are old, and in which class."
        )
    days = table.cold_after_days.value
    row = looked.objects.query(_COLD, {"days": int(days), "hot": table.hot_classes.pattern})[0]
    if not row["dated"]:
        return _unknown("The listing of objects has no dates.")
    price = looked.byte_price
    if price is None:
        return _unknown("The bill has no storage that the objects could be held against.")
    kept = price * int(row["cold"])
    share = percent(row["cold"] / looked.objects.bytes)
    return Base(
        ZERO, kept, f"{share} of the objects' bytes lie in the standard class and have not changed for {days:g} days."
    )


_COLD = """
WITH ends AS (SELECT max(modified_at) AS at FROM objects.objects)

SELECT
    coalesce(sum(bytes) FILTER (
        modified_at < ends.at - to_days($days) AND regexp_matches(coalesce(storage_class, ''), $hot, 'i')
    ), 0)::BIGINT AS cold,
    count(modified_at) AS dated
FROM objects.objects, ends
"""


def _loose(flags: RedFlags) -> Base:
    flag = flags.of("storage_is_compressed")
    return _unknown(flag.message) if flag.money is None else Base(ZERO, max(flag.money, ZERO), flag.message)


def _scanned(flags: RedFlags) -> Base:
    flag = flags.of("large_tables_are_pruned")
    return _unknown(flag.message) if flag.money is None else Base(max(flag.money, ZERO), ZERO, flag.message)


def _repeated(flags: RedFlags) -> Base:
    looked, log = flags.looked, flags.looked.query_log
    if log is None:
        return _unknown("Without a query log nobody can tell which queries are asked again.")
    if log.ends_at is None:
        return _unknown(
            "The query log does not say when a statement ran, so that nobody can tell what was asked again in a day."
        )
    cost = QueryCost(looked, base_table().query_days.value)
    rows = log.query(_REPEATED, {"since": cost.since})
    seconds = sum(row["seconds"] for row in rows)
    if not seconds:
        return Base(ZERO, ZERO, "No query is asked twice in a day with the same text.")
    known = [amount for row in rows if (amount := cost.of(row)) is not None]
    if not known:
        return _unknown(
            f"{_long(seconds)} of queries were asked before on the same day; what that costs the bill does not say."
        )
    text = f"{_long(seconds)} of queries in {cost.days:.0f} days were asked before on the same day, with the very same text."
    return Base(total(known), ZERO, text)


def _long(seconds: float) -> str:
    """Write a time in hours, or minutes where it is short.

    >>> _long(90), _long(7200)
    ('1.5 minutes', '2.0 hours')
    """
    return f"{seconds / 3600:,.1f} hours" if seconds >= 3600 else f"{seconds / 60:,.1f} minutes"


_REPEATED = """
WITH asked AS (
    SELECT
        coalesce(warehouse, '') AS warehouse, seconds,
        row_number() OVER (PARTITION BY engine, text, started_at::DATE ORDER BY started_at, query_id) AS time
    FROM query_log.queries AS q
    WHERE started_at >= $since AND seconds > 0 AND text IS NOT NULL AND status IS DISTINCT FROM 'failed'
        AND NOT EXISTS (
            FROM query_log.tables AS t WHERE t.query_id = q.query_id AND t.engine = q.engine AND t.access = 'writes'
        )
        AND EXISTS (
            FROM query_log.tables AS t WHERE t.query_id = q.query_id AND t.engine = q.engine AND t.access = 'reads'
        )
)

SELECT warehouse, sum(seconds) AS seconds FROM asked WHERE time > 1 GROUP BY warehouse ORDER BY warehouse
"""


_UNMEASURED = "How busy the machines are, no bill tells: measure that first, for what is busy does not shrink."


def _of(amount: Decimal, whole: Decimal) -> str:
    """Give a part in percent of a whole, which credits may have made smaller than it."""
    return percent(float(min(amount / whole, Decimal(1)))) if whole > 0 else "0 %"


def _nothing_billed(looked: Looked) -> Base | None:
    if looked.bill is None or looked.month is None:
        return _unknown("This takes a bill in the FOCUS format.")
    return None


def _sized(flags: RedFlags) -> Base:
    looked = flags.looked
    if none := _nothing_billed(looked):
        return none
    found = looked.spend(f"category = 'compute' AND kind = 'usage' AND {on_demand_sql()} AND {by_time_sql()}")
    of_all = looked.category("compute")
    if found <= 0:
        return Base(ZERO, ZERO, "No compute is billed by the hour on demand.")
    return Base(found, ZERO, f"{_of(found, of_all)} of compute is billed by time, on demand. {_UNMEASURED}")


def _batch(flags: RedFlags) -> Base:
    looked = flags.looked
    if none := _nothing_billed(looked):
        return none
    assert looked.allocation is not None  # noqa: S101 - `_nothing_billed` has seen it
    assert looked.month is not None  # noqa: S101 - the same
    machines = [line for line in looked.allocation.of(looked.currency, looked.month.month) if line.spot]
    if looked.allocation.sum(machines) <= 0:
        return Base(
            ZERO,
            ZERO,
            "No virtual machines or clusters are billed on demand, and what is serverless has no spot price.",
        )
    theirs = looked.allocation.sum(line for line in machines if line.pipeline and not line.development)
    if theirs <= 0:
        return Base(ZERO, ZERO, "None of the machines and clusters on demand belong to a pipeline.")
    share = _of(theirs, looked.category("compute"))
    return Base(theirs, ZERO, f"{share} of compute is machines and clusters on demand that belong to pipelines.")


def _steady(flags: RedFlags) -> Base:
    looked = flags.looked
    if none := _nothing_billed(looked):
        return none
    assert looked.bill is not None  # noqa: S101 - `_nothing_billed` has seen it
    assert looked.month is not None  # noqa: S101 - the same
    assert looked.allocation is not None  # noqa: S101 - the same
    document = looked.allocation.document
    sql = _STEADY.format(
        amount=f"coalesce({looked.column}_cost, billed_cost)",
        development=environment(document.environment_tags, document.not_production, looked.bill.tag_keys),
    )
    given = {"month": looked.month.month, "currency": looked.currency, "machines": base_table().machines.pattern}
    rows = looked.bill.query(sql, given)
    if not rows:
        return Base(
            ZERO, ZERO, "No virtual machines or clusters are billed on demand, but for development and staging."
        )
    known = [row for row in rows if row["hours"] is not None]
    if not known:
        return _unknown("The bill does not tell hours, so that nobody can tell what runs in every one of them.")
    steady = total(row["steady"] for row in known)
    if steady <= 0:
        return Base(ZERO, ZERO, "No machine runs in every hour of the month, but for development and staging.")
    share = _of(steady, looked.category("compute"))
    text = f"{share} of compute is machines that run on demand in every hour of the month; development is none of them."
    return Base(steady, ZERO, text)


# The level that every hour reaches, of each kind of machine: it can be promised, whichever machine it is. Where charges are
# longer than an hour, a resource's hours of use tell: one that is on all day, every day, counts with its cheapest day.
_STEADY = """
WITH machines AS (
    SELECT
        coalesce(sku_id, charge_description, service_name, '') AS machine, resource_id, charge_period_start AS begins,
        date_diff('second', charge_period_start, charge_period_end) / 3600.0 AS length, {amount} AS cost,
        CASE WHEN regexp_matches(coalesce(consumed_unit, pricing_unit, ''), '^(hour|hours|hr|hrs|h)$', 'i')
            THEN consumed_quantity END AS used
    FROM billing.charges
    WHERE billing_currency = $currency AND charge_category = 'Usage' AND commitment_discount_id IS NULL
        AND strftime(coalesce(billing_period_start, charge_period_start), '%Y-%m') = $month
        AND lower(coalesce(pricing_category, 'standard')) = 'standard'
        AND regexp_matches(concat_ws(' ', service_name, service_subcategory, resource_type), $machines, 'i')
        AND service_category IN ('Compute', 'Analytics', 'Databases', 'AI and Machine Learning')
        AND NOT coalesce({development}, false)
),

hourly AS (
    SELECT machine, date_trunc('hour', begins) AS at_hour, sum(cost) AS cost FROM machines WHERE length <= 1 GROUP BY ALL
),

by_hour AS (
    SELECT
        machine, count(*) AS hours,
        CASE WHEN count(*) = any_value((SELECT date_diff('hour', min(at_hour), max(at_hour)) + 1 FROM hourly))
            THEN min(cost) * count(*) ELSE 0 END AS steady
    FROM hourly GROUP BY machine
),

longer AS (
    SELECT resource_id, begins, sum(cost) AS cost, sum(used) AS used, max(length) AS length
    FROM machines WHERE length > 1 GROUP BY ALL
),

by_resource AS (
    SELECT
        coalesce(resource_id, '') AS machine, CASE WHEN resource_id IS NOT NULL THEN sum(used) END AS hours,
        CASE WHEN resource_id IS NOT NULL AND bool_and(used / length BETWEEN 0.95 AND 1.05)
                AND sum(length) = any_value((SELECT max(lengths) FROM (
                    SELECT sum(length) AS lengths FROM longer GROUP BY resource_id
                )))
            THEN min(cost) * count(*) ELSE 0 END AS steady
    FROM longer GROUP BY resource_id
)

SELECT machine, hours, steady::DECIMAL(38,12) AS steady FROM by_hour
UNION ALL SELECT machine, hours, steady::DECIMAL(38,12) FROM by_resource
ORDER BY machine
"""
