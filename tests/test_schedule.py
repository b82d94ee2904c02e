"""Cron as people write it, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from decom_nb.schedule import schedule

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("0 2 * * *", 7),
        ("*/15 * * * *", 4 * 24 * 7),
        ("0 6,18 * * mon-fri", 10),
        ("30 1 * * 7", 1),
        ("0 0 1,5 * *", 1),
        ("0 0 5 * 0", 2),
        ("0 0 * dec *", 0),
        ("hourly", 24 * 7),
    ],
)
def test_times_of_a_week(text: str, times: int) -> None:
    found = schedule(text)
    assert found is not None
    assert found.between(MONDAY, MONDAY.replace(day=9)) == times


@pytest.mark.parametrize(
    "text", ["", "after load_orders", "0 2 * *", "60 * * * *", "*/0 * * * *", "5-1 * * * *", "x * * * *"]
)
def test_what_is_no_schedule(text: str) -> None:
    assert schedule(text) is None


@pytest.mark.parametrize("text", ["0 2 31 2 *", "0 0 30 feb *", "0 0 31 4,6,9,11 *"])
def test_a_schedule_of_days_that_are_not_in_the_calendar_never_begins(text: str) -> None:
    found = schedule(text)
    assert found is not None
    assert not found.fires
    assert found.gaps() is None


@pytest.mark.parametrize(
    ("text", "shortest", "longest"),
    [
        ("0 2 * * *", 1440, 1440),
        ("15 */4 * * *", 240, 240),
        ("0 6,18 * * mon-fri", 720, 3600),
        ("0 23,1 * * *", 120, 1320),
        ("0 0 1 * *", 28 * 1440, 31 * 1440),
        ("0 0 29 2 *", 1461 * 1440, 1461 * 1440),
        ("@hourly", 60, 60),
    ],
)
def test_gaps_between_two_beginnings(text: str, shortest: float, longest: float) -> None:
    found = schedule(text)
    assert found is not None
    assert found.fires
    assert found.gaps() == (shortest, longest)
