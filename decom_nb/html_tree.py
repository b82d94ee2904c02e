"""HTML as a tree of nodes, for what is drawn from a page other than in a browser. `pdf.py` reads pages with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


@dataclass
class Node:
    """An element; its children are elements and texts. `source` is an svg's own text, since nobody looks into one."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)
    source: str = ""

    @property
    def classes(self) -> frozenset[str]:
        """The words of the class attribute."""
        return frozenset(self.attributes.get("class", "").split())

    def elements(self) -> list[Node]:
        """Give the children that are elements."""
        return [child for child in self.children if isinstance(child, Node)]

    def every(self, tag: str) -> Iterator[Node]:
        """Give all elements of that name, at any depth, in reading order."""
        for child in self.elements():
            if child.tag == tag:
                yield child
            yield from child.every(tag)

    def text(self) -> str:
        """Give all text in it."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


def tree(markup: str) -> Node:
    """Read markup into a tree; what is left open is closed at the end.

    >>> [node.tag for node in tree("<p>a <b>b</b></p><hr>").elements()]
    ['p', 'hr']
    """
    reader = _Reader()
    reader.feed(str(markup))  # parts of a Markup would escape what is added to them
    reader.close()
    return reader.root


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("")
        self.open = [self.root]
        self.svg = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.svg:
            self.svg += tag == "svg"
            self.open[-1].source += self.get_starttag_text() or ""
            return
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in _VOID:
            self.open.append(node)
        if tag == "svg":
            self.svg = 1
            node.source = self.get_starttag_text() or ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if not self.svg and tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.svg:
            self.open[-1].source += f"</{tag}>"
            self.svg -= tag == "svg"
            if not self.svg:
                self.open.pop()
            return
        if any(node.tag == tag for node in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.svg:
            escaped = data.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            self.open[-1].source += escaped
        else:
            self.open[-1].children.append(data)
