"""The report as PDF, with no browser and no network: the page's HTML set by Typst, its charts drawn by vl-convert.

Only what our pages are made of is known here (the classes listed in theme/decom.css); anything else is set as plain
paragraphs. Every text reaches Typst as a string, so that nothing a client wrote is read as markup. What is folded on
the page stays folded, and its label says where it can be read, except the dimensions and what asks to be open with
data-print: paper is for reading through, the page for looking things up.
"""

from __future__ import annotations

import base64
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import unquote_to_bytes

from decom_nb import shipped
from decom_nb.chart import PAGE_WIDTH, theme_config
from decom_nb.errors import need
from decom_nb.html_tree import Node, tree
from decom_nb.page import Page

_SKIPPED: Final = frozenset({"script", "style", "noscript", "template"})
_LEFT_OUT: Final = frozenset({"decom-data", "decom-hidden", "decom-chart-missing"})
_KINDS: Final = {
    "good": {"good", "true"},
    "warn": {"warn", "medium"},
    "bad": {"bad", "false", "high", "critical", "error"},
    "info": {"info"},
}
_TRANSPARENT: Final = frozenset({"div", "section", "span", "strong", "b", "em", "i", "code", "a", "small", "br", "q"})
_LEAD_IN: Final = 600
_BREAKS: Final = re.compile(r"(?<=[._/:=-])(?=[^._/:=-])")
_INLINE: Final = {"strong": "strong", "b": "strong", "em": "emph", "i": "emph", "s": "strike", "small": "quiet"}
_CLASSES: Final = {
    "decom-lead": "lead",
    "decom-note": "note",
    "decom-gauge-claim": "note",
    "decom-gain": "gain",
    "decom-muted": "quiet",
    "decom-tag": "tag",
    "decom-figure": "figure-number",
}


def pdf(page: Page, taken_at: datetime) -> bytes:
    """Give the page as PDF; equal pages of one moment give equal files."""
    typst: Any = need("typst", "pdf", "Writing a PDF")
    with tempfile.TemporaryDirectory(prefix="decom-") as temporary:
        folder = Path(temporary)
        (folder / "report.typ").write_text(shipped.theme("report.typ").read_text(encoding="utf-8"), encoding="utf-8")
        (folder / "main.typ").write_text(_Setter(folder).document(page), encoding="utf-8")
        made: bytes = typst.compile(str(folder / "main.typ"), root=str(folder), timestamp=taken_at)
    return made


