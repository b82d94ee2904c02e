"""Cron as people write it, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from decom_nb.phases.monitoring.schedule import schedule

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
