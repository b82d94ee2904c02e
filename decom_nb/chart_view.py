"""`ChartView`: a figure as a live widget that draws its spec, and draws again when the spec changes.

The widget's module is small. Vega itself is sent once per page, when the first chart asks for it, and kept for all
others, in JupyterLab as in Voila, with or without a network.
"""

from __future__ import annotations

from typing import Any

import traitlets

from decom_nb import page
from decom_nb.chart import Figure, drawing_settings
from decom_nb.errors import need

anywidget: Any = need("anywidget", "form", "Showing a live chart in a notebook")


class ChartView(anywidget.AnyWidget):  # type: ignore[misc] # imported late, so that its absence is one sentence
    """A live figure: set `figure` and every open page shows the new one."""

    _esm = page.widget_script()
    spec = traitlets.Dict().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    _settings = traitlets.Dict().tag(sync=True)

    def __init__(self, figure: Figure, **traits: Any) -> None:
        super().__init__(_settings=drawing_settings(), **traits)
        self.figure = figure
        self.on_msg(self._answer)

    @property
    def figure(self) -> Figure:
        """What is shown."""
        return self._figure

    @figure.setter
    def figure(self, figure: Figure) -> None:
        self._figure = figure
        with self.hold_trait_notifications():
            self.title, self.alt, self.spec = figure.title, figure.alt, figure.spec

    def show(self, figure: Figure) -> None:
        """Show another figure in place of this one; one of the same rows is drawn already."""
        if (figure.rows, figure.title, figure.alt) != (
            self._figure.rows,
            self._figure.title,
            self._figure.alt,
        ) or not figure.rows:
            self.figure = figure

    def __repr__(self) -> str:
        """Stay short: the spec may hold hundreds of rows."""
        return f"ChartView({self.title!r})"

    def _answer(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        if message.get("want") == "vega":
            self.send({"vega": "gzip"}, buffers=[page.vega_gzip()])
