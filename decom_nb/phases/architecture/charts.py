"""Charts of growth: the volume expected, with the limits of tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.chart import ACCENT, ACCENT_SOFT, BAD, INK, alt


def growth_rows(growth: Sequence[Mapping[str, Any]], quantity: str = "stored_gb") -> list[dict[str, Any]]:
    """Give the months of the measure `growth` for one quantity, with its band; empty where it is not known."""
    return [
        {
            "month": f"{row['month']}-01",
            "gb": row[quantity],
            "low": row[f"{quantity}_low"],
            "high": row[f"{quantity}_high"],
        }
        for row in growth
        if row[quantity] is not None
    ]


def limit_rows(
    limits: Sequence[Mapping[str, Any]], growth: Sequence[Mapping[str, Any]], quantity: str = "stored_gb"
) -> list[dict[str, Any]]:
    """Give the limits on a quantity that lie near enough to the volumes drawn to be worth a line."""
    drawn = growth_rows(growth, quantity)
    if not drawn:
        return []
    low, high = min(row["low"] for row in drawn) / 3, max(row["high"] for row in drawn) * 3
    return [
        {"month": drawn[-1]["month"], "gb": row["limit_gb"], "label": f"{row['tool']}: about {row['limit_gb']:,.0f} GB"}
        for row in limits
        if row["quantity"] == quantity and low <= row["limit_gb"] <= high
    ]


def growth_with_limits(rows: Sequence[dict[str, Any]], limits: Sequence[dict[str, Any]]) -> Any:
    """Draw the expected volume as a line in its band, on a logarithmic scale, and tools' limits as dashed lines."""
    month = alt.X("month:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(format="%b %Y", tickCount=6))
    base = alt.Chart(alt.Data(values=list(rows))).encode(
        x=month,
        tooltip=[
            alt.Tooltip("month:T", format="%B %Y"),
            alt.Tooltip("gb:Q", format=",.4s", title="GB expected"),
            alt.Tooltip("low:Q", format=",.4s", title="if growth is slower"),
            alt.Tooltip("high:Q", format=",.4s", title="if growth is faster"),
        ],
    )
    scale = alt.Scale(type="log", nice=False)
    volume = alt.Y("gb:Q", title="GB", scale=scale, axis=alt.Axis(format="~s", tickCount=5))
    band = base.mark_area(color=ACCENT_SOFT, opacity=0.8).encode(y=alt.Y("low:Q", title="GB", scale=scale), y2="high:Q")
    line = base.mark_line(color=ACCENT).encode(y=volume)
    marks = alt.Chart(alt.Data(values=list(limits)))
    rules = marks.mark_rule(strokeDash=[6, 4], color=BAD).encode(y=alt.Y("gb:Q"))
    labels = marks.mark_text(align="right", dx=-4, dy=-7, color=INK).encode(x=month, y=alt.Y("gb:Q"), text="label:N")
    return band + line + rules + labels if limits else band + line