class _Setter:
    """Turns the page's tree into calls of report.typ, and writes its pictures into `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pictures = 0
        self.leading = 0
        """How many short paragraphs may still come between a heading and what it announces; they stay with both."""

    def document(self, page: Page) -> str:
        parts = ['#import "report.typ": *\n']
        footer = "".join(f"[{_text(line)}]," for line in page.footer)
        subtitle = _text(page.subtitle)
        parts.append(
            f"#show: report.with(title: {_string(page.heading)}, subtitle: [{subtitle}], footer: ({footer}))\n"
        )
        parts.append(self.flow(tree(page.notice)))
        for number, section in enumerate(page.sections):
            first = "true" if number == 0 else "false"
            parts.append(f"#chapter(first: {first})[{self.flow(tree(section.body))}]\n")
        return "".join(parts)

    def flow(self, node: Node) -> str:
        """Give what is in the node, one after the other."""
        return "".join(_text(child) if isinstance(child, str) else self.set(child) for child in node.children)

    def set(self, node: Node) -> str:
        """Give one element."""
        leads = self.leading and node.tag == "p" and len(node.text()) <= _LEAD_IN
        if node.tag not in _TRANSPARENT:
            self.leading = max(0, self.leading - 1) if leads else 0
        told = self._set(node)
        return f"\n\n#lead-in[{told}]\n\n" if leads and told.strip() else told

    def _set(self, node: Node) -> str:
        if node.tag in _SKIPPED or _LEFT_OUT & node.classes or node.attributes.get("data-print") == "no":
            return ""
        for name, method in self._by_class.items():
            if name in node.classes:
                return str(method(self, node))
        if node.tag in self._by_tag:
            return str(self._by_tag[node.tag](self, node))
        inner = self.flow(node)
        for name in sorted(node.classes & _CLASSES.keys()):
            inner = f"#{_CLASSES[name]}[{inner}];"
        if node.tag in _INLINE:
            return f"#{_INLINE[node.tag]}[{inner}];"
        if node.tag in ("p", "div", "section", "article", "blockquote", "figcaption"):
            return f"\n\n{inner}\n\n"
        return inner

    def heading(self, node: Node) -> str:
        level = max(1, int(node.tag[1]) - 1)  # the page's only h1 is the document's title
        anchor = node.attributes.get("id", "")
        label = f" <{anchor}>" if re.fullmatch(r"[a-z0-9-]+", anchor) else ""
        told = f"\n\n#heading(level: {level})[{self.flow(node)}]{label}\n\n"
        self.leading = 3
        return told

    def link(self, node: Node) -> str:
        target, inner = node.attributes.get("href", ""), self.flow(node)
        return f"#link({_string(target)})[{inner}];" if target.startswith(("https://", "http://", "mailto:")) else inner

    def code(self, node: Node) -> str:
        # A space as good as none, at which a line can be broken, so that a long name does not reach into the next column.
        return "#h(0.001pt);".join(f"#raw({_string(part)});" for part in _BREAKS.split(node.text()))

    def preformatted(self, node: Node) -> str:
        return f"\n\n#block(raw({_string(node.text())}, block: true))\n\n"

    def items(self, node: Node) -> str:
        """Give a list, in the manner its class asks for."""
        entries = [item for item in node.elements() if item.tag == "li"]
        if "decom-reasons" in node.classes:
            pairs = "".join(f"({_string(_kind(item))}, [{self.flow(item)}])," for item in entries)
            return f"#signs(({pairs}))\n"
        bodies = "".join(f"[{self.flow(item)}]," for item in entries)
        for name, sign, state in (("decom-for", "+", "good"), ("decom-against", "−", "bad")):
            if name in node.classes:
                return f'#marked("{sign}", kinds.{state}.words, ({bodies}))\n'
        return f"\n#{'enum' if node.tag == 'ol' else 'list'}({bodies})\n"

    def cards(self, node: Node) -> str:
        cards = "".join(f"card({_string(_edge(card))})[{self.flow(card)}]," for card in node.elements())
        return f"\n#equal-cards(({cards}))\n"

    def columns(self, node: Node) -> str:
        parts = node.elements()
        bodies = "".join(f"[{self.set(part)}]," for part in parts)
        return f"\n#beside({max(1, len(parts))}, ({bodies}))\n"

    def hero(self, node: Node) -> str:
        parts = node.elements()
        if len(parts) != 2:
            return self.flow(node)
        return f"\n#hero([{self.flow(parts[0])}], [{self.flow(parts[1])}])\n"

    def band(self, node: Node) -> str:
        return f"\n\n#strong[{self.flow(node)}]\n\n"

    def key(self, node: Node) -> str:
        entries = "".join(
            f"({_string(each.attributes.get('data-kind', ''))}, [{self.flow(each)}])," for each in node.every("span")
        )
        return f"\n#key(({entries}))\n"

    def callout(self, node: Node) -> str:
        return f"\n#callout({_string(_kind(node, 'info'))})[{self.flow(node)}]\n"

    def badge(self, node: Node) -> str:
        return f"#badge({_string(_kind(node))})[{self.flow(node)}];"

    def finding(self, node: Node) -> str:
        # The rows behind a finding are in the page and in audit.json; on paper they would bury what they show.
        kept = Node(
            node.tag, children=[child for child in node.children if isinstance(child, str) or child.tag != "details"]
        )
        return f"\n#finding[{self.flow(kept)}]\n"

    def fold(self, node: Node) -> str:
        summary = next(node.every("summary"), Node("summary"))
        rest = Node("", children=[child for child in node.children if child is not summary])
        if "decom-dimension" in node.classes:
            cells = "".join(f"[{self.flow(cell)}]," for cell in summary.elements()[:3])
            state = "".join(self.set(cell) for cell in summary.elements()[3:])
            return f"\n#dimension({cells}[{state}])[{self.flow(rest)}]\n"
        shown = "open" in node.attributes or node.attributes.get("data-print") == "open"
        if not shown:
            return f"\n#folded[{self.flow(summary)}]\n"
        return f"\n#fold([{self.flow(summary)}])[{self.flow(rest)}]\n"

    def facts(self, node: Node) -> str:
        cells = "".join(
            f"[#quiet[{self.flow(each)}]]," if each.tag == "dt" else f"[{self.flow(each)}]," for each in node.elements()
        )
        return f"\n#facts(({cells}))\n"

    def table(self, node: Node) -> str:
        rows = list(node.every("tr"))
        width = max((len(row.elements()) for row in rows), default=0)
        if not width:
            return ""
        head = [row for part in node.every("thead") for row in part.every("tr")]
        heads = "".join(f"[{self.flow(cell)}]," for row in head[:1] for cell in row.elements())
        body = [row for row in rows if row not in head]
        cells = "".join(f"[{self.flow(cell)}]," for row in body for cell in _padded(row.elements(), width))
        numeric = [_all_numbers(row.elements()[at] for row in body if at < len(row.elements())) for at in range(width)]
        aligns = "".join("right," if number else "left," for number in numeric)
        # Rows stay in one piece, unless one might be longer than a page.
        whole = "true" if all(len(cell.text()) <= _LEAD_IN for row in rows for cell in row.elements()) else "false"
        # Long words of one column may not push the others off the page: words share what numbers leave.
        widths = "".join("auto," if number else "1fr," for number in numeric)
        caption = next(
            (f"#lead-in[#note[{self.flow(each)}]]\n" for each in node.every("caption") if not _LEFT_OUT & each.classes),
            "",
        )
        return f"\n{caption}#rows(({widths}), ({aligns}), ({heads}), ({cells}), whole: {whole})\n"

    def chart(self, node: Node) -> str:
        canvas = next((each for each in node.every("div") if "decom-chart-canvas" in each.classes), Node("div"))
        script = next(iter(node.every("script")), None)
        title = next((self.flow(each) for each in node.every("figcaption")), "")
        alt = canvas.attributes.get("aria-label", "")
        if script is None:
            return self.flow(node)
        picture = self._keep(_drawn(json.loads(script.text())), "pdf")
        return f"\n#chart([{title}], {_string(alt)}, {_string(picture)})\n"

    def svg(self, node: Node) -> str:
        source = (
            node.source
            if "xmlns=" in node.source.split(">", 1)[0]
            else node.source.replace("<svg", f"<svg {_XMLNS}", 1)
        )
        if "decom-bar" in node.classes:
            # Its lengths are percentages of whatever holds it; for Typst it gets a size of its own.
            source = source.replace('width="100%"', 'width="240" viewBox="0 0 240 20"', 1)
        picture = self._keep(source.encode(), "svg")
        return f"#image({_string(picture)}, alt: {_string(node.attributes.get('aria-label', ''))}, width: 100%);"

    def image(self, node: Node) -> str:
        kind, _, content = node.attributes.get("src", "").partition(",")
        if not kind.startswith("data:image/"):
            return ""
        data = base64.b64decode(content) if kind.endswith(";base64") else unquote_to_bytes(content)
        picture = self._keep(data, "svg" if "svg" in kind else "png")
        return f"#image({_string(picture)}, alt: {_string(node.attributes.get('alt', ''))}, width: 100%);"

    def _keep(self, content: bytes, kind: str) -> str:
        self.pictures += 1
        name = f"picture-{self.pictures}.{kind}"
        (self.folder / name).write_bytes(content)
        return name

    _by_class: ClassVar[dict[str, Callable[[_Setter, Node], str]]] = {
        "decom-chart": chart,
        "decom-cards": cards,
        "decom-columns": columns,
        "decom-hero": hero,
        "decom-callout": callout,
        "decom-badge": badge,
        "decom-finding": finding,
        "decom-facts": facts,
        "decom-gauge-band": band,
        "decom-key": key,
    }
    _by_tag: ClassVar[dict[str, Callable[[_Setter, Node], str]]] = {
        **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), heading),
        "a": link,
        "code": code,
        "pre": preformatted,
        "ul": items,
        "ol": items,
        "details": fold,
        "table": table,
        "svg": svg,
        "img": image,
        "br": lambda _self, _node: "#linebreak();",
        "hr": lambda _self, _node: "\n#line(length: 100%, stroke: 0.5pt + line-colour)\n",
        "q": lambda self, node: f"“{self.flow(node)}”",
    }


_XMLNS: Final = 'xmlns="http://www.w3.org/2000/svg"'


def _drawn(spec: dict[str, Any]) -> bytes:
    convert: Any = need("vl_convert", "pdf", "Drawing charts for a PDF")
    fitted = {key: value for key, value in spec.items() if key != "autosize"}
    if fitted.get("width") == "container":
        fitted |= {"width": PAGE_WIDTH, "autosize": {"type": "fit-x", "contains": "padding"}}
    bundled = json.loads(shipped.theme("vega.json").read_text(encoding="utf-8"))["vega-lite"]
    drawn: bytes = convert.vegalite_to_pdf(fitted, vl_version=bundled, config=theme_config(), allowed_base_urls=[])
    return drawn


def _kind(node: Node, otherwise: str = "unknown") -> str:
    said = node.attributes.get("data-kind", "")
    return next((kind for kind, names in _KINDS.items() if said in names), "unknown" if said else otherwise)


def _edge(node: Node) -> str:
    return _kind(node) if node.attributes.get("data-kind") else ""


def _padded(cells: Sequence[Node], width: int) -> list[Node]:
    return [*cells, *(Node("td") for _ in range(width - len(cells)))]


def _all_numbers(cells: Iterable[Node]) -> bool:
    kinds = ["decom-number" in cell.classes for cell in cells]
    return bool(kinds) and all(kinds)


def _text(text: str) -> str:
    """Give a text as markup that shows it and nothing else."""
    words = re.sub(r"\s+", " ", text)
    return f"#{_string(words)};" if words.strip() else words


def _string(text: str) -> str:
    r"""Give a Typst string.

    >>> print(_string('a "b"'))
    "a \"b\""
    """
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    )
    return f'"{escaped}"'
