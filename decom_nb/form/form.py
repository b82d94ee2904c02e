"""The form: a pydantic model as widgets; valid changes are saved at once, steps can be undone, nothing is lost."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any, Generic, Protocol, TypeVar, cast, runtime_checkable

from pydantic import BaseModel

from decom_nb.errors import ConflictError, Mistake
from decom_nb.form.companion import Companion
from decom_nb.form.draft import Path, at, differences, plain_data, put
from decom_nb.form.group import GroupView, OptionalView, VariantsView
from decom_nb.form.items import ItemsView
from decom_nb.form.leaf import LeafView, LinesView, TicksView
from decom_nb.form.parts import Kit
from decom_nb.form.settle import Settled, settle, shape_at
from decom_nb.form.shape import (
    ABSENT,
    Group,
    Items,
    Leaf,
    Lines,
    Shape,
    Table,
    Ticks,
    Variants,
    blank,
    raw_of,
    shape_of,
)
from decom_nb.form.status import Saving, StatusBar
from decom_nb.form.style import style_sheet
from decom_nb.form.table import TableView
from decom_nb.form.view import Hidden, Troubles, View

M = TypeVar("M", bound=BaseModel)

STEPS = 500
"""How many steps back are kept."""

MOST = 10_000
"""How many entries a list may have."""

_TYPING = 3.0
_log = logging.getLogger(__name__)


@runtime_checkable
class Resolving(Protocol):
    """A `save` that knows a way out of a conflict has these two beside being callable; either may be absent.

    `keep_mine` writes the model over what is on disk; `take_theirs` gives the model that is on disk.
    """

    def keep_mine(self, model: Any) -> Any:
        """Write this model, whatever is on disk."""

    def take_theirs(self) -> Any:
        """Give what is on disk."""


class Form(Generic[M]):
    """A form for one model.

    `save` gets the model after every change that left it different; a model it gives back (or the `document` of what it
    gives back) is what is on disk now, and is shown. `hidden` names the fields that no longer matter, as in
    ``"constraints.budget"``, or ``"consumers.latency"`` for all entries of a list; they keep their values. A field may
    say in its ``json_schema_extra``: ``unit``, ``multiline``, ``suggestions``, ``labels`` (what its choices mean), and
    ``more`` for a question that can wait behind a button.
    """

    def __init__(
        self,
        model: type[M] | M,
        on_change: Callable[[M], Any] | None = None,
        save: Callable[[M], Any] | None = None,
        hidden: Callable[[M], Collection[str]] | None = None,
        *,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        kind = model if isinstance(model, type) else type(model)
        self.shape = shape_of(kind)
        self.kit = Kit()
        self._on_change, self._save, self._hidden_by, self._now = on_change, save, hidden, now
        self._names = count(1)
        self._views: weakref.WeakValueDictionary[str, View] = weakref.WeakValueDictionary()
        draft = blank(self.shape) if isinstance(model, type) else raw_of(self.shape, model)
        self._state: Settled[M] = settle(self.shape, draft)
        if not isinstance(model, type) and not self._state.troubles:
            self._state = replace(self._state, value=model)
        self._past: list[_Step[M]] = []
        self._future: list[_Step[M]] = []
        self._saving, self._broken = Saving(), ""
        self._saved = self._state.value
        self._hidden: Hidden = frozenset()
        self._hidden_for: M | None = None
        self._companion = Companion(self._heard)
        self._status = StatusBar(self.kit, self.undo, self.redo, self._resolve)
        self._root = GroupView(self.shape, self, None, None, bare=True)
        style = self.kit.note(f"<style>{style_sheet()}</style>", "decom-style")
        self.widget = self.kit.frame([style, self._companion, self._status.box, self._root.box], "decom-form")
        self._show()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return cast("Any", self.widget)._repr_mimebundle_(**kwargs)

    @property
    def value(self) -> M | None:
        """The model of everything that is valid; ``None`` while a needed answer was never given."""
        return self._state.value

    @property
    def draft(self) -> dict[str, Any]:
        """Everything as it was typed, right or wrong."""
        return cast("dict[str, Any]", plain_data(self._state.draft))

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """What does not fit, and where."""
        return tuple(Mistake("", 0, each.key, each.what) for each in self._state.troubles)

    @property
    def saved(self) -> M | None:
        """The model as it was last saved, or as the form was opened."""
        return self._saved

    def undo(self) -> None:
        """Take back the last change."""
        self._step(self._past, self._future)

    def redo(self) -> None:
        """Make a change again that was taken back."""
        self._step(self._future, self._past)

    def replace(self, model: M) -> None:
        """Show another model; one step that can be undone."""
        self._advance(raw_of(self.shape, model))

    def follow(self) -> None:
        """Take over what others changed where this is saved; what somebody typed here and is not saved yet stays."""
        if self._save is None or self._state.value is None or self._saving.error:
            return
        before, shown = self._saving, self._state
        self._store(always=True)
        if self._state is shown and not self._saving.error:
            self._saving = before
        self._show()

    def put(self, path: Path, raw: Any, *, pause: bool = False) -> None:
        """Take what was typed at a path; with `pause`, changes that follow each other quickly there are one step."""
        old = at(self._state.draft, path)
        if type(old) is type(raw) and old == raw:
            self._refresh(path)
        else:
            self._advance(put(self._state.draft, path, raw), typing=path if pause else None)

    def add(self, path: Path) -> None:
        """Add an untouched entry to the list at a path."""
        shape = shape_at(self.shape, path, self._state.draft)
        entries = at(self._state.draft, path)
        several = entries if isinstance(entries, tuple) else ()
        if isinstance(shape, Items) and len(several) < MOST:
            empty = blank(shape.item) if isinstance(shape.item, Group) else shape.item.empty
            self._advance(put(self._state.draft, path, (*several, None if empty is ABSENT else empty)))

    def remove(self, path: Path) -> None:
        """Remove the list entry at a path."""
        if path and isinstance(path[-1], int) and at(self._state.draft, path) is not ABSENT:
            self._advance(put(self._state.draft, path, ABSENT))

    def move(self, path: Path, by: int) -> None:
        """Move the list entry at a path up (negative) or down."""
        *around, place = path
        entries = at(self._state.draft, tuple(around))
        if (
            isinstance(entries, tuple)
            and isinstance(place, int)
            and 0 <= place < len(entries)
            and 0 <= place + by < len(entries)
        ):
            order = list(entries)
            order.insert(place + by, order.pop(place))
            self._advance(put(self._state.draft, tuple(around), tuple(order)))

    def view(self, shape: Shape, parent: View | None, step: str | int | None) -> View:
        """Make the view that fits a shape."""
        if isinstance(shape, Group | Variants) and shape.optional:
            return OptionalView(shape, self, parent, step, replace(shape, optional=False))
        for kind, made in _VIEWS.items():
            if isinstance(shape, kind):
                return made(shape, self, parent, step)
        raise TypeError(f"no view for {shape!r}")

    def register(self, view: View) -> str:
        """Give a new view its id on the page."""
        name = str(next(self._names))
        self._views[name] = view
        return name

    def focus(self, view: View, part: str = "") -> None:
        """Move the keyboard to a view, or to a part of it."""
        self._companion.focus(view.id, part)

    def close(self) -> None:
        """Free the form's widgets, here and on the page."""
        for each in (self.widget, self._companion):
            each.close()

    def _advance(self, draft: Any, typing: Path | None = None) -> None:
        """Go one step on."""
        before, moment = self._state, self._now()
        last = self._past[-1] if self._past else None
        together = (
            last and typing is not None and last.typing == typing and (moment - last.at).total_seconds() < _TYPING
        )
        state = settle(self.shape, draft, before)
        if together and last:
            self._past[-1] = replace(last, at=moment)
        else:
            self._past = [*self._past[-STEPS + 1 :], _Step(before, typing, moment)]
        self._future = []
        self._turn_to(state)

    def _step(self, source: list[_Step[M]], target: list[_Step[M]]) -> None:
        if source:
            target.append(_Step(self._state, None, self._now()))
            self._turn_to(source.pop().state)

    def _turn_to(self, state: Settled[M]) -> None:
        changed = state.value is not None and state.value != self._state.value
        self._state = state
        if changed or self._saving.error:
            self._store()
        self._broken = ""
        self._show()
        if changed and self._on_change and self._state.value is not None:
            try:
                self._on_change(self._state.value)
            except Exception as error:  # whatever a callback raises, the form goes on
                _log.exception("on_change failed")
                self._broken = f"The page could not follow: {str(error) or type(error).__name__}"
                self._show_status()

    def _store(self, write: Callable[[M], Any] | None = None, *, always: bool = False) -> None:
        """Save what is valid, and take over what others have changed in the meantime."""
        write, value = write or self._save, self._state.value
        if write is None or value is None or (value == self._saved and not self._saving.error and not always):
            return
        try:
            result = write(value)
        except Exception as error:  # disks fill up and shares go away: the person sees it and goes on
            if not isinstance(error, ConflictError | OSError):
                _log.warning("not saved", exc_info=True)
            self._saving = Saving(error=error)
            return
        self._saving, self._saved = Saving(at=self._now()), value
        stored = result if isinstance(result, self.shape.model) else getattr(result, "document", None)
        if isinstance(stored, self.shape.model) and stored != value:
            self._merge(cast("M", stored))

    def _merge(self, stored: M) -> None:
        """Bring what others changed on disk into the form and into every step back, so that no undo takes it away."""
        news = differences(raw_of(self.shape, self._state.value), raw_of(self.shape, stored))

        def merged(state: Settled[M]) -> Settled[M]:
            draft = state.draft
            for path, new in news:
                draft = put(draft, path, new)
            return settle(self.shape, draft, state)

        self._past = [replace(each, state=merged(each.state)) for each in self._past]
        self._future = [replace(each, state=merged(each.state)) for each in self._future]
        self._state = merged(self._state)
        self._saved = self._state.value

    def _resolve(self, side: str) -> None:
        """Leave a conflict the way the person chose."""
        keep, take = getattr(self._save, "keep_mine", None), getattr(self._save, "take_theirs", None)
        if not isinstance(self._saving.error, ConflictError):
            return
        if side == "mine" and keep:
            self._store(keep)
        elif side == "theirs" and take:
            try:
                stored = take()
            except Exception as error:  # the same as for saving
                self._saving = Saving(error=error)
            else:
                theirs = cast("M", stored if isinstance(stored, self.shape.model) else stored.document)
                self._saving, self._saved = Saving(at=self._now()), theirs
                self._advance(raw_of(self.shape, theirs))
        self._show()

    def _show(self) -> None:
        self._hide()
        self._root.sync(self._state.draft, Troubles.of(self._state.troubles), self._hidden)
        self._show_status()

    def _hide(self) -> None:
        """Ask what no longer matters; without an answer everything stays in sight."""
        if self._hidden_by is None or self._state.value is None or self._state.value is self._hidden_for:
            return
        self._hidden_for = self._state.value
        try:
            names = frozenset(_path_of(name) for name in self._hidden_by(self._state.value))
        except Exception:
            _log.exception("hidden failed")
            names = frozenset()
        self._hidden = self._hidden if names == self._hidden else names

    def _show_status(self) -> None:
        offers = (hasattr(self._save, "keep_mine"), hasattr(self._save, "take_theirs"))
        steps = (len(self._past), len(self._future))
        self._status.show(self._state.troubles, self._saving, self._broken, steps=steps, offers=offers)

    def _refresh(self, path: Path) -> None:
        """Show a value again as it was read, although it did not change."""
        view = self._root.find(path)
        if view.path == path:
            view.draw()

    def _heard(self, content: Mapping[str, Any]) -> None:
        """Take a message of the script beside the form; anybody may have sent it."""
        do, which = content.get("do"), content.get("which")
        if do == "undo":
            self.undo()
        elif do == "redo":
            self.redo()
        elif do == "add" and isinstance(which, str) and isinstance(view := self._views.get(which), LinesView):
            view.add(str(content.get("text", "")))
        elif do == "left" and isinstance(which, str) and isinstance(view := self._views.get(which), LeafView):
            view.left()
        elif do == "go" and isinstance(which, int) and 0 <= which < len(self._state.troubles):
            self.focus(self._root.find(self._state.troubles[which].path))


@dataclass(frozen=True)
class _Step(Generic[M]):
    """A place in the history, and where somebody was typing when it was left."""

    state: Settled[M]
    typing: Path | None
    at: datetime


_VIEWS: dict[type[Shape], Callable[..., View]] = {
    Leaf: LeafView,
    Lines: LinesView,
    Ticks: TicksView,
    Table: TableView,
    Group: GroupView,
    Variants: VariantsView,
    Items: ItemsView,
}


def _path_of(name: str) -> Path:
    """Read a path as people write it, ``consumers[0].team``."""
    parts = name.replace("[", ".[").split(".")
    return tuple(
        int(part[1:-1]) if part.startswith("[") and part[1:-1].isdigit() else part
        for part in parts
        if part not in ("", "[]")
    )
