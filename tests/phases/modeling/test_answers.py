"""What the choice of a methodology is answered from: the document first, then the brief, and silence stays silence."""

from __future__ import annotations

from typing import Any

from decom_nb import knowledge
from decom_nb.phases.architecture.documents import Brief
from decom_nb.phases.modeling.answers import TABLES, answers, readings
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.needs_document import ModelingNeeds

BRIEF = Brief.model_validate(
    {
        "data_consumers": [{"query_pattern": "dashboard"}, {"query_pattern": "ad-hoc"}],
        "current_state": {"sources": ["shop", "ERP", "payments"]},
        "constraints": {"team_size": 4, "skill_level": "mid", "compliance": ["GDPR"]},
        "signals": {"sources_change_independently": True},
    }
)

MODEL = DimensionalModel.model_validate({"dimensions": [{"name": "dim_a", "attributes": [{"name": "b"}]}]})


def test_the_brief_answers_what_nobody_answered_here() -> None:
    told = readings(BRIEF, ModelingNeeds(modelers=2))
    assert (told["modelers"].value, told["modelers"].how) == (2, "said")
    assert (told["integrated_sources"].value, told["integrated_sources"].how) == (3, "derived")
    assert told["integrated_sources"].whence == "brief.current_state.sources"
    assert told["self_service_bi"].value is True
    assert told["sources_change_often"].value is True
    assert told["regulated"].value is True


def test_silence_is_no_answer() -> None:
    assert set(answers(None, None).values()) == {None}
    told = answers(Brief(), ModelingNeeds(dashboards=0))
    assert set(told.values()) == {None}, "a zero is that of an untouched form"
    half = Brief.model_validate({"data_consumers": [{"query_pattern": "dashboard"}, {"team": "CRM"}]})
    assert answers(half, None)["self_service_bi"] is None, "one consumer's way of asking is not said"


def test_every_field_of_the_document_is_asked_and_every_answer_has_a_field() -> None:
    sheet = knowledge.answer_sheet(TABLES)
    named = {field for each in sheet.answers for field in each.fields}
    own = {f"modeling_needs.{name}" for name in ModelingNeeds.model_fields if name not in ("document", "version")}
    assert own <= named
    assert {field for field in named if field.startswith("modeling_needs.")} <= own
    for field in named:
        value: Any = {"brief": BRIEF, "modeling_needs": ModelingNeeds(), "dimensional_model": MODEL}[
            field.split(".")[0]
        ]
        for part in field.split(".")[1:]:
            value = value[0] if isinstance(value, tuple) else value
            assert hasattr(value, part), field
            value = getattr(value, part)
