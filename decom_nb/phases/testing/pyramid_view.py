"""The test pyramid as a page: the picture, then layer by layer what there is, when it ran and what to do. `views.py` calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from decom_nb.chart import Figure
from decom_nb.phases.testing import pyramid_chart
from decom_nb.view import View, render, view
from decom_nb.wording import listed

Row = Mapping[str, Any]

_BADGES = {"kept": "good", "gaps": "warn", "untold": "unknown", "missing": "bad", "not_known": "unknown"}


def pyramid_view(layers: Sequence[Row]) -> View:
    """Show the picture and the layers below it."""
    rows = pyramid_chart.pyramid_rows(layers)
    alt = "From the base up: " + listed(f"{row['layer'].lower()}, {row['label']}, {row['state']}" for row in rows) + "."
    shown = ("layer", "tests", "state", "should", "note")
    numbers = [{name: row[name] for name in shown} for row in rows]
    drawn = Figure(pyramid_chart.pyramid_chart(rows), "The test pyramid", alt, numbers, _NOTE)
    states = [pyramid_chart.state_of(each) for each in layers]
    told = [
        {
            **each,
            "badge": _BADGES[state],
            "says": pyramid_chart.STATES[state][0],
            "lacks": state not in ("kept", "untold"),
        }
        for each, state in zip(layers, states, strict=True)
    ]
    return view(drawn, _html("pyramid.html", layers=told, gaps=[each for each in told if each["gaps"]]))


_NOTE = "The shape is the methodology's; the numbers are what was found. A dashed band is a layer without tests."


def _when(moment: str | None) -> str:
    """Give the day of a moment, in words that do not break."""
    if not moment:
        return ""
    at = datetime.fromisoformat(moment)
    return f"{at.day}\u00a0{at:%b}\u00a0{at.year}"


def _html(template: str, **values: Any) -> Any:
    return render("decom_nb.phases.testing", template, when=_when, **values)
