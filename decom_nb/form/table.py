"""The view of values by name: a row for each, and an empty one at the end to type the next into."""

from __future__ import annotations

from typing import Any

from decom_nb.form.draft import Unfit, Unread
from decom_nb.form.pager import Pager
from decom_nb.form.parts import refusal
from decom_nb.form.reading import read, show
from decom_nb.form.shape import Table
from decom_nb.form.view import Desk, View, note_html, set_html

PAGE = 50
"""How many rows are shown at a time."""

Pairs = tuple[tuple[str, Any], ...]


class TableView(View):
    """Names and values; while a name is missing or there twice, the rows are kept as they were typed."""

    shape: Table

    def __init__(self, shape: Table, desk: Desk, parent: View | None, step: str | int | None) -> None:
        super().__init__(shape, desk, parent, step)
        self.rows: list[_TableRow] = []
        self.head = desk.kit.note(note_html(shape, (), label=True))
        self.pager = Pager(desk.kit, PAGE, self.draw)
        self.list = desk.kit.frame((), "decom-pairs")
        self.box = desk.kit.frame(
            [self.head, desk.kit.frame([self.list, self.pager.box], "decom-boxes")],
            "decom-field",
            "decom-table",
            f"decom-at-{self.id}",
        )

    @property
    def pairs(self) -> Pairs:
        """What the draft holds, as typed."""
        return pairs_of(self.node)

    def draw(self) -> None:
        """Show the rows of this page, and the empty one."""
        set_html(self.head, note_html(self.shape, self.troubles.here, label=True))
        pairs = self.pairs
        shown = self.pager.show(len(pairs))
        room = len(shown) + (shown.stop == len(pairs))
        while len(self.rows) < room:
            self.rows.append(_TableRow(self, len(self.rows)))
        for row in self.rows[:room]:
            place = self.pager.start + row.place
            row.show(*(pairs[place] if place < len(pairs) else ("", None)), empty=place >= len(pairs))
        children = tuple(row.box for row in self.rows[:room])
        if self.list.children != children:
            self.list.children = children

    def take(self, place: int, pair: tuple[str, Any] | None) -> None:
        """Change one row, or take it away."""
        pairs = list(self.pairs)
        pairs[place : place + 1] = [pair] if pair else []
        self.desk.put(self.path, table_of(tuple(pairs), optional=self.shape.optional))
        if pair is None:
            self.desk.focus(self, "decom-pair-name")


class _TableRow:
    """One row: name, value, and a button that removes it."""

    def __init__(self, table: TableView, place: int) -> None:
        self.table, self.place = table, place
        kit, leaf = table.desk.kit, table.shape.leaf
        self.quiet = False
        self.name = kit.line(f"{table.shape.label}: name {place + 1}", "name", table.shape.suggestions)
        self.value = kit.line(f"{table.shape.label}: value {place + 1}", "value")
        for part in (self.name, self.value):
            part.observe(self._typed, "value")
        self.gone = kit.press(f"Remove row {place + 1}", self._gone, "decom-icon", "decom-gone")
        self.leaf = leaf
        self.box = kit.frame(
            [kit.frame([self.name], "decom-pair-name"), kit.frame([self.value], "decom-pair-value"), self.gone],
            "decom-pair",
        )

    def show(self, name: str, value: Any, *, empty: bool) -> None:
        self.quiet = True
        try:
            self.name.value = name
            if empty or read(self.leaf, self.value.value) != value:
                self.value.value = show(self.leaf, value)
        finally:
            self.quiet = False
        self.gone.disabled = empty

    def _typed(self, _: Any) -> None:
        if self.quiet:
            return
        name, text = self.name.value.strip(), self.value.value
        if why := refusal(name) or refusal(text):
            self.table.desk.put(self.table.path, Unread(self.table.pairs, why))
            return
        if name or text.strip():
            self.table.take(self.table.pager.start + self.place, (name, read(self.leaf, text)))
        else:
            self._gone()

    def _gone(self) -> None:
        place = self.table.pager.start + self.place
        if place < len(self.table.pairs):
            self.table.take(place, None)


def pairs_of(node: Any) -> Pairs:
    """Give the rows of what a draft holds."""
    node = node.typed if isinstance(node, Unfit) else node
    if isinstance(node, Unread):
        return node.typed if isinstance(node.typed, tuple) else ()
    return tuple(node.items()) if isinstance(node, dict) else ()


def table_of(pairs: Pairs, *, optional: bool = False) -> Any:
    """Give the names with their values, or what is wrong with the names.

    >>> table_of((("eu", 1.0), ("eu", 2.0))).why
    'has “eu” twice'
    """
    names = [name for name, _ in pairs]
    if "" in names:
        return Unread(pairs, "has a value without a name")
    double = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if double is not None:
        return Unread(pairs, f"has “{double}” twice")
    return dict(pairs) if pairs or not optional else None
