"""Answers from a brief: said, derived or read from its words; what it does not say stays open."""

from __future__ import annotations

from typing import Any

import pytest

from decom_nb.phases.architecture.answers import answers, readings
from decom_nb.phases.architecture.documents import Brief
from decom_nb.phases.architecture.growth import volume_of


def brief(**fields: Any) -> Brief:
    return Brief.model_validate(fields)


def consumers(*latencies: str | None, use: str | None = None) -> list[dict[str, Any]]:
    return [{"latency_requirement": each, "use_case": use} for each in latencies]


def test_nothing_said_is_nothing_known() -> None:
    assert set(answers(None).values()) == {None}
    assert answers(Brief()) == answers(None)


@pytest.mark.parametrize(
    ("latencies", "fastest", "mixed"),
    [
        (["batch", "batch"], "batch", False),
        (["batch", "real-time"], "real-time", True),
        (["near-real-time", "real-time"], "real-time", False),
        (["batch", None], "batch", None),
        (["batch", None, "near-real-time"], "near-real-time", True),
        ([None], None, None),
    ],
)
def test_one_hurried_consumer_decides(latencies: list[str | None], fastest: str | None, mixed: bool | None) -> None:
    found = answers(brief(data_consumers=consumers(*latencies)))
    assert (found["fastest_latency"], found["mixed_latency"]) == (fastest, mixed)


@pytest.mark.parametrize(
    ("uses", "main", "found"),
    [
        (["ML", "ML", "reporting"], None, "main"),
        (["ML", "reporting"], None, "some"),
        (["reporting"], None, "none"),
        (["reporting", None], None, None),
        (["reporting"], True, "main"),
        (["ML", "ML"], False, "some"),
        ([], True, "main"),
    ],
)
def test_how_much_is_machine_learning(uses: list[str | None], main: bool | None, found: str | None) -> None:
    said = brief(data_consumers=[{"use_case": use} for use in uses], signals={"ml_is_main_consumer": main})
    assert answers(said)["ml_consumers"] == found


@pytest.mark.parametrize(
    ("consumer", "found"),
    [
        ({"use_case": "reporting"}, True),
        ({"query_pattern": "ad-hoc"}, True),
        ({"use_case": "ML", "query_pattern": "API"}, False),
        ({"use_case": "ML"}, None),
    ],
)
def test_whether_anybody_asks_in_sql(consumer: dict[str, Any], found: bool | None) -> None:
    assert answers(brief(data_consumers=[consumer]))["sql_analytics"] is found


@pytest.mark.parametrize(
    ("latencies", "unit"),
    [
        (["batch"], 288.0),
        (["near-real-time"], 1.0),
        (["near-real-time", "batch"], 288.0),
        (["real-time"], None),
        ([], 288.0),
    ],
)
def test_one_unit_of_work_follows_from_volume_and_latency(latencies: list[str], unit: float | None) -> None:
    volume = {"data_volume": {"current_gb_per_day": 288}}
    assert answers(brief(current_state=volume, data_consumers=consumers(*latencies)))["unit_gb"] == unit


def test_what_is_said_wins_over_what_follows() -> None:
    volume = {"data_volume": {"current_gb_per_day": 10, "retention_months": 12}}
    said = brief(current_state=volume, signals={"unit_of_work_gb": 3, "stored_gb": 700})
    assert (answers(said)["unit_gb"], answers(said)["stored_gb"]) == (3, 700)
    assert answers(brief(current_state=volume))["stored_gb"] == pytest.approx(10 * 365.25)


def test_the_zeros_of_an_untouched_template_are_no_answers() -> None:
    blank = brief(
        current_state={"data_volume": {"current_gb_per_day": 0, "growth_rate_percent": 0, "retention_months": 0}},
        constraints={"budget_monthly_usd": 0, "team_size": 0},
    )
    assert answers(blank) == answers(None)
    assert volume_of(blank) is None


@pytest.mark.parametrize(
    ("cloud", "said", "found"),
    [(None, None, None), ("on-prem", None, True), ("AWS", None, False), ("AWS", True, True)],
)
def test_on_premises(cloud: str | None, said: bool | None, found: bool | None) -> None:
    assert (
        answers(brief(constraints={"cloud_provider": cloud}, signals={"on_prem_only": said}))["on_prem_only"] is found
    )


@pytest.mark.parametrize(("compliance", "found"), [([], None), (["none"], False), (["GDPR"], True)])
def test_regulation(compliance: list[str], found: bool | None) -> None:
    assert answers(brief(constraints={"compliance": compliance}))["regulated"] is found


@pytest.mark.parametrize(
    ("state", "name", "value"),
    [
        ({"sources": ["Kafka clickstream"]}, "event_stream", True),
        ({"sources": ["Orders via Debezium"]}, "change_capture", True),
        ({"sources": ["SAP"]}, "event_stream", None),
        ({"storage": ["S3", "Redshift"]}, "lake_in_use", True),
        ({"storage": ["S3", "Redshift"]}, "warehouse_in_use", True),
        ({"storage": ["PostgreSQL"]}, "warehouse_in_use", None),
        ({"storage": ["Oracle", "S3"]}, "warehouse_in_use", None),
        ({"storage": ["Oracle", "S3"]}, "lake_in_use", True),
        ({"storage": ["DuckDB, one warehouse file"]}, "warehouse_in_use", None),
        ({"storage": ["the data warehouse"]}, "warehouse_in_use", True),
        ({"storage": ["PostgreSQL", "an old thing"]}, "warehouse_in_use", None),
        ({"storage": []}, "warehouse_in_use", None),
        ({"pain_points": ["the same logic lives in two codebases"]}, "two_code_paths", True),
        ({"pain_points": ["our AWS Lambda functions time out"]}, "two_code_paths", None),
        ({"pain_points": ["the central data team is a bottleneck"]}, "central_team_bottleneck", True),
        ({"pain_points": ["features are duplicated across teams"]}, "feature_reuse", True),
        ({"pain_points": ["new features of the app are late"]}, "feature_reuse", None),
    ],
)
def test_words_give_answers_away(state: dict[str, Any], name: str, value: bool | None) -> None:
    reading = readings(brief(current_state=state))[name]
    assert reading.value is value
    assert reading.how == ("open" if value is None else "read")


def test_a_persons_answer_wins_over_words() -> None:
    said = brief(current_state={"pain_points": ["features are duplicated"]}, signals={"feature_reuse": False})
    assert readings(said)["feature_reuse"] == (False, "said", "signals.feature_reuse")


def test_compliance_is_a_list_of_regulations_or_none() -> None:
    with pytest.raises(ValueError, match="keep one or the other"):
        brief(constraints={"compliance": ["GDPR", "none"]})


def test_a_mesh_is_as_ready_as_its_principles_are() -> None:
    assert answers(None, {"level": "started"})["mesh_readiness"] == "started"
    assert answers(Brief(), {"level": None})["mesh_readiness"] is None
    assert answers(Brief())["mesh_readiness"] is None
    assert readings(None, {"level": "missing"})["mesh_readiness"].whence == "data_mesh"
