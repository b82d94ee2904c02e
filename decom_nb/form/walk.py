"""A decision tree to walk: one question at a time, the steps so far with a way back, and the end with what it comes to.

`live.py` makes one for each tree on the page, and keeps the answers in the document that the tree names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from ipywidgets.widgets.domwidget import DOMWidget
from ipywidgets.widgets.widget_box import VBox

from decom_nb.condition import Answer
from decom_nb.decision_tree import Leaf, Node, Path, Tree, walk
from decom_nb.errors import DecomError
from decom_nb.escape import html
from decom_nb.form.parts import Kit
from decom_nb.form.shape import words
from decom_nb.form.style import style_sheet
from decom_nb.form.view import sentence, set_classes, set_html


class TreeWalk:
    """One tree on the page, walked for one document at a time.

    `answers` gives what each document holds, by the document's name; `keep` writes an answer to a field of one of them;
    `drawn` gives the widgets that show how far a walk came.
    """

    def __init__(
        self,
        tree: Tree,
        answers: Callable[[], Mapping[str, Mapping[str, Answer]]],
        keep: Callable[[str, str, Answer], None],
        drawn: Callable[[Path], Iterable[DOMWidget]],
    ) -> None:
        self.tree, self._answers, self._keep, self._drawn = tree, answers, keep, drawn
        self.chosen = ""
        self.asked = ""
        """A question that somebody went back to; empty: the one that is open."""
        self.quiet = False
        self.kit = kit = Kit()
        noun = words(tree.document)
        self.menu = kit.menu(noun, ())
        self.menu.observe(self._picked, "value")
        self.way = kit.frame((), "decom-walk-way")
        self.question = kit.note()
        self.number = kit.line("Number")
        self.answer_bar = kit.frame((), "decom-row-of-parts")
        self.line = kit.note("", "decom-status")
        self.drawing = VBox()
        self.drawing.add_class("decom")
        style = kit.note(f"<style>{style_sheet()}</style>", "decom-style")
        panel = kit.frame(
            [style, self.menu, self.way, self.question, self.answer_bar, self.line], "decom-form", "decom-action"
        )
        self.widget = VBox((panel, self.drawing))
        self.follow()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return cast("Any", self.widget)._repr_mimebundle_(**kwargs)

    @property
    def path(self) -> Path:
        """How far the chosen document's answers lead."""
        return walk(self.tree, self._answers().get(self.chosen, {}))

    def follow(self) -> None:
        """Show the documents there are now, and how far the chosen one comes."""
        there = tuple(self._answers())
        self.quiet = True
        if tuple(self.menu.options) != there:
            self.menu.options = there
        if self.chosen not in there:
            self.chosen = there[0] if there else ""
            self.asked = ""
        self.menu.value = self.chosen or None
        self.quiet = False
        set_classes(self.menu, {"decom-hidden": not there})
        self._show()

    def answer(self, value: Answer) -> None:
        """Take an answer to the question that is shown, keep it, and go on."""
        node = self._node
        if node is None:
            return
        self.asked = ""
        self._write(node.field, value, f"Kept: {node.short} {_said(node, value)}")

    def back(self, name: str) -> None:
        """Ask a question of the way again."""
        self.asked = name
        self._show()

    def decide(self, value: str) -> None:
        """Write down what the end comes to."""
        self._write(self.tree.decides, value, f"Written down: {self.tree.decides} is {value}")

    @property
    def _node(self) -> Node | None:
        here = self.tree.by_name.get(self.asked) if self.asked else self.path.open
        return here if isinstance(here, Node) else None

    def _write(self, field: str, value: Answer, said: str) -> None:
        try:
            self._keep(self.chosen, field, value)
        except DecomError as error:
            self._say(f"Not kept: {error}", "decom-bad")
        else:
            self._say(said, "decom-good")
        self.follow()

    def _show(self) -> None:
        kit = self.kit
        if not self.chosen:
            noun = self.tree.document.replace("_", " ")
            set_html(
                self.question, f'<div class="decom-help">{html(f"There is no {noun} yet: begin the first.")}</div>'
            )
            self.way.children, self.answer_bar.children = (), ()
            self.drawing.children = tuple(self._drawn(walk(self.tree, {})))
            return
        path = self.path
        self.way.children = tuple(
            kit.frame(
                [
                    kit.note(
                        f"<div>{html(step.node.question)} <strong>{html(_said(step.node, step.answer))}</strong></div>"
                    ),
                    kit.press("Change", _going(self.back, step.node.name), "decom-cancel", tooltip=step.node.question),
                ],
                "decom-row-of-parts",
            )
            for step in path.steps
        )
        if self._node is not None:
            self._ask(self._node)
        elif path.leaf is not None:
            self._end(path.leaf)
        self.drawing.children = tuple(self._drawn(path))

    def _ask(self, node: Node) -> None:
        told = f'<div><strong>{html(node.question)}</strong></div><div class="decom-help">{html(node.because)}</div>'
        set_html(self.question, told)
        if node.is_number:
            self.number.value = ""
            self.number.placeholder = node.unit or "a number"
            self.answer_bar.children = (self.number, self.kit.press("Go on", self._typed, "decom-begin"))
            return
        self.answer_bar.children = tuple(
            self.kit.press(way.says, _going(self.answer, way.answer), "decom-begin", tooltip=way.says)
            for way in node.ways
        )

    def _typed(self) -> None:
        text = str(self.number.value).replace(",", "").replace("_", "").replace(" ", "")
        try:
            value = float(text)
        except ValueError:
            self._say(f"{self.number.value!r} is no number; write it in digits", "decom-bad")
            return
        if not 0 <= value < float("inf"):
            self._say("It cannot be less than nothing, nor endless", "decom-bad")
            return
        self.answer(value)

    def _end(self, leaf: Leaf) -> None:
        tools = f" With {', '.join(leaf.tools)}." if leaf.tools else ""
        cautions = "".join(f"<li>{html(each.says)}</li>" for each in leaf.cautions)
        told = (
            f"<div><strong>{html(leaf.recommends)}.</strong> {html(leaf.because)} {html(f'Best for {leaf.best_for}.{tools}')}"
            f"</div><ul>{cautions}</ul>"
        )
        set_html(self.question, told)
        self.answer_bar.children = tuple(
            self.kit.press(f"Write down: {each}", _going(self.decide, each), "decom-begin")
            for each in (leaf.fits if self.tree.decides else ())
        )

    def _picked(self, change: Any) -> None:
        if not self.quiet and change["new"]:
            self.chosen, self.asked = str(change["new"]), ""
            self._say("", "")
            self._show()

    def _say(self, what: str, kind: str) -> None:
        set_html(self.line, f'<div class="{kind}" data-say>{html(sentence(what))}</div>' if what else "")


def _said(node: Node, value: Answer) -> str:
    """Give an answer in words, a number with its unit."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.0f} {node.unit}".strip() if isinstance(value, int | float) else str(value)


def _going(act: Callable[[Any], None], value: Any) -> Callable[[], None]:
    """Give what a button does: act on one value."""
    return lambda: act(value)
