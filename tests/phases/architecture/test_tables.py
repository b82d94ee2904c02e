"""The room's knowledge: whole, sourced, in step with the brief, and sane where little or everything is known."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import BaseModel

from decom_nb import knowledge
from decom_nb.condition import Ramp, atoms
from decom_nb.decide import decide
from decom_nb.knowledge import AnswerText, DecisionTable
from decom_nb.phases.architecture import clues
from decom_nb.phases.architecture.answers import TABLES, answers
from decom_nb.phases.architecture.documents import Brief, Signals
from decom_nb.phases.architecture.growth import growth_table

SHEET = knowledge.answer_sheet(TABLES)
BY_QUESTION = {table.question: table for table in knowledge.decision_tables(TABLES)}
OPTIONS = {
    "architecture.pattern": ["Batch ETL", "Micro-batch", "Streaming", "Lambda", "Kappa", "Lakehouse", "Data Mesh",
                             "Feature Store"],
    "architecture.orchestration": ["Airflow", "Dagster", "Prefect", "dbt", "Temporal", "Cron + scripts"],
    "architecture.processing": ["Spark", "DuckDB", "Polars", "Pandas", "Flink", "SQL (warehouse)"],
    "architecture.storage": ["Snowflake", "BigQuery", "Redshift", "Databricks", "PostgreSQL", "S3/GCS/ADLS",
                             "Delta Lake/Iceberg"],
}  # fmt: skip

every_table = pytest.mark.parametrize("table", BY_QUESTION.values(), ids=BY_QUESTION)
every_answer = pytest.mark.parametrize("text", SHEET.answers, ids=lambda text: text.name)


def test_every_pattern_and_tool_of_the_methodology_is_there() -> None:
    assert {name: [option.name for option in table.options] for name, table in BY_QUESTION.items()} == OPTIONS


@every_table
def test_every_option_has_something_for_it_and_something_against_it(table: DecisionTable) -> None:
    for option in table.options:
        assert any(row.points > 0 for row in option.reasons), option.name
        assert any(row.points < 0 for row in option.rows), option.name


@every_table
def test_reasons_are_sentences_of_their_own(table: DecisionTable) -> None:
    for option in table.options:
        said = [row.because for row in option.rows]
        assert len(said) == len(set(said)), option.name
        for text in (*said, *(row.differs for row in option.rows if row.differs)):
            assert re.fullmatch(r"[A-Z].*[.]", text), text


@every_table
def test_every_criterion_is_used(table: DecisionTable) -> None:
    assert {row.criterion for option in table.options for row in option.rows} == set(table.weights)


def test_every_citation_is_used() -> None:
    said = " ".join(file.read_text(encoding="utf-8") for file in TABLES.glob("*.yaml") if file.name != "sources.yaml")
    assert [key for key in knowledge.citations(TABLES) if not re.search(rf"[\s\[,]{re.escape(key)}[\s\],]", said)] == []


@every_answer
def test_every_answer_is_asked_by_some_table(text: AnswerText) -> None:
    assert any(text.name in table.by_answer for table in BY_QUESTION.values())


def field_of(path: str) -> Any:
    """Give the annotation of a field of the brief by its path, through lists."""
    model: Any = Brief
    for part in path.split("."):
        kind: Any = model.model_fields[part].annotation
        inner = getattr(kind, "__args__", ())
        model = next((each for each in (kind, *inner) if isinstance(each, type) and issubclass(each, BaseModel)), kind)
    return model


@every_answer
def test_an_answers_fields_are_in_the_brief_and_of_its_kind(text: AnswerText) -> None:
    for field in text.fields:
        if field == "data_mesh":  # another room's document, which comes as a measure of it
            continue
        kind = str(field_of(field))
        if field.startswith("signals.") and field not in ("signals.ml_is_main_consumer", "signals.tools_in_use"):
            assert {"boolean": "bool", "number": "int", "choice": "Literal"}[text.kind] in kind or "float" in kind


def test_every_signal_serves_some_answer() -> None:
    served = {
        field.partition(".")[2] for text in SHEET.answers for field in text.fields if field.startswith("signals.")
    }
    assert set(Signals.model_fields) - served == {"as_of", "growth_uncertainty_percent"}


def test_limits_are_those_of_the_tables() -> None:
    for limit in growth_table().limits:
        option = next(each for each in BY_QUESTION[limit.question].options if each.name == limit.tool)
        against = [
            atom.threshold
            for row in option.rows
            if row.points < 0
            for atom in atoms(row.when)
            if isinstance(atom, Ramp) and atom.answer == limit.quantity and atom.rising
        ]
        assert limit.limit_gb in against, limit.tool


def test_clues_answer_questions_that_exist_with_values_that_exist() -> None:
    for clue in clues.clues():
        for name, value in clue.says.items():
            assert value in SHEET.by_name[name].values, name
    for tool in clues.tools():
        assert tool.option in OPTIONS[tool.question]


@every_table
def test_an_empty_brief_decides_nothing(table: DecisionTable) -> None:
    for brief in (None, Brief()):
        made = decide(table, answers(brief))
        assert made.is_open
        assert made.winners == tuple(OPTIONS[table.question])
        assert not made.flips
        assert not made.combination


@every_table
@pytest.mark.parametrize("text", SHEET.answers, ids=lambda text: text.name)
def test_no_single_answer_puts_something_first_that_nothing_speaks_for(table: DecisionTable, text: AnswerText) -> None:
    low, high = text.range or (0, 0)
    for value in text.values or (low, (low * high) ** 0.5, high):
        made = decide(table, {text.name: value})
        if not made.is_open:
            for name in made.winners:
                option = made.option(name)
                assert option.score > -1e-9, (text.name, value, name)


@pytest.mark.parametrize(
    ("gb", "first", "also"),
    [(0.3, "DuckDB", "Polars"), (20, "DuckDB", "Polars"), (100, "Spark", "DuckDB"), (2000, "Spark", None)],
)
def test_near_a_border_both_sides_stand(gb: float, first: str, also: str | None) -> None:
    made = decide(BY_QUESTION["architecture.processing"], {"unit_gb": gb, "fastest_latency": "batch"})
    standing = [option.name for option in made.options if option.score > 0 and not option.disqualified]
    assert first in standing
    assert also is None or also in standing


def test_patterns_of_different_aspects_are_combined_where_the_facts_ask_for_it() -> None:
    asked = {"fastest_latency": "near-real-time", "raw_files": True, "sql_analytics": True}
    assert decide(BY_QUESTION["architecture.pattern"], asked).combination == ("Micro-batch", "Lakehouse")
    assert decide(BY_QUESTION["architecture.pattern"], {"fastest_latency": "batch"}).combination == ()


@pytest.mark.parametrize(
    ("people", "joins"),
    [
        ({"domain_teams": 12, "business_domains": 9, "team_size": 40, "engineers": 300}, True),
        ({"domain_teams": 12, "team_size": 12}, False),
        ({"domain_teams": 4, "team_size": 40, "engineers": 300}, False),
        ({"domain_teams": 12, "engineers": 15}, False),
        ({"domain_teams": 12, "business_domains": 1}, False),
        ({"domain_teams": 12, "early_stage": True}, False),
        ({"domain_teams": 12, "engineers": 300, "mesh_readiness": "in place"}, True),
    ],
)
def test_a_mesh_joins_only_where_there_are_teams_and_people_for_it(people: dict[str, Any], joins: bool) -> None:
    asked = {"fastest_latency": "real-time", "exact_results": True, "central_team_bottleneck": True}
    made = decide(BY_QUESTION["architecture.pattern"], {**asked, **people})
    assert ("Data Mesh" in made.recommended) is joins


@pytest.mark.parametrize("teams", range(1, 20))
def test_teams_are_not_few_and_enough_at_once(teams: int) -> None:
    mesh = decide(BY_QUESTION["architecture.pattern"], {"domain_teams": teams}).option("Data Mesh")
    assert len(mesh.reasons) <= 1


def test_hurried_and_patient_consumers_get_an_engine_each() -> None:
    bank = {"mixed_latency": True, "transform_language": "SQL", "warehouse_in_use": True, "sql_analytics": True}
    bank |= {"fastest_latency": "real-time", "unit_gb": 40, "event_stream": True, "team_size": 12}
    processing = BY_QUESTION["architecture.processing"]
    made = decide(processing, bank)
    assert "Flink" in made.recommended
    assert len(made.recommended) == 2
    assert decide(processing, {**bank, "mixed_latency": False}).recommended == ("Flink",)


def test_a_little_sql_and_one_experimenting_model_need_no_cluster() -> None:
    small = {"ml_consumers": "some", "sql_analytics": True, "gb_per_day": 6, "stored_gb": 5000, "cloud": "AWS"}
    small |= {"team_size": 4, "transform_language": "SQL", "ml_transforms": False, "budget_monthly_usd": 7500}
    small |= {"raw_files": True, "elastic_load": True}
    made = decide(BY_QUESTION["architecture.storage"], small)
    assert "Databricks" not in made.recommended
    assert "Snowflake" in made.recommended


def test_an_extreme_brief_is_decided_without_an_accident() -> None:
    huge = Brief.model_validate(
        {
            "data_consumers": [{"use_case": "ML", "latency_requirement": "real-time", "query_pattern": "API"}],
            "current_state": {
                "data_volume": {"current_gb_per_day": 1e9, "growth_rate_percent": 900, "retention_months": 900}
            },
            "constraints": {
                "team_size": 5000,
                "budget_monthly_usd": 1e9,
                "cloud_provider": "multi",
                "compliance": ["none"],
            },
        }
    )
    tiny = Brief.model_validate(
        {
            "current_state": {
                "data_volume": {"current_gb_per_day": 1e-6, "growth_rate_percent": -90, "retention_months": 0.1}
            },
            "constraints": {"team_size": 1, "budget_monthly_usd": 1},
        }
    )
    for brief, absurd in ((huge, {"PostgreSQL", "Pandas", "Batch ETL"}), (tiny, {"Spark", "Databricks", "Flink"})):
        for table in BY_QUESTION.values():
            first = decide(table, answers(brief)).options[0]
            assert first.score >= 0
            assert first.name not in absurd
