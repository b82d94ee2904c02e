"""Spend goes on from months where there are enough, else from days, else not at all, and is held against the budget fairly."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from decom_nb.phases.cost.outlook import Outlook
from tests.phases.cost.test_rules import supply


def outlook(charges: list[dict[str, Any]], **more: Any) -> Outlook:
    (found, *_) = supply({"charges": charges, **more}).get("spend_outlook")
    assert isinstance(found, Outlook)
    return found


def months(costs: dict[str, str], **said: Any) -> list[dict[str, Any]]:
    days = {"01": 31, "02": 28, "03": 31, "04": 30, "05": 31, "06": 30, "07": 31, "08": 31, "09": 30, "10": 31}
    return [{"at": f"{month}-01", "days": days[month[5:]], "cost": cost, **said} for month, cost in costs.items()]


YEAR = {f"2026-{month:02d}": str(100 + 5 * month + month % 2) for month in range(1, 11)}


def test_months_go_on_as_months() -> None:
    found = outlook(months(YEAR), budget=130)
    assert [each.month for each in found.ahead] == ["2026-11", "2026-12", "2027-01", "2027-02", "2027-03"]
    assert found.made_of == "10 whole months, 2026-01 to 2026-10"
    first = found.ahead[0]
    assert first.low < first.middle < first.high
    assert 140 < first.middle < 165
    assert first.chance_above_budget is not None
    assert first.chance_above_budget > 0.9


def test_a_month_that_is_not_whole_is_no_end_of_growth() -> None:
    part = [{"at": "2026-11-01", "days": 5, "cost": "9"}]
    found = outlook([*months(YEAR), *part])
    assert found.past[-1].month == "2026-11"
    assert not found.past[-1].complete
    assert found.newest is not None
    assert found.newest[0].month == "2026-10"
    assert found.ahead[0].month == "2026-11"
    assert found.ahead[0].middle > 100


def test_days_stand_in_for_few_months_and_give_whole_months_only() -> None:
    found = outlook([{"at": "2026-08-01", "times": 92, "cost": "2"}])
    assert found.made_of == "92 days, 2026-08-01 to 2026-10-31, with the season of the week"
    assert [each.month for each in found.ahead] == ["2026-11"]
    assert found.ahead[0].middle == pytest.approx(60)


def test_what_is_charged_by_the_month_is_spread_over_its_days() -> None:
    found = outlook(
        [
            {"at": "2026-08-01", "times": 92, "cost": "2"},
            {"at": "2026-08-01", "days": 31, "cost": "31"},
            {"at": "2026-09-01", "days": 30, "cost": "30"},
            {"at": "2026-10-01", "days": 31, "cost": "31"},
        ]
    )
    assert found.ahead[0].middle == pytest.approx(90)


def test_too_short_a_past_is_said_to_be_too_short() -> None:
    found = outlook([{"at": "2026-10-01", "times": 20}])
    assert found.ahead == ()
    assert "A forecast takes 6 whole months or 28 days; the bill has 0 and 20 in USD." in found.why_not


def test_currencies_are_not_held_against_one_budget() -> None:
    found = outlook([*months(YEAR), *months({"2026-10": "1"}, billing_currency="EUR")], budget=10)
    assert found.budget is None
    assert "several currencies" in found.budget_why_not


def test_what_lies_before_a_gap_in_the_bill_is_left_aside_and_said() -> None:
    found = outlook(
        [
            {"at": "2024-09-01", "times": 30, "cost": "0.5"},
            {"at": "2024-10-01", "cost": "0.0004"},
            *(
                {"at": f"2026-{month}-01", "times": days, "cost": "2"}
                for month, days in (("08", 31), ("09", 30), ("10", 31))
            ),
        ]
    )
    assert found.made_of == "92 days, 2026-08-01 to 2026-10-31, with the season of the week"
    assert found.left_aside.startswith("2024-09-01 to 2024-10-01 is left aside")
    assert "2026-08-01" in found.left_aside
    assert found.ahead[0].middle == pytest.approx(60)
    assert [each.month for each in found.past] == ["2024-09", "2026-08", "2026-09", "2026-10"]


def test_months_before_a_missing_one_are_left_aside() -> None:
    found = outlook([*months(YEAR), *months({"2025-06": "9000", "2025-07": "9000"})])
    assert found.made_of == "10 whole months, 2026-01 to 2026-10"
    assert found.left_aside.startswith("2025-06 to 2025-07 is left aside")
    assert found.ahead[0].high < 1000


def test_a_week_without_a_charge_is_no_gap() -> None:
    weekly = [{"at": f"{day}", "cost": "7"} for day in (date(2026, 8, 3) + timedelta(days=7 * at) for at in range(12))]
    found = outlook(weekly)
    assert found.left_aside == ""
    assert found.made_of.startswith("78 days")


def test_spend_is_never_expected_below_nothing_unless_credits_made_it_so() -> None:
    falling = {f"2026-{month:02d}": str(max(400 - 60 * month, 0)) for month in range(1, 10)}
    assert min(each.low for each in outlook(months(falling)).ahead) == 0
    assert min(each.low for each in outlook(months({**falling, "2026-10": "-200"})).ahead) < 0
