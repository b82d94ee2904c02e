"""One self-contained page out of sections: template, style, scripts and the policy that lets nothing else run.

`report.py` fills it; the dashboard and the notebook take `style()` and the drawing script from here. No request
leaves the page: the policy allows our own style and our own scripts by their hashes, pictures as data, and nothing
besides.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import Final

import jinja2
from markupsafe import Markup

from decom_nb import shipped
from decom_nb.escape import file_name, html

_HEADING: Final = re.compile(r"<h([1-6])((?:\s[^>]*)?)>(.*?)</h\1>", re.DOTALL)
_TABLE: Final = re.compile(r'(<div class="decom-scroll"[^>]*>\s*)?(<table\b.*?</table>)', re.DOTALL)
_SPEC: Final = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)
_ID: Final = re.compile(r'\sid="([^"]*)"')
_TAG: Final = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Heading:
    """A heading of the page that can be linked to."""

    title: Markup
    slug: str
    level: int


@dataclass(frozen=True)
class Section:
    """One part of the page: what a notebook came out as."""

    title: Markup
    slug: str
    body: Markup
    parts: tuple[Heading, ...] = ()


@dataclass(frozen=True)
class Page:
    """Everything a page says; `rendered` gives it as HTML."""

    heading: str
    sections: Sequence[Section]
    title: str = ""
    subtitle: str = ""
    description: str = ""
    brand: str = "Data platform assessment"
    notice: Markup = field(default_factory=Markup)
    footer: Sequence[str] = field(default=())

    def rendered(self) -> str:
        """Give the whole page as one HTML file."""
        specs: list[str] = []
        sections = [replace(each, body=_without_specs(each.body, specs)) for each in self.sections]
        scripts = _scripts(specs)
        style = css() + _theme_file("page.css")
        allowed = [_hash(scripts["page"]), *([_bundle_hash()] if specs else [])]
        return _template().render(
            policy=_policy(allowed, _hash(style)),
            title=html(self.title or self.heading),
            heading=html(self.heading),
            subtitle=html(self.subtitle),
            description=html(self.description or self.subtitle or self.heading),
            brand=html(self.brand),
            notice=self.notice,
            sections=sections,
            footer=[html(line) for line in self.footer],
            version=package_version(),
            style=Markup(style),  # noqa: S704 - our own file
            scripts={name: Markup(text) for name, text in scripts.items()},  # noqa: S704 - our own files
        )


def section(body: Markup, *, title: str, slug: str = "", taken: set[str] | None = None) -> Section:
    """Make a section whose headings nest without gaps below the page's only h1, each with its own anchor.

    The first heading is the section's; without one, `title` becomes it. `taken` are the anchors other sections have
    used.
    """
    used = taken if taken is not None else set()
    if not _HEADING.search(body):
        body = Markup("<h1>{}</h1>").format(html(title)) + body
    open_levels: list[int] = []
    found: list[Heading] = []

    def place(match: re.Match[str]) -> str:
        level, attributes, inner = int(match[1]), match[2], match[3]
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        open_levels.append(level)
        depth = min(len(open_levels) + 1, 6)
        words = Markup(_TAG.sub("", inner)).strip()  # noqa: S704 - what is left of markup without its tags
        given = _ID.search(attributes)
        anchor = given[1] if given else _free(slug if not found and slug else file_name(words.unescape()), used)
        found.append(Heading(words, anchor, depth))
        rest = attributes if given else f' id="{anchor}"{attributes}'
        return f"<h{depth}{rest}>{inner}</h{depth}>"

    placed = Markup(_TABLE.sub(_scrolling, _HEADING.sub(place, body)))  # noqa: S704 - the same markup, otherwise nested
    parts = tuple(each for each in found[1:] if each.level == 3)
    return Section(found[0].title, found[0].slug, placed, parts)


def single(view: object, *, title: str = "View") -> str:
    """Give a whole page that shows one view: anything with `to_html()` or `_repr_html_()`, or markup."""
    give = getattr(view, "to_html", None) or getattr(view, "_repr_html_", None)
    body = Markup(give() if give else view)  # noqa: S704 - views give markup
    return Page(title, [section(Markup("<h1>{}</h1>").format(html(title)) + body, title=title)]).rendered()


@lru_cache(maxsize=1)
def css() -> str:
    """Give the style sheet that all faces share."""
    return _theme_file("decom.css")


def style() -> Markup:
    """Give the shared style as an element, for a dashboard's head or a notebook's first output."""
    return Markup("<style>{}</style>").format(Markup(css()))  # noqa: S704 - our own file


@lru_cache(maxsize=1)
def vega_gzip() -> bytes:
    """Give the Vega bundle as it ships: one gzipped script that leaves `decomVegaBundle` behind."""
    return shipped.theme("vega.js.gz").read_bytes()


def chart_script() -> str:
    """Give the functions that draw figures, for a page with its own loader."""
    return _theme_file("charts.js") + _theme_file("page.js")


def widget_script() -> str:
    """Give the notebook widget's module."""
    return _theme_file("charts.js") + _theme_file("widget.js")


def package_version() -> str:
    """Give this package's version; a checkout that was never installed has none."""
    try:
        return installed_version("decom_nb")
    except PackageNotFoundError:
        return "unreleased"


def _scrolling(found: re.Match[str]) -> str:
    """Give a table room to scroll sideways, so that on a narrow screen the page need not."""
    return found[0] if found[1] else f'<div class="decom-scroll">{found[2]}</div>'


def _free(wanted: str, used: set[str]) -> str:
    free, number = wanted, 2
    while free in used:
        free, number = f"{wanted}-{number}", number + 1
    used.add(free)
    return free


def _without_specs(body: Markup, specs: list[str]) -> Markup:
    """Move the specs of figures to the end of `specs`: side by side they are packed to a tenth of their size."""

    def moved(found: re.Match[str]) -> str:
        specs.append(found[1])
        return f'<script type="application/json" data-packed="{len(specs) - 1}"></script>'

    return Markup(_SPEC.sub(moved, body))  # noqa: S704 - the same markup without the specs


def _packed(content: bytes) -> str:
    """Give bytes as text for a script element: base 85, with a comma for the one letter that begins a tag."""
    return base64.b85encode(content).decode().replace("<", ",")


def _scripts(specs: Sequence[str]) -> dict[str, str]:
    if not specs:
        return {
            "page": f"(()=>{{{_theme_file('page.js')}\ndecomFollowReading();decomOpenForPrint();}})();",
            "bundle": "",
            "settings": "",
            "specs": "",
        }
    from decom_nb.chart import drawing_settings, script_json  # late: a page without charts needs no altair

    return {
        "page": f"(()=>{{{chart_script()}\ndecomPage();}})();",
        "bundle": _packed(vega_gzip()),
        "specs": _packed(gzip.compress(f"[{','.join(specs)}]".encode(), 9, mtime=0)),
        "settings": script_json(drawing_settings()),
    }


def _policy(scripts: Sequence[str], style_hash: str) -> str:
    return (
        f"default-src 'none'; script-src {' '.join(scripts)}; style-src {style_hash}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@lru_cache(maxsize=1)
def _bundle_hash() -> str:
    return _hash(gzip.decompress(vega_gzip()).decode())


@lru_cache(maxsize=8)
def _theme_file(name: str) -> str:
    """Give a file of the theme without its comments, which are for those who read it there."""
    text = shipped.theme(name).read_text(encoding="utf-8")
    if name.endswith(".css"):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    if name.endswith(".js"):
        text = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    return re.sub(r"\n\s*\n+", "\n", text)


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(_theme_file("page.html.j2"))
