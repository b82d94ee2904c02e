"""The report in a real Chromium, opened from disk without a network: drawn, readable, usable by keyboard, and on paper."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from decom_nb.book import Book
from decom_nb.chart import Figure, alt
from decom_nb.page import Page, section
from decom_nb.report import build

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DRAWN = "body:not(:has(figure.decom-chart:not([data-drawn])))"
WIDE = {"width": 1400, "height": 900}
NARROW = {"width": 360, "height": 740}

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's report, as `decom report` makes it."""
    folder = tmp_path_factory.mktemp("report") / "nordwind"
    top = Path(__file__).parents[2]
    shutil.copytree(top / "examples" / "nordwind", folder, ignore=shutil.ignore_patterns("audits", "notebooks"))
    audit, _ = Book.open(folder).take_audit()
    assert build(folder, audit.id, folder.parent / "report.html") == []
    return folder.parent / "report.html"


def figure(title: str = "Runs", name: str = "orders") -> Figure:
    rows = [{"pipeline": name, "runs": 3}, {"pipeline": "stock", "runs": 5}]
    chart = (
        alt.Chart(alt.Data(values=rows)).mark_bar().encode(x="runs:Q", y="pipeline:N", tooltip=["pipeline:N", "runs:Q"])
    )
    return Figure(chart, title, f"{name} ran 3 times, stock 5 times.", rows)


def written(place: Path, *bodies: str) -> Path:
    taken: set[str] = set()
    parts = [section(Markup(body), title=f"Part {at}", taken=taken) for at, body in enumerate(bodies)]
    place.write_text(Page("Nordwind", parts).rendered(), encoding="utf-8")
    return place


def drawn(tab: Any, place: Path) -> Any:
    tab.page.goto(place.as_uri())
    tab.page.wait_for_selector(DRAWN, state="attached", timeout=60_000)
    states = tab.page.eval_on_selector_all("figure.decom-chart", "all => all.map(each => each.dataset.drawn)")
    assert set(states) <= {"yes"}
    return tab.page


def test_the_example_is_small_and_whole(report: Path) -> None:
    assert report.stat().st_size < 1_600_000  # nine rooms; three had 734,000
    assert "its notebook" not in report.read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_chart_is_drawn_with_no_error_and_no_request(
    report: Path, open_tab: Open, size: Any, scheme: str
) -> None:
    tab = open_tab(viewport=size, color_scheme=scheme, offline=True)
    page = drawn(tab, report)
    hosts = page.locator(".decom-chart-canvas")
    assert hosts.count() > 5
    for at in range(hosts.count()):
        assert hosts.nth(at).locator("svg").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    tab.check()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_console_stays_quiet(report: Path, open_tab: Open, scheme: str) -> None:
    tab = open_tab(color_scheme=scheme, offline=True)
    said: list[str] = []
    tab.page.on("console", lambda message: said.append(message.text))
    drawn(tab, report)
    assert said == []


def test_on_a_narrow_screen_tables_stack_and_charts_keep_room_for_what_they_show(report: Path, open_tab: Open) -> None:
    page = drawn(open_tab(viewport=NARROW, offline=True), report)
    cells = page.locator(".decom-stack td[data-label=Counts]")
    assert cells.count() > 3
    assert min(cells.nth(at).bounding_box()["width"] for at in range(cells.count())) > 250
    chart = page.locator("figure", has_text="Points if fixed").locator(".decom-chart-canvas")
    bar = chart.locator("path[aria-roledescription=bar]").first.bounding_box()
    assert bar["x"] - chart.bounding_box()["x"] < 0.5 * chart.bounding_box()["width"]
    tops = page.locator(".mark-rule.role-axis-domain, svg text[transform*='rotate(-65']")
    assert tops.count() > 3


