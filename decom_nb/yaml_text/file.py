"""Reads a YAML file that somebody else wrote: safely, with the place of every value. Documents are read with it.

The scanner and parser are ruamel.yaml's; on top of its events this builds a small tree whose nodes know where their
text stands, so that a mistake can name a line and a save can leave alone what did not change. Nothing is ever
constructed but text, numbers, booleans, null, lists and mappings (the core schema of YAML 1.2, chapter 10.3).
"""

from __future__ import annotations

import re
import stat
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml import events as event
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from decom_nb.errors import InputError, Mistake
from decom_nb.escape import visible
from decom_nb.yaml_text.syntax import explain_syntax

MAX_BYTES = 2_000_000
MAX_DEPTH = 50
MAX_VALUES = 100_000
"""How many values a file may hold, counted as if its aliases were written out."""

KeyPath = tuple[str | int, ...]
Plain = Any
"""Text, number, boolean, None, or lists and mappings of them."""

_BLANKS_AND_COMMENTS = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}|0o[0-7]{1,4000}|0x[0-9a-fA-F]{1,4000}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]{1,4000}(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,5})?")
_SPECIAL: dict[str, Plain] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def whole_characters(text: str) -> str:
    """Replace half characters (lone surrogates), which no UTF-8 file and no JSON can hold, by U+FFFD."""
    return _HALF_CHARACTER.sub("\ufffd", text)


def resolve(text: str) -> Plain:
    """Give the value of an unquoted scalar under YAML 1.2, where ``yes`` and ``2026-03-31`` are text.

    >>> resolve("12"), resolve("1.50"), resolve("true"), resolve("yes"), resolve("")
    (12, 1.5, True, 'yes', None)
    """
    if text in _SPECIAL:
        return _SPECIAL[text]
    if text[0] in "-+.0123456789":
        if _INTEGER.fullmatch(text):
            return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text


@dataclass(slots=True, eq=False)
class Node:
    """One value in the text, which it occupies from `start` to before `end`, without comments and blank lines after it.

    `before` is the index just behind the ``:`` or ``-`` that introduces it, `lead` that of the first character of its
    key or dash.
    """

    kind: Literal["scalar", "mapping", "sequence", "alias"]
    start: int
    end: int
    line: int
    style: str = ""
    """How it is written: ``block``, ``flow``, a quote, ``|``, ``>``, or empty for plain."""
    raw: str = ""
    value: Plain = None
    keys: dict[str, int] = field(default_factory=dict)
    """For a mapping: where in `items` the value of a key stands."""
    items: list[Node] = field(default_factory=list)
    target: Node | None = None
    lead: int = 0
    before: int = 0
    size: int = 1
    height: int = 0

    def child(self, part: str | int) -> Node | None:
        """Give the value under a key or an index, None if there is none."""
        node = self.target or self
        if node.kind == "mapping" and part in node.keys:
            return node.items[node.keys[str(part)]]
        if node.kind == "sequence" and isinstance(part, int) and part < len(node.items):
            return node.items[part]
        return None

    def plain(self) -> Plain:
        """Give the value as plain data, aliases written out."""
        if self.target is not None:
            return self.target.plain()
        if self.kind == "mapping":
            return {key: item.plain() for key, item in zip(self.keys, self.items, strict=True)}
        if self.kind == "sequence":
            return [item.plain() for item in self.items]
        return self.value

    def walk(self) -> Iterator[Node]:
        """Give this node and all below it, in the order of the text."""
        yield self
        for item in self.items:
            yield from item.walk()


@dataclass(frozen=True)
class YamlFile:
    """A YAML file as it was read; `text` has plain line feeds, `bom` and `newline` say how the bytes differ from it."""

    file: str
    text: str
    root: Node
    bom: bool = False
    newline: str = "\n"
    repeated: tuple[Mistake, ...] = ()
    """Keys that stand in it more than once, if the reader asked to go on with the first of each."""

    def line(self, path: KeyPath) -> int:
        """Give the line of the value at a key path, or of the nearest one above it that exists."""
        node = self.root
        for part in path:
            below = node.child(part)
            if below is None:
                break
            node = below
        return node.line

    def encode(self, text: str) -> bytes:
        """Give the bytes of another text in this file's manner: byte order mark and line ends."""
        told = text.replace("\n", self.newline) if self.newline != "\n" else text
        return ("\ufeff" * self.bom + told).encode()


def key_path(path: KeyPath) -> str:
    """Write a path as a person would.

    >>> key_path(("data_consumers", 0, "team")), key_path(("weights", "architecture.pattern"))
    ('data_consumers[0].team', 'weights["architecture.pattern"]')
    """
    told = ""
    for part in path:
        if isinstance(part, int):
            told += f"[{part}]"
        elif re.fullmatch(r"[\w-]+", part):
            told += f".{part}" if told else part
        else:
            told += f'["{visible(part[:80])}"]'
    return told


