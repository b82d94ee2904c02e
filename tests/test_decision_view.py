"""What cells show of decisions: what is recommended, said the same everywhere."""

from __future__ import annotations

from decom_nb import decision_view, knowledge
from decom_nb.decide import Decision, decide
from decom_nb.phases.architecture.answers import TABLES, answers
from decom_nb.phases.architecture.documents import Brief

BRIEF = Brief.model_validate(
    {
        "data_consumers": [{"use_case": "reporting", "latency_requirement": "near-real-time"}],
        "signals": {"raw_files": True, "stored_gb": 5000},
    }
)
TITLES = {"freshness": "Tolerance for delay"}


def decision(question: str, brief: Brief = BRIEF) -> Decision:
    table = next(each for each in knowledge.decision_tables(TABLES) if each.question == f"architecture.{question}")
    return decide(table, answers(brief))


def test_what_is_recommended_is_said_alike() -> None:
    made = decision("pattern")
    assert made.said == "Micro-batch + Lakehouse"
    one = decision_view.decision(made, TITLES)._repr_html_()
    assert "<strong>Micro-batch + Lakehouse</strong>: the facts ask for these together" in one
    assert "recommended: Micro-batch + Lakehouse." in one
    assert "Tolerance for delay: weight" in one
    assert "Lakehouse alone would be recommended" in one or "Micro-batch alone would be recommended" in one
    assert "Lakehouse would come first" not in one
    every = decision_view.decided([made])._repr_html_()
    assert "<h4>Micro-batch + Lakehouse</h4>" in every
    assert "decom-cards-two" in every


def test_what_counts_as_a_tie_is_said() -> None:
    shown = decision_view.decision(decision("storage"), {})._repr_html_()
    assert "Scores that differ by 1 or less count as a tie" in shown


def test_where_nothing_is_answered_one_line_says_so() -> None:
    empty = [decision(question, Brief()) for question in ("pattern", "storage")]
    every = decision_view.decided(empty)._repr_html_()
    assert every.count("the documents do not say enough") == 1
    assert "decom-card" not in every
    one = decision_view.decision(empty[1], {})._repr_html_()
    assert "+0.0" not in one
    assert "decom-card" in decision_view.decided([empty[0], decision("pattern")])._repr_html_(), (
        "what is decided has its card"
    )
