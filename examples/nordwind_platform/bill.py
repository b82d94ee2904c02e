"""The bill of Nordwind's cloud account in FOCUS, August to 29 October 2026, as it was exported on the morning of the thirtieth.

The compute of a pipeline follows from how long its runs in the run logs took, each at the hourly price of the machine that it
runs on; what landing files cost follows from the listing of their bucket (`bucket.py`). Everything else (the warehouse's machine,
the development copy, the replica of the ERP, disks, traffic) is a price and a quantity per day, written below. Prices are round
and not AWS's. August was exported in FOCUS 1.0, later months in 1.2.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from nordwind_platform import bucket
from nordwind_platform.season import Dice, busyness

FIRST, LAST = date(2026, 8, 1), date(2026, 10, 29)
PAYER, PRODUCTION, DEVELOPMENT = "400000000001", "400000000002", "400000000003"
SAVINGS_PLAN = f"arn:aws:savingsplans::{PAYER}:savingsplan/1f0c0f57-warehouse"
COMMITTED = Decimal("1.31")
"""Euros an hour, for a year from May on, used or not."""

Tags = dict[str, str]
Charge = dict[str, str]

PLATFORM: Tags = {"team": "data platform", "environment": "prod"}
ANALYTICS: Tags = {"team": "analytics", "environment": "prod"}
DEV: Tags = {"team": "data platform", "environment": "dev"}


@dataclass(frozen=True)
class Machine:
    """What a pipeline runs on while it runs, what an hour of it costs, and how it is tagged."""

    type: str
    price: str
    tags: Tags


MACHINES = {
    "load_erp_products": Machine("m7i.4xlarge", "0.95", {"pipeline": "load_erp_products", **PLATFORM}),
    "load_shop_orders": Machine("m7i.8xlarge", "1.90", {"pipeline": "load_shop_orders", **PLATFORM}),
    "load_payments": Machine("m7i.4xlarge", "0.95", {"pipeline": "load_payments", **PLATFORM}),
    "load_web_events": Machine("c7i.16xlarge", "3.30", {"pipeline": "load_web_events", **PLATFORM}),
    "load_ad_spend": Machine("m7i.large", "0.12", {"team": "marketing", "environment": "prod"}),  # nobody tagged it
    "build_sales_marts": Machine("r7i.48xlarge", "14.90", {"pipeline": "build_sales_marts", **ANALYTICS}),
}

COLUMNS = (
    "AvailabilityZone",
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "Tags",
    "x_Operation",
    "x_ServiceCode",
    "x_UsageType",
)
SINCE_SEPTEMBER = ("InvoiceId", "PricingCurrency", "ServiceSubcategory", "SkuMeter")

SERVICES = {
    # the code of a service: its name, and category and subcategory in FOCUS
    "AmazonEC2": ("Amazon Elastic Compute Cloud", "Compute", "Virtual Machines"),
    "AmazonS3": ("Amazon Simple Storage Service", "Storage", "Object Storage"),
    "AmazonRDS": ("Amazon Relational Database Service", "Databases", "Relational Databases"),
    "AmazonVPC": ("Amazon Virtual Private Cloud", "Networking", "Network Infrastructure"),
    "AmazonCloudWatch": ("Amazon CloudWatch", "Management and Governance", "Observability"),
    "AmazonQuickSight": ("Amazon QuickSight", "Analytics", "Business Intelligence"),
    "ComputeSavingsPlans": ("Savings Plans for AWS Compute usage", "Compute", "Virtual Machines"),
    "AWSSupport": ("AWS Support (Business)", "Other", "Other (Other)"),
}
REGIONS = {"eu-central-1": "EU (Frankfurt)", "us-east-1": "US East (N. Virginia)"}


def write(folder: Path, runs: Path) -> None:
    """Write the bill, a packed file per month, out of the run logs in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    by_month: dict[str, list[Charge]] = defaultdict(list)
    for charge in charges(hours(runs)):
        by_month[charge["BillingPeriodStart"][:7]].append(charge)
    for month, rows in by_month.items():
        columns = COLUMNS if month == f"{FIRST:%Y-%m}" else sorted([*COLUMNS, *SINCE_SEPTEMBER], key=_focus_first)
        text = io.StringIO()
        lines = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
        lines.writeheader()
        lines.writerows(sorted(rows, key=lambda row: (row["ChargePeriodStart"], row["SkuId"], row["ResourceId"])))
        (folder / f"focus-{month}.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def hours(runs: Path) -> dict[tuple[str, date], Decimal]:
    """Add up how many hours the runs of each pipeline took on each day; a failed run costs as much as any other."""
    seconds: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for file in sorted(runs.iterdir()):
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        for line in content.decode().splitlines():
            try:
                run = json.loads(line, parse_float=Decimal)
            except ValueError:
                continue  # a spoilt line; the machine ran, but nobody can say for how long
            if run["pipeline_name"] in MACHINES:
                begun = datetime.fromisoformat(run["started_at"]).date()
                seconds[run["pipeline_name"], begun] += Decimal(run["duration_seconds"])
    return {key: value / 3600 for key, value in seconds.items()}


def charges(ran: dict[tuple[str, date], Decimal]) -> Iterator[Charge]:
    """Give every charge of every day."""
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        yield from _pipelines(day, ran)
        yield from _warehouse(day)
        yield from _development(day)
        yield from _shared(day)
        yield from _storage(day)
        yield from _traffic(day)
    yield from _one_offs()


def _pipelines(day: date, ran: dict[tuple[str, date], Decimal]) -> Iterator[Charge]:
    for pipeline, machine in MACHINES.items():
        if used := ran.get((pipeline, day)):
            yield _usage(day, "AmazonEC2", machine.price, used, "Hours", machine.tags) | _machine(
                machine.type, pipeline
            )


def _warehouse(day: date) -> Iterator[Charge]:
    """Charge for the machine of the warehouse, under a savings plan; on a Sunday in September it was down for six hours."""
    up = Decimal(18 if day == date(2026, 9, 20) else 24)
    plan = {
        "CommitmentDiscountCategory": "Spend",
        "CommitmentDiscountId": SAVINGS_PLAN,
        "CommitmentDiscountName": "warehouse, one year",
        "CommitmentDiscountType": "Savings Plan",
    }
    used = _usage(day, "AmazonEC2", "2.05", up, "Hours", PLATFORM) | _machine("r7i.8xlarge", "warehouse") | plan
    cost = _money(COMMITTED * up)
    yield used | {
        "BilledCost": "0",
        "EffectiveCost": cost,
        "ContractedCost": used["ListCost"],
        "PricingCategory": "Committed",
        "CommitmentDiscountStatus": "Used",
    }
    bought = _usage(day, "ComputeSavingsPlans", "1.31", Decimal(24), "Hours", {})
    bought |= plan | {
        "ChargeCategory": "Purchase",
        "ChargeFrequency": "Recurring",
        "EffectiveCost": "0",
        "ConsumedQuantity": "",
    }
    yield bought | {
        "ChargeDescription": "1 year no upfront Compute Savings Plan",
        "ConsumedUnit": "",
        "ResourceId": SAVINGS_PLAN,
        "SubAccountId": PAYER,
        "SubAccountName": "nordwind",
    }
    if up < 24:
        unused = _usage(day, "ComputeSavingsPlans", "1.31", 24 - up, "Hours", {}) | plan
        yield unused | {
            "BilledCost": "0",
            "ListCost": "0",
            "ContractedCost": "0",
            "ChargeDescription": "commitment that nothing used",
            "CommitmentDiscountStatus": "Unused",
            "PricingCategory": "Committed",
            "ResourceId": SAVINGS_PLAN,
        }


def _development(day: date) -> Iterator[Charge]:
    """Charge for a copy of the warehouse that nobody ever switches off, and which alone is charged by the hour."""
    for hour in range(24):
        begin = datetime.combine(day, time(hour), UTC)
        machine = _usage(day, "AmazonEC2", "1.03", Decimal(1), "Hours", DEV) | _machine("r7i.4xlarge", "warehouse-dev")
        yield machine | _period(begin, begin + timedelta(hours=1)) | _account(DEVELOPMENT, "nordwind-dev")
    disk = _usage(day, "AmazonEC2", "0.095", _month_share(day, Decimal(500)), "GB-Mo", DEV) | _account(
        DEVELOPMENT, "nordwind-dev"
    )
    yield disk | _thing(
        "volume/vol-dev",
        "warehouse-dev",
        "Volume",
        "EUC1-EBS:VolumeUsage.gp3",
        "per GB-month of General Purpose storage",
    )


def _shared(day: date) -> Iterator[Charge]:
    replica = _usage(day, "AmazonRDS", "1.19", Decimal(24), "Hours", {})
    yield replica | _thing(
        "db:erp-replica", "erp-replica", "DBInstance", "EUC1-InstanceUsage:db.r7g.2xl", "per RDS db.r7g.2xlarge hour"
    )
    gateway = _usage(day, "AmazonVPC", "0.052", Decimal(24), "Hours", PLATFORM)
    yield gateway | _thing("natgateway/nat-1", "nat-1", "NatGateway", "EUC1-NatGateway-Hours", "per NAT Gateway hour")
    logs = _usage(day, "AmazonCloudWatch", "0.63", _busy(day, "logs", 3), "GB", {})
    yield logs | _thing(
        "log-group:batch", "batch", "LogGroup", "EUC1-DataProcessing-Bytes", "per GB of log data ingested"
    )
    readers = _usage(day, "AmazonQuickSight", "18.00", _month_share(day, Decimal(16)), "User-Mo", {"team": "analytics"})
    yield readers | _thing("dashboards", "dashboards", "Account", "QS-User-Enterprise-Month", "per author and month")


def _storage(day: date) -> Iterator[Charge]:
    landing = _usage(day, "AmazonS3", "0.0245", _month_share(day, bucket.gigabytes(day)), "GB-Mo", PLATFORM)
    yield landing | _bucket(bucket.NAME, "EUC1-TimedStorage-ByteHrs", "per GB-month of standard storage")
    exports = _usage(day, "AmazonS3", "0.0245", _month_share(day, Decimal(610)), "GB-Mo", {})
    yield exports | _bucket("nordwind-exports", "EUC1-TimedStorage-ByteHrs", "per GB-month of standard storage")
    disk = _usage(day, "AmazonEC2", "0.095", _month_share(day, Decimal(2000)), "GB-Mo", PLATFORM)
    yield disk | _thing(
        "volume/vol-1", "warehouse", "Volume", "EUC1-EBS:VolumeUsage.gp3", "per GB-month of General Purpose storage"
    )
    kept = _usage(day, "AmazonEC2", "0.054", _month_share(day, Decimal(3400)), "GB-Mo", PLATFORM)
    yield kept | _thing(
        "snapshot/snap-1", "warehouse", "Snapshot", "EUC1-EBS:SnapshotUsage", "per GB-month of snapshot data stored"
    )


def _traffic(day: date) -> Iterator[Charge]:
    out = _usage(day, "AmazonS3", "0.09", _busy(day, "out", 34), "GB", {"pipeline": "build_sales_marts", **ANALYTICS})
    words = "per GB - first 10 TB / month data transfer out beyond the global free tier"
    yield out | _bucket("nordwind-exports", "EUC1-DataTransfer-Out-Bytes", words)
    events: Tags = {"pipeline": "load_web_events", **PLATFORM}  # web analytics collects in Virginia
    across = _usage(day, "AmazonS3", "0.02", _busy(day, "across", 62), "GB", events)
    words = "per GB - US East (N. Virginia) data transfer to EU (Frankfurt)"
    virginia = {"RegionId": "us-east-1", "RegionName": REGIONS["us-east-1"]}
    yield across | _bucket("nordwind-web-events", "USE1-EUC1-AWS-Out-Bytes", words) | virginia


def _one_offs() -> Iterator[Charge]:
    """Support, invoiced on the first; a credit for a workshop; and a correction of what August's traffic was invoiced at."""
    for month in (8, 9, 10):
        support = _usage(date(2026, month, 1), "AWSSupport", "118.00", Decimal(1), "Month", {})
        begin = datetime(2026, month, 1, tzinfo=UTC)
        yield (
            support
            | _period(begin, datetime(2026, month + 1, 1, tzinfo=UTC))
            | {
                "ChargeCategory": "Purchase",
                "ChargeFrequency": "Recurring",
                "ChargeDescription": "AWS Support (Business), monthly fee",
                "ConsumedQuantity": "",
                "ConsumedUnit": "",
            }
        )
    given = _usage(date(2026, 9, 15), "AmazonEC2", "0", Decimal(0), "", {})
    nothing = dict.fromkeys(
        ("PricingCategory", "PricingQuantity", "ConsumedQuantity", "ListUnitPrice", "ContractedUnitPrice", "SkuId"), ""
    )
    yield (
        given
        | nothing
        | {
            "BilledCost": "-150.00",
            "EffectiveCost": "-150.00",
            "ChargeCategory": "Credit",
            "ChargeFrequency": "One-Time",
            "ChargeDescription": "Credit for the migration workshop",
        }
    )
    back = (
        _usage(date(2026, 8, 31), "AmazonS3", "0", Decimal(0), "GB", {"pipeline": "build_sales_marts", **ANALYTICS})
        | nothing
    )
    october = {"BillingPeriodStart": "2026-10-01T00:00:00Z", "BillingPeriodEnd": "2026-11-01T00:00:00Z"}
    words = "refund - data transfer out beyond the global free tier"
    yield (
        back
        | _bucket("nordwind-exports", "EUC1-DataTransfer-Out-Bytes", words)
        | october
        | {
            "BilledCost": "-12.34",
            "EffectiveCost": "-12.34",
            "ChargeClass": "Correction",
            "ChargeDescription": words,
        }
    )


def _usage(day: date, code: str, price: str, quantity: Decimal, unit: str, tags: Tags) -> Charge:
    """Give a charge for the use of something on a day, at its list price."""
    name, category, subcategory = SERVICES[code]
    quantity = round(quantity, 10)
    cost = _money(Decimal(price) * quantity)
    begin = datetime.combine(day, time(), UTC)
    month_end = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    charge = dict.fromkeys([*COLUMNS, *SINCE_SEPTEMBER], "")
    charge |= dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), cost)
    charge |= dict.fromkeys(("ListUnitPrice", "ContractedUnitPrice"), price)
    charge |= dict.fromkeys(("ConsumedQuantity", "PricingQuantity"), f"{quantity.normalize():f}")
    charge |= dict.fromkeys(("ConsumedUnit", "PricingUnit"), unit)
    charge |= _period(begin, begin + timedelta(days=1)) | _account(PRODUCTION, "nordwind-prod")
    return charge | {
        "BillingAccountId": PAYER,
        "BillingAccountName": "Nordwind Outdoor",
        "BillingCurrency": "EUR",
        "BillingPeriodStart": f"{day:%Y-%m}-01T00:00:00Z",
        "BillingPeriodEnd": f"{month_end}T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "InvoiceId": "" if day.month == LAST.month else f"EUINDE26-{day:%m}0417",
        "InvoiceIssuerName": "Amazon Web Services EMEA SARL",
        "PricingCategory": "Standard",
        "PricingCurrency": "EUR",
        "ProviderName": "AWS",
        "PublisherName": "Amazon Web Services, Inc.",
        "RegionId": "eu-central-1",
        "RegionName": REGIONS["eu-central-1"],
        "ServiceCategory": category,
        "ServiceName": name,
        "ServiceSubcategory": subcategory,
        "SkuId": f"{code}-{price}",
        "SkuPriceId": f"{code}-{price}.on-demand",
        "Tags": json.dumps(tags) if tags else "",
        "x_ServiceCode": code,
    }


