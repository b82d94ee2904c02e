"""A stranger's words in a real Chromium: the report and a dashboard show them as text, and nothing of them acts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from decom_nb import shipped
from decom_nb.escape import visible
from decom_nb.report import build
from tests.serving.served import TOKEN, Served, serving
from tests.test_hostile import PARTS, Twin, twin

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HARMFUL = " ".join(PARTS)
LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""
OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
DRAWN = "body:not(:has(figure.decom-chart:not([data-drawn])))"


@dataclass
class Watched:
    """A tab, and what would have told that somebody's words were more than words."""

    tab: Any
    dialogs: list[str] = field(default_factory=list)
    popups: list[str] = field(default_factory=list)

    def open(self, address: str) -> Any:
        page = self.tab.page
        page.add_init_script(LISTEN)
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("popup", lambda popup: self.popups.append(popup.url))
        page.goto(address)
        return page

    def check(self, harmless: frozenset[str]) -> None:
        """Hold that nothing acted: no script, no dialog, no request, no element or address that is not ours."""
        page = self.tab.page
        page.evaluate(OPEN_ALL)
        assert page.evaluate("window.pwned") is None
        assert page.evaluate("window.violations") == []
        assert not self.dialogs
        assert not self.popups
        assert set(page.eval_on_selector_all("main *", "all => all.map((each) => each.localName)")) <= harmless
        handlers = "all => all.flatMap((each) => each.getAttributeNames()).filter((name) => name.startsWith('on'))"
        assert page.eval_on_selector_all("*", handlers) == []
        hrefs = page.eval_on_selector_all(
            "[href], [src]", "all => all.map((each) => each.href?.baseVal ?? each.href ?? each.src)"
        )
        assert not [each for each in hrefs if "javascript:" in each or "evil" in each]
        self.tab.check()

    def says(self, *parts: str) -> None:
        """Hold that the words stand on the page, to be read from left to right."""
        text = " ".join(self.tab.page.locator("body").inner_text().split())
        for part in parts:
            assert " ".join(visible(part).split()) in text, part
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b\x9b]", text)


HTML = frozenset(
    [
        "a",
        "abbr",
        "article",
        "aside",
        "b",
        "blockquote",
        "br",
        "button",
        "caption",
        "code",
        "col",
        "colgroup",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "label",
        "li",
        "main",
        "nav",
        "noscript",
        "ol",
        "option",
        "p",
        "pre",
        "q",
        "s",
        "script",
        "section",
        "select",
        "small",
        "span",
        "strong",
        "summary",
        "svg",
        "table",
        "tbody",
        "tfoot",
        "td",
        "th",
        "thead",
        "time",
        "tr",
        "u",
        "ul",
    ]
)
SVG = frozenset(
    [
        "circle",
        "clippath",
        "clipPath",
        "defs",
        "desc",
        "g",
        "line",
        "lineargradient",
        "linearGradient",
        "path",
        "polygon",
        "rect",
        "stop",
        "text",
        "title",
        "tspan",
        "wbr",
    ]
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Twin:
    root = tmp_path_factory.mktemp("hostile") / "root"
    root.mkdir()
    made = twin(root / "acme", HARMFUL)
    assert build(made.folder, made.audit.id, made.folder / "deliverables" / "report.html") == []
    return made


@pytest.fixture(scope="module")
def served(hostile: Twin) -> Iterator[Served]:
    pytest.importorskip("voila", reason="needs the extra serve")
    root = hostile.folder.parent
    with serving(root, shipped.folder("notebooks"), root.parent / "log") as server:
        yield server


def test_a_report_shows_hostile_words_and_obeys_none(hostile: Twin, open_tab: Callable[..., Any]) -> None:
    watched = Watched(open_tab(offline=True))
    page = watched.open((hostile.folder / "deliverables" / "report.html").as_uri())
    page.wait_for_selector(DRAWN, state="attached", timeout=60_000)
    watched.check(HTML | SVG)
    watched.says(*PARTS)
    assert page.locator("h1").count() == 1


def test_a_dashboard_and_the_front_page_show_hostile_words_and_obey_none(
    served: Served, open_tab: Callable[..., Any]
) -> None:
    watched = Watched(open_tab())
    base = f"http://127.0.0.1:{served.port}"
    page = watched.open(f"{base}/?token={TOKEN}")
    watched.check(HTML | SVG)
    watched.says(*PARTS)
    page.goto(f"{base}/dashboards/12_rubric?engagement=acme")
    page.wait_for_selector(".decom-dashboard-done", state="attached", timeout=90_000)
    page.wait_for_selector(DRAWN, state="attached", timeout=60_000)
    watched.check(HTML | SVG)
    watched.says(*PARTS)


def test_the_page_of_an_engagement_in_a_folder_of_a_hostile_name_tells_no_more_than_that(
    served: Served, tab: Any
) -> None:
    watched = Watched(tab)
    tab.allowed = ("404",)
    watched.open(f"http://127.0.0.1:{served.port}/?token={TOKEN}")
    page = tab.page
    page.goto(f"http://127.0.0.1:{served.port}/reports/%3Cscript%3Ewindow.pwned=1%3C%2Fscript%3E%E2%80%AE")
    assert "no engagement of that name" in page.locator("main").inner_text()
    watched.check(HTML)
