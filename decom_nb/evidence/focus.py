"""FOCUS, the FinOps Open Cost and Usage Specification: which columns its versions have, and what other bills look like.

`billing_files.py` recognises bills by this, and says why it does not read one. Source: the change log of the specification,
versions 1.0 to 1.4 (https://focus.finops.org/focus-specification/).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from decom_nb.evidence.export_file import ColumnNames, plain

NEEDED = (
    "BilledCost",
    "EffectiveCost",
    "BillingCurrency",
    "BillingAccountId",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ServiceName",
)
"""The columns without which no figure of a bill would be right; each version has them and has them filled."""

PROVIDERS = ("ProviderName", "ServiceProviderName")
"""Who provides the service: the first until 1.3, which has both, the second from then on. One of them is needed."""

EXPECTED = ("ListCost", "ContractedCost", "ChargeClass", "ChargeDescription", "ServiceCategory", "PricingQuantity")
"""The columns that each version has, and that a bill can be read without."""

TELLING = 4
"""How many of the needed columns a file must have to be taken for a bill in FOCUS, whole or not."""

TELLING_BY_NAME = 3
"""How many suffice where one is BilledCost, written as FOCUS writes it: tables of other kinds spell their columns otherwise."""

# What a file must have for a version: the columns that came with it, but for those that exports of earlier versions have too.
_CAME_WITH = {
    "1.4": ("CommitmentProgramEligibilityDetails", "InvoiceDetailId"),
    "1.3": (
        "AllocatedMethodDetails",
        "AllocatedMethodId",
        "AllocatedResourceId",
        "AllocatedResourceName",
        "AllocatedTags",
        "ContractApplied",
        "HostProviderName",
        "ServiceProviderName",
    ),
    "1.2": (
        "InvoiceId",
        "PricingCurrency",
        "PricingCurrencyContractedUnitPrice",
        "PricingCurrencyEffectiveCost",
        "PricingCurrencyListUnitPrice",
    ),
    "1.1": (
        "CapacityReservationId",
        "CapacityReservationStatus",
        "CommitmentDiscountQuantity",
        "CommitmentDiscountUnit",
        "ServiceSubcategory",
        "SkuMeter",
        "SkuPriceDetails",
    ),
}

_FURTHER = (
    "AvailabilityZone",
    "BillingAccountName",
    "BillingAccountType",
    "ChargeFrequency",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedUnitPrice",
    "InvoiceIssuerName",
    "ListUnitPrice",
    "PricingCategory",
    "PricingUnit",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "SkuId",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
)

COLUMNS = frozenset(
    plain(each) for group in (*_CAME_WITH.values(), NEEDED, EXPECTED, PROVIDERS, _FURTHER) for each in group
)
"""All columns of all versions of the dataset Cost and Usage, as `plain` writes them."""


def version(columns: Collection[str]) -> str:
    """Give the version by the columns there are, as `plain` writes them: the lowest that has them all.

    >>> version({"billedcost", "providername", "skumeter"}), version({"serviceprovidername", "hostprovidername"})
    ('1.1', '1.4')
    """
    came = {each: {plain(column) for column in added} for each, added in _CAME_WITH.items()}
    if "serviceprovidername" in columns and "providername" not in columns:
        return "1.4"  # which has the latter no more
    return next((each for each, added in came.items() if added & set(columns)), "1.0")


def missing(names: ColumnNames) -> list[str]:
    """Name the needed columns that a file does not have."""
    there = names.among((*NEEDED, *PROVIDERS))
    lacking = [each for each in NEEDED if each not in there]
    return lacking + ([] if there & set(PROVIDERS) else [" or ".join(PROVIDERS)])


@dataclass(frozen=True)
class Foreign:
    """A bill that is not in FOCUS: what it is, the columns by which it is known, and what to do."""

    what: str
    marks: tuple[tuple[str, ...], ...]
    """Groups of columns; a file that has all of one group is such a bill."""
    instead: str


FOREIGN = (
    Foreign(
        "FOCUS Contract Commitment, which lists contracts and no charges",
        (("ContractCommitmentId", "ContractCommitmentType"),),
        "export the dataset Cost and Usage",
    ),
    Foreign(
        "FOCUS Billing Period, which lists periods and no charges",
        (("BillingPeriodStart", "BillingPeriodEnd", "BillingPeriodStatus"),),
        "export the dataset Cost and Usage",
    ),
    Foreign(
        "FOCUS 0.5 or 1.0-preview",
        (("ChargeType", "BilledCost"), ("UsageQuantity", "BilledCost"), ("AmortizedCost", "BilledCost")),
        "export version 1.0 or later",
    ),
    Foreign(
        "AWS Cost and Usage Report",
        (
            ("lineItem/UnblendedCost",),
            ("lineItem/LineItemType",),
            ("line_item_unblended_cost",),
            ("line_item_line_item_type", "bill_payer_account_id"),
        ),
        "create an export of the table FOCUS 1.2 (or 1.0) with AWS columns in AWS Billing, Data Exports",
    ),
    Foreign(
        "Azure cost export (actual or amortized)",
        (
            ("CostInBillingCurrency", "MeterId"),
            ("CostInBillingCurrency", "MeterCategory"),
            ("PreTaxCost", "MeterId"),
            ("PreTaxCost", "MeterCategory"),
            ("MeterCategory", "MeterId", "BillingCurrencyCode", "Cost"),
        ),
        "create an export of the type Cost and usage details (FOCUS) in Cost Management, Exports",
    ),
    Foreign(
        "GCP billing export",
        (
            ("usage_start_time", "usage_end_time", "cost", "currency"),
            ("service.description", "sku.description", "cost"),
            ("service_description", "sku_description", "cost"),
            ("billing_account_id", "service", "sku", "cost"),
            ("Service description", "SKU description", "Unrounded Cost"),
        ),
        "export the FOCUS view of the detailed billing export in BigQuery",
    ),
    Foreign(
        "table of spend per month",
        tuple(
            (month, service, spend)
            for month in ("month", "billing_month", "usage_month", "invoice_month")
            for service in ("service", "service_name", "service_type")
            for spend in ("spend", "cost", "total_cost")
        ),
        "export the provider's bill in FOCUS: sums per month do not say what was paid for what",
    ),
)
"""What is known by its columns and refused, in the order in which it is tried."""


def foreign(names: ColumnNames) -> Foreign | None:
    """Say which other bill a file is, if it is one."""
    for each in FOREIGN:
        for marks in each.marks:
            if len(names.among(marks)) == len(marks):
                return each
    return None


def is_telling(names: ColumnNames) -> bool:
    """Tell whether so many columns of FOCUS are there that the file is, or was to be, a bill in it."""
    return len(names.among(NEEDED)) >= (TELLING_BY_NAME if "BilledCost" in names.names else TELLING)
