"""The form asks what still matters, and keeps in sight what was answered or read from words."""

from __future__ import annotations

from typing import Any

from decom_nb.phases.architecture.documents import Brief
from decom_nb.phases.architecture.forms import hidden


def brief(**fields: Any) -> Brief:
    return Brief.model_validate(fields)


def test_an_empty_brief_is_asked_everything() -> None:
    assert hidden(Brief()) == set()


def test_what_can_no_longer_matter_is_not_asked() -> None:
    no_models = brief(
        data_consumers=[{"use_case": "reporting", "latency_requirement": "batch", "query_pattern": "dashboard"}]
    )
    gone = hidden(no_models)
    assert "signals.feature_reuse" in gone
    assert all(field.startswith("signals.") for field in gone)


def test_an_answer_stays_in_sight() -> None:
    said = brief(
        data_consumers=[{"use_case": "reporting", "latency_requirement": "batch"}], signals={"feature_reuse": True}
    )
    assert "signals.feature_reuse" not in hidden(said)


def test_what_was_read_from_words_can_be_corrected() -> None:
    said = brief(
        data_consumers=[{"use_case": "reporting", "latency_requirement": "batch"}],
        current_state={"pain_points": ["features are duplicated"]},
    )
    assert "signals.feature_reuse" not in hidden(said)


def test_what_no_answer_is_read_from_is_never_hidden() -> None:
    assert not {"signals.as_of", "signals.growth_uncertainty_percent", "signals.tools_in_use"} & hidden(Brief())
