"""Charts of checks: tables against dimensions, and how the verdicts went over time. Rows in, chart out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb import palette
from decom_nb.chart import BAD, GOOD, LINE, MUTED, UNKNOWN, WARN, alt, layered
from decom_nb.check import DIMENSIONS

MOST_TABLES = 40
"""How many tables the heat map draws: more is a wall, and the list below it has them all."""

STATES: Mapping[str, tuple[str, str, str]] = {
    # state: its sign, what it means, its colour
    "fail": ("✕", "a check fails", BAD),
    "warn": ("!", "a check warns", WARN),
    "pass": ("✓", "all checks pass", GOOD),
    "not_known": ("?", "checks could not be decided", UNKNOWN),
    "not_run": ("○", "checks were never run", UNKNOWN),
    "none": ("–", "nothing is checked", LINE),
    "not_required": ("", "not asked for", LINE),
}
VERDICTS: Mapping[str, tuple[str, str]] = {
    "fail": ("fails", BAD),
    "error": ("cannot be run", palette.SERIES[3].light),
    "not_known": ("not known", UNKNOWN),
    "warn": ("warns", WARN),
    "pass": ("passes", GOOD),
}


def heat_rows(tables: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give a row for each table and dimension: its state, the sign that stands in the cell, and what it means."""
    rows = []
    for order, table in enumerate(tables):
        for dimension in DIMENSIONS:
            state = table["dimensions"][dimension]
            if state == "none" and dimension not in table["required"]:
                state = "not_required"
            sign, means, _ = STATES[state]
            rows.append({"table": table["table"], "order": order, "dimension": dimension, "state": means, "sign": sign})
    return rows


def heat_map(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw tables against dimensions; colour and sign say how each stands."""
    base = alt.Chart().encode(
        x=alt.X(
            "dimension:N",
            sort=list(DIMENSIONS),
            title=None,
            axis=alt.Axis(orient="top", labelAngle=-45, domain=False),
        ),
        y=alt.Y("table:N", sort=alt.SortField("order"), title=None, axis=alt.Axis(domain=False)),
        tooltip=[alt.Tooltip("table:N"), alt.Tooltip("dimension:N"), alt.Tooltip("state:N", title="how it stands")],
    )
    met = [means for _, means, _ in STATES.values() if any(row["state"] == means for row in rows)]
    colours = {means: colour for _, means, colour in STATES.values()}
    scale = alt.Scale(domain=met, range=[colours[means] for means in met])
    cells = base.mark_rect(stroke=palette.PAPER.light, strokeWidth=2).encode(
        color=alt.Color("state:N", scale=scale, legend=None)
    )
    # Dark ink on yellow and grey holds on light and on dark paper alike, so it is not swapped for its twin.
    ink = alt.ColorValue(
        palette.PAPER.light,
        condition=[
            {"test": "indexof(['!', '?', '○'], datum.sign) >= 0", "value": palette.PAPER.dark},
            {"test": "indexof(['–'], datum.sign) >= 0", "value": MUTED},
        ],
    )
    signs = base.mark_text(fontWeight="bold", fontSize=13).encode(text=alt.Text("sign:N"), color=ink)
    return layered(
        cells, signs, rows=rows, height=alt.Step(26), padding={"left": 5, "top": 5, "right": 34, "bottom": 5}
    )


def history_rows(history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give a row for each run and verdict, with how many checks had it, and the run's failing ones in words."""
    return [
        {
            "run": f"{run['taken_at'][:10]} {run['taken_at'][11:16]}",
            "order": at,
            "verdict": words,
            "rank": rank,
            "checks": run[verdict],
            "all": run["checks"],
            "label": f"✕ {run['fail']}" if run["fail"] else "✓" if run["pass"] == run["checks"] else "?",
        }
        for at, run in enumerate(history)
        for rank, (verdict, (words, _)) in enumerate(VERDICTS.items())
    ]


def verdict_history(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw each run as a bar of verdicts; what fails lies at the bottom and is counted on top."""
    words = [told for told, _ in VERDICTS.values() if any(row["checks"] and row["verdict"] == told for row in rows)]
    colours = dict(VERDICTS.values())
    runs = len({row["order"] for row in rows})
    x = alt.X(
        "order:O",
        title=None,
        axis=alt.Axis(
            labelExpr=f"slice({_labels(rows)}[datum.value], 0, {16 if runs <= 6 else 10})",
            labelAngle=0,
            labelOverlap=True,
        ),
    )
    bars = (
        alt.Chart()
        .mark_bar(size=max(4, min(46, 560 // max(runs, 1))))
        .encode(
            x=x,
            y=alt.Y("checks:Q", title="checks", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "verdict:N",
                title=None,
                sort=words,
                legend=alt.Legend(columns=3),
                scale=alt.Scale(domain=words, range=[colours[w] for w in words]),
            ),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("run:N"),
                alt.Tooltip("verdict:N"),
                alt.Tooltip("checks:Q"),
                alt.Tooltip("all:Q", title="of"),
            ],
        )
    )
    totals = (
        alt.Chart()
        .transform_filter("datum.rank === 0")
        .mark_text(dy=-8)
        .encode(x=x, y=alt.Y("all:Q"), text=alt.Text("label:N"))
    )
    return layered(bars, totals, rows=rows, height=220) if runs <= 24 else layered(bars, rows=rows, height=220)


def _labels(rows: Sequence[dict[str, Any]]) -> str:
    """Give the runs' times as a list for Vega; they are our own digits and dashes."""
    times = {row["order"]: row["run"] for row in rows}
    return "[" + ", ".join(f"'{times[order]}'" for order in sorted(times)) + "]"


def fault_rows(mutants: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give a row for each fault in each place: what happens, where, and whether a check noticed."""
    order = {name: at for at, name in enumerate(titles)}
    return [
        {
            "fault": titles[each["fault"]],
            "order": order[each["fault"]],
            "place": " and ".join(each["columns"]) or "whole rows",
            "state": "noticed" if each["caught"] else "unseen",
            "sign": "✓" if each["caught"] else "✕",
            "by": ", ".join(each["caught_by"]),
        }
        for each in mutants
    ]


def fault_map(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw faults against the places they were put into; colour and sign say whether a check noticed."""
    base = alt.Chart().encode(
        x=alt.X(
            "fault:N",
            sort=alt.SortField("order"),
            title=None,
            axis=alt.Axis(orient="top", labelAngle=-45, domain=False),
        ),
        y=alt.Y("place:N", sort=None, title=None, axis=alt.Axis(domain=False, labelLimit=220)),
        tooltip=[
            alt.Tooltip("fault:N"),
            alt.Tooltip("place:N"),
            alt.Tooltip("state:N"),
            alt.Tooltip("by:N", title="noticed by"),
        ],
    )
    scale = alt.Scale(domain=["noticed", "unseen"], range=[GOOD, BAD])
    cells = base.mark_rect(stroke=palette.PAPER.light, strokeWidth=2).encode(
        color=alt.Color("state:N", scale=scale, legend=None)
    )
    signs = base.mark_text(fontWeight="bold", fontSize=13, color=palette.PAPER.light).encode(text=alt.Text("sign:N"))
    return layered(
        cells, signs, rows=rows, height=alt.Step(24), padding={"left": 5, "top": 5, "right": 60, "bottom": 5}
    )
