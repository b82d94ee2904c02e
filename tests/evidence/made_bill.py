"""A small bill in FOCUS, made for the tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

CHARGE: dict[str, str] = {
    "BilledCost": "1.25",
    "EffectiveCost": "1.00",
    "ListCost": "2.00",
    "ContractedCost": "1.25",
    "BillingCurrency": "EUR",
    "BillingAccountId": "123",
    "BillingPeriodStart": "2026-08-01T00:00:00Z",
    "BillingPeriodEnd": "2026-09-01T00:00:00Z",
    "ChargePeriodStart": "2026-08-03T04:00:00Z",
    "ChargePeriodEnd": "2026-08-03T05:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ChargeDescription": "an hour",
    "ServiceCategory": "Compute",
    "ServiceName": "Machines",
    "PricingQuantity": "1",
    "ProviderName": "AWS",
    "PublisherName": "Amazon",
    "Tags": '{"team": "sales"}',
}


def charge(**fields: Any) -> dict[str, str]:
    """A charge, that above but for the fields given; None leaves a column out."""
    return {name: value for name, value in {**CHARGE, **fields}.items() if value is not None}


def bill(*charges: dict[str, str], delimiter: str = ",", names: Sequence[str] = ()) -> str:
    """Charges as CSV; the columns are those of the first."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(names or charges[0])
    for each in charges:
        writer.writerow(each.values())
    return text.getvalue()
