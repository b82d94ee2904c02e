"""What the notebook shows of a dimensional model: its tables in short, the bus matrix, how changes of attributes are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decom_nb.chart import Figure
from decom_nb.phases.modeling import charts
from decom_nb.view import View, render, view
from decom_nb.wording import counted, listed


def model_view(summary: Mapping[str, Any]) -> View:
    """Show facts and dimensions in short."""
    return view(_html("model.html", model=summary))


def bus_view(matrix: Mapping[str, Any]) -> View:
    """Show the bus matrix, and below it which facts meet and how they are read together."""
    rows = charts.bus_rows(matrix)
    return view(_bus(matrix, rows) if rows else None, _html("meetings.html", matrix=matrix))


def _bus(matrix: Mapping[str, Any], rows: list[dict[str, Any]]) -> Figure:
    shared = [each["dimension"] for each in matrix["dimensions"] if each["facts"] > 1]
    alt = f"{counted(matrix['fact_tables'], 'fact table', 'fact tables')} by {counted(matrix['dimensions_total'], 'dimension')}. "
    alt += f"Shared by several: {listed(shared)}." if shared else "No dimension is shared by several."
    drawn = min(matrix["fact_tables"], charts.MOST_FACTS), min(matrix["dimensions_total"], charts.MOST_DIMENSIONS)
    note = "A dark column is a conformed dimension: facts that share one can be compared by it."
    if drawn != (matrix["fact_tables"], matrix["dimensions_total"]):
        note += f" Drawn are the first {drawn[0]} fact tables and the {drawn[1]} dimensions that most facts share."
    told = [{key: value for key, value in row.items() if key not in ("order", "label")} for row in rows]
    return Figure(charts.bus_chart(rows), "Bus matrix: business processes by dimensions", alt, told, note)


def scd_view(types: Mapping[str, Any]) -> View:
    """Show how changes of each attribute are kept, and how they should be; what differs first."""
    return view(_html("scd_types.html", types=types, kept=KEPT))


KEPT = {
    1: "overwritten",
    2: "a row per version",
    3: "the value before, beside it",
    4: "in a history table",
    6: "a row per version, with today's value",
}


def _html(template: str, **values: Any) -> Any:
    return render("decom_nb.phases.modeling", template, **values)
