"""The look of charts, and `Figure`: a chart, its title, a sentence for those who cannot see it, the rows behind it.

Rooms' `charts.py` make Altair charts and style nothing: the theme registered here does, light and dark. Views wrap a
chart in a `Figure`; the report and the dashboard show `Figure.to_html()`, the notebook shows `chart_view.ChartView`.
Nothing is loaded from anywhere: the Vega bundle is package data, once per page (`page.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from markupsafe import Markup

import decom_nb.quick_import  # noqa: F401 - first: it makes Altair's import three seconds shorter
from decom_nb import palette
from decom_nb.errors import need
from decom_nb.escape import html, visible
from decom_nb.row_table import row_table

alt: Any = need("altair", "chart", "Drawing a chart")

GOOD: Final = palette.GOOD.light
WARN: Final = palette.WARN.light
BAD: Final = palette.BAD.light
UNKNOWN: Final = palette.UNKNOWN.light
ACCENT: Final = palette.ACCENT.light
ACCENT_SOFT: Final = palette.ACCENT_SOFT.light
INK: Final = palette.INK.light
MUTED: Final = palette.MUTED.light
LINE: Final = palette.LINE.light

PAGE_WIDTH: Final = 720
"""Pixels a chart gets where its container cannot be measured: on paper, and in something folded."""

_SCHEMA_KEYS: Final = frozenset({"$schema", "config"})
_COMPOSED: Final = frozenset({"hconcat", "vconcat", "concat", "facet", "repeat"})


def theme_config(dark: bool = False) -> dict[str, Any]:
    """Give the theme's Vega-Lite config, for light or dark paper."""

    def shade(colour: palette.Colour) -> str:
        return colour.dark if dark else colour.light

    words = {
        "labelFont": palette.FONT,
        "titleFont": palette.FONT,
        "labelColor": shade(palette.MUTED),
        "titleColor": shade(palette.INK),
    }
    sizes = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 600}
    return {
        "background": "transparent",
        "font": palette.FONT,
        "view": {"stroke": None, "continuousHeight": 260, "discreteHeight": {"step": 26}},
        "axis": {
            **words,
            **sizes,
            "domainColor": shade(palette.LINE),
            "gridColor": shade(palette.LINE),
            "gridOpacity": 0.7,
            "labelLimit": 240,
            "labelPadding": 6,
            "ticks": False,
            "titlePadding": 10,
        },
        "axisY": {"titleAlign": "left", "titleAngle": 0, "titleAnchor": "start", "titleX": 0, "titleY": -14},
        "axisBand": {"grid": False},
        "axisQuantitative": {"tickCount": 6},
        "axisTemporal": {"grid": False, "tickCount": 8},
        "legend": {
            **words,
            **sizes,
            "orient": "top",
            "direction": "horizontal",
            "symbolType": "square",
            "labelLimit": 240,
            "offset": 34,  # clear of the y axis's title, which stands on top of the axis
        },
        "header": {**words, **sizes, "labelFontWeight": 600},
        "title": {"font": palette.FONT, "color": shade(palette.INK), "anchor": "start", "fontSize": 14, "offset": 14},
        "text": {"font": palette.FONT, "color": shade(palette.INK), "fontSize": 12},
        "bar": {"cornerRadiusEnd": 2},
        "tick": {"opacity": 1},
        "line": {"strokeWidth": 2.5, "strokeCap": "round"},
        "point": {"filled": True, "size": 60},
        "rule": {"color": shade(palette.MUTED)},
        "area": {"opacity": 0.25},
        "mark": {"color": shade(palette.SERIES[0])},
        "range": {
            "category": [shade(colour) for colour in palette.SERIES],
            "ordinal": list(palette.RAMP[::-1] if dark else palette.RAMP),
            "ramp": list(palette.RAMP[::-1] if dark else palette.RAMP),
            "heatmap": list(palette.RAMP[::-1] if dark else palette.RAMP),
            "diverging": [shade(colour) for colour in palette.DIVERGING],
        },
    }