def test_headings_landmarks_names_and_contrast(report: Path, tab: Any) -> None:
    page = drawn(tab, report)
    levels = page.eval_on_selector_all("h1,h2,h3,h4,h5,h6", "all => all.map(each => +each.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    for landmark in ("main", "nav[aria-label]", "footer"):
        assert page.locator(landmark).count() == 1
    assert page.title().startswith(page.inner_text("h1"))
    assert page.eval_on_selector_all(
        "[role=img]", "all => all.every(each => each.getAttribute('aria-label').length > 9)"
    )
    assert page.locator("figure.decom-chart > [role=img] > [aria-hidden=true] svg").count() > 5
    assert page.eval_on_selector_all("img", "all => all.every(each => each.hasAttribute('alt'))")
    ids = page.eval_on_selector_all("[id]", "all => all.map(each => each.id)")
    assert len(ids) == len(set(ids))
    targets = page.eval_on_selector_all("a[href^='#']", "all => all.map(each => each.hash.slice(1))")
    assert set(targets) <= set(ids)


# Every text against what is painted behind it, by the formula of WCAG 2; charts are checked by the palette's own test.
CONTRAST = """
() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = rgb(getComputedStyle(each).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest("svg, script, style, .decom-skip")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(rgb(style.color)), light(behind(element))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    const said = walk.currentNode.data.trim().slice(0, 40);
    if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) poor.push([said, style.color, element.className]);
  }
  return poor;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_can_be_read(report: Path, open_tab: Open, scheme: str) -> None:
    tab = open_tab(color_scheme=scheme)
    page = drawn(tab, report)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert evaluated(tab, CONTRAST) == []


def evaluated(tab: Any, script: str) -> Any:
    """What a script gives; the page's own policy does not allow eval, so it runs beside the page's scripts."""
    return tab.page.context.new_cdp_session(tab.page).send(
        "Runtime.evaluate", {"expression": f"({script})()", "returnByValue": True, "allowUnsafeEvalBlockedByCSP": True}
    )["result"]["value"]


def test_the_contents_follow_the_reader(report: Path, open_tab: Open) -> None:
    page = drawn(open_tab(viewport=WIDE), report)
    links = page.locator(".decom-side > ol > li > a")
    assert links.first.get_attribute("aria-current") == "true"
    links.last.click()
    page.wait_for_selector(".decom-side > ol > li:last-child > a[aria-current]")
    assert links.first.get_attribute("aria-current") is None
    assert page.url.endswith(links.last.get_attribute("href"))


def test_the_keyboard_reaches_everything_and_shows_where_it_is(report: Path, tab: Any) -> None:
    page = drawn(tab, report)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "decom-skip"
    assert page.locator(".decom-skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    fold = page.locator(".decom-main summary").first
    fold.focus()
    page.keyboard.press("Enter")
    assert fold.locator("..").evaluate("each => each.open")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert fold.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"


def test_a_chart_answers_the_mouse(tmp_path: Path, tab: Any) -> None:
    page = drawn(tab, written(tmp_path / "x.html", f"<h1>A</h1>{figure().to_html()}"))
    page.locator(".decom-chart-canvas path[aria-roledescription=bar]").first.hover()
    page.wait_for_selector("#vg-tooltip-element.visible")
    assert "orders" in page.inner_text("#vg-tooltip-element")
    tab.check()


def test_a_strangers_strings_stay_text(tmp_path: Path, tab: Any) -> None:
    hostile = "</script><script>window.bad = 1</script><img src=x onerror='window.bad = 2'>\u202e\"'"
    page = drawn(tab, written(tmp_path / "x.html", f"<h1>A</h1>{figure(hostile, hostile).to_html()}"))
    page.locator(".decom-chart-canvas path[aria-roledescription=bar]").first.hover()
    page.wait_for_selector("#vg-tooltip-element.visible")
    assert page.evaluate("window.bad") is None
    assert page.locator("img").count() == 0
    assert "⟨U+202E⟩" in page.inner_text("figcaption")
    tab.check()


def test_nothing_else_runs_or_is_fetched(tmp_path: Path, open_tab: Open) -> None:
    tab = open_tab()
    body = (
        "<h1>A</h1><script>window.bad = 1</script><p onclick='window.bad = 2' id='p'>x</p>"
        "<img alt='' src='https://example.com/x.png'><link rel='stylesheet' href='https://example.com/x.css'>"
    )
    page = drawn(tab, written(tmp_path / "x.html", body))
    page.click("#p")
    assert page.evaluate("window.bad") is None
    assert tab.outside == []


def test_without_the_means_to_inflate_the_numbers_are_shown(tmp_path: Path, open_tab: Open) -> None:
    tab = open_tab()
    tab.page.add_init_script("delete window.DecompressionStream")
    tab.page.goto(written(tmp_path / "x.html", f"<h1>A</h1>{figure().to_html()}").as_uri())
    tab.page.wait_for_selector("figure[data-drawn=no]")
    assert tab.page.locator(".decom-chart-missing").is_visible()
    assert tab.page.locator(".decom-data td").first.is_visible()


def test_without_scripts_the_page_still_says_it_all(tmp_path: Path, open_tab: Open) -> None:
    tab = open_tab(java_script_enabled=False)
    tab.page.goto(written(tmp_path / "x.html", f"<h1>A</h1>{figure().to_html()}").as_uri())
    assert "orders ran 3 times" in tab.page.locator("noscript").inner_text()
    tab.page.locator(".decom-data summary").click()
    assert tab.page.locator(".decom-data td").first.is_visible()


def test_a_folded_chart_fits_when_it_is_unfolded(tmp_path: Path, tab: Any) -> None:
    folded = f"<h1>A</h1><details class='decom-fold'><summary>More</summary>{figure().to_html()}</details>"
    page = drawn(tab, written(tmp_path / "x.html", folded))
    page.click("summary")
    page.wait_for_selector(".decom-chart-canvas svg")
    page.wait_for_timeout(300)
    canvas, svg = (
        page.locator(each).bounding_box()["width"] for each in (".decom-chart-canvas", ".decom-chart-canvas svg")
    )
    assert abs(canvas - svg) < 2


def test_the_dark_comes_and_goes_with_the_readers_wish(tmp_path: Path, open_tab: Open) -> None:
    tab = open_tab(color_scheme="light")
    page = drawn(tab, written(tmp_path / "x.html", f"<h1>A</h1>{figure().to_html()}"))
    bar = ".decom-chart-canvas path[aria-roledescription=bar]"
    light = page.locator(bar).first.get_attribute("fill")
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector(".decom-chart-canvas[data-paper=own]", state="attached")
    assert page.locator(bar).first.get_attribute("fill") != light
    assert page.locator(f".decom-chart-paper {bar.split()[-1]}").first.get_attribute("fill") == light
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 24, 31)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".decom-chart-paper").is_visible()
    assert not page.locator(".decom-chart-canvas").is_visible()
    tab.check()


def test_on_paper_there_is_no_navigation_and_what_matters_is_unfolded(tmp_path: Path, tab: Any) -> None:
    dimension = "<details class='decom-fold decom-dimension'><summary>Testing</summary><p>reasons of it</p></details>"
    folded = "<details class='decom-fold'><summary>All is well here</summary><p>fine, all of it</p></details>"
    page = drawn(tab, written(tmp_path / "x.html", f"<h1>A</h1>{dimension}{folded}{figure().to_html()}", "<h1>B</h1>"))
    page.pdf(path=str(tmp_path / "x.pdf"), prefer_css_page_size=True)
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed")
    told = subprocess.run(
        ["pdftotext", str(tmp_path / "x.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "reasons of it" in told
    assert "fine, all of it" not in told
    assert "The numbers behind this chart" not in told
    assert "Skip to" not in told
    assert "All is well here · in the HTML report" in told
    assert told.count("\f") == 1
    assert re.search(r"\borders\b", told)
    assert not page.locator(".decom-dimension").evaluate("each => each.open")


CELLS = (
    """
from decom_nb.chart import Figure, alt
from decom_nb.chart_view import ChartView
import ipywidgets
def figure(runs, title):
    rows = [{"pipeline": "orders", "runs": runs}]
    chart = alt.Chart(alt.Data(values=rows)).mark_bar().encode(x="runs:Q", y="pipeline:N")
    return Figure(chart, title, f"orders ran {runs} times.", rows)
views = [ChartView(figure(number + 1, f"Chart {number}")) for number in range(4)]
button = ipywidgets.Button(description="Next")
button.on_click(lambda _: views[0].show(figure(99, "Changed")))
ipywidgets.VBox([button, *views])
""",
)


def test_live_charts_draw_and_follow_and_bring_vega_once(open_tab: Open, voila: Callable[..., str]) -> None:
    tab = open_tab()
    tab.allowed = ("font-awesome", "cdnjs", "cdn.jsdelivr.net", "Failed to load resource", "net::ERR")  # Voila's own
    sizes: list[int] = []
    tab.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sizes.append(len(frame))))
    tab.page.goto(voila(*CELLS))
    tab.page.wait_for_selector(".decom-chart[data-drawn] svg", timeout=60_000)
    for at in range(4):
        tab.page.wait_for_selector(
            f".decom-chart:nth-of-type({at + 2})[data-drawn] svg, .decom-chart[data-drawn]", timeout=30_000
        )
    assert tab.page.locator(".decom-chart svg").count() == 4
    assert len([size for size in sizes if size > 200_000]) <= 1
    assert tab.page.evaluate("document.querySelectorAll('script[src*=vega]').length") == 0
    tab.page.click("button:has-text('Next')")
    tab.page.wait_for_selector("[aria-label='orders ran 99 times.'] svg")
    tab.page.wait_for_selector(".decom-chart[data-drawn='2']")
    assert "Changed" in tab.page.locator(".decom-chart").first.inner_text()
    tab.check()