def _machine(type_: str, name: str) -> Charge:
    return _thing(
        f"instance/i-{name}", name, "Instance", f"EUC1-BoxUsage:{type_}", f"per On Demand Linux {type_} Instance Hour"
    ) | {"AvailabilityZone": "eu-central-1a"}


def _bucket(name: str, usage_type: str, words: str) -> Charge:
    return _thing(f"bucket/{name}", name, "Bucket", usage_type, words)


def _thing(id_: str, name: str, type_: str, usage_type: str, words: str) -> Charge:
    return {
        "ResourceId": f"arn:aws:::{id_}",
        "ResourceName": name,
        "ResourceType": type_,
        "x_UsageType": usage_type,
        "SkuMeter": usage_type.partition("-")[2],
        "ChargeDescription": words,
    }


def _period(begin: datetime, end: datetime) -> Charge:
    return {"ChargePeriodStart": f"{begin:%Y-%m-%dT%H:%M:%SZ}", "ChargePeriodEnd": f"{end:%Y-%m-%dT%H:%M:%SZ}"}


def _account(id_: str, name: str) -> Charge:
    return {"SubAccountId": id_, "SubAccountName": name}


def _money(amount: Decimal) -> str:
    return f"{round(amount, 10).normalize():f}"


def _month_share(day: date, quantity: Decimal) -> Decimal:
    """Give what a quantity kept on one day is of a quantity kept for a month, as storage is billed."""
    days = ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - day.replace(day=1)).days
    return quantity / days


def _busy(day: date, what: str, ordinary: int) -> Decimal:
    """Give a quantity that follows how busy the shop is, give or take a twentieth."""
    return Decimal(f"{ordinary * busyness(day) * (0.95 + 0.1 * Dice('bill', what, day).share()):.6f}")


def _focus_first(column: str) -> tuple[bool, str]:
    return column.startswith("x_"), column


def total(rows: Iterable[Charge], cost: str = "BilledCost") -> Decimal:
    """Add up a cost."""
    return sum((Decimal(row[cost]) for row in rows), Decimal())
