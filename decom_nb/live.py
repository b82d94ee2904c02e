"""The live face: in JupyterLab every view follows the forms. `cells.open_book` gives a `LivePage` there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

import pandas as pd
from altair.utils.schemapi import debug_mode
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from ipywidgets.widgets.domwidget import DOMWidget
from ipywidgets.widgets.widget_bool import Checkbox
from ipywidgets.widgets.widget_box import VBox
from ipywidgets.widgets.widget_float import FloatSlider
from ipywidgets.widgets.widget_string import HTML
from markupsafe import Markup

from decom_nb import shipped
from decom_nb.book import Book, decision_tables, document_classes, rooms
from decom_nb.cells import Page, find_action, find_tree, find_view, looks_at
from decom_nb.chart import Figure
from decom_nb.chart_view import ChartView
from decom_nb.decision_tree import Path as TreePath
from decom_nb.decision_tree import Tree, answers_of
from decom_nb.document import Document, Shelf, Sitting, read, save
from decom_nb.engagement import Settings
from decom_nb.errors import InputError, Mistake
from decom_nb.evidence.source import Evidence
from decom_nb.form import ActionPanel, Form, Instances, TreeWalk, note
from decom_nb.plan import Step
from decom_nb.suggest import instead
from decom_nb.supply import Absent, asks
from decom_nb.tree_chart import tree_figure
from decom_nb.view import View
from decom_nb.wording import points


class LivePage(Page):
    """A book whose documents can be filled in; a change is saved, and shown in every view of the page at once."""

    def __init__(self, folder: Path) -> None:
        self.book = Book.open(folder)
        self.followers: list[_LiveView | _Ticks | _Walk] = []
        self.forms: dict[str, Form[Any] | Instances] = {}
        self.actions: dict[str, ActionPanel] = {}
        self._lock = RLock()  # cells and widgets may be heard in two threads of one kernel
        super().__init__(self.book.audit())
        style = shipped.theme("decom.css").read_text(encoding="utf-8")
        if InteractiveShell.initialized():
            display({"text/html": f"<style>{style}</style>"}, raw=True)

    def show(self, view: str, **options: Any) -> DOMWidget:
        """Show a room's view and keep it up to date."""
        follower = _LiveView(view, options)
        follower.follow(self)
        self.followers = [each for each in self.followers if each.key != follower.key] + [follower]
        return follower.box

    def form(self, document: str) -> Form[Document] | Instances:
        """Show the form for a document; it saves itself. Of a document of which there are many, one can be chosen."""
        if document not in document_classes():
            raise InputError(
                Mistake("", 0, document, "no room has this document", instead(document, document_classes()))
            )
        kind = document_classes()[document]
        place = self.book.engagement.document_path(kind)
        if kind.many:
            return self._instances(kind, Shelf(kind, place))
        if not place.exists():
            save(place, kind())
        sitting = Sitting(kind, place)

        def changed(value: Document) -> None:
            self._turn_to(self.book.replace(**{document: value}))

        form = Form(sitting.document, on_change=changed, save=sitting, hidden=self._hidden(kind))
        self.forms[document] = form
        return form

    def _instances(self, kind: type[Document], shelf: Shelf[Document]) -> Instances:
        def others(name: str) -> list[Document]:
            return [each for each in self.book.documents[kind.name] if each.instance != name]

        def with_one(name: str, value: Document) -> tuple[Document, ...]:
            return tuple(sorted([*others(name), value.named(name)], key=lambda each: shelf.path(each.instance)))

        def opened(name: str) -> Form[Document]:
            sitting = Sitting(kind, shelf.path(name))

            def changed(value: Document) -> None:
                self._turn_to(self.book.replace(**{kind.name: with_one(name, value)}))

            hidden = self._hidden(kind, lambda value: with_one(name, value))
            return Form(sitting.document, on_change=changed, save=sitting, hidden=hidden)

        def listed() -> None:
            there = {each.instance: each for each in self.book.documents[kind.name]}
            now = tuple(there.get(name) or read(kind, shelf.path(name)).document for name in shelf.names)
            self._turn_to(self.book.replace(**{kind.name: now}))

        made = Instances(kind.name.replace("_", " "), shelf, opened, listed)
        self.forms[kind.name] = made
        return made

    def query(self, sql: str, **values: Any) -> pd.DataFrame:
        """Give the rows of one SELECT over the evidence as a frame; values go in as ``$name``. See `relations`."""
        return pd.DataFrame(self.book.query(sql, **values))

    def relations(self) -> pd.DataFrame:
        """Give what `query` can ask: each relation, how many rows it has, what it holds, and its columns."""
        store = self.book.evidence.store
        told = [] if store is None else [{**row, "columns": ", ".join(row["columns"])} for row in store.contents()]
        return pd.DataFrame(told, columns=["relation", "rows", "what", "columns"])

    def action(self, name: str, **settings: Any) -> DOMWidget:
        """Show the button that starts a room's action, ``room.action``; `settings` given here are not asked for.

        The action runs beside the kernel's cells. When it is done, documents and evidence are read again and every form and
        view on the page follows.
        """
        function = find_action(name)
        if unknown := sorted(settings.keys() - asks(function).settings):
            hint = instead(unknown[0], asks(function).settings)
            raise InputError(Mistake("", 0, unknown[0], f"{name} has no such setting", hint))
        key = f"{name} {sorted(settings.items())!r}"
        if key not in self.actions:

            def work(given: Mapping[str, Any], report: Any, cancelled: Any) -> Any:
                made = self._supplied(function, given, report=report, cancelled=cancelled)
                book = self.book.recollected()
                # In this thread, for it takes long where there is much: then views and forms wait for nothing.
                return made, book.evidence

            self.actions[key] = ActionPanel(function, settings, work, self._came_to, self._supplied)
        panel = self.actions[key]
        panel.follow()
        return panel.widget

    def _supplied(self, function: Callable[..., Any], settings: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """Call a function of a room's actions with what it names."""
        supply = self.book.supply(datetime.now(UTC).date())
        supply.values |= {"engagement": self.book.engagement, **more}
        try:
            given = supply.given(function)
        except Absent as absent:
            words = self.book.words(absent.name)
            raise InputError(
                Mistake("", 0, "", f"this cannot be done without {words}", "add it, then start again")
            ) from None
        return function(*given, **settings or {})

    def _came_to(self, outcome: tuple[Any, Evidence]) -> Iterable[DOMWidget]:
        """Take over what an action may have changed, and give the widgets that show what it gave."""
        told = []
        made, evidence = outcome
        with self._lock:
            book = self.book.with_evidence(evidence)
            try:
                book = book.reread()
            except InputError as error:  # somebody's document is broken; what the action found is evidence all the same
                told.append(note(f"Documents were not read again: {error}"))
            self._turn_to(book)
            for form in self.forms.values():
                form.follow()
        if isinstance(made, View):
            return [*told, *map(_block, made.blocks)]
        return [*told, note(str(made))] if made is not None and made != "" else told

    def weights(self, question: str) -> DOMWidget:
        """Show a slider for each criterion of a decision; what is set is kept in engagement.yaml."""
        _, table = decision_tables()[question]
        mine = {**{each.name: each.weight for each in table.criteria}, **self.book.weights.get(question, {})}
        settings = read(Settings, self.book.engagement.settings_path)
        sliders = {
            each.name: FloatSlider(
                value=mine[each.name],
                min=0,
                max=5,
                step=0.25,
                description=each.title,
                description_allow_html=False,
                style={"description_width": "12em"},
                layout={"width": "32em"},
                continuous_update=False,
            )
            for each in table.criteria
        }

        def moved(_: Any) -> None:
            nonlocal settings
            weights = {**self.book.weights, question: {name: slider.value for name, slider in sliders.items()}}
            settings = save(settings, settings.document.model_copy(update={"weights": weights}))
            self._turn_to(self.book.reweighted(weights))

        for slider in sliders.values():
            slider.observe(moved, "value")
        return VBox(list(sliders.values()))

    def ticks(self) -> DOMWidget:
        """Show every repair of the plan to be ticked off; what is ticked is kept in the document `repair_plan`."""
        ticks = _Ticks(self)
        self.followers = [each for each in self.followers if each.key != ticks.key] + [ticks]
        return ticks.box

    def tree(self, name: str) -> TreeWalk:
        """Show a room's decision tree, ``room.tree``, to be walked; the answers are kept in the document that it names."""
        walked = _Walk(self, find_tree(name))
        self.followers = [each for each in self.followers if each.key != walked.key] + [walked]
        return walked.panel

    def _turn_to(self, book: Book) -> None:
        with self._lock:
            self.book = book
            self.audit = book.audit()
            for follower in self.followers:
                follower.follow(self)
            for panel in self.actions.values():
                panel.follow()

    def _hidden(
        self, kind: type[Document], among: Callable[[Any], Any] = lambda value: value
    ) -> Callable[[Any], set[str]] | None:
        """Give the function that says which optional questions no longer matter, if the document's room has one."""
        room = next(each for each in rooms() if kind in each.documents)
        function = getattr(room.part("forms"), "hidden", None)
        if function is None:
            return None

        def hidden(value: Document) -> set[str]:
            # The book remembers what it worked out for this very document, so the decisions are made once per change.
            supply = self.book.replace(**{kind.name: among(value)}).supply(datetime.now(UTC).date())
            found: set[str] = supply.call(function)
            return found

        return hidden


class _LiveView:
    """One view on the page: a box whose contents are replaced only where they changed."""

    def __init__(self, name: str, options: dict[str, Any]) -> None:
        self.key = (name, repr(sorted(options.items())))
        self.function = find_view(name)
        self.options = options
        self.box = VBox()
        self.box.add_class("decom")
        self.seen: list[Any] | None = None

    def follow(self, page: Page) -> None:
        """Draw the view again if a part of the audit that it looks at is different from before."""
        parts = looks_at(page.audit, self.function, self.options)
        if parts != self.seen:
            self.seen = parts
            with debug_mode(False):  # Altair's checks cost more than the drawing; the tests run every chart with them
                self._show(self.function(*parts, **self.options))

    def _show(self, view: View) -> None:
        old = self.box.children
        if len(old) == len(view.blocks) and all(map(_fits, old, view.blocks)):
            for child, block in zip(old, view.blocks, strict=True):
                if isinstance(block, Markup):
                    child.value = str(block)
                else:
                    child.show(block)
        else:
            self.box.children = tuple(map(_block, view.blocks))


class _Ticks:
    """The repairs of the plan as boxes to tick; those that are gone from the plan are gone from here."""

    key = ("ticks", "")

    def __init__(self, page: LivePage) -> None:
        self.page = page
        self.kind = document_classes()["repair_plan"]
        self.place = page.book.engagement.document_path(self.kind)
        if not self.place.exists():
            save(self.place, self.kind())
        self.box = VBox()
        self.boxes: dict[str, Checkbox] = {}
        self.following = False
        self.follow(page)

    def follow(self, page: Page) -> None:
        """Show the plan as it is now, and what of it is ticked."""
        steps = page.audit.plan.steps if page.audit.plan else ()
        self.following = True
        try:
            if [each.rule for each in steps] != list(self.boxes):
                self.boxes = {each.rule: self._box(each) for each in steps}
                empty = note("No finding that was decided leaves points to gain.")
                self.box.children = tuple(self.boxes.values()) or (empty,)
            for each in steps:
                self.boxes[each.rule].value = each.ticked
        finally:
            self.following = False

    def _box(self, step: Step) -> Checkbox:
        made = Checkbox(
            description=f"+{points(step.gain)} · {step.remedy} (effort {step.effort})",
            description_allow_html=False,
            indent=False,
            layout={"width": "auto"},
        )
        made.observe(lambda change: self._ticked(step.rule, change["new"]), "value")
        return made

    def _ticked(self, rule: str, on: bool) -> None:
        if self.following:
            return
        opened = read(self.kind, self.place)  # as it is now: a form beside this, or somebody else, may have written it
        repairs = [each for each in opened.document.model_dump()["repairs"] if each["rule"] != rule]
        repairs += [{"rule": rule}] if on else []
        wanted = self.kind.model_validate({"repairs": repairs})
        kept = save(opened, wanted).document
        self.page._turn_to(self.page.book.replace(repair_plan=kept))
        if form := self.page.forms.get("repair_plan"):
            form.follow()


class _Walk:
    """A decision tree that is walked for each document of its kind; an answer is saved, and the whole page follows."""

    def __init__(self, page: LivePage, tree: Tree) -> None:
        self.key = ("tree", tree.tree)
        self.page, self.tree = page, tree
        self.kind = document_classes()[tree.document]
        self.panel = TreeWalk(tree, self._answers, self._keep, self._drawn)

    def follow(self, page: Page) -> None:
        """Show the documents as they are now."""
        del page
        self.panel.follow()

    def _answers(self) -> dict[str, dict[str, Any]]:
        held = self.page.book.documents[self.kind.name]
        several = held if isinstance(held, tuple) else (held or self.kind(),)
        return {each.instance or self.kind.name: answers_of(self.tree, each) for each in several}

    def _keep(self, name: str, field: str, value: Any) -> None:
        place = self.page.book.engagement.document_path(self.kind)
        file = Shelf(self.kind, place).path(name) if self.kind.many else place
        opened = read(self.kind, file)  # as it is now: a form beside this, or somebody else, may have written it
        wanted = self.kind.model_validate(
            _with(opened.document.model_dump(exclude_unset=True), field.split("."), value)
        )
        kept = save(opened, wanted).document
        held = self.page.book.documents[self.kind.name]
        turned = tuple(kept.named(name) if each.instance == name else each for each in held) if self.kind.many else kept
        self.page._turn_to(self.page.book.replace(**{self.kind.name: turned}))
        if form := self.page.forms.get(self.kind.name):
            form.follow()

    def _drawn(self, path: TreePath) -> Iterable[DOMWidget]:
        return (ChartView(tree_figure(self.tree, path.route, self.tree.title)),)


def _with(data: dict[str, Any], keys: Sequence[str], value: Any) -> dict[str, Any]:
    """Give the data with another value at a place; nothing in what was given changes."""
    first, *rest = keys
    return {**data, first: _with(data.get(first) or {}, rest, value) if rest else value}


def _block(block: Markup | Figure) -> DOMWidget:
    return HTML(str(block)) if isinstance(block, Markup) else ChartView(block)


def _fits(child: DOMWidget, block: Markup | Figure) -> bool:
    """Tell whether the widget can show the block."""
    return isinstance(child, ChartView) != isinstance(block, Markup)
