"""Charts of a dimensional model: the bus matrix. Rows in, chart out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb import palette
from decom_nb.chart import ACCENT, ACCENT_SOFT, INK, alt, layered

MOST_FACTS = 30
MOST_DIMENSIONS = 16
"""How many of each the bus matrix draws; with more it is a wall."""


def bus_rows(matrix: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a row for each fact table and dimension of the measure `bus_matrix` that is drawn, used or not.

    `label` stands in the cell: a dot, or how many roles the dimension plays.
    """
    dimensions = matrix["dimensions"][:MOST_DIMENSIONS]
    return [
        {
            "fact table": fact["fact_table"],
            "order": order,
            "dimension": each["dimension"],
            "use": _use(each["facts"]) if each["dimension"] in fact["dimensions"] else "not used",
            "roles": ", ".join(fact["dimensions"].get(each["dimension"], ())),
            "label": _label(fact["dimensions"].get(each["dimension"])),
        }
        for order, fact in enumerate(matrix["rows"][:MOST_FACTS])
        for each in dimensions
    ]


def _use(facts: int) -> str:
    return "shared" if facts > 1 else "in one fact"


def _label(roles: Sequence[str] | None) -> str:
    if roles is None:
        return ""
    return f"{len(roles)} roles" if len(roles) > 1 else "●"


def bus_chart(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw business processes against dimensions: dark where a dimension is shared, pale where one fact alone uses it."""
    dimensions = list(dict.fromkeys(row["dimension"] for row in rows))
    base = alt.Chart().encode(
        x=alt.X("dimension:N", sort=dimensions, title=None, axis=alt.Axis(orient="top", labelAngle=-35, domain=False)),
        y=alt.Y("fact table:N", sort=alt.SortField("order"), title=None, axis=alt.Axis(domain=False)),
        tooltip=[alt.Tooltip("fact table:N"), alt.Tooltip("dimension:N"), alt.Tooltip("use:N"), alt.Tooltip("roles:N")],
    )
    used = base.transform_filter("datum.label !== ''")
    colours = alt.Scale(domain=["shared", "in one fact"], range=[ACCENT, ACCENT_SOFT])
    cells = used.mark_rect(cornerRadius=3, stroke=palette.PAPER.light, strokeWidth=2).encode(
        color=alt.Color("use:N", scale=colours, title=None)
    )
    dark = {"test": "datum.use === 'shared'", "value": palette.PAPER.light}
    labels = used.mark_text(fontSize=11).encode(text="label:N", color=alt.ColorValue(INK, condition=dark))
    return layered(cells, labels, rows=rows, height=alt.Step(34))
