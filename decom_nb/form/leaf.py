"""The views of single fields: one value, several lines, several ticks."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date
from typing import Any, cast

from decom_nb.form.draft import Unfit, Unread
from decom_nb.form.parts import Kit, refusal
from decom_nb.form.reading import read, read_lines, read_moment, show, show_lines, show_moment
from decom_nb.form.shape import ABSENT, Leaf, Lines, Ticks
from decom_nb.form.view import Desk, View, note_html, set_html

_FEW, _SHORT = 5, 48
_FIRST_YEAR = 1000
_SUGGESTED = 12


class FieldView(View):
    """A field: an input, and a note with what belongs to it."""

    shape: Leaf | Lines | Ticks
    kind: str

    def __init__(self, shape: Leaf | Lines | Ticks, desk: Desk, parent: View | None, step: str | int | None) -> None:
        super().__init__(shape, desk, parent, step)
        self.quiet = False
        self.refused = False
        self.input = self.make(desk.kit)
        self.note = desk.kit.note(self.words())
        self.box = desk.kit.frame([self.input, self.note], "decom-field", f"decom-{self.kind}", f"decom-at-{self.id}")

    @abstractmethod
    def make(self, kit: Kit) -> Any:
        """Make the input."""

    @abstractmethod
    def show(self, node: Any) -> None:
        """Put what the draft holds into the input."""

    def words(self) -> str:
        """Give the note's HTML."""
        return note_html(self.shape, self.troubles.here)

    def draw(self) -> None:
        """Bring the input and its note in step with the draft."""
        raw = _raw(self.node)
        if not (self.refused and isinstance(raw, Unread)):  # What was refused never came in: the page keeps showing it.
            self.quiet = True
            try:
                self.show(raw)
            finally:
                self.quiet = False
            if self.refused:
                self.refused = False
                self.input.send_state("value")
        set_html(self.note, self.words())

    def send(self, raw: Any, *, pause: bool = False) -> None:
        """Hand what was typed to the form."""
        self.desk.put(self.path, raw, pause=pause)

    def refuse(self, why: str) -> None:
        """Say why what was typed was not taken; the page keeps showing it."""
        self.refused = True
        self.send(Unread("", why))


class LeafView(FieldView):
    """A field with one value."""

    shape: Leaf

    @property
    def kind(self) -> str:  # type: ignore[override]  # read-only here
        """Which style the field has on the page."""
        return self.shape.kind

    def make(self, kit: Kit) -> Any:
        """Make the input that fits the kind of value."""
        made = _input(kit, self.shape)
        made.refused = self.refuse
        made.observe(self._typed, "value")
        return made

    def show(self, node: Any) -> None:
        """Put the value into the input; what was typed and cannot be read stays as it was typed."""
        _show(self.input, self.shape, node)

    def _typed(self, change: Any) -> None:
        if self.quiet:
            return
        value, leaf = change["new"], self.shape
        if why := refusal(value):
            self.refuse(why)
        elif leaf.kind == "datetime":
            self.send(read_moment(value, _raw(self.node), leaf), pause=True)
        elif leaf.kind == "date":
            # A browser reports each digit of a year as it is typed: 0002, 0020, 0202.
            if value is None or value.year >= _FIRST_YEAR:
                self.send(read(leaf, "") if value is None else value, pause=True)
        elif leaf.kind in ("bool", "choice"):
            self.send(value)
        else:
            self.send(read(leaf, value))

    def left(self) -> None:
        """Hear that the keyboard left a date that is not finished; the page keeps showing what there is of it."""
        value = self.input.value
        if self.shape.kind in ("date", "datetime") and (value is None or value.year < _FIRST_YEAR):
            self.send(Unread("", "is not a whole date"))