def read_bytes(path: Path) -> bytes:
    """Read a file of bearable size, or say in one sentence why not."""
    file = str(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):  # opening a pipe would wait for ever
            raise InputError(Mistake(file, 0, "", "is not a file", "name a YAML file"))
        with path.open("rb") as opened:
            data = b"" if status.st_size > MAX_BYTES else opened.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError(Mistake(file, 0, "", "does not exist", "check the name, or create it")) from None
    except IsADirectoryError:
        raise InputError(Mistake(file, 0, "", "is a folder, not a file", "name a YAML file in it")) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(Mistake(visible(file), 0, "", f"cannot be read: {reason}", "check its permissions")) from None
    if (not data and status.st_size) or len(data) > MAX_BYTES:
        size = f"{max(status.st_size, len(data)) / 1e6:,.1f} MB"
        limit = f"{MAX_BYTES / 1e6:g} MB"
        raise InputError(
            Mistake(
                file, 0, "", f"is {size} large, and {limit} is the limit here", "point evidence at large files instead"
            )
        )
    return data


def read_yaml(path: Path, *, pass_repeated: bool = False) -> YamlFile:
    """Read and parse a YAML file."""
    return parse(read_bytes(path), str(path), pass_repeated=pass_repeated)


def parse(data: bytes, file: str = "", *, pass_repeated: bool = False) -> YamlFile:
    """Parse the bytes of a YAML file whose top is a mapping; refuse with all that is wrong with it.

    With `pass_repeated`, a file in which nothing is wrong but keys that stand there twice is given with the first value
    of each, so that the caller finds what else is wrong; it has to tell what is in `repeated` too.
    """
    try:
        told = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = "is not UTF-8 text" + (" but UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "")
        raise InputError(Mistake(file, line, "", what, 'save it with the encoding "UTF-8"')) from None
    windows = told.count("\r\n")
    newline = "\r\n" if windows * 2 > told.count("\n") else "\n"
    text = told.replace("\r\n", "\n").replace("\r", "\n") if "\r" in told else told
    builder = _Builder(text, file)
    root = builder.build()
    if builder.repeated and not pass_repeated:
        raise InputError(builder.repeated)
    bom = data.startswith(b"\xef\xbb\xbf")
    return YamlFile(file, text, root, bom=bom, newline=newline, repeated=tuple(builder.repeated))


class _Builder:
    """Builds the tree from the parser's events, which come one by one: a limit stops the parser before it goes on."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.mistakes: list[Mistake] = []
        self.repeated: list[Mistake] = []
        self.open: list[Node] = []
        self.path: list[str | int] = []
        self.key: Node | None = None
        self.anchors: dict[str, Node] = {}
        self.root: Node | None = None
        self.values = 0
        self.lines: list[int] = []

    def build(self) -> Node:
        documents = 0
        try:
            for happened in YAML(typ="safe", pure=True).parse(self.text):
                if isinstance(happened, event.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        line = happened.start_mark.line + 1
                        self.stop(line, "a second document begins here (---)", "keep one document per file")
                elif isinstance(happened, event.NodeEvent):
                    self.node(happened)
                elif isinstance(happened, (event.MappingEndEvent, event.SequenceEndEvent)):
                    self.close(happened)
        except ReaderError as error:
            line = self.text.count("\n", 0, error.position) + 1
            self.stop(
                line,
                f"the control character U+{error.character:04X} cannot stand in a YAML file",
                "delete it, or write it as an escape in double quotes",
            )
        except MarkedYAMLError as error:
            self.mistakes.append(explain_syntax(error, self.text, self.file))
        except YAMLError as error:
            self.mistakes.append(Mistake(self.file, 0, "", f"is not YAML: {visible(error)}", "check its syntax"))
        except (ValueError, IndexError, OverflowError):
            # The scanner trips over some broken escapes, such as "\Uffffffff", in this way.
            self.mistakes.append(
                Mistake(self.file, 0, "", "holds an escape that stands for no character", "check its \\U…")
            )
        if self.mistakes:
            raise InputError([*self.mistakes, *self.repeated])
        if self.root is None:
            self.stop(
                0, "is empty", "write the first line, for example `document: brief`, or start from a blank template"
            )
        return self.root  # type: ignore[return-value]  # stop() has raised if it is None

    def stop(self, line: int, what: str, instead: str) -> None:
        raise InputError(
            [*self.mistakes, *self.repeated, Mistake(self.file, line, key_path(tuple(self.path)), what, instead)]
        )

    def too_deep(self, line: int) -> None:
        del self.path[3:]
        self.stop(line, f"is nested more than {MAX_DEPTH} levels deep", "flatten it")

    def mistake(self, line: int, what: str, instead: str) -> None:
        self.mistakes.append(Mistake(self.file, line, key_path(tuple(self.path)), what, instead))

    def node(self, happened: Any) -> None:
        parent = self.open[-1] if self.open else None
        line = happened.start_mark.line + 1
        if parent is not None and parent.kind == "mapping" and self.key is None:
            self.key = self.scalar(happened, line)
            return
        node = self.made(happened, line)
        if parent is None:
            if node.kind == "scalar" and not node.raw:
                return
            if node.kind != "mapping":
                what = "must consist of lines `key: value`"
                self.stop(line, what, "put a space behind the colon" if ":" in node.raw else "give each line a key")
            self.root = node
        elif parent.kind == "mapping":
            self.value(parent, node)
        else:
            self.item(parent, node)
        if not isinstance(happened, event.AliasEvent) and happened.tag is not None:
            tag = visible(happened.tag).replace("tag:yaml.org,2002:", "!!")
            self.mistake(node.line, f"the tag {tag} is refused", "remove the tag and write the plain value")
        if happened.anchor and node.kind != "alias":
            self.anchors[happened.anchor] = node
        if node.kind in ("mapping", "sequence"):
            if len(self.open) >= MAX_DEPTH:
                self.too_deep(line)
            self.open.append(node)
        else:
            self.done(node)

    def made(self, happened: Any, line: int) -> Node:
        if isinstance(happened, event.AliasEvent):
            return self.alias(happened, line)
        if isinstance(happened, event.ScalarEvent):
            return self.scalar(happened, line)
        kind: Literal["mapping", "sequence"] = (
            "mapping" if isinstance(happened, event.MappingStartEvent) else "sequence"
        )
        flow = bool(happened.flow_style)
        start = happened.end_mark.index - 1 if flow else happened.start_mark.index
        if happened.anchor and not flow:
            start = self.skip(self.text.index("&", start) + len(happened.anchor) + 1)
        return Node(kind, start, start, line, "flow" if flow else "block")

    def alias(self, happened: Any, line: int) -> Node:
        target = self.anchors.get(happened.anchor)
        name = visible(happened.anchor)
        if target is None:
            self.mistake(
                line,
                f"*{name} refers to &{name}, which is not above it",
                f'a text that begins with * needs quotes: "*{name}"',
            )
        elif target in self.open:
            self.stop(line, f"*{name} contains itself", "write the value out")
        node = Node("alias", happened.start_mark.index, happened.end_mark.index, line, target=target)
        if target is not None:
            node.size, node.height = target.size, target.height
            if len(self.open) + node.height > MAX_DEPTH:
                self.too_deep(line)
        return node

    def scalar(self, happened: Any, line: int) -> Node:
        """Make a scalar; a key that is none of ours is a mistake."""
        if not isinstance(happened, event.ScalarEvent):
            self.stop(line, "a key must be a word, not a list, a mapping or an alias", "write `key: value`")
        start, end = happened.start_mark.index, happened.end_mark.index
        style = happened.style or ""
        raw = whole_characters(happened.value)
        if style in ("|", ">"):
            end = start + len(self.text[start:end].rstrip())
        return Node("scalar", start, end, line, style, raw, raw if style else resolve(raw))

    def value(self, parent: Node, node: Node) -> None:
        key = self.key
        if key is None:  # node() has just set it
            return
        colon = self.text.find(":", key.end)
        between = self.text[key.end : colon]
        introduced = colon >= 0 and not between.strip() and (parent.style == "flow" or "\n" not in between)
        if not introduced and parent.style == "block":
            self.stop(key.line, "this way of writing a key (? key) is not read here", "write `key: value`")
        node.lead = key.start
        node.before = colon + 1 if introduced else key.end
        if node.kind == "scalar" and not node.raw and not node.style:
            node.start = node.end = node.before
        node.line = key.line
        self.path.append(key.raw)
        self.key = None
        if key.raw == "<<" and not key.style:
            self.mistake(key.line, "merge keys (<<) are not part of YAML 1.2", "write the keys out")
        if key.raw in parent.keys:
            first = parent.items[parent.keys[key.raw]].line
            what = f"stands here a second time, first in line {first}"
            self.repeated.append(Mistake(self.file, key.line, key_path(tuple(self.path)), what, "keep one of the two"))
            return
        parent.keys[key.raw] = len(parent.items)
        parent.items.append(node)

    def item(self, parent: Node, node: Node) -> None:
        if parent.style == "block":
            behind = parent.items[-1].end if parent.items else parent.start
            node.lead = self.skip(behind)
            node.before = node.lead + 1
            if node.kind == "scalar" and not node.raw and not node.style:
                node.start = node.end = node.before
                node.line = self.line_of(node.lead)
        else:
            node.lead = node.before = node.start
        self.path.append(len(parent.items))
        parent.items.append(node)

    def close(self, happened: Any) -> None:
        node = self.open.pop()
        node.end = happened.end_mark.index if node.style == "flow" else max(item.end for item in node.items)
        node.size = 1 + sum(item.size for item in node.items)
        node.height = 1 + max((item.height for item in node.items), default=0)
        self.done(node)

    def done(self, node: Node) -> None:
        self.values += node.size if node.kind == "alias" else 1
        if self.values > MAX_VALUES:
            aliases = ", with its aliases (*name) written out" if self.anchors else ""
            self.stop(node.line, f"the file holds more than {MAX_VALUES:,} values{aliases}", "keep what is needed")
        if self.path:
            self.path.pop()

    def skip(self, index: int) -> int:
        found = _BLANKS_AND_COMMENTS.match(self.text, index)
        return found.end() if found else index

    def line_of(self, index: int) -> int:
        if not self.lines:
            self.lines = [found.start() for found in re.finditer("\n", self.text)]
        return bisect_left(self.lines, index) + 1
