"""The view of a list whose entries need room: rows that open, move and go, twenty at a time, built when opened."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from decom_nb.escape import html, visible
from decom_nb.form.draft import Path, Unfit, Unread, typed
from decom_nb.form.group import GroupView
from decom_nb.form.pager import Pager
from decom_nb.form.reading import show
from decom_nb.form.shape import Group, Items, Leaf, Lines, Shape, Variants, raw_of
from decom_nb.form.view import Desk, Hidden, Troubles, View, note_html, set_classes, set_html

PAGE = 20
"""How many rows are shown at a time."""

_WORDS_IN_SUMMARY, _LONGEST_SUMMARY = 3, 90


class ItemsView(View):
    """A list; rows belong to places on the page, so moving an entry changes what they show, not the rows."""

    shape: Items

    def __init__(self, shape: Items, desk: Desk, parent: View | None, step: str | int | None) -> None:
        super().__init__(shape, desk, parent, step)
        self.rows: list[_Row] = []
        self.open: set[int] = set()
        self.head = desk.kit.note()
        self.pager = Pager(desk.kit, PAGE, self.draw)
        self.more = desk.kit.press(f"Add {shape.noun}", self._add, "decom-add")
        self.list = desk.kit.frame((), "decom-rows")
        self.box = desk.kit.frame(
            [self.head, self.list, self.pager.box, self.more], "decom-items", f"decom-at-{self.id}"
        )

    @property
    def entries(self) -> tuple[Any, ...]:
        """What the draft holds."""
        node = typed_here(self.node)
        return node if isinstance(node, tuple) else ()

    def draw(self) -> None:
        """Show the rows of this page of the list."""
        entries = self.entries
        count = f'<span class="decom-count">{len(entries):,}</span>' if entries else ""
        heading = f'<div class="decom-heading">{html(self.shape.label)}{count}</div>'
        set_html(self.head, heading + note_html(self.shape, self.troubles.here))
        self.open = {place for place in self.open if place < len(entries)}
        shown = self.pager.show(len(entries))
        while len(self.rows) < len(shown):
            self.rows.append(_Row(self.shape.item, self.desk, self, len(self.rows)))
        for row, place in zip(self.rows, shown, strict=False):
            row.show(place, entries[place], self.troubles.under(place), self.hidden)
        children = tuple(row.box for row in self.rows[: len(shown)])
        if self.list.children != children:
            self.list.children = children

    def find(self, path: Path) -> View:
        """Give the view below, turning to its page and opening its row."""
        if not path or not isinstance(path[0], int) or path[0] >= len(self.entries):
            return self
        self.open.add(path[0])
        self.turn_to(path[0])
        return self.row(path[0]).body_view().find(path[1:])

    def turn_to(self, place: int) -> None:
        """Show the page with an entry on it."""
        self.pager.turn_to(place)
        self.draw()

    def row(self, place: int) -> _Row:
        """Give the row that shows an entry of this page."""
        return self.rows[place - self.pager.start]

    def turn(self, place: int) -> None:
        """Open a closed row, close an open one."""
        self.open ^= {place}
        self.draw()

    def moved(self, place: int, by: int) -> None:
        """Move an entry, and the keyboard with it."""
        target = place + by
        if not 0 <= target < len(self.entries):
            return
        swapped = {place: target, target: place}
        self.open = {swapped.get(each, each) for each in self.open}
        self.desk.move((*self.path, place), by)
        self.turn_to(target)
        at_the_end = target == (0 if by < 0 else len(self.entries) - 1)
        self.desk.focus(self.row(target), "decom-up" if (by < 0) != at_the_end else "decom-down")

    def removed(self, place: int) -> None:
        """Remove an entry; the keyboard goes to the next one."""
        self.open = {each - (each > place) for each in self.open if each != place}
        self.desk.remove((*self.path, place))
        left = len(self.entries)
        if left:
            self.turn_to(min(place, left - 1))
            self.desk.focus(self.row(min(place, left - 1)), "decom-turn")
        else:
            self.desk.focus(self, "decom-add")

    def _add(self) -> None:
        before = len(self.entries)
        self.open.add(before)
        self.desk.add(self.path)
        if len(self.entries) > before:
            self.turn_to(before)
            self.desk.focus(self.row(before), "decom-row-body")


class _Row(View):
    """One entry of a list: a line that says which it is, and below it the entry's fields once it was opened."""

    parent: ItemsView

    def __init__(self, shape: Shape, desk: Desk, parent: ItemsView, step: int) -> None:
        super().__init__(shape, desk, parent, step)
        self.body: View | None = None
        self.seen: tuple[Any, ...] = ()
        kit = desk.kit
        self.turn = kit.press("", lambda: parent.turn(self.place), "decom-turn")
        self.up = kit.press("Move up", lambda: parent.moved(self.place, -1), "decom-icon", "decom-up")
        self.down = kit.press("Move down", lambda: parent.moved(self.place, 1), "decom-icon", "decom-down")
        self.gone = kit.press("Remove", lambda: parent.removed(self.place), "decom-icon", "decom-gone")
        self.line = kit.frame([self.turn, self.up, self.down, self.gone], "decom-row-head")
        self.box = kit.frame([self.line], "decom-row", f"decom-at-{self.id}")

    @property
    def place(self) -> int:
        """Which entry of the list it shows."""
        return int(self.step or 0)

    def show(self, place: int, node: Any, troubles: Troubles, hidden: Hidden) -> None:
        """Show an entry."""
        last = place == len(self.parent.entries) - 1
        opened = place in self.parent.open
        if (
            self.seen == (place, last, opened)
            and node is self.node
            and troubles == self.troubles
            and hidden is self.hidden
        ):
            return
        if place != self.step and self.body:
            self.body.node = self  # Another entry: the paths below are different even where the data is the same.
        self.seen, self.step = (place, last, opened), place
        self.node, self.troubles, self.hidden = node, troubles, hidden
        self.draw()

    def draw(self) -> None:
        """Bring the line, and the fields if they are in sight, in step with the entry."""
        place, last, opened = self.seen
        noun = self.parent.shape.noun
        said = summary(self.shape, self.node) or f"{noun[:1].upper()}{noun[1:]} without answers"
        wanted = {
            self.turn: f"{place + 1}. {said}{self.troubles.remark()}",
            self.up: f"Move {noun} {place + 1} up",
            self.down: f"Move {noun} {place + 1} down",
            self.gone: f"Remove {noun} {place + 1}",
        }
        for button, text in wanted.items():
            if button.description != text:
                button.description = text
        self.up.disabled, self.down.disabled = place == 0, last
        wrong, missing = self.troubles.count(), self.troubles.count(missing=True)
        set_classes(self.box, {"decom-open": opened, "decom-bad": wrong > 0, "decom-needs": missing > 0})
        if opened:
            self.body_view().sync(self.node, self.troubles, self.hidden)

    def body_view(self) -> View:
        """Give the entry's fields, building them the first time."""
        if self.body is None:
            if isinstance(self.shape, Group):
                self.body = GroupView(self.shape, self.desk, self, None, bare=True)
            else:
                self.body = self.desk.view(self.shape, self, None)
            self.body.sync(self.node, self.troubles, self.hidden)
            self.box.children = (self.line, self.desk.kit.frame([self.body.box], "decom-row-body"))
        return self.body


