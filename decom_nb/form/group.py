"""The views of models inside a model: a group under a heading, a group that may be absent, one of several groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from decom_nb.escape import html
from decom_nb.form.draft import Path, Unfit, at, typed
from decom_nb.form.shape import ABSENT, Group, Shape, Variants, blank
from decom_nb.form.view import Desk, Hidden, View, is_hidden, note_html, set_classes, set_html


class GroupView(View):
    """The fields of a model, those that can wait behind a button; `bare` leaves out heading and frame."""

    shape: Group

    def __init__(
        self, shape: Group, desk: Desk, parent: View | None, step: str | int | None, *, bare: bool = False
    ) -> None:
        super().__init__(shape, desk, parent, step)
        self.bare = bare
        self.views = {each.name: desk.view(each, self, each.name) for each in shape.fields if not each.more}
        self.later = tuple(each for each in shape.fields if each.more)
        self.head = desk.kit.note()
        self.fields = desk.kit.frame([view.box for view in self.views.values()], "decom-fields")
        parts = [self.head, self.fields]
        if self.later:
            self.more = desk.kit.press("", self._turn_more, "decom-more")
            self.more_fields = desk.kit.frame((), "decom-fields", "decom-shut")
            parts += [self.more, self.more_fields]
        self.box = desk.kit.frame(parts, "decom-plain" if bare else "decom-group", f"decom-at-{self.id}")

    def draw(self) -> None:
        """Show every field that still matters."""
        heading = (
            "" if self.bare or not self.shape.label else f'<div class="decom-heading">{html(self.shape.label)}</div>'
        )
        set_html(
            self.head,
            heading + note_html(self.shape, self.troubles.here)
            if not self.bare
            else note_html(_NAMELESS, self.troubles.here),
        )
        node = self.node.typed if isinstance(self.node, Unfit) else self.node
        held = node if isinstance(node, dict) else {}
        path = self.path
        for name, view in self.views.items():
            view.sync(held.get(name, ABSENT), self.troubles.under(name), self.hidden)
            if self.hidden or "decom-hidden" in view.box._dom_classes:
                gone = is_hidden((*path, name), self.hidden) and not self.troubles.under(name).count()
                set_classes(view.box, {"decom-hidden": gone})
        if self.later:
            self._draw_more(held, path)

    def find(self, path: Path) -> View:
        """Give the view below, opening the questions that can wait if it is one of them."""
        if not path:
            return self
        if path[0] not in self.views and any(each.name == path[0] for each in self.later):
            self._open_more()
        inner = self.views.get(str(path[0]))
        return inner.find(path[1:]) if inner else self

    def _draw_more(self, held: dict[str, Any], path: Path) -> None:
        asked = list(_questions(self.later, held, path, self.hidden))
        answered = sum(asked)
        shut = "decom-shut" in self.more_fields._dom_classes
        count = f"{answered} of {len(asked)} answered" if answered else f"{len(asked)}"
        remarks = "".join(self.troubles.under(each.name).remark() for each in self.later)
        self.more.description = f"More questions ({count}){remarks}"
        set_classes(self.more, {"decom-hidden": not asked, "decom-open": not shut})

    def _turn_more(self) -> None:
        if "decom-open" in self.more._dom_classes:
            set_classes(self.more_fields, {"decom-shut": True})
            set_classes(self.more, {"decom-open": False})
        else:
            self._open_more()

    def _open_more(self) -> None:
        if not self.more_fields.children:
            made = {each.name: self.desk.view(each, self, each.name) for each in self.later}
            self.views |= made
            self.draw()
            self.more_fields.children = tuple(view.box for view in made.values())
        set_classes(self.more_fields, {"decom-shut": False})
        set_classes(self.more, {"decom-open": True})


_NAMELESS = Shape()


def _questions(shapes: Iterable[Shape], held: Any, path: Path, hidden: Hidden) -> Iterator[bool]:
    """Give, for each question in sight here and in the groups below, whether it is answered."""
    for shape in shapes:
        inner, place = typed(held.get(shape.name)) if isinstance(held, dict) else None, (*path, shape.name)
        if is_hidden(place, hidden):
            continue
        if isinstance(shape, Group) and not shape.optional:
            yield from _questions(shape.fields, inner, place, hidden)
        else:
            yield inner not in (None, "", (), {}, ABSENT)


class OptionalView(View):
    """A part that may be left out altogether; it is built when it is first asked for."""

    def __init__(
        self, shape: Group | Variants, desk: Desk, parent: View | None, step: str | int | None, inner: Shape
    ) -> None:
        super().__init__(shape, desk, parent, step)
        self.inner_shape = inner
        self.inner: View | None = None
        noun = shape.label[:1].lower() + shape.label[1:]
        self.note = desk.kit.note()
        self.give = desk.kit.press(f"Add {noun}", self._give, "decom-add")
        self.take = desk.kit.press(f"Remove {noun}", self._take, "decom-remove")
        self.box = desk.kit.frame([self.note, self.give], "decom-optional", f"decom-at-{self.id}")

    def draw(self) -> None:
        """Show the part, or the button that brings it."""
        there = self.node is not None and self.node is not ABSENT
        set_html(self.note, "" if there else note_html(self.shape, self.troubles.here, label=True))
        if there:
            self.inner = self.inner or self.desk.view(self.inner_shape, self, None)
            self.inner.sync(self.node, self.troubles, self.hidden)
        children = (self.inner.box, self.take) if there and self.inner else (self.note, self.give)
        if self.box.children != children:
            self.box.children = children

    def find(self, path: Path) -> View:
        """Give the view below, if the part is there."""
        return self.inner.find(path) if self.inner else self

    def _give(self) -> None:
        shape = self.inner_shape
        self.desk.put(self.path, blank(shape) if isinstance(shape, Group) else shape.empty)
        self.desk.focus(self)

    def _take(self) -> None:
        self.desk.put(self.path, None)
        self.desk.focus(self)


class VariantsView(View):
    """One of several models: a choice, and below it the fields of the chosen one."""

    shape: Variants

    def __init__(self, shape: Variants, desk: Desk, parent: View | None, step: str | int | None) -> None:
        super().__init__(shape, desk, parent, step)
        options = tuple((group.label, tag) for tag, group in shape.groups.items())
        first = next(iter(shape.groups.values()))
        by = next(each for each in first.fields if each.name == shape.by)
        self.choice = desk.kit.menu(by.label, options)
        self.choice.observe(self._chosen, "value")
        self.head = desk.kit.note()
        self.bodies: dict[Any, GroupView] = {}
        self.by = replace(by, unit="")
        self.about = desk.kit.note()
        choice = desk.kit.frame([self.choice, self.about], "decom-field", "decom-choice")
        self.frame = desk.kit.frame((), "decom-fields")
        self.box = desk.kit.frame([self.head, choice, self.frame], "decom-group", f"decom-at-{self.id}")
        self.quiet = False

    def draw(self) -> None:
        """Show the fields of the chosen model."""
        heading = f'<div class="decom-heading">{html(self.shape.label)}</div>' if self.shape.label else ""
        tag = self._tag()
        set_html(self.head, heading + note_html(self.shape, self.troubles.here if tag is None else ()))
        self.quiet = True
        self.choice.value = tag
        self.quiet = False
        told = self.shape.groups[tag].help if tag is not None else ""
        set_html(self.about, note_html(replace(self.by, help=told or self.by.help), ()))
        if tag is None:
            return
        if tag not in self.bodies:
            group = self.shape.groups[tag]
            self.bodies[tag] = _VariantBody(group, self.desk, self, self.shape)
        body = self.bodies[tag]
        body.sync(self.node, self.troubles, self.hidden)
        if self.frame.children != (body.box,):
            self.frame.children = (body.box,)

    def find(self, path: Path) -> View:
        """Give the view below, in the chosen model."""
        body = self.bodies.get(self._tag())
        return body.find(path) if body and path else self

    def _tag(self) -> Any:
        tag = typed(at(self.node, (self.shape.by,)))
        return next((each for each in self.shape.groups if each == tag), None)

    def _chosen(self, change: Any) -> None:
        tag = change["new"]
        if self.quiet or tag is None:
            return
        group = self.shape.groups[tag]
        before = typed(self.node) if isinstance(typed(self.node), dict) else {}
        shared = {
            each.name: before[each.name] for each in group.fields if each.name in before and each.name != self.shape.by
        }
        self.desk.put(self.path, blank(group) | shared | {self.shape.by: tag})


class _VariantBody(GroupView):
    """The fields of one of several models, its own before those of all, without the one that says which it is."""

    def __init__(self, group: Group, desk: Desk, parent: View, family: Variants) -> None:
        super().__init__(group, desk, parent, None, bare=True)
        self.views.pop(family.by, None)
        self.views = dict(sorted(self.views.items(), key=lambda each: each[0] in family.shared))
        self.fields.children = tuple(view.box for view in self.views.values())
