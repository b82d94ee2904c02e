"""What the notebooks show of the architecture: the brief, all decisions at a glance, growth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from decom_nb.chart import Figure
from decom_nb.decision_view import decided
from decom_nb.phases.architecture import charts
from decom_nb.phases.architecture.documents import Brief
from decom_nb.view import View, render, view
from decom_nb.wording import answer

__all__ = ["brief", "decided", "growth"]

_QUANTITIES = {
    "stored_gb": ("Stored volume", "what is kept after its retention"),
    "unit_gb": ("Volume processed in one go", "the largest unit of work"),
}


def brief(documents: Mapping[str, Any]) -> View:
    """What was answered in the brief, and what was not."""
    answered, missing = [], []
    for label, value in _leaves(documents.get("brief") or {}, Brief.model_fields):
        if value in (None, "", [], ()):
            missing.append(label)
        else:
            answered.append((label, value))
    return view(_html("brief.html", facts=answered, unanswered=missing))


def growth(measures: Mapping[str, Any]) -> View:
    """The volume month by month with its band, and the months in which tools' usual limits are crossed."""
    months, limits = measures.get("growth") or [], measures.get("growth_limits") or []
    figures = [_growth(months, limits, quantity) for quantity in _QUANTITIES]
    return view(*figures, _html("growth.html", limits=limits, drawn=any(figures)))


def _growth(months: Sequence[Mapping[str, Any]], limits: Sequence[Mapping[str, Any]], quantity: str) -> Figure | None:
    rows = charts.growth_rows(months, quantity)
    if not rows:
        return None
    title, what = _QUANTITIES[quantity]
    lines = charts.limit_rows(limits, months, quantity)
    first, last = ((row["gb"], row["month"][:7]) for row in (rows[0], rows[-1]))
    alt = f"{title} ({what}) from {first[0]:,.0f} GB in {first[1]} to about {last[0]:,.0f} GB in {last[1]}."
    note = "The scale is logarithmic. The band is the growth rate, more and less; tools' limits are rules of thumb."
    return Figure(charts.growth_with_limits(rows, lines), title, alt, rows, note)


def _leaves(data: Mapping[str, Any], fields: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Give every leaf of the brief with a label and its value in words; consumers are one line each."""
    for name, field in fields.items():
        value = data.get(name)
        if name == "data_consumers":
            for each in value or []:
                said = ", ".join(
                    str(each[key]) for key in ("use_case", "latency_requirement", "query_pattern") if each.get(key)
                )
                yield f"Consumer: {each.get('team') or 'not named'}", said
            if not value:
                yield "Consumers", ""
        elif hasattr(field.annotation, "model_fields"):
            yield from _leaves(value or {}, field.annotation.model_fields, name)
        else:
            unit = (field.json_schema_extra or {}).get("unit", "") if isinstance(field.json_schema_extra, dict) else ""
            yield _label(name), _said(value, unit)


def _label(name: str) -> str:
    words = name.replace("_gb", "").replace("_percent", "").replace("_usd", "").replace("_", " ")
    return words[:1].upper() + words[1:]


def _said(value: Any, unit: str) -> str:
    if value is None or value in ("", [], ()):
        return ""
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return f"{answer(value)} {unit}".strip()


def _html(template: str, **values: Any) -> Any:
    return render("decom_nb.phases.architecture", template, **values)