def typed_here(node: Any) -> Any:
    """Give what was typed at a node."""
    return node.typed if isinstance(node, Unfit) else node


def summary(shape: Shape, node: Any) -> str:
    """Give the first few answers of an entry, to tell it from the others."""
    said: list[str] = []
    for text in _answers(shape, typed(node)):
        said.append(text)
        if len(said) == _WORDS_IN_SUMMARY:
            break
    whole = visible(" · ".join(said))
    return whole if len(whole) <= _LONGEST_SUMMARY else f"{whole[:_LONGEST_SUMMARY]}…"


def _answers(shape: Shape, node: Any) -> Iterator[str]:
    if isinstance(node, Unread):
        node = node.typed
    if isinstance(shape, Leaf):
        plain = node.value if isinstance(node, Enum) else node
        text = " ".join((show(shape, node) if isinstance(node, float) else str(plain)).split())
        if plain is not None and text and not isinstance(plain, bool) and shape.kind != "json":
            yield text if not shape.unit else f"{text} {shape.unit}"
    elif isinstance(shape, Lines) and isinstance(node, tuple) and node:
        yield ", ".join(" ".join(_answers(shape.leaf, each)) for each in node)
    elif isinstance(shape, Variants) and isinstance(node, dict):
        tag = node.get(shape.by)
        yield str(tag)
        group = next((each for name, each in shape.groups.items() if name == tag), None)
        own = [each for each in group.fields if each.name not in shape.shared | {shape.by}] if group else []
        for each in own:
            if each.name in node and not (each.default and raw_of(each, each.default()) == node[each.name]):
                yield from _answers(each, node[each.name])
    elif isinstance(shape, Group) and isinstance(node, dict):
        for each in shape.fields:
            if each.name in node:
                yield from _answers(each, node[each.name])
