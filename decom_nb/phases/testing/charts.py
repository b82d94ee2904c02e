"""Charts of dbt projects: coverage by layer, and models against the items of the checklist. Rows in, chart out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb import palette
from decom_nb.chart import ACCENT, BAD, GOOD, LINE, MUTED, UNKNOWN, WARN, alt, layered

MOST_MODELS = 40
"""How many models the matrix draws: more is a wall, and the list below it has them all."""

STATES: Mapping[str, tuple[str, str]] = {
    # what is there of an item: what that means, and its colour
    "all": ("is tested", GOOD),
    "some": ("is tested in part", WARN),
    "none": ("is not tested", BAD),
    "not_asked": ("is not asked for", LINE),
    "not_known": ("no column is known", UNKNOWN),
}

COVERAGES = {"test_coverage": "with a test", "documentation_coverage": "with a description"}
"""The two coverages that the audit of a project counts, and what each says of a model."""


def coverage_rows(project: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a row for each layer that has models and each coverage: the share in percent."""
    found = {
        check["check"]: check["rows"][0] for check in project["checks"] if check["check"] in COVERAGES and check["rows"]
    }
    rows = []
    for check, says in COVERAGES.items():
        figures, end = found.get(check, {}), f"{check}_pct"
        for name, percent in figures.items():
            if name.endswith(end) and percent is not None:
                layer = name.removesuffix(end).rstrip("_") or "all models"
                rows.append({"layer": layer, "models": says, "percent": percent, "label": f"{int(percent)} %"})
    order = {layer: at for at, layer in enumerate(["all models", *project["layers"]])}
    return sorted(({**row, "order": order[row["layer"]]} for row in rows), key=lambda row: row["order"])


def coverage_chart(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw the share of models with a test and with a description, for each layer."""
    says = list(COVERAGES.values())
    y = alt.Y("layer:N", sort=alt.SortField("order"), title=None, axis=alt.Axis(domain=False))
    bars = (
        alt.Chart()
        .mark_bar(height=12)
        .encode(
            y=y,
            yOffset=alt.YOffset("models:N", sort=says),
            x=alt.X("percent:Q", title="% of models", scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "models:N", title=None, sort=says, scale=alt.Scale(domain=says, range=[ACCENT, palette.SERIES[1].light])
            ),
            tooltip=[
                alt.Tooltip("layer:N"),
                alt.Tooltip("models:N", title="models"),
                alt.Tooltip("percent:Q", title="%"),
            ],
        )
    )
    labels = (
        alt.Chart()
        .mark_text(align="left", dx=5)
        .encode(y=y, yOffset=alt.YOffset("models:N", sort=says), x="percent:Q", text=alt.Text("label:N"))
    )
    return layered(
        bars, labels, rows=rows, height=alt.Step(18), padding={"left": 5, "top": 5, "right": 48, "bottom": 5}
    )


def matrix_rows(checklist: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a row for each model and item: how much of it is tested, in words, and what stands in the cell."""
    rows = []
    for order, model in enumerate(checklist["models"][:MOST_MODELS]):
        for item in checklist["items"]:
            told = model["items"].get(item["item"])
            has, asked = (told["has"], told["asked"]) if told else (0, 0)
            state = "all" if asked and has == asked else "some" if has else "none" if asked else "not_asked"
            if not asked and not model["columns"]:
                state = "not_known"
            rows.append(
                {
                    "model": model["model"],
                    "order": order,
                    "item": item["short"],
                    "state": STATES[state][0],
                    "sign": _sign(state, has, asked),
                }
            )
    return rows


def _sign(state: str, has: int, asked: int) -> str:
    if asked > 1:
        return f"{has}/{asked}"
    return {"all": "✓", "none": "✕", "not_known": "?"}.get(state, "")


def matrix_chart(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw models against the items of the checklist; colour and sign say what is tested."""
    base = alt.Chart().encode(
        x=alt.X("item:N", sort=None, title=None, axis=alt.Axis(orient="top", labelAngle=0, domain=False)),
        y=alt.Y("model:N", sort=alt.SortField("order"), title=None, axis=alt.Axis(domain=False)),
        tooltip=[
            alt.Tooltip("model:N"),
            alt.Tooltip("item:N"),
            alt.Tooltip("state:N"),
            alt.Tooltip("sign:N", title="tested"),
        ],
    )
    met = [means for means, _ in STATES.values() if any(row["state"] == means for row in rows)]
    colours = dict(STATES.values())
    scale = alt.Scale(domain=met, range=[colours[means] for means in met])
    cells = base.mark_rect(stroke=palette.PAPER.light, strokeWidth=2).encode(
        color=alt.Color("state:N", title=None, scale=scale, legend=alt.Legend(columns=2), sort=met)
    )
    # Dark ink on yellow holds on light and on dark paper alike, so it is not swapped for its twin.
    ink = alt.ColorValue(
        palette.PAPER.light,
        condition=[
            {"test": f"datum.state === '{STATES['some'][0]}'", "value": palette.PAPER.dark},
            {"test": f"datum.state === '{STATES['not_asked'][0]}'", "value": MUTED},
        ],
    )
    signs = base.mark_text(fontWeight="bold", fontSize=12).encode(text=alt.Text("sign:N"), color=ink)
    return layered(cells, signs, rows=rows, height=alt.Step(24))
