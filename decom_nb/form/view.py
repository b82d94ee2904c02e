"""What every part of a form on the page has in common: where it stands, what it shows, what is wrong there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ipywidgets.widgets.domwidget import DOMWidget

from decom_nb.escape import html
from decom_nb.form.draft import Path
from decom_nb.form.parts import Frame, Kit, Note
from decom_nb.form.settle import Trouble
from decom_nb.form.shape import Shape

Hidden = frozenset[Path]


class Troubles:
    """What is wrong at one place and below it."""

    __slots__ = ("below", "here")

    def __init__(self) -> None:
        self.here: list[Trouble] = []
        self.below: dict[str | int, Troubles] = {}

    @classmethod
    def of(cls, troubles: Iterable[Trouble]) -> Troubles:
        """Sort troubles by their paths."""
        root = cls()
        for each in troubles:
            place = root
            for step in each.path:
                place = place.below.setdefault(step, cls())
            place.here.append(each)
        return root

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Troubles) and self.here == other.here and self.below == other.below

    __hash__ = None  # type: ignore[assignment]  # it grows while it is made

    def under(self, step: str | int) -> Troubles:
        """Give what is wrong one step further down."""
        return self.below.get(step, NO_TROUBLES)

    def count(self, *, missing: bool = False) -> int:
        """Count what is wrong here and below, or what is only not answered yet."""
        return sum(each.missing is missing for each in self.here) + sum(
            each.count(missing=missing) for each in self.below.values()
        )

    def remark(self) -> str:
        """Say in brackets how much there is to do, for a line that hides it; empty if there is nothing."""
        wrong, missing = self.count(), self.count(missing=True)
        said = [f"{wrong} to correct"] * bool(wrong) + [f"{missing} still needed"] * bool(missing)
        return f" ({', '.join(said)})" if said else ""


NO_TROUBLES = Troubles()


class Desk(Protocol):
    """What the views need of the form they belong to."""

    kit: Kit

    def put(self, path: Path, raw: Any, *, pause: bool = False) -> None:
        """Take what was typed at a path."""

    def add(self, path: Path) -> None:
        """Add an entry to the list at a path."""

    def remove(self, path: Path) -> None:
        """Remove the list entry at a path."""

    def move(self, path: Path, by: int) -> None:
        """Move the list entry at a path up or down."""

    def view(self, shape: Shape, parent: View | None, step: str | int | None) -> View:
        """Make the view that fits a shape."""

    def register(self, view: View) -> str:
        """Give a new view its id on the page."""

    def focus(self, view: View, part: str = "") -> None:
        """Move the keyboard to a view, or to a part of it."""


class View(ABC):
    """A part of a form; `sync` brings it up to date, and does nothing where nothing changed."""

    box: Frame

    def __init__(self, shape: Shape, desk: Desk, parent: View | None, step: str | int | None) -> None:
        self.shape = shape
        self.desk = desk
        self.parent = parent
        self.step = step
        self.id = desk.register(self)
        self.node: Any = self
        self.troubles = NO_TROUBLES
        self.hidden: Hidden = frozenset()

    @property
    def path(self) -> Path:
        """Where it stands in the draft; a view without a step of its own stands where its parent does."""
        if self.parent is None:
            return ()
        return self.parent.path if self.step is None else (*self.parent.path, self.step)

    def sync(self, node: Any, troubles: Troubles, hidden: Hidden) -> None:
        """Show a draft's node, what is wrong with it, and hide what no longer matters."""
        if node is self.node and hidden is self.hidden and troubles == self.troubles:
            return
        self.node, self.troubles, self.hidden = node, troubles, hidden
        self.draw()

    @abstractmethod
    def draw(self) -> None:
        """Bring the widgets in step with `node`, `troubles` and `hidden`."""

    def find(self, path: Path) -> View:
        """Give the view that stands at a path below this one, building and opening what is on the way."""
        return self


def is_hidden(path: Path, hidden: Hidden) -> bool:
    """Say whether a place is hidden by its own path, or by the path that all entries of a list share."""
    return bool(hidden) and (path in hidden or tuple(step for step in path if isinstance(step, str)) in hidden)


def note_html(
    shape: Shape, troubles: Iterable[Trouble], *, label: bool = False, suggestions: Iterable[str] = ()
) -> str:
    """Give the words around an input: its unit, what is wrong, what it means, what could be added."""
    parts = [f'<div class="decom-label">{html(shape.label)}</div>'] if label and shape.label else []
    if shape.unit:
        parts.append(f'<div class="decom-unit">{html(shape.unit)}</div>')
    for each in troubles:
        kind = "decom-needed" if each.missing else "decom-error"
        parts.append(f'<div class="{kind}">{html(sentence(each.what))}</div>')
    buttons = "".join(f'<button type="button" data-add="{html(each)}">{html(each)}</button>' for each in suggestions)
    if buttons:
        parts.append(f'<div class="decom-suggestions" role="group" aria-label="Suggestions">{buttons}</div>')
    if shape.help:
        parts.append(f'<div class="decom-help">{html(sentence(shape.help))}</div>')
    return "".join(parts)


def sentence(text: str) -> str:
    """Give the words with a capital in front."""
    return text[:1].upper() + text[1:]


def set_html(note: Note, value: str) -> None:
    """Change a note only if it differs."""
    if note.value != value:
        note.value = value


def set_classes(widget: DOMWidget, switches: Mapping[str, bool]) -> None:
    """Switch classes of a widget on and off, in one message and only if something differs."""
    kept = tuple(each for each in widget._dom_classes if each not in switches)
    wanted = kept + tuple(name for name, on in switches.items() if on)
    if set(wanted) != set(widget._dom_classes):
        widget._dom_classes = wanted
