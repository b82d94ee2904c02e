"""Growth: what the months hold, how wide the band is, and when a tool's limit is passed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decom_nb.phases.architecture.answers import answers
from decom_nb.phases.architecture.documents import Brief
from decom_nb.phases.architecture.measures import growth, growth_limits

TODAY = date(2026, 11, 23)


def brief(per_day: float | None = 2.5, rate: float | None = 100, keep: float | None = 12, **signals: Any) -> Brief:
    volume = {"current_gb_per_day": per_day, "growth_rate_percent": rate, "retention_months": keep}
    return Brief.model_validate({"current_state": {"data_volume": volume}, "signals": signals})


def limit(tool: str, said: Brief) -> dict[str, Any]:
    return next(row for row in growth_limits(said, TODAY) if row["tool"] == tool)


def test_daily_volume_doubles_in_a_year_at_a_hundred_percent() -> None:
    rows = growth(brief(), TODAY)
    assert len(rows) == 61
    assert [rows[at]["month"] for at in (0, 1, 2, 60)] == ["2026-11", "2026-12", "2027-01", "2031-11"]
    assert [rows[at]["unit_gb"] for at in (0, 12, 24)] == pytest.approx([2.5, 5, 10])
    assert (rows[12]["unit_gb_low"], rows[12]["unit_gb_high"]) == pytest.approx((3.75, 6.25))


def test_what_is_stored_is_what_arrived_within_the_retention() -> None:
    flat = growth(brief(rate=0), TODAY)
    assert flat[0]["stored_gb"] == flat[60]["stored_gb"] == pytest.approx(2.5 * 365.25)
    assert flat[60]["stored_gb_low"] < flat[60]["stored_gb"] < flat[60]["stored_gb_high"]
    grown = growth(brief(), TODAY)
    assert grown[0]["stored_gb"] < flat[0]["stored_gb"]
    assert grown[12]["stored_gb"] == pytest.approx(2 * grown[0]["stored_gb"], rel=1e-4)


def test_what_somebody_said_is_stored_is_where_the_line_starts() -> None:
    rows = growth(brief(stored_gb=5000), TODAY)
    assert rows[0]["stored_gb"] == 5000
    assert rows[0]["stored_gb"] == answers(brief(stored_gb=5000))["stored_gb"]


def test_the_start_of_the_line_is_the_answer_that_decisions_use() -> None:
    said = brief(rate=37, keep=18.5)
    assert growth(said, TODAY)[0]["stored_gb"] == pytest.approx(answers(said)["stored_gb"], rel=1e-5)
    assert growth(said, TODAY)[0]["unit_gb"] == pytest.approx(answers(said)["unit_gb"])


def test_the_day_of_the_brief_is_where_it_starts() -> None:
    assert growth(brief(as_of="2025-01-31"), TODAY)[0]["month"] == "2025-01"


def test_an_uncertainty_that_somebody_states_is_the_band() -> None:
    row = growth(brief(growth_uncertainty_percent=20), TODAY)[12]
    assert (row["unit_gb_low"], row["unit_gb_high"]) == pytest.approx((2.5 * 1.8, 2.5 * 2.2))


@pytest.mark.parametrize("said", [Brief(), brief(rate=None), brief(per_day=None), brief(per_day=0)])
def test_without_volume_or_growth_nothing_is_carried_forward(said: Brief) -> None:
    assert growth(said, TODAY) == []
    assert growth_limits(said, TODAY) == []


def test_without_retention_only_the_unit_of_work_is_known() -> None:
    rows = growth(brief(keep=None), TODAY)
    assert rows[0]["stored_gb"] is None
    assert {row["quantity"] for row in growth_limits(brief(keep=None), TODAY)} == {"unit_gb"}


def test_when_a_limit_is_passed() -> None:
    row = limit("Pandas", brief())
    assert (row["state"], row["fits_until"], row["months_left"]) == ("near", "2027-11", 13)
    assert row["earliest"] < row["fits_until"] < row["latest"]
    assert limit("DuckDB", brief(rate=10))["fits_until"] is None
    beyond = limit("Pandas", brief(per_day=50))
    assert (beyond["state"], beyond["fits_until"], beyond["months_left"]) == ("beyond", None, 0)


def test_a_tool_that_the_brief_names_is_in_use() -> None:
    assert limit("Pandas", brief(tools_in_use=["pandas jobs"]))["in_use"]
    assert not limit("Polars", brief(tools_in_use=["pandas jobs"]))["in_use"]


@pytest.mark.slow
@given(st.floats(0.01, 1000), st.floats(-80, 400), st.floats(0.5, 120))
def test_the_band_always_holds_the_line(per_day: float, rate: float, keep: float) -> None:
    for row in growth(brief(per_day, rate, keep), TODAY):
        for quantity in ("unit_gb", "stored_gb"):
            low, expected, high = (row[f"{quantity}{end}"] for end in ("_low", "", "_high"))
            assert 0 <= low <= expected * (1 + 1e-5)
            assert expected <= high * (1 + 1e-5)
