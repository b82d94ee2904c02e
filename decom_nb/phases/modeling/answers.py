"""What the choice of a methodology asks, answered from `modeling_needs` and, where that is silent, from the brief."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from decom_nb import knowledge
from decom_nb.condition import Answer
from decom_nb.decide.reading import Reading
from decom_nb.phases.modeling.needs_document import ModelingNeeds

TABLES = Path(__file__).parent / "tables"
NEEDS = "modeling_needs"


def answers(brief: Any | None, modeling_needs: ModelingNeeds | None) -> dict[str, Answer]:
    """Give every answer of the room's answer sheet by name; None where nobody answered, and for what attributes are asked."""
    return {name: reading.value for name, reading in readings(brief, modeling_needs).items()}


def readings(brief: Any | None, modeling_needs: ModelingNeeds | None) -> dict[str, Reading]:
    """Give every answer of the room's answer sheet with where it comes from; `brief` is the architecture's document."""
    sheet = knowledge.answer_sheet(TABLES)
    return {each.name: _reading(brief, modeling_needs, each.name, each.fields) for each in sheet.answers}


def _reading(brief: Any | None, needs: ModelingNeeds | None, name: str, fields: tuple[str, ...]) -> Reading:
    said = getattr(needs, name) if needs is not None and f"{NEEDS}.{name}" in fields else None
    # A count of none is the zero of an untouched form: nobody builds a warehouse for no process by no people.
    if said is not None and (said != 0 or isinstance(said, bool)):
        return Reading(said, "said", f"{NEEDS}.{name}")
    if brief is not None and name in _FROM_BRIEF and (told := _FROM_BRIEF[name](brief)) is not None:
        return Reading(told, "derived", next(field for field in fields if field.startswith("brief.")))
    return Reading(None, "open", "")


def _self_service(brief: Any) -> Answer:
    """Analysts who ask ad hoc slice themselves; that nobody does is only known once every consumer's way is said."""
    asked = [consumer.query_pattern for consumer in brief.data_consumers]
    if "ad-hoc" in asked:
        return True
    return False if asked and None not in asked else None


def _regulated(brief: Any) -> Answer:
    compliance = brief.constraints.compliance
    return None if not compliance else compliance != ("none",)


_FROM_BRIEF: Mapping[str, Callable[[Any], Answer]] = {
    "integrated_sources": lambda brief: len(brief.current_state.sources) or None,
    "sources_change_often": lambda brief: brief.signals.sources_change_independently,
    "regulated": _regulated,
    "self_service_bi": _self_service,
    "modelers": lambda brief: brief.constraints.team_size or None,
    "skill_level": lambda brief: brief.constraints.skill_level,
}
"""What the brief tells of, where nobody answered it here."""
