"""Shows a long list a page at a time: the window on it, and the buttons that move the window."""

from __future__ import annotations

from collections.abc import Callable

from decom_nb.form.parts import Kit
from decom_nb.form.view import set_classes, set_html


class Pager:
    """A window of `size` places on a list; out of sight while the list fits into it."""

    def __init__(self, kit: Kit, size: int, redraw: Callable[[], None]) -> None:
        self.size = size
        self.start = 0
        self.total = 0
        self._redraw = redraw
        self._back = kit.press("Previous", lambda: self._go(-1))
        self._on = kit.press("Next", lambda: self._go(1))
        self._first = kit.press("First", lambda: self._jump(0))
        self._last = kit.press("Last", lambda: self._jump(max(self.total - 1, 0)))
        self._note = kit.note()
        self.box = kit.frame([self._first, self._back, self._note, self._on, self._last], "decom-pager", "decom-hidden")

    def show(self, total: int) -> range:
        """Give the places in sight of a list of `total` entries."""
        self.total = total
        self.start = min(self.start, max(total - 1, 0) // self.size * self.size)
        end = min(self.start + self.size, total)
        set_classes(self.box, {"decom-hidden": total <= self.size})
        if total > self.size:
            set_html(self._note, f"<span>{self.start + 1:,}–{end:,} of {total:,}</span>")
            self._first.disabled = self._back.disabled = self.start == 0
            self._last.disabled = self._on.disabled = end == total
        return range(self.start, end)

    def turn_to(self, place: int) -> None:
        """Move the window to the page with this place on it."""
        self.start = max(place, 0) // self.size * self.size

    def _go(self, pages: int) -> None:
        self._jump(self.start + pages * self.size)

    def _jump(self, place: int) -> None:
        if 0 <= place < self.total:
            self.turn_to(place)
            self._redraw()
