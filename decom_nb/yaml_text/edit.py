"""Changes values in the text of a YAML file and leaves every other character alone. `document/saving.py` calls it.

Comments stand where a person put them: those behind a value stay in its line, those right above an item or key move and
go with it. A loader that builds objects and writes them again would lose some of them and reflow the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from decom_nb.errors import InputError, Mistake
from decom_nb.escape import visible
from decom_nb.yaml_text.alignment import align, same
from decom_nb.yaml_text.file import Node, YamlFile, key_path, parse
from decom_nb.yaml_text.scalar import literal, scalar

WIDTH = 100
_SHORT_LIST = 60
_LONGEST_KEY = 800  # YAML 1.2, chapter 7.4.3: a key in one line with its colon has at most 1024 characters


def rewrite(source: YamlFile, target: dict[str, Any]) -> YamlFile:
    """Give the file with the values of `target`, its keys in this order, parsed again and found to hold just them."""
    for text in _attempts(source, target):
        try:
            result = parse(source.encode(text), source.file)
        except InputError:
            continue
        if same(result.root.plain(), target):
            return result
    raise RuntimeError(f"{source.file}: the changed values could not be written; the file is as it was")


def _attempts(source: YamlFile, target: dict[str, Any]) -> Iterator[str]:
    yield _Editor(source).document(target)
    # A text over several lines takes an indented comment below it for its own.
    yield _Editor(source, literals=False).document(target)
    # A change within an &anchor reaches its aliases too, unless they are written out first.
    spelled_out = parse(_without_aliases(source).encode(), source.file)
    yield _Editor(spelled_out, literals=False).document(target)
    yield _Editor(spelled_out, literals=False, careful=False).document(target)


def render(target: dict[str, Any]) -> str:
    """Give a whole mapping as YAML text."""
    return "\n".join(_Editor(YamlFile("", "", Node("mapping", 0, 0, 1))).lines(target, 0)) + "\n"


def inline(value: Any, width: int = 120) -> str:
    """Give a value in one line, shortened, to show it to a person."""
    told = visible(_Editor(YamlFile("", "", Node("mapping", 0, 0, 1))).in_flow(value))
    return told if len(told) <= width else told[: width - 1] + "…"


def _without_aliases(source: YamlFile) -> str:
    text, copied = "", 0
    editor = _Editor(source)
    for node in source.root.walk():
        if node.kind == "alias":
            text += source.text[copied : node.start] + editor.in_flow(node.plain())
            copied = node.end
    return text + source.text[copied:]


@dataclass
class _Piece:
    """The lines of one item or key: the comment above that is its own, itself, and what stands below it."""

    lead: str
    body: str
    own: str = ""
    rest: str = ""

    def __str__(self) -> str:
        return self.lead + self.body + "\n" + self.own + self.rest


class _Editor:
    def __init__(self, source: YamlFile, *, careful: bool = True, literals: bool = True) -> None:
        self.source = source
        self.text = source.text
        self.careful = careful
        self.literals = literals
        self.dash = self._dash()
        self.quote = '"' if source.root.style == "flow" else ""  # a JSON file stays one

    def _dash(self) -> int:
        """Give how far this file indents a list's dashes below its key."""
        for node in self.source.root.walk():
            for item in node.items if node.kind == "mapping" and node.style == "block" else ():
                if item.kind == "sequence" and item.style == "block":
                    return self.column(item.start) - self.column(item.lead)
        return 2

    # places

    def line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found

    def column(self, index: int) -> int:
        return index - self.line_start(index)

    # changing what is there

    def document(self, target: dict[str, Any]) -> str:
        root = self.source.root
        if root.style == "flow":
            return self.text[: root.start] + self.flow(root, target) + self.text[root.end :]
        begin = self.line_start(root.start)
        if self.text[begin : root.start].strip():
            begin = root.start
        return self.text[:begin] + self.block(root, target, begin) + self.text[self.line_end(root.end) :]

    def block(self, node: Node, target: Any, begin: int) -> str:
        """Give the new text from `begin`, below the key or behind the dash, to the end of the last line."""
        column = self.column(node.items[0].lead)
        compact = begin == node.items[0].lead
        pieces, header = self._pieces(node, begin, column, compact=compact)
        told: list[_Piece] = []
        kept: set[int] = set()
        for number, (index, value, key) in enumerate(self._order(node, target)):
            pad = "" if compact and not number else " " * column
            if index is None:
                piece = _Piece("", pad + self.fresh(key, value, column, self._manner(node)))
                if told:
                    piece.rest, told[-1].rest = told[-1].rest, ""
            else:
                piece = pieces[index]
                piece.body = pad + self.entry(node.items[index], value, column, item=node.kind == "sequence")
                kept.add(index)
            told.append(piece)
        if compact and told[0].lead:
            told[0].lead, told[0].own = "", told[0].lead + told[0].own
        loose = "".join(piece.rest for index, piece in enumerate(pieces) if index not in kept and "#" in piece.rest)
        return header + ("".join(map(str, told)) + loose.rstrip("\n")).removesuffix("\n")

    def _pieces(self, node: Node, begin: int, column: int, *, compact: bool) -> tuple[list[_Piece], str]:
        header = ""
        pieces: list[_Piece] = []
        for index, item in enumerate(node.items):
            below = self.line_end(node.items[index - 1].end) + 1 if index else begin
            gap = "" if compact and not index else self.text[below : self.line_start(item.lead)]
            own, rest, lead = _shares(gap, column)
            if index:
                pieces[-1].own, pieces[-1].rest = own, rest
            else:
                header = own + rest
            pieces.append(_Piece(lead, ""))
        return pieces, header

    def _order(self, node: Node, target: Any) -> Iterable[tuple[int | None, Any, str | None]]:
        if node.kind == "mapping":
            return [(node.keys.get(key), value, key) for key, value in target.items()]
        return [(index, value, None) for index, value in zip(align(node.plain(), target), target, strict=True)]

    def entry(self, node: Node, value: Any, column: int, *, item: bool) -> str:
        """Give the new text of a key or item in a block, from its first character to the end of its last line."""
        end = self.line_end(node.end)
        if same(node.plain(), value):
            return self.text[node.lead : end]
        prefix = self.text[node.lead : node.before]
        alike = (
            self.careful and bool(value) and isinstance(value, {"mapping": dict, "sequence": list}.get(node.kind, ()))
        )
        compact = not self.text[node.before : node.start].count("\n")
        if alike and node.style == "block":
            begin = node.start if compact else self.line_end(node.before) + 1
            return self.text[node.lead : begin] + self.block(node, value, begin)
        gap = self.text[node.before : node.start] or " "
        inline, below = self.value(value, column, item=item, style=node.style)
        if alike and node.style == "flow" and node.items:
            told = self.flow(node, value)
            if "\n" in told or len(prefix + gap + told) + column <= WIDTH:
                inline, below = told, []
        remark, place, header = self._remark(node, compact=compact)
        if node.style == "block" or below or ("\n" in gap and not inline):
            gap = " "
        said = prefix + (gap + inline if inline else "")
        if remark:
            width = column + len(said)
            blanks = len(remark) - len(remark.lstrip(" "))
            said += " " * (place - width if place > width else min(blanks, 2)) + remark.lstrip(" ")
        return "\n".join([said, *header, *below])

    def _remark(self, node: Node, *, compact: bool) -> tuple[str, int, list[str]]:
        """Give the comment behind a value, its column if in the line of the key, and comments between key and block."""
        header: list[str] = []
        if node.style == "block":
            if compact:
                return "", 0, []
            begin, end = node.before, self.line_end(node.before)
            own, rest, _ = _shares(self.text[end + 1 : self.line_start(node.start)], self.column(node.items[0].lead))
            header = [line for line in (own + rest).split("\n") if line.strip()]
        elif node.style in ("|", ">"):
            begin, end = node.start, self.line_end(node.start)
        else:
            begin, end = node.end, self.line_end(node.end)
        sign = self.text.find("#", begin, end)
        if sign < 0:
            return "", 0, header
        before = len(self.text[:sign].rstrip(" "))
        beside = self.line_start(sign) == self.line_start(node.lead)
        return self.text[before:end].rstrip(), self.column(sign) if beside else 0, header

    def flow(self, node: Node, target: Any) -> str:
        """Give the new text of a list or mapping in brackets."""
        order = list(self._order(node, target))
        text = self.text[node.start : node.end]
        if [index for index, _, _ in order] == list(range(len(node.items))):
            told, copied = "", node.start
            for item, (_, value, _) in zip(node.items, order, strict=True):
                told += self.text[copied : item.start] + self._flow_value(item, value)
                copied = item.end
            return told + self.text[copied : node.end]
        entries = []
        for index, value, key in order:
            if index is None:
                entries.append(
                    (f"{self.key(key)}: " if key is not None else "") + self.in_flow(value, self._manner(node))
                )
            else:
                item = node.items[index]
                entries.append(self.text[item.lead : item.start] + self._flow_value(item, value))
        if "\n" not in text:
            pad = " " if text[1] == " " and entries else ""
            return text[0] + pad + ", ".join(entries) + pad + text[-1]
        return self._flow_lines(node, entries, [index for index, _, _ in order])

    def _flow_lines(self, node: Node, entries: list[str], order: list[int | None]) -> str:
        """Give the entries of a list or mapping in brackets one per line, each with its comments."""
        above: dict[int | None, list[str]] = {}
        behind: dict[int | None, str] = {}
        first_item = node.items[0].lead
        beside = "\n" not in self.text[node.start : first_item]
        pad = " " * (self.column(node.start) + 1 if beside else self.column(first_item))
        for index in range(len(node.items) + 1):
            begin = node.items[index - 1].end if index else node.start + 1
            stop = node.items[index].lead if index < len(node.items) else node.end - 1
            first, *others = self.text[begin:stop].split("\n")
            if "#" in first:
                behind[index - 1] = "  " + first[first.index("#") :].rstrip()
            above[index] = [pad + line.strip() for line in others if line.strip().startswith("#")]
        lines = [self.text[node.start] + behind.get(-1, "")]
        for old, told in zip(order, entries, strict=True):
            lines += above.get(old, [])
            lines.append(f"{pad}{told},{behind.get(old, '')}")
        lines += above[len(node.items)]
        return "\n".join([*lines, " " * (len(pad) - 2) + self.text[node.end - 1]])

    def _flow_value(self, node: Node, value: Any) -> str:
        if same(node.plain(), value):
            return self.text[node.start : node.end]
        alike = bool(value) and isinstance(value, dict if node.kind == "mapping" else list)
        if alike and self.careful and node.style == "flow":
            return self.flow(node, value)
        told = self.in_flow(value, node.style)
        if node.start > node.before or node.lead == node.before:
            return told
        return " " + told if self.text[node.before - 1] == ":" else ": " + told

    # writing what is new

    def _manner(self, node: Node) -> str:
        """Give the quotes in which the items of a list are written, if they are texts in quotes."""
        styles = {item.style for item in node.items if item.kind == "scalar"} if node.kind == "sequence" else set()
        return styles.pop() if len(styles) == 1 and styles <= {'"', "'"} else ""

    def fresh(self, key: str | None, value: Any, column: int, style: str = "") -> str:
        """Give the text of a new key, or of a new item if there is no key."""
        inline, below = self.value(value, column, item=key is None, style=style)
        first = "-" if key is None else f"{self.key(key)}:"
        return "\n".join([f"{first} {inline}" if inline else first, *below])

    def value(self, value: Any, column: int, *, item: bool = False, style: str = "") -> tuple[str, list[str]]:
        """Give a value as what stands in the line of its key or dash at `column`, and the lines below."""
        if isinstance(value, (dict, list)) and value:
            told = self.in_flow(value)
            short = (
                len(told) <= _SHORT_LIST
                and isinstance(value, list)
                and not any(isinstance(each, (dict, list)) for each in value)
            )
            if short and not (item and isinstance(value, list)):
                return told, []
            if not item:
                return "", self.lines(value, column + (2 if isinstance(value, dict) else self.dash))
            first, *below = self.lines(value, column + 2)
            return first.lstrip(), below
        if self.literals and isinstance(value, str) and (block := literal(value, column + 2)):
            return block
        if value is None and not item:
            return "", []
        return self.in_flow(value, style), []

    def lines(self, value: Any, column: int) -> list[str]:
        """Give a mapping or list that is not empty as lines of a block at `column`."""
        pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        return [line for key, item in pairs for line in (" " * column + self.fresh(key, item, column)).split("\n")]

    def in_flow(self, value: Any, style: str = "") -> str:
        """Give a value on one line, lists and mappings in brackets."""
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.key(key)}: {self.in_flow(item)}" for key, item in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.in_flow(item) for item in value) + "]"
        return scalar(value, style or self.quote)

    def key(self, key: str) -> str:
        told = scalar(key, self.quote)
        if len(told) > _LONGEST_KEY:
            what = f"a key of {len(key)} characters is too long for YAML"
            raise InputError(Mistake(self.source.file, 0, key_path((key,)), what, f"keep it under {_LONGEST_KEY}"))
        return told


def _shares(gap: str, column: int) -> tuple[str, str, str]:
    """Share the lines between two neighbours: the upper has the deeper comments, the lower those right above it."""
    lines = [line + "\n" for line in gap.split("\n")[:-1]]

    def remark(line: str, *, deeper: bool) -> bool:
        told = line.lstrip(" ")
        return told.startswith("#") and (len(line) - len(told) > column) == deeper

    upper = 0
    while upper < len(lines) and remark(lines[upper], deeper=True):
        upper += 1
    lower = len(lines)
    while lower > upper and remark(lines[lower - 1], deeper=False):
        lower -= 1
    return "".join(lines[:upper]), "".join(lines[upper:lower]), "".join(lines[lower:])