class LinesView(FieldView):
    """A field with several values, one on each line."""

    shape: Lines
    kind = "lines"

    def make(self, kit: Kit) -> Any:
        """Make the page to type on."""
        example = self.shape.example
        several = example if isinstance(example, list | tuple) else [example] if example is not None else []
        made = kit.page(self.shape.label, "\n".join(str(each) for each in several) or "one per line")
        made.refused = self.refuse
        made.observe(self._typed, "value")
        return made

    def show(self, node: Any) -> None:
        """Put the values into the input; lines that say the same already stay as they were typed."""
        wanted = () if node is None or node is ABSENT else node
        if read_lines(self.shape.leaf, self.input.value) != wanted:
            self.input.value = show_lines(self.shape.leaf, node)

    def words(self) -> str:
        """Give the note's HTML, with the suggestions that are not taken yet."""
        return note_html(self.shape, self.troubles.here, suggestions=self.open_suggestions())

    def open_suggestions(self) -> list[str]:
        """Give the suggestions that are not in the list."""
        raw = _raw(self.node)
        taken = {str(each).casefold() for each in raw} if isinstance(raw, tuple) else set()
        return [each for each in self.shape.suggestions if each.casefold() not in taken][:_SUGGESTED]

    def add(self, text: str) -> None:
        """Take over one of the suggestions."""
        if text in self.open_suggestions():
            raw = _raw(self.node)
            self.send((*(raw if isinstance(raw, tuple) else ()), read(self.shape.leaf, text)))

    def _typed(self, change: Any) -> None:
        if self.quiet:
            return
        if why := refusal(change["new"]):
            self.refuse(why)
        else:
            values = read_lines(self.shape.leaf, change["new"])
            self.send(values if values or not self.shape.optional else None)


class TicksView(FieldView):
    """A field with several of a fixed set of values."""

    shape: Ticks
    kind = "ticks"

    def make(self, kit: Kit) -> Any:
        """Make a box to tick for each value."""
        self.ticks = [kit.tick(label) for label, _ in self.shape.choices]
        for each in self.ticks:
            each.observe(self._ticked, "value")
        return kit.frame(self.ticks, "decom-boxes")

    def show(self, node: Any) -> None:
        """Tick what the draft holds."""
        taken = node if isinstance(node, tuple) else ()
        for tick, (_, value) in zip(self.ticks, self.shape.choices, strict=True):
            tick.value = value in taken

    def words(self) -> str:
        """Give the note's HTML; the boxes have labels, so the field's own stands here."""
        return note_html(self.shape, self.troubles.here, label=True)

    def _ticked(self, _: Any) -> None:
        if not self.quiet:
            pairs = zip(self.ticks, self.shape.choices, strict=True)
            values = tuple(value for tick, (_, value) in pairs if tick.value)
            self.send(values if values or not self.shape.optional else None)


def _raw(node: Any) -> Any:
    return node.typed if isinstance(node, Unfit) else node


def _input(kit: Kit, leaf: Leaf) -> Any:
    if leaf.kind in ("multiline", "json"):
        return kit.page(leaf.label, _placeholder(leaf))
    if leaf.kind == "date":
        return kit.day(leaf.label)
    if leaf.kind == "datetime":
        return kit.moment(leaf.label)
    if leaf.kind == "bool":
        return (
            kit.radios(leaf.label, (("yes", True), ("no", False), ("not known", None)))
            if leaf.optional
            else kit.tick(leaf.label)
        )
    if leaf.kind == "choice":
        options = (*leaf.choices, ("not answered", None)) if leaf.optional else leaf.choices
        few = len(options) <= _FEW and sum(len(label) for label, _ in options) <= _SHORT
        return (kit.radios if few else kit.menu)(leaf.label, options)
    return kit.line(leaf.label, _placeholder(leaf), leaf.suggestions)


def _show(made: Any, leaf: Leaf, node: Any) -> None:
    if leaf.kind in ("date", "datetime") and isinstance(node, Unread) and node.why != "needs an answer":
        pass  # The picker shows an unfinished date itself, and setting it would take that away.
    elif leaf.kind == "date":
        made.value = node if isinstance(node, date) else None
    elif leaf.kind == "datetime":
        made.value = show_moment(node)
    elif leaf.kind == "bool" and not leaf.optional:
        made.value = node is True
    elif leaf.kind in ("bool", "choice"):
        values = [value for _, value in cast("tuple[tuple[str, Any], ...]", made.options)]
        made.index = next(
            (place for place, each in enumerate(values) if each is node or (node is not None and each == node)), None
        )
    else:
        made.value = show(leaf, node)


def _placeholder(leaf: Leaf) -> str:
    if leaf.example is not None:
        return f"for example {show(leaf, leaf.example)}"
    if leaf.low is not None and leaf.high is not None:
        return f"{show(leaf, leaf.low)} to {show(leaf, leaf.high)}"
    return ""
