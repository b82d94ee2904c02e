"""The ipywidgets a form is made of, each taking from the page only what it is there to take.

Whoever can open the page can send any message to any widget, so each of these drops what it does not hold, refuses what
is too large or no text, and never raises in the kernel. `Kit` shares layouts and styles: each would cost a message.
"""

# mypy: disallow-untyped-calls=False
# ipywidgets publish no types for what they construct; this is the one module that constructs it.

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from ipywidgets.widgets.domwidget import DOMWidget
from ipywidgets.widgets.widget_bool import Checkbox, CheckboxStyle
from ipywidgets.widgets.widget_box import Box
from ipywidgets.widgets.widget_button import Button, ButtonStyle
from ipywidgets.widgets.widget_date import DatePicker
from ipywidgets.widgets.widget_datetime import NaiveDatetimePicker
from ipywidgets.widgets.widget_description import DescriptionStyle
from ipywidgets.widgets.widget_layout import Layout
from ipywidgets.widgets.widget_selection import Dropdown, RadioButtons
from ipywidgets.widgets.widget_string import HTML, Combobox, HTMLStyle, Text, Textarea, TextStyle
from ipywidgets.widgets.widget_style import Style
from traitlets import TraitError

from decom_nb.escape import visible

LONGEST = 100_000
"""How many characters one input takes."""

_log = logging.getLogger(__name__)


class Guard:
    """Stands before an ipywidget's `set_state`; `takes` is the one trait that the page may change."""

    takes = ""
    refused: Callable[[str], None] | None = None

    def set_state(self, sync_data: Any) -> None:
        """Take what the page sent, if it is what this widget is there to take."""
        if not isinstance(sync_data, dict) or self.takes not in sync_data:
            return
        sent = sync_data[self.takes]
        why = refusal(sent)
        if why:
            if self.refused:
                self.refused(why)
            return
        try:
            super().set_state({self.takes: sent})  # type: ignore[misc]  # the other base is a widget
        except (TraitError, TypeError, ValueError, KeyError, AttributeError, OverflowError):
            _log.warning("%s dropped a message", type(self).__name__, exc_info=True)
            self.send_state(self.takes)  # type: ignore[attr-defined]  # the same

    def _handle_msg(self, msg: Any) -> None:
        """Drop what is no message of a widget, before ipywidgets stumble over it and show everybody the traceback."""
        content = msg.get("content") if isinstance(msg, dict) else None
        data = content.get("data") if isinstance(content, dict) else None
        if not isinstance(data, dict):
            return
        inner = data.get({"update": "state", "custom": "content"}.get(str(data.get("method")), ""), {})
        if data.get("method") in ("update", "custom", "request_state") and isinstance(inner, dict):
            clean = {name: value for name, value in data.items() if name != "buffer_paths"}
            super()._handle_msg({"content": {"data": clean}, "buffers": []})  # type: ignore[misc]  # the same


def refusal(sent: Any) -> str:
    """Say why a text cannot be taken; empty if it can."""
    if not isinstance(sent, str):
        return ""
    if len(sent) > LONGEST:
        return f"is too long to keep: {len(sent):,} characters, at most {LONGEST:,}; it is not saved"
    try:
        sent.encode()
    except UnicodeEncodeError:
        return "holds characters that are not text; it is not saved"
    return ""


class Note(Guard, HTML):
    """HTML of ours around escaped words; the page changes nothing in it."""


class Frame(Guard, Box):
    """A box; how it is laid out is the style sheet's business."""


class Line(Guard, Text):
    """One line of text."""

    takes = "value"


class Page(Guard, Textarea):
    """Several lines of text."""

    takes = "value"


class Suggesting(Guard, Combobox):
    """One line of text with suggestions."""

    takes = "value"


class Tick(Guard, Checkbox):
    """A box to tick."""

    takes = "value"


class Day(Guard, DatePicker):
    """A date."""

    takes = "value"


class Moment(Guard, NaiveDatetimePicker):
    """A date and a time of day."""

    takes = "value"


class Radios(Guard, RadioButtons):
    """One of a few, all in sight."""

    takes = "index"


class Menu(Guard, Dropdown):
    """One of many."""

    takes = "index"


class Press(Guard, Button):
    """A button."""


class Kit:
    """Makes the parts of one form; all of them share its layouts and styles."""

    def __init__(self) -> None:
        self._layout = Layout()
        self._text, self._html, self._description = TextStyle(), HTMLStyle(), DescriptionStyle()
        self._check, self._button = CheckboxStyle(), ButtonStyle()

    def note(self, html: str = "", *classes: str) -> Note:
        """Make a piece of HTML that is already escaped."""
        return Note(html, layout=self._layout, style=self._html, _dom_classes=("decom-note", *classes))

    def frame(self, children: Iterable[DOMWidget], *classes: str) -> Frame:
        """Make a box around other parts."""
        return Frame(tuple(children), layout=self._layout, _dom_classes=classes)

    def line(self, label: str, placeholder: str = "", suggestions: tuple[str, ...] = ()) -> Line | Suggesting:
        """Make a line to type in; it tells when it is left or Enter is pressed."""
        about = self._about(label, self._text, placeholder=visible(placeholder) or "\u200b", continuous_update=False)
        return Suggesting(options=suggestions, ensure_option=False, **about) if suggestions else Line(**about)

    def page(self, label: str, placeholder: str = "", rows: int = 3) -> Page:
        """Make a page to type on."""
        about = self._about(label, self._text, placeholder=visible(placeholder) or "\u200b", continuous_update=False)
        return Page(rows=rows, **about)

    def tick(self, label: str) -> Tick:
        """Make a box to tick."""
        return Tick(value=False, indent=False, **self._about(label, self._check))

    def day(self, label: str) -> Day:
        """Make a date."""
        return Day(**self._about(label, self._description))

    def moment(self, label: str) -> Moment:
        """Make a date with a time of day."""
        return Moment(**self._about(label, self._description))

    def radios(self, label: str, options: tuple[tuple[str, Any], ...]) -> Radios:
        """Make a choice between a few."""
        return Radios(options=options, index=None, orientation="horizontal", **self._about(label, self._description))

    def menu(self, label: str, options: tuple[tuple[str, Any], ...]) -> Menu:
        """Make a choice among many."""
        return Menu(options=options, index=None, **self._about(label, self._description))

    def press(self, label: str, action: Callable[[], None], *classes: str, tooltip: str | None = None) -> Press:
        """Make a button that does one thing."""
        made = Press(
            description=visible(label),
            tooltip=tooltip,
            layout=self._layout,
            style=self._button,
            _dom_classes=("decom-press", *classes),
        )
        made.on_click(lambda _: action())
        return made

    def _about(self, label: str, style: Style, **more: Any) -> dict[str, Any]:
        return {"description": visible(label), "layout": self._layout, "style": style, **more}