alt.theme.register("decom", enable=True)(lambda: alt.theme.ThemeConfig({"config": theme_config()}))
alt.theme.register("decom-dark", enable=False)(lambda: alt.theme.ThemeConfig({"config": theme_config(dark=True)}))


def drawing_settings() -> dict[str, Any]:
    """Give what the drawing script needs beside a spec: both themes, the colours' dark twins, the width on paper."""
    return {
        "light": theme_config(),
        "dark": theme_config(dark=True),
        "twins": {light.lower(): dark for light, dark in palette.twins().items()},
        "width": PAGE_WIDTH,
    }


def script_json(value: object) -> Markup:
    r"""Give a value as JSON for a script element: nothing in it ends the element, and hidden characters are visible.

    >>> str(script_json({"a": "</script>"}))
    '{"a":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(_visible(value), separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 - escaped here


def _visible(value: object) -> object:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible(key): _visible(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_visible(each) for each in value]
    return value


def layered(*layers: Any, rows: Sequence[Mapping[str, Any]], **properties: Any) -> Any:
    """Lay charts without data over each other, all of the same rows.

    The rows are handed over last: Altair copies whatever it is given for each layer, several times.
    """
    chart = alt.layer(*layers, **properties)
    chart.data = alt.Data(values=list(rows))
    return chart


def _written(chart: Any) -> dict[str, Any]:
    """Write the chart out; its rows go in afterwards, as Altair copies them many times and checks them on the way."""
    data = chart.data
    if not isinstance(data, alt.InlineData | alt.Data):
        return dict(chart.to_dict(validate=False))
    bare = chart.copy(deep=False)
    bare.data = alt.NamedData(name="rows")  # with none, Altair gives each layer empty data of its own
    return {**bare.to_dict(validate=False), "data": {"values": data["values"]}}


@dataclass(frozen=True)
class Figure:
    """A chart that anyone can read: `alt` says in a sentence what it shows, `rows` are the numbers behind it."""

    chart: Any
    title: str
    alt: str
    rows: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a figure that says nothing to those who cannot see it."""
        if not self.alt.strip():
            raise ValueError(f"the figure {self.title!r} needs an alt text: one sentence saying what the chart shows")

    @cached_property
    def spec(self) -> dict[str, Any]:
        """Give the Vega-Lite spec without any theme: whoever draws it adds the theme for the paper it is drawn on."""
        drawn = self.chart if isinstance(self.chart, Mapping) else _written(self.chart)
        spec = {key: value for key, value in drawn.items() if key not in _SCHEMA_KEYS}
        own = {key: value for key, value in drawn.get("config", {}).items() if theme_config().get(key) != value}
        if own:
            spec["config"] = own
        if not _COMPOSED & spec.keys() and "width" not in spec:
            spec |= {"width": "container", "autosize": {"type": "fit-x", "contains": "padding"}}
        return spec

    def to_html(self) -> Markup:
        """Give the figure as HTML that the page's script draws; without the script its table is there all the same."""
        caption = Markup("<figcaption>{}</figcaption>").format(html(self.title))
        note = Markup('<p class="decom-note">{}</p>').format(html(self.note)) if self.note else Markup()
        return Markup(
            '<figure class="decom-chart">{caption}'
            '<div class="decom-chart-canvas" role="img" aria-label="{alt}"></div>'
            '<script type="application/json">{spec}</script>'
            '<p class="decom-chart-missing" hidden>This chart could not be drawn here. {alt}</p>'
            "<noscript><p>Charts are drawn by JavaScript, which is switched off. {alt}</p></noscript>"
            "{note}{table}</figure>"
        ).format(caption=caption, alt=html(self.alt), spec=script_json(self.spec), note=note, table=self._table())

    def _repr_html_(self) -> str:
        return str(self.to_html())

    def _table(self) -> Markup:
        if not self.rows:
            return Markup()
        return Markup(
            '<details class="decom-data"><summary>The numbers behind this chart</summary>{}</details>'
        ).format(row_table(self.rows, caption=self.title))
