"""The script beside a form: what ipywidgets leave out for people who use the keyboard, or who listen to the page.

It names groups, ties errors and help to their inputs, reads the status aloud, keeps JupyterLab's shortcuts out of the
form, commits long text while it is written, and moves the keyboard where the form asks. A form works without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import anywidget

from decom_nb import shipped
from decom_nb.form.parts import Guard

Act = Callable[[Mapping[str, Any]], None]


class Companion(Guard, anywidget.AnyWidget):
    """Runs ``theme/form.js`` in the page and hands its messages to the form."""

    _esm = shipped.theme("form.js").read_text(encoding="utf-8")
    kinds: ClassVar[frozenset[str]] = frozenset({"add", "go", "left", "undo", "redo"})

    def __init__(self, act: Act) -> None:
        super().__init__(_dom_classes=("decom-companion",))
        self._act = act
        self.on_msg(self._heard)

    def focus(self, view_id: str, part: str = "") -> None:
        """Move the keyboard into a view, or into the part of it with this class."""
        self.send({"focus": view_id, "part": part})

    def _heard(self, _: Any, content: Any, __: Any) -> None:
        if str(content.get("do")) in self.kinds:
            self._act(content)
