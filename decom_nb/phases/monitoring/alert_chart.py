"""A chart of alerts: pipelines against what alerts on them are about. Rows in, chart out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb import palette
from decom_nb.chart import GOOD, LINE, MUTED, UNKNOWN, alt, layered

MOST_PIPELINES = 40
"""How many pipelines are drawn, those with the fewest alerts first: more is a wall."""

STATES: Mapping[str, tuple[str, str, str]] = {
    # state: its sign, what it means, its colour
    "named": ("✓", "a rule names the pipeline", GOOD),
    "all": ("∗", "a rule on all pipelines", palette.ACCENT.light),
    "fired": ("?", "fired, by a rule that is not among the evidence", UNKNOWN),
    "none": ("–", "no alert", LINE),
}


def coverage_rows(watch: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a row for each pipeline and kind of alert: how it is watched, by which rules, and how often it fired."""
    rows = []
    for order, row in enumerate(watch["rows"][:MOST_PIPELINES]):
        for kind in watch["kinds"]:
            cell = row["cells"][kind["kind"]]
            state = "all" if cell["of_all"] else "named" if cell["rules"] else "fired" if cell["watched"] else "none"
            sign, means, _ = STATES[state]
            rows.append(
                {
                    "pipeline": row["pipeline"],
                    "order": order,
                    "about": kind["title"],
                    "state": means,
                    "sign": sign,
                    "rules": ", ".join(cell["rules"]),
                    "fired": cell["fired"],
                }
            )
    return rows


def coverage_map(rows: Sequence[dict[str, Any]], kinds: Sequence[str]) -> Any:
    """Draw pipelines against kinds of alert; colour and sign say how each is watched."""
    base = alt.Chart().encode(
        x=alt.X("about:N", sort=list(kinds), title=None, axis=alt.Axis(orient="top", labelAngle=-45, domain=False)),
        y=alt.Y("pipeline:N", sort=alt.SortField("order"), title=None, axis=alt.Axis(domain=False)),
        tooltip=[
            alt.Tooltip("pipeline:N"),
            alt.Tooltip("about:N", title="alerts on"),
            alt.Tooltip("state:N", title="how it is watched"),
            alt.Tooltip("rules:N"),
            alt.Tooltip("fired:Q", title="times it fired"),
        ],
    )
    met = [means for _, means, _ in STATES.values() if any(row["state"] == means for row in rows)]
    colours = {means: colour for _, means, colour in STATES.values()}
    scale = alt.Scale(domain=met, range=[colours[means] for means in met])
    cells = base.mark_rect(stroke=palette.PAPER.light, strokeWidth=2).encode(
        color=alt.Color("state:N", scale=scale, legend=None)
    )
    ink = alt.ColorValue(
        palette.PAPER.light,
        condition=[
            {"test": "datum.sign === '?'", "value": palette.PAPER.dark},
            {"test": "datum.sign === '–'", "value": MUTED},
        ],
    )
    signs = base.mark_text(fontWeight="bold", fontSize=13).encode(text=alt.Text("sign:N"), color=ink)
    return layered(
        cells, signs, rows=rows, height=alt.Step(26), padding={"left": 5, "top": 5, "right": 40, "bottom": 5}
    )
