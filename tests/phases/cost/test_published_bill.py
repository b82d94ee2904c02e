"""The FOCUS sample, with its credits, its commitments and its several providers: allocated to the last digit."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from decom_nb.evidence.collect import collect
from decom_nb.phases.cost.activity import Activity
from decom_nb.phases.cost.allocation import Allocation, allocate
from decom_nb.phases.cost.documents import CostAllocation
from decom_nb.phases.cost.flag import Looked
from decom_nb.phases.cost.money import total
from decom_nb.phases.cost.monthly_bill import MonthlyBill, monthly
from decom_nb.phases.cost.red_flag import RedFlags

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "3_billing"
SAMPLE = FOLDER / "focus_sample.csv"

pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason="the published FOCUS sample is not there")


@pytest.fixture(scope="module")
def bill() -> MonthlyBill:
    evidence = collect([SAMPLE], FOLDER)
    assert evidence.store is not None
    return monthly(evidence.store)


def allocated(bill: MonthlyBill, **said: object) -> Allocation:
    return allocate(bill, CostAllocation.model_validate(said), Activity())


def test_all_of_it_is_in_the_lines_in_both_amounts(bill: MonthlyBill) -> None:
    expected = json.loads((FOLDER / "focus_expected.json").read_text())
    found = allocated(bill, pipeline_tags=["application"])
    for amount in ("billed", "effective"):
        sums = total(getattr(line, amount) for line in found.lines)
        assert abs(sums - Decimal(expected[amount][0][0])) < Decimal("1e-6")
    by_kind = bill.query("SELECT sum(charges)::BIGINT AS n FROM cost.monthly")[0]["n"]
    assert by_kind == expected["rows"]


def test_without_a_tag_that_names_pipelines_nothing_is_allocated_and_untagged_charges_are_counted(
    bill: MonthlyBill,
) -> None:
    expected = json.loads((FOLDER / "focus_expected.json").read_text())
    found = allocated(bill)
    assert found.pipelines == ()
    untagged = bill.query(
        "SELECT sum(charges)::BIGINT AS n FROM cost.monthly WHERE tags IS NULL OR cardinality(tags) = 0"
    )
    assert untagged[0]["n"] == int(expected["untagged_rows"][0][0])


def test_the_application_tag_tells_nearly_all_of_what_was_billed(bill: MonthlyBill) -> None:
    whole, done, aside = allocated(bill, pipeline_tags=["application"], amount="billed").shares("USD", "2024-09")
    assert done / whole > Decimal("0.9")
    assert aside == 0


def test_what_crosses_regions_is_told_by_the_words_and_not_by_the_number_of_transfers(bill: MonthlyBill) -> None:
    """Of the 547 charges whose words are about transfer, 80 go from region to region, and most of those cost nothing."""
    flags = RedFlags(Looked(allocated(bill, amount="billed")))
    found = flags.of("data_stays_in_region")
    assert found.money == Decimal("0.0047191199")
    assert "46 more charges of that kind cost nothing" in found.message
    assert found.outcome == "true"  # less than a thousandth of the month's spend
