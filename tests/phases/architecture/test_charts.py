"""Charts: rows that say what is drawn, and specs that Vega-Lite accepts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from decom_nb.phases.architecture import charts
from decom_nb.phases.architecture.documents import Brief
from decom_nb.phases.architecture.measures import growth, growth_limits

BRIEF = Brief.model_validate(
    {
        "data_consumers": [{"use_case": "reporting", "latency_requirement": "batch"}],
        "current_state": {"data_volume": {"current_gb_per_day": 2, "growth_rate_percent": 40, "retention_months": 24}},
        "constraints": {"team_size": 4, "cloud_provider": "on-prem"},
    }
)
TODAY = date(2026, 11, 23)


def test_only_limits_within_sight_are_drawn() -> None:
    months, limits = growth(BRIEF, TODAY), growth_limits(BRIEF, TODAY)
    assert [row["label"] for row in charts.limit_rows(limits, months)] == ["PostgreSQL: about 1,000 GB"]
    assert [row["label"].split(":")[0] for row in charts.limit_rows(limits, months, "unit_gb")] == ["Pandas", "Polars"]
    assert charts.limit_rows(limits, []) == []


def drawn() -> dict[str, Any]:
    """Every chart of the room."""
    months, limits = growth(BRIEF, TODAY), growth_limits(BRIEF, TODAY)
    return {
        "growth": charts.growth_with_limits(charts.growth_rows(months), charts.limit_rows(limits, months)),
        "growth without limits": charts.growth_with_limits(charts.growth_rows(months, "unit_gb"), []),
    }


@pytest.mark.parametrize("name", drawn())
def test_every_chart_is_a_valid_spec_as_wide_as_its_place(name: str) -> None:
    spec = drawn()[name].to_dict()  # raises where the schema is not met
    assert not {"hconcat", "vconcat", "concat", "facet", "width"} & spec.keys()
