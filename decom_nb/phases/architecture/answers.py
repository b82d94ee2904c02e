"""What the decisions of this room ask, answered from the brief: said by somebody, derived, or read from its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from decom_nb import knowledge
from decom_nb.condition import Answer
from decom_nb.decide.reading import Reading
from decom_nb.phases.architecture import clues
from decom_nb.phases.architecture.documents import Brief
from decom_nb.phases.architecture.growth import stored_today, unit_today

TABLES = Path(__file__).parent / "tables"

_MESH = "mesh_readiness"
_AS_IT_IS = ("signals.", "constraints.")
"""Groups of the brief whose fields are answers as they stand."""


def answers(brief: Brief | None, mesh_readiness: Mapping[str, Any] | None = None) -> dict[str, Answer]:
    """Give every answer of the room's answer sheet by name; None where nobody answered."""
    return {name: reading.value for name, reading in readings(brief, mesh_readiness).items()}


def readings(brief: Brief | None, mesh_readiness: Mapping[str, Any] | None = None) -> dict[str, Reading]:
    """Give every answer of the room's answer sheet with where it comes from; `mesh_readiness` is a measure of patterns."""
    sheet = knowledge.answer_sheet(TABLES)
    nothing = Reading(None, "open", "")
    found = {text.name: nothing for text in sheet.answers}
    if brief is not None:
        read = clues.read(brief)
        found = {text.name: _reading(brief, text.name, text.fields, read) for text in sheet.answers}
    if level := (mesh_readiness or {}).get("level"):
        found[_MESH] = Reading(level, "derived", "data_mesh")
    return found


def _reading(brief: Brief, name: str, fields: tuple[str, ...], read: Mapping[str, clues.Found]) -> Reading:
    if name in _DERIVED:
        if (value := _DERIVED[name](brief)) is not None:
            return Reading(value, "derived", ", ".join(fields))
    elif fields[0].startswith(_AS_IT_IS) and (said := _said(brief, fields[0])) is not None:
        return Reading(said, "said", fields[0])
    if name in read:
        return Reading(read[name].value, "read", read[name].words)
    return Reading(None, "open", "")


def _said(brief: Brief, field: str) -> Any:
    """Give a field's value by its path; a zero where a quantity is asked is the zero of an untouched template."""
    value: Any = brief
    for part in field.split("."):
        value = getattr(value, part)
    return None if isinstance(value, int | float) and not isinstance(value, bool) and value == 0 else value


def _fastest_latency(brief: Brief) -> Answer:
    said = {consumer.latency_requirement for consumer in brief.data_consumers}
    return next((latency for latency in ("real-time", "near-real-time", "batch") if latency in said), None)


def _mixed_latency(brief: Brief) -> Answer:
    said = [consumer.latency_requirement for consumer in brief.data_consumers]
    if "batch" in said and {"real-time", "near-real-time"} & set(said):
        return True
    return False if said and None not in said else None


def _sql_analytics(brief: Brief) -> Answer:
    uses = [consumer.use_case for consumer in brief.data_consumers]
    queries = [consumer.query_pattern for consumer in brief.data_consumers]
    if {"analytics", "reporting"} & set(uses) or {"ad-hoc", "dashboard"} & set(queries):
        return True
    return False if uses and None not in uses and None not in queries else None


def _ml_consumers(brief: Brief) -> Answer:
    if brief.signals.ml_is_main_consumer:
        return "main"
    said = [consumer.use_case for consumer in brief.data_consumers if consumer.use_case]
    learning = said.count("ML")
    if learning * 2 > len(said) and brief.signals.ml_is_main_consumer is None:
        return "main"
    if learning:
        return "some"
    return "none" if said and len(said) == len(brief.data_consumers) else None


def _on_prem_only(brief: Brief) -> Answer:
    if brief.signals.on_prem_only is not None:
        return brief.signals.on_prem_only
    cloud = brief.constraints.cloud_provider
    return None if cloud is None else cloud == "on-prem"


def _regulated(brief: Brief) -> Answer:
    compliance = brief.constraints.compliance
    return None if not compliance else compliance != ("none",)


_DERIVED: Mapping[str, Callable[[Brief], Answer]] = {
    "fastest_latency": _fastest_latency,
    "mixed_latency": _mixed_latency,
    "sql_analytics": _sql_analytics,
    "ml_consumers": _ml_consumers,
    "gb_per_day": lambda brief: brief.current_state.data_volume.current_gb_per_day or None,
    "unit_gb": unit_today,
    "stored_gb": stored_today,
    "on_prem_only": _on_prem_only,
    "regulated": _regulated,
}
"""What follows from several fields, or has no field that says it as it is."""
