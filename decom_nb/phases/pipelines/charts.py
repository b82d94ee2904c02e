"""Charts of pipelines: each against the laws of loads that can be run again. Rows in, chart out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb import palette
from decom_nb.chart import BAD, GOOD, LINE, UNKNOWN, alt, layered

MOST_PIPELINES = 40
"""How many pipelines the matrix draws: more is a wall."""

LAWS: Mapping[str, str] = {
    "mutable_data_is_merged": "changes are merged",
    "immutable_data_can_be_loaded_again": "facts can be reloaded",
    "watermarks_are_kept_outside_the_code": "watermark outside",
    "records_are_known_by_natural_keys": "natural keys",
    "loads_are_proven_by_running_twice": "run twice",
}
"""The laws by the names of their rules, in a few words."""
STATES: Mapping[str, tuple[str, str, str]] = {
    # verdict: what it means, its sign, its colour
    "holds": ("kept", "✓", GOOD),
    "broken": ("broken", "✕", BAD),
    "open": ("not known", "?", UNKNOWN),
    "not asked": ("not asked", "", LINE),
}


def law_rows(pipelines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give a row for each pipeline and law: whether it is kept, and what is said of it."""
    rows = []
    for order, each in enumerate(pipelines[:MOST_PIPELINES]):
        for law, short in LAWS.items():
            if told := each["laws"].get(law):
                state, sign, _ = STATES[told["how"]]
                says = told["says"] or state
                rows.append(
                    {
                        "pipeline": each["pipeline"],
                        "order": order,
                        "law": short,
                        "state": state,
                        "sign": sign,
                        "says": says,
                    }
                )
    return rows


def law_chart(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw pipelines against the laws; colour and sign say whether each is kept."""
    laws = [short for short in LAWS.values() if any(row["law"] == short for row in rows)]
    base = alt.Chart().encode(
        x=alt.X(
            "law:N",
            sort=laws,
            title=None,
            axis=alt.Axis(orient="top", labelAngle=-35, labelAlign="left", labelLimit=130, domain=False),
        ),
        y=alt.Y("pipeline:N", sort=alt.SortField("order"), title=None, axis=alt.Axis(domain=False)),
        tooltip=[alt.Tooltip("pipeline:N"), alt.Tooltip("law:N"), alt.Tooltip("says:N", title="it is")],
    )
    met = [state for state, _, _ in STATES.values() if any(row["state"] == state for row in rows)]
    colours = {state: colour for state, _, colour in STATES.values()}
    scale = alt.Scale(domain=met, range=[colours[state] for state in met])
    cells = base.mark_rect(stroke=palette.PAPER.light, strokeWidth=2).encode(
        color=alt.Color("state:N", title=None, scale=scale, sort=met)
    )
    signs = base.mark_text(fontWeight="bold", fontSize=13, color=palette.PAPER.light).encode(text=alt.Text("sign:N"))
    return layered(
        cells, signs, rows=rows, height=alt.Step(28), padding={"left": 5, "top": 5, "right": 30, "bottom": 5}
    )
