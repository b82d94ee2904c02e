"""What cells show of the architecture beside its decisions."""

from __future__ import annotations

from datetime import date

from decom_nb.phases.architecture import views
from decom_nb.phases.architecture.documents import Brief
from decom_nb.phases.architecture.measures import growth, growth_limits

BRIEF = Brief.model_validate(
    {"current_state": {"data_volume": {"current_gb_per_day": 2, "growth_rate_percent": 1, "retention_months": 24}}}
)


def test_the_horizon_is_named_once() -> None:
    today = date(2026, 11, 23)
    measures = {"growth": growth(BRIEF, today), "growth_limits": growth_limits(BRIEF, today)}
    shown = views.growth(measures)._repr_html_()
    assert "the whole horizon" in shown
    assert "the whole horizon to the whole horizon" not in shown
