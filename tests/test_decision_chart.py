"""Charts of decisions: rows that say what is drawn, and specs that Vega-Lite accepts."""

from __future__ import annotations

from typing import Any

import pytest

from decom_nb import decision_chart as charts
from decom_nb import knowledge
from decom_nb.decide import Decision, decide
from decom_nb.phases.architecture.answers import TABLES, answers
from decom_nb.phases.architecture.documents import Brief

BRIEF = Brief.model_validate(
    {
        "data_consumers": [{"use_case": "reporting", "latency_requirement": "batch"}],
        "current_state": {"data_volume": {"current_gb_per_day": 2, "growth_rate_percent": 40, "retention_months": 24}},
        "constraints": {"team_size": 4, "cloud_provider": "on-prem"},
    }
)


def decision(question: str = "storage", brief: Brief = BRIEF) -> Decision:
    table = next(each for each in knowledge.decision_tables(TABLES) if each.question == f"architecture.{question}")
    return decide(table, answers(brief))


def test_the_matrix_adds_up_by_row() -> None:
    made = decision()
    rows = charts.matrix_rows(made, {"workload": "Kind of work"})
    assert len(rows) == len(made.options) * (len(made.weights) + 1)
    for order, option in enumerate(made.options):
        mine = [row for row in rows if row["order"] == order]
        assert sum(row["contribution"] for row in mine[:-1]) == pytest.approx(option.score, abs=1e-4)
        assert (mine[-1]["criterion"], mine[-1]["contribution"]) == (charts.TOTAL, option.score)
        assert mine[0]["criterion"] == "Kind of work"
        assert mine[0]["ruled_out"] is bool(option.disqualified)
    assert rows[0]["option"] == "1. PostgreSQL"
    assert "✕ Snowflake (ruled out)" in {row["option"] for row in rows}


def test_shares_are_of_what_is_not_ruled_out() -> None:
    rows = charts.share_rows(decision())
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    assert "Snowflake" not in {row["option"] for row in rows}
    assert rows[0]["first"]


def test_every_weight_has_its_row_whether_it_flips_or_not() -> None:
    made = decision("pattern")
    rows = charts.flip_rows(made)
    assert [row["weight"] for row in rows] == list(made.weights.values())
    assert {row["winner"] for row in rows if row["flips_at"] is None} <= {""}
    assert all(row["sentence"].endswith(".") for row in rows)


def drawn() -> dict[str, Any]:
    """Every chart, on a full decision and on an open one."""
    made, open_ = decision(), decision("pattern", Brief())
    return {
        "matrix": charts.decision_matrix(charts.matrix_rows(made)),
        "matrix of nothing": charts.decision_matrix(charts.matrix_rows(open_)),
        "shares": charts.weight_shares(charts.share_rows(made)),
        "flips": charts.weight_flips(charts.flip_rows(decision("pattern"))),
        "no flips": charts.weight_flips(charts.flip_rows(open_)),
    }


@pytest.mark.parametrize("name", drawn())
def test_every_chart_is_a_valid_spec_as_wide_as_its_place(name: str) -> None:
    spec = drawn()[name].to_dict()  # raises where the schema is not met
    assert not {"hconcat", "vconcat", "concat", "facet", "width"} & spec.keys()
