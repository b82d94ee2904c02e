"""How bad a failure is follows the methodology's conditions, and is a range where nobody wrote down what hangs on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from decom_nb.phases.monitoring.alert_severity import LEVELS, Happened, Severity, severity, severity_table
from decom_nb.phases.monitoring.documents import ServiceLevel

AT = datetime(2026, 3, 2, 3, tzinfo=UTC)


def happened(
    what: str = "failed", over_after: float | None = 1, last_success: float | None = 24, **told: Any
) -> Happened:
    """Give what happened at three in the morning; hours after and before."""
    over = None if over_after is None else AT + timedelta(hours=over_after)
    last = None if last_success is None else AT - timedelta(hours=last_success)
    return Happened("p", "r", what, AT, AT, over, AT + timedelta(hours=100), last, **told)


def judged(happening: Happened, fresh: float | None = 26, **level: Any) -> Severity:
    return severity(happening, ServiceLevel(pipeline="p", **level), fresh)


@pytest.mark.parametrize("impact", ["revenue", "compliance"])
def test_what_touches_revenue_or_compliance_is_p0(impact: str) -> None:
    assert judged(happened(), impact=impact).shown == "P0"


def test_a_dashboard_of_the_business_is_p1_once_it_is_stale_and_p2_before() -> None:
    assert judged(happened(), impact="executive").shown == "P2"
    found = judged(happened(over_after=3), impact="executive")
    assert found.shown == "P1"
    assert found.stale_hours == pytest.approx(27)
    assert "27.0 h old, where 26 h are promised" in found.reason


def test_what_is_critical_by_its_tier_is_p1_once_it_is_stale() -> None:
    assert judged(happened(over_after=3), impact="internal", tier=1).shown == "P1"
    assert judged(happened(over_after=3), impact="internal", tier=2).shown == "P2"
    assert judged(happened(over_after=3), impact="none").shown == "P2"


def test_without_a_promise_four_hours_make_it_stale() -> None:
    assert judged(happened(over_after=3.9), fresh=None, impact="executive").shown == "P2"
    assert judged(happened(over_after=4.1), fresh=None, impact="executive").shown == "P1"


def test_what_is_still_open_counts_to_the_end_of_what_is_known() -> None:
    found = judged(happened(over_after=None), impact="executive")
    assert found.shown == "P1"
    assert "at the end of what is known" in found.reason


def test_without_an_impact_it_is_a_range_and_says_what_is_not_known() -> None:
    assert severity(happened(), None).shown == "P0 to P2"
    assert "Nobody wrote down what hangs on it" in severity(happened(), None).reason
    assert judged(happened(over_after=3), tier=1).shown == "P0 to P1"
    assert judged(happened(over_after=1), tier=1).shown == "P0 to P2"


def test_warnings_are_p3_and_a_broken_sla_is_p2() -> None:
    assert judged(happened("partial"), impact="revenue").shown == "P3"
    assert judged(happened("slow", share_of_sla=0.85), impact="revenue").shown == "P3"
    assert judged(happened("late", share_of_sla=1.2), impact="revenue").shown == "P2"


def test_the_time_to_respond_ends_when_the_methodology_says() -> None:
    table = severity_table()
    minutes = [table.of(level).minutes for level in LEVELS]
    assert minutes == [15, 60, 240, None]
    assert table.of("P1").due(AT) == AT + timedelta(hours=1)
    assert table.of("P3").due(AT) == datetime(2026, 3, 4, tzinfo=UTC)  # a Monday: until the end of Tuesday
