"""The form of a document of which there are many: choose one, begin one, take one away, and below it the form of that one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from decom_nb.errors import InputError
from decom_nb.escape import html
from decom_nb.form.form import Form
from decom_nb.form.parts import Kit
from decom_nb.form.shape import words
from decom_nb.form.style import style_sheet
from decom_nb.form.view import sentence, set_classes, set_html


class Shelf(Protocol):
    """Where the instances lie."""

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names of all instances, in order."""

    def refusal(self, name: str) -> str:
        """Say why a new instance cannot have this name; empty if it can."""

    def begin(self, name: str) -> Path:
        """Make a new instance."""

    def remove(self, name: str) -> Path:
        """Move an instance aside, and give where it lies."""

    def bring_back(self, kept: Path) -> str:
        """Put it back, and give its name."""


class Instances:
    """A choice of instances above the form of the chosen one.

    `opened` makes the form of an instance; `changed` hears when one was begun, taken away or brought back. Taking one away
    moves its file aside, and the button to bring it back stays in sight.
    """

    def __init__(
        self, noun: str, shelf: Shelf, opened: Callable[[str], Form[Any]], changed: Callable[[], None]
    ) -> None:
        self.noun, self.shelf, self._opened, self._changed = noun, shelf, opened, changed
        self.forms: dict[str, Form[Any]] = {}
        self.chosen = ""
        self.kept: Path | None = None
        self.quiet = False
        self.kit = kit = Kit()
        label = words(noun)
        self.menu = kit.menu(label, ())
        self.menu.observe(self._picked, "value")
        self.new = kit.press(f"New {noun}", self._ask_name, "decom-add")
        self.gone = kit.press(f"Remove {noun}", self._ask_removal, "decom-remove")
        self.bar = kit.frame([self.menu, self.new, self.gone], "decom-row-of-parts")
        self.name = kit.line("Name", "for example orders")
        self.name.observe(self._named, "value")
        self.make = kit.press(f"Begin {noun}", self._begin, "decom-begin")
        self.never_mind = kit.press("Cancel", self._close_questions, "decom-cancel")
        self.naming = kit.frame(
            [self.name, self.make, self.never_mind], "decom-row-of-parts", "decom-shelf-ask", "decom-hidden"
        )
        self.question = kit.note()
        self.really = kit.press("Remove", self._remove, "decom-really")
        self.keep = kit.press("Keep", self._close_questions, "decom-cancel")
        self.removal = kit.frame(
            [self.question, self.really, self.keep], "decom-row-of-parts", "decom-shelf-ask", "decom-hidden"
        )
        self.line = kit.note("", "decom-status")
        self.back = kit.press("Bring it back", self._bring_back, "decom-back", "decom-hidden")
        self.body = kit.frame((), "decom-shelf-body")
        style = kit.note(f"<style>{style_sheet()}</style>", "decom-style")
        top = kit.frame([self.bar, self.naming, self.removal, kit.frame([self.line, self.back], "decom-row-of-parts")])
        self.widget = kit.frame([style, top, self.body], "decom-form", "decom-shelf")
        self.follow()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return cast("Any", self.widget)._repr_mimebundle_(**kwargs)

    @property
    def form(self) -> Form[Any] | None:
        """The form of the chosen instance, None where there is none or its file cannot be read."""
        return self.forms.get(self.chosen)

    def follow(self) -> None:
        """Show the instances there are now; forms of those that others removed go, unless something in them is not saved."""
        names = self.shelf.names
        for name in [each for each in self.forms if each not in names and not self.forms[each].mistakes]:
            self.forms.pop(name).close()
        for form in self.forms.values():
            form.follow()
        names = (*names, *(each for each in self.forms if each not in names))
        self.quiet = True
        if tuple(self.menu.options) != names:
            self.menu.options = names
        self.quiet = False
        set_classes(self.menu, {"decom-hidden": not names})
        set_classes(self.gone, {"decom-hidden": not names})
        if not names and not self.line.value:
            self._say(f"There is no {self.noun} yet: begin the first.", "decom-needed")
        self.choose(self.chosen if self.chosen in names else names[0] if names else "")

    def choose(self, name: str) -> None:
        """Show the form of an instance."""
        self.chosen = name
        self.quiet = True
        self.menu.value = name or None
        self.quiet = False
        if name and name not in self.forms:
            try:
                self.forms[name] = self._opened(name)
            except InputError as error:
                items = "".join(f"<li>{html(each)}</li>" for each in error.mistakes)
                self.body.children = (self.kit.note(f'<div class="decom-attention"><ul>{items}</ul></div>'),)
                return
        form = self.form
        children = (form.widget,) if form else ()
        if self.body.children != children:
            self.body.children = children

    def begin(self, name: str) -> None:
        """Begin an instance, and show its form."""
        name = name.strip().removesuffix(".yaml")
        if why := self.shelf.refusal(name):
            self._say(why, "decom-bad")
            return
        if self._done(lambda: self._make_file(name)):
            self.name.value = ""
            self._close_questions()
            self._say("", "")
            self._went_on(name)

    def remove(self) -> None:
        """Move the chosen instance aside."""
        name = self.chosen
        if not name or not self._done(lambda: self._set_aside(name)):
            return
        if name in self.forms:
            self.forms.pop(name).close()
        self._close_questions()
        where = f", its file lies in {self.kept.parent.name}/{self.kept.name}" if self.kept else ""
        self._say(f"Removed: {name}{where}", "")
        set_classes(self.back, {"decom-hidden": False})
        self._went_on("")

    def close(self) -> None:
        """Free the widgets, here and on the page."""
        for form in self.forms.values():
            form.close()
        self.widget.close()  # type: ignore[no-untyped-call]  # ipywidgets publish no types

    def _bring_back(self) -> None:
        kept, name = self.kept, ""

        def back() -> None:
            nonlocal name
            if kept is not None:
                name = self.shelf.bring_back(kept)

        if self._done(back) and name:
            self.kept = None
            set_classes(self.back, {"decom-hidden": True})
            self._say(f"Back again: {name}", "decom-good")
            self._went_on(name)

    def _went_on(self, name: str) -> None:
        self.chosen = name or self.chosen
        self.follow()
        self._changed()

    def _make_file(self, name: str) -> None:
        self.shelf.begin(name)

    def _set_aside(self, name: str) -> None:
        self.kept = self.shelf.remove(name)

    def _done(self, act: Callable[[], None]) -> bool:
        """Do something with files; say so where it cannot be done."""
        try:
            act()
        except InputError as error:
            self._say(f"Not done: {error}", "decom-bad")
            return False
        return True

    def _picked(self, change: Any) -> None:
        if not self.quiet and change["new"]:
            self._close_questions()
            self.choose(change["new"])

    def _named(self, change: Any) -> None:
        name = str(change["new"]).strip()
        if name:
            self._say(self.shelf.refusal(name.removesuffix(".yaml")), "decom-bad")

    def _ask_name(self) -> None:
        self._close_questions()
        set_classes(self.naming, {"decom-hidden": False})

    def _begin(self) -> None:
        self.begin(str(self.name.value))

    def _ask_removal(self) -> None:
        self._close_questions()
        set_html(
            self.question,
            f"<div>Remove <strong>{html(self.chosen)}</strong>? Its file is moved aside, not deleted.</div>",
        )
        set_classes(self.removal, {"decom-hidden": False})

    def _remove(self) -> None:
        self.remove()

    def _close_questions(self) -> None:
        set_classes(self.naming, {"decom-hidden": True})
        set_classes(self.removal, {"decom-hidden": True})

    def _say(self, what: str, kind: str) -> None:
        set_html(self.line, f'<div class="{kind}" data-say>{html(sentence(what))}</div>' if what else "")
