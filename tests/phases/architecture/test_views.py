"""What cells show of the architecture: what is recommended, said the same everywhere."""

from __future__ import annotations

from datetime import date

from decom_nb import knowledge
from decom_nb.decide import Decision, decide
from decom_nb.phases.architecture import views
from decom_nb.phases.architecture.answers import TABLES, answers
from decom_nb.phases.architecture.documents import Brief
from decom_nb.phases.architecture.measures import growth, growth_limits

BRIEF = Brief.model_validate(
    {
        "data_consumers": [{"use_case": "reporting", "latency_requirement": "near-real-time"}],
        "current_state": {"data_volume": {"current_gb_per_day": 2, "growth_rate_percent": 1, "retention_months": 24}},
        "signals": {"raw_files": True, "stored_gb": 5000},
    }
)


def decision(question: str, brief: Brief = BRIEF) -> Decision:
    table = next(each for each in knowledge.decision_tables(TABLES) if each.question == f"architecture.{question}")
    return decide(table, answers(brief))


def test_what_is_recommended_is_said_alike() -> None:
    made = decision("pattern")
    assert made.said == "Micro-batch + Lakehouse"
    one = views.decision(made, question="architecture.pattern")._repr_html_()
    assert "<strong>Micro-batch + Lakehouse</strong>: the facts ask for these together" in one
    assert "recommended: Micro-batch + Lakehouse." in one
    assert "Lakehouse alone would be recommended" in one or "Micro-batch alone would be recommended" in one
    assert "Lakehouse would come first" not in one
    every = views.decided([made])._repr_html_()
    assert "<h4>Micro-batch + Lakehouse</h4>" in every
    assert "decom-cards-two" in every


def test_what_counts_as_a_tie_is_said() -> None:
    shown = views.decision(decision("storage"), question="architecture.storage")._repr_html_()
    assert "Scores that differ by 1 or less count as a tie" in shown


def test_the_horizon_is_named_once() -> None:
    today = date(2026, 11, 23)
    measures = {"growth": growth(BRIEF, today), "growth_limits": growth_limits(BRIEF, today)}
    shown = views.growth(measures)._repr_html_()
    assert "the whole horizon" in shown
    assert "the whole horizon to the whole horizon" not in shown


def test_without_a_brief_one_line_says_so() -> None:
    empty = [decision(question, Brief()) for question in ("pattern", "storage")]
    every = views.decided(empty)._repr_html_()
    assert every.count("the brief does not say enough") == 1
    assert "decom-card" not in every
    one = views.decision(empty[1], question="architecture.storage")._repr_html_()
    assert "+0.0" not in one
    assert "decom-card" in views.decided([empty[0], decision("pattern")])._repr_html_(), "what is decided has its card"
