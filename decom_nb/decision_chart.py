"""Charts of decisions: the matrix, who wins under which weights, what flips it. `decision_view.py` shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb import palette
from decom_nb.chart import ACCENT, ACCENT_SOFT, BAD, INK, MUTED, alt, layered
from decom_nb.decide import Decision, Option
from decom_nb.decide.decision import HEAVIEST

TOTAL = "Score"
_DARK_FROM = 0.6


def matrix_rows(decision: Decision, titles: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Give a row for each option and criterion with what it contributes, and one for the option's score.

    `titles` are the criteria's titles by name. `label` is what stands in the cell.
    """
    names = titles or {name: name.replace("_", " ") for name in decision.weights}
    widest = max((abs(cell) for option in decision.options for cell in _cells(option, decision).values()), default=0.0)
    rows = []
    for order, option in enumerate(decision.options):
        cells = _cells(option, decision)
        own = {"option": _label(option), "order": order, "ruled_out": bool(option.disqualified)}
        for name, cell in cells.items():
            share = round(cell / widest, 4) if widest else 0.0
            shown = "" if abs(cell) < 0.05 else f"{cell:+.1f}"
            rows.append(
                {**own, "criterion": names.get(name, name), "contribution": cell, "share": share, "label": shown}
            )
        rows.append(
            {**own, "criterion": TOTAL, "contribution": option.score, "share": None, "label": f"{option.score:+.1f}"}
        )
    return rows


def _cells(option: Option, decision: Decision) -> dict[str, float]:
    cells = dict.fromkeys(decision.weights, 0.0)
    for reason in option.reasons:
        cells[reason.criterion] += reason.contribution
    return {name: round(cell, 6) for name, cell in cells.items()}


def _label(option: Option) -> str:
    return f"✕ {option.name} (ruled out)" if option.disqualified else f"{option.rank}. {option.name}"


def decision_matrix(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw options against criteria: blue speaks for, red against, pale is ruled out; the score stands at the end."""
    criteria = list(dict.fromkeys(row["criterion"] for row in rows))
    base = alt.Chart().encode(
        x=alt.X("criterion:N", sort=criteria, title=None, axis=alt.Axis(orient="top", labelAngle=-25, domain=False)),
        y=alt.Y("option:N", sort=alt.SortField("order"), title=None, axis=alt.Axis(domain=False)),
        opacity=alt.OpacityValue(1, condition={"test": "datum.ruled_out", "value": 0.45}),
        tooltip=[
            alt.Tooltip("option:N"),
            alt.Tooltip("criterion:N"),
            alt.Tooltip("contribution:Q", format="+.2f", title="points × weight"),
        ],
    )
    cells = base.transform_filter("datum.share !== null").mark_rect()
    colours = [palette.BAD.light, palette.PANEL.light, palette.SERIES[0].light]
    scale = alt.Scale(domain=[-1, 0, 1], range=colours, interpolate="rgb")
    figures = base.transform_filter("datum.share !== null").mark_text()
    dark = {"test": f"abs(datum.share) > {_DARK_FROM}", "value": palette.PAPER.light}
    scores = base.transform_filter("datum.share === null").mark_text(fontWeight="bold", color=INK)
    return layered(
        cells.encode(color=alt.Color("share:Q", scale=scale, legend=None)),
        figures.encode(text=alt.Text("label:N"), color=alt.ColorValue(INK, condition=dark)),
        scores.encode(text=alt.Text("label:N")),
        rows=rows,
        height=alt.Step(30),
        # The names above lean to the right; the last long one would be cut off.
        padding={"left": 5, "top": 5, "right": 40, "bottom": 5},
    )


def share_rows(decision: Decision) -> list[dict[str, Any]]:
    """Give the share of all weightings under which each option comes first; without those that are ruled out."""
    qualified = [option for option in decision.options if not option.disqualified]
    return [
        {
            "option": option.name,
            "order": order,
            "share": option.weight_share,
            "first": option.name in decision.recommended,
        }
        for order, option in enumerate(qualified)
    ]


def weight_shares(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw the share of weightings under which each option comes first; what is recommended is darker."""
    base = alt.Chart().encode(
        y=alt.Y("option:N", sort=alt.SortField("order"), title=None),
        x=alt.X(
            "share:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format=".0%", tickCount=5),
            title="share of all weightings under which it comes first",
        ),
        tooltip=[alt.Tooltip("option:N"), alt.Tooltip("share:Q", format=".1%", title="of all weightings")],
    )
    first = {"test": "datum.first", "value": ACCENT}
    bars = base.mark_bar(size=14).encode(color=alt.ColorValue(ACCENT_SOFT, condition=first))
    labels = base.mark_text(align="left", dx=4).encode(text=alt.Text("share:Q", format=".0%"))
    return layered(bars, labels, rows=rows)


def flip_rows(decision: Decision, titles: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Give each criterion's weight today and, where there is one, the nearest weight that turns what is recommended."""
    names = titles or {name: name.replace("_", " ") for name in decision.weights}
    flips = {flip.name: flip for flip in decision.told_flips if flip.kind == "weight"}
    steady = (
        f"No weight of this criterion up to {max([HEAVIEST, *decision.weights.values()]):g} turns what is recommended."
    )
    return [
        {
            "criterion": names.get(name, name),
            "order": order,
            "weight": weight,
            "flips_at": flips[name].after if name in flips else None,
            "winner": flips[name].winner if name in flips else "",
            "sentence": flips[name].sentence if name in flips else steady,
        }
        for order, (name, weight) in enumerate(decision.weights.items())
    ]


def weight_flips(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw each weight as a point, and an arrow's length away the weight that would turn what is recommended."""
    middle = max((value for row in rows for value in (row["weight"], row["flips_at"] or 0)), default=0) / 2
    # A name is written towards the middle, so that neither edge cuts it.
    right = f"datum.flips_at > {middle}"
    base = alt.Chart().encode(
        y=alt.Y("criterion:N", sort=alt.SortField("order"), title=None),
        tooltip=[alt.Tooltip("criterion:N"), alt.Tooltip("sentence:N", title="what would flip it")],
    )
    x = alt.X("weight:Q", title="weight", scale=alt.Scale(zero=True))
    reached = base.transform_filter("datum.flips_at !== null")
    flip = alt.X("flips_at:Q")
    return layered(
        reached.mark_rule(strokeDash=[4, 3], color=MUTED).encode(x=x, x2=alt.X2("flips_at:Q")),
        base.mark_point(size=90, color=ACCENT).encode(x=x),
        reached.mark_point(size=90, shape="diamond", color=BAD).encode(x=flip),
        *(
            reached.transform_filter(side).mark_text(dy=-12, color=INK, align=align).encode(x=flip, text="winner:N")
            for side, align in ((right, "right"), (f"!({right})", "left"))
        ),
        rows=rows,
        height=alt.Step(34),
    )
