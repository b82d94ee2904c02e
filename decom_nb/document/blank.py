"""Writes the blank of a document: the template that a person fills in, with what each key means beside it.

`templates/` holds them, `decom init` puts them into an engagement, and a new file begins as one.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from decom_nb.document.model import Document, what_it_is
from decom_nb.document.shape import Shape, shape_of
from decom_nb.escape import visible
from decom_nb.yaml_text.edit import inline, render
from decom_nb.yaml_text.scalar import scalar

WIDTH = 100
_FURTHEST = 36
"""The column beyond which no comment is pushed to line it up with others."""
_DEEPEST = 6

_HOW_TO = (
    "Fill in what you know and leave the rest as it is: an empty answer counts as not answered.",
    "Your own comments stay when a form or a command saves this file.",
)
_LIST_HOW_TO = "one item each: take the # away from these lines and fill them in"


@dataclass
class _Line:
    """One line of the template with what a key means and what may stand there, as a comment to its right.

    If that is too long, what the key means stands above it, behind `sign`.
    """

    text: str
    about: str = ""
    form: str = ""
    sign: str = "# "

    @property
    def remark(self) -> str:
        if not (self.about and self.form):
            return self.about or self.form
        return f"{self.about}: {self.form}" if "|" in self.form else f"{self.about} ({self.form})"


def blank(cls: type[Document]) -> str:
    """Give the template of a document; it is a valid document in which nothing is answered."""
    shape = shape_of(cls)
    about = (
        f"{cls.name.replace('_', ' ').capitalize()}: {what_it_is(cls)}."
        if what_it_is(cls)
        else f"{cls.name.capitalize()}."
    )
    lines = [_Line(f"# {line}") for text in (about, *_HOW_TO) for line in textwrap.wrap(visible(text), WIDTH - 2)]
    lines += [_Line(f"document: {cls.name}"), _Line(f"version: {cls.document_version}"), _Line("")]
    lines += _group(shape, 0, top=True)
    return _aligned(lines)


def _group(shape: Shape, column: int, *, top: bool = False, depth: int = 0) -> Iterator[_Line]:
    """Give the lines of a group's keys; at the top, groups and lists of groups stand apart by a blank line."""
    apart = False
    for number, (key, asked) in enumerate(shape.properties.items()):
        large = top and bool(asked.properties or (asked.item and asked.item.properties))
        if number and (large or apart):
            yield _Line("")
        apart = large
        yield from _key(key, asked, column, depth)


def _key(key: str, shape: Shape, column: int, depth: int) -> Iterator[_Line]:
    pad = " " * column
    item = shape.item if shape.item and shape.item.properties else None
    unanswered = shape.default in (None, "", [], {}) or isinstance(shape.default, dict)
    group = bool(shape.properties) and unanswered and depth < _DEEPEST
    examples = item if item and unanswered and depth < _DEEPEST else None
    answer, *below = [""] if group or examples else _answer(key, shape)
    yield _Line(f"{pad}{scalar(key)}:{answer}", *_remarks(shape), sign=f"{pad}# ")
    yield from (_Line(pad + line) for line in below)
    if group:
        yield from _group(shape, column + 2, depth=depth + 1)
    elif examples:
        yield _Line(f"{pad}  # {_LIST_HOW_TO}")
        yield from _kinds(examples, column, depth) if examples.by else _example(examples, column, depth)


def _example(item: Shape, column: int, depth: int) -> Iterator[_Line]:
    """Give one item of a list as comment lines."""
    yield from _as_item(_group(item, column + 6, depth=depth + 1), column)


def _kinds(item: Shape, column: int, depth: int) -> Iterator[_Line]:
    """Give one item of each kind as comment lines, and once what all kinds have in common."""
    pad, margin = " " * (column + 6), " " * (column + 2)
    yield _Line(f"{margin}# # Keys that every item may have, whatever its `{item.by}`:")
    for key, asked in next(iter(item.variants.values())).properties.items():
        if key in item.shared:
            yield _Line(f"{margin}# #   {scalar(key)}:", *_remarks(asked), sign=f"{margin}# #   # ")
    for tag, kind in item.variants.items():
        what = kind.description.split(". ")[0].rstrip(".")
        own = [key for key in kind.properties if key not in item.shared and key != item.by]
        lines = [_Line(f"{pad}{item.by}: {scalar(tag)}", visible(what), sign=pad)]
        lines += [line for key in own for line in _key(key, kind.properties[key], column + 6, depth + 1)]
        yield from _as_item(lines, column, above="# ")


def _as_item(lines: Iterable[_Line], column: int, above: str = "  ") -> Iterator[_Line]:
    """Give the lines of a group as one item of a list, behind signs that make comments of them.

    `above` stands before what is said of the item as a whole.
    """
    margin = " " * (column + 2)
    for number, line in enumerate(lines):
        dash = "  " if number else "- "
        # A remark above a key keeps a second #, so that it stays a comment when the first is taken away.
        sign = f"{margin}# {'  ' if number else above}{line.sign[column + 6 :]}"
        yield _Line(f"{margin}# {dash}{line.text[column + 6 :]}", line.about, line.form, sign)


def _answer(key: str, shape: Shape) -> list[str]:
    """Give the default as what stands behind the colon, and the lines below it."""
    if shape.default is None:
        return [' ""' if shape.words == "a text" and not shape.optional else ""]
    first, *below = render({key: shape.default}).splitlines()
    return [first.removeprefix(f"{scalar(key)}:"), *below]


def _remarks(shape: Shape) -> tuple[str, str]:
    """Give what a key means, and what may stand there: the allowed values, the unit, the bounds."""
    choices = shape if shape.choices else shape.item
    labels: list[str] = []
    if choices and choices.choices:
        form = choices.allowed if choices.only_choices else choices.words
        said = ((choice, choices.labels.get(str(choice))) for choice in choices.choices)
        labels = [f"{choice}: {label}" for choice, label in said if label]
    elif "boolean" in shape.kinds:
        form = "true | false"
    elif shape.kinds & {"integer", "number"}:
        form = ", ".join(part for part in (shape.unit, shape.bounds) if part)
    else:
        form = shape.words.split(" or ")[0] if shape.words.startswith("a date") else ""
    about = shape.description.rstrip(".")
    if shape.example is not None:
        about += ("," if about else "") + f" for example {inline(shape.example, 60)}"
    about += (" - " if about and labels else "") + "; ".join(labels)
    return visible(about.strip()), visible(form)


def _aligned(lines: list[_Line]) -> str:
    """Put the comments of neighbouring lines under each other."""
    told: list[str] = []
    run: list[_Line] = []

    def close() -> None:
        column = max((len(line.text) + 2 for line in run if line.remark and len(line.text) + 2 <= _FURTHEST), default=0)
        for line in run:
            text, remark = f"{line.text:<{max(column - 2, 0)}}  # ", line.remark
            if len(text + remark) > WIDTH:
                told.extend(line.sign + part for part in textwrap.wrap(line.about, WIDTH - len(line.sign)))
                remark = line.form
            if len(text + remark) > WIDTH:
                told.extend(line.sign + part for part in textwrap.wrap(line.form, WIDTH - len(line.sign)))
                remark = ""
            told.append(text + remark if remark else line.text)
        run.clear()

    for line in lines:
        run.append(line)
        if not line.text:
            close()
    close()
    return "\n".join(told).rstrip("\n") + "\n"
