"""The test pyramid as a picture: six bands, the base widest, an empty layer visibly empty. Rows in, chart out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb import palette
from decom_nb.chart import ACCENT, BAD, GOOD, UNKNOWN, WARN, alt, layered

STATES: Mapping[str, tuple[str, str]] = {
    # state: what it means, its colour
    "kept": ("runs when it should", GOOD),
    "gaps": ("exists, and does not run when it should", WARN),
    "untold": ("exists; when it runs is not known", ACCENT),
    "missing": ("none found", BAD),
    "not_known": ("nothing was read that would tell", UNKNOWN),
}
_EMPTY = ("missing", "not_known")
_BASE, _STEP = 100, 13
"""How wide the base is, and how much narrower each layer above it: a shape, not a measure; the counts stand in it."""
_NOTES = 62
"""How much room there is beside the base for words."""


def pyramid_rows(layers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give a row for each layer, from the base up: its band, its count and how it stands."""
    rows = []
    for at, layer in enumerate(layers):
        state = state_of(layer)
        width = _BASE - _STEP * at
        tests = layer["tests"]
        rows.append(
            {
                "layer": layer["title"],
                "order": at,
                "tests": tests,
                "state": STATES[state][0],
                "empty": state in _EMPTY,
                "label": f"{tests:,} test{'' if tests == 1 else 's'}"
                if tests
                else "none"
                if state == "missing"
                else "?",
                "should": layer["when"],
                "note": _note(layer, state),
                "from": (_BASE - width) / 2,
                "to": (_BASE + width) / 2,
            }
        )
    return rows


def state_of(layer: Mapping[str, Any]) -> str:
    """Say in one word how a layer stands; the words are those of `STATES`."""
    if layer["state"] != "present":
        return str(layer["state"])
    met = {need["met"] for need in layer["needs"]}
    if met <= {"yes"}:
        return "kept"
    return "gaps" if met & {"no", "partly"} else "untold"


def _note(layer: Mapping[str, Any], state: str) -> str:
    if state in _EMPTY:
        return STATES[state][0]
    lacking = [need["need"] for need in layer["needs"] if need["met"] in ("no", "partly")]
    unknown = [need["need"] for need in layer["needs"] if need["met"] == "not known"]
    if lacking:
        return f"not {lacking[0]}"
    return f"not known whether {unknown[0]}" if unknown else f"runs {layer['needs'][0]['need']}"


def pyramid_chart(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw the layers over each other; a dashed outline is a layer without tests."""
    met = [means for means, _ in STATES.values() if any(row["state"] == means for row in rows)]
    colours = dict(STATES.values())
    scale = alt.Scale(domain=met, range=[colours[means] for means in met])
    y = alt.Y("layer:N", sort=alt.SortField("order", order="descending"), title=None, axis=alt.Axis(domain=False))
    x = alt.X("from:Q", title=None, axis=None, scale=alt.Scale(domain=[0, _BASE + _NOTES], nice=False))
    tooltip = [
        alt.Tooltip("layer:N"),
        alt.Tooltip("tests:Q"),
        alt.Tooltip("state:N", title="how it stands"),
        alt.Tooltip("should:N", title="should run"),
        alt.Tooltip("note:N", title="what was seen"),
    ]
    base = alt.Chart().encode(y=y, tooltip=tooltip)
    filled = (
        base.transform_filter("!datum.empty")
        .mark_bar(cornerRadius=3, height=alt.RelativeBandSize(0.9))
        .encode(x=x, x2="to:Q", color=alt.Color("state:N", scale=scale, legend=None))
    )
    hollow = (
        base.transform_filter("datum.empty")
        .mark_bar(cornerRadius=3, height=alt.RelativeBandSize(0.84), filled=False, strokeDash=[5, 4], strokeWidth=2)
        .encode(x=x, x2="to:Q", color=alt.Color("state:N", scale=scale, legend=None))
    )
    # Dark ink on yellow holds on light and on dark paper alike, so it is not swapped for its twin.
    ink = alt.ColorValue(
        palette.PAPER.light,
        condition=[
            {"test": "datum.empty", "value": palette.MUTED.light},
            {"test": f"datum.state === '{STATES['gaps'][0]}'", "value": palette.PAPER.dark},
        ],
    )
    middle = alt.X("middle:Q", axis=None)
    counts = (
        base.transform_calculate(middle="(datum.from + datum.to) / 2")
        .mark_text(fontWeight="bold", fontSize=13)
        .encode(x=middle, text="label:N", color=ink)
    )
    notes = base.mark_text(align="left", dx=8, limit=300).encode(
        x=alt.X("to:Q", axis=None), text="note:N", color=alt.value(palette.MUTED.light)
    )
    return layered(filled, hollow, counts, notes, rows=rows, height=alt.Step(34))
