"""The chart of proofs: each load against the scenarios that were tried with it. Rows in, chart out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb import palette
from decom_nb.chart import BAD, GOOD, LINE, alt, layered

MOST_LOADS = 12
"""How many loads the matrix draws side by side; those that were refuted come first."""
STATES: Mapping[str, tuple[str, str]] = {"held": ("✓", GOOD), "refuted": ("✕", BAD), "not claimed": ("", LINE)}
"""Sign and colour of what a scenario may come to."""


def proof_rows(proofs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give a row for each load and scenario."""
    return [
        {
            "load": label(proof),
            "place": place,
            "scenario": scenario["title"],
            "order": order,
            "outcome": scenario["outcome"],
            "sign": STATES[scenario["outcome"]][0],
            "loads": scenario["loads"],
            "note": scenario["note"],
        }
        for place, proof in enumerate(proofs[:MOST_LOADS])
        for order, scenario in enumerate(proof["scenarios"])
    ]


def label(proof: Mapping[str, Any]) -> str:
    """Give what a load is called beside others: its pipeline, the file it came from, the engine."""
    own = f", {proof['origin']}" if proof["origin"] else ""
    return f"{proof['pipeline']}{own} ({proof['engine'].partition(' ')[0]})"


def proof_chart(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw scenarios against loads; colour and sign say what each came to."""
    met = [state for state in STATES if any(row["outcome"] == state for row in rows)]
    base = alt.Chart().encode(
        x=alt.X(
            "load:N",
            sort=alt.SortField("place"),
            title=None,
            axis=alt.Axis(orient="top", labelAngle=-30, labelAlign="left", labelLimit=200, domain=False),
        ),
        y=alt.Y("scenario:N", sort=alt.SortField("order"), title=None, axis=alt.Axis(domain=False, labelLimit=220)),
        tooltip=[alt.Tooltip(f"{each}:N") for each in ("load", "scenario", "outcome", "note")],
    )
    scale = alt.Scale(domain=met, range=[STATES[state][1] for state in met])
    cells = base.mark_rect(stroke=palette.PAPER.light, strokeWidth=2).encode(
        color=alt.Color("outcome:N", title=None, scale=scale, sort=met)
    )
    signs = base.mark_text(fontWeight="bold", fontSize=13, color=palette.PAPER.light).encode(text=alt.Text("sign:N"))
    return layered(cells, signs, rows=rows, height=alt.Step(22))
