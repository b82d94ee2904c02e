"""Charts of the score: claimed and evidenced by dimension, the repairs as a waterfall, the trend. Rows in, chart out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from decom_nb.audit import Repair
from decom_nb.chart import ACCENT, ACCENT_SOFT, GOOD, INK, LINE, alt, layered
from decom_nb.score import Scorecard, shown
from decom_nb.wording import points


def claim_rows(scorecard: Scorecard) -> list[dict[str, Any]]:
    """Give a row per dimension that applies: low, high and claimed, as shares of its weight."""
    return [
        {
            "dimension": each.title,
            "weight": each.weight,
            "low": each.low / each.weight,
            "high": each.high / each.weight,
            "claimed": None if each.claimed is None else each.claimed / each.weight,
        }
        for each in scorecard.dimensions
        if each.basis != "not applicable"
    ]


def claims_and_evidence(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw what is evidenced as a bar, what is open as its paler end, and the claim as a mark."""
    base = alt.Chart().encode(y=alt.Y("dimension:N", sort=None, title=None))
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format=".0%", title="share of the dimension's points", tickCount=5)
    tooltip = [
        alt.Tooltip("dimension:N"),
        alt.Tooltip("low:Q", format=".0%", title="evidenced, at least"),
        alt.Tooltip("high:Q", format=".0%", title="at most"),
        alt.Tooltip("claimed:Q", format=".0%"),
    ]
    proven = base.mark_bar(size=14, color=ACCENT).encode(x=alt.X("low:Q", scale=scale, axis=axis), tooltip=tooltip)
    opened = base.mark_bar(size=14, color=ACCENT_SOFT).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", tooltip=tooltip
    )
    claimed = (
        base.transform_filter("datum.claimed !== null")
        .mark_tick(color=INK, thickness=3, size=20)
        .encode(x=alt.X("claimed:Q", scale=scale, axis=axis), tooltip=tooltip)
    )
    return layered(opened, proven, claimed, rows=rows)


def repair_rows(repairs: Sequence[Repair], scorecard: Scorecard) -> list[dict[str, Any]]:
    """Give a row per step of the waterfall: today's lower end, then each repair from `start` to `end`."""
    at = scorecard.low
    rows: list[dict[str, Any]] = [
        {
            "step": "today",
            "repair": "",
            "start": 0.0,
            "end": at,
            "gain": at,
            "effort": "",
            "kind": "today",
            "order": 0,
            "label": str(shown(at)),
        }
    ]
    for order, each in enumerate(repairs, 1):
        rows.append(
            {
                "step": f"{order}. {each.title}",
                "repair": each.remedy,
                "start": at,
                "end": at + each.gain,
                "gain": each.gain,
                "effort": each.effort,
                "kind": "gain",
                "order": order,
                "label": f"+{points(each.gain)}",
            }
        )
        at += each.gain
    return rows


def repairs_waterfall(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw each repair as a bar from where the last one ended."""
    base = alt.Chart().encode(
        y=alt.Y("step:N", sort=alt.SortField("order"), title=None),
        tooltip=[
            alt.Tooltip("step:N", title="finding"),
            alt.Tooltip("repair:N"),
            alt.Tooltip("gain:Q", format=".1f", title="points"),
            alt.Tooltip("end:Q", format=".1f", title="score after it"),
            alt.Tooltip("effort:N"),
        ],
    )
    scale = alt.Scale(domain=[0, 100])
    color = alt.Color("kind:N", scale=alt.Scale(domain=["today", "gain"], range=[ACCENT, GOOD]), legend=None)
    bars = base.mark_bar(size=16).encode(
        x=alt.X("start:Q", scale=scale, title="lower end of the score"), x2="end:Q", color=color
    )
    labels = base.mark_text(align="left", dx=6).encode(x=alt.X("end:Q", scale=scale), text=alt.Text("label:N"))
    return layered(bars, labels, rows=rows)


def score_trend(rows: Sequence[dict[str, Any]], bands: Sequence[dict[str, Any]]) -> Any:
    """Draw the interval as an area, its lower end as a line, the bands as rules across with their names."""
    time = alt.X("taken_at:T", title=None, axis=alt.Axis(labelOverlap="greedy"))
    scale = alt.Scale(domain=[0, 100])
    tooltip = [
        alt.Tooltip("taken_at:T", title="taken", format="%Y-%m-%d %H:%M"),
        alt.Tooltip("name:N", title="called"),
        alt.Tooltip("low:Q", format=".1f", title="at least"),
        alt.Tooltip("high:Q", format=".1f", title="at most"),
        alt.Tooltip("other_rules:N", title="rules changed before"),
    ]
    base = alt.Chart().encode(x=time, tooltip=tooltip)
    low = alt.Y("low:Q", scale=scale, title="score")
    between = base.mark_area(color=ACCENT_SOFT, opacity=1).encode(y=low, y2="high:Q")
    line = base.mark_line(color=ACCENT).encode(y=low)
    dots = base.mark_point(color=ACCENT, size=45, opacity=1).encode(
        y=low,
        shape=alt.Shape(
            "other_rules:N", scale=alt.Scale(domain=[False, True], range=["circle", "diamond"]), legend=None
        ),
    )
    named = base.transform_filter("datum.name").mark_text(dy=-12, align="center").encode(y="high:Q", text="name:N")
    across = (
        alt.Chart(alt.Data(values=[each for each in bands if each["start"] > 0]))
        .mark_rule(strokeDash=[2, 4], color=LINE)
        .encode(y=alt.Y("start:Q", scale=scale))
    )
    return layered(across, between, line, dots, named, rows=rows, height=240)
