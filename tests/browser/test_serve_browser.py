"""A reader's way in a real browser: token, front page, dashboard, chart, the next dashboard, the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("voila", reason="needs the extra serve")

from tests.serving.served import TOKEN, Served, engagement, notebooks, serving

pytestmark = [pytest.mark.slow, pytest.mark.browser]

REPORT = """<!doctype html><title>calm</title><p id="said">waiting</p><script>
  const tried = [];
  try { localStorage.setItem("a", "b"); tried.push("storage"); } catch {}
  try { if (document.cookie) tried.push("cookie"); } catch {}
  fetch("/").then(() => tried.push("front page")).catch(() => {}).finally(() => {
    document.getElementById("said").textContent = "reached: " + tried.join();
  });
</script>"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    base = tmp_path_factory.mktemp("served")
    folder = notebooks(base / "notebooks")
    acme = engagement(base / "root" / "acme", "Acme <script>document.title='caught'</script>", low=41, high=73)
    (acme / "deliverables").mkdir()
    (acme / "deliverables" / "report.html").write_text(REPORT)
    with serving(base / "root", folder, base / "log") as server:
        yield server


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_the_token_to_the_chart(served: Served, open_tab: Callable[..., Any], scheme: str) -> None:
    tab = open_tab(color_scheme=scheme)
    page, base = tab.page, f"http://127.0.0.1:{served.port}"

    page.goto(f"{base}/?token={TOKEN}")
    assert page.url == f"{base}/", "the token is gone from the address"
    assert page.title() == "Engagements"
    assert page.get_by_role("heading", name="Acme <script>").is_visible()
    assert page.get_by_role("img", name="Score: 41–73 of 100").is_visible()

    page.get_by_role("link", name="Where we stand").first.click()
    page.wait_for_selector("figure[data-drawn=yes] svg")
    assert page.url == f"{base}/dashboards/00_start?engagement=acme"
    assert page.locator("figure svg path").count() >= 5
    assert page.title().startswith("Where we stand")
    assert not page.locator(".decom-dashboard-wait").is_visible()
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, colour[4:-1].split(", "))) < 200) == (scheme == "dark")

    page.get_by_role("navigation").get_by_role("link", name="Broken").click()
    page.wait_for_selector("text=still here")
    assert page.url == f"{base}/dashboards/01_next?engagement=acme"
    assert page.get_by_text("This part could not be drawn.").is_visible()
    tab.check()


def test_a_chart_is_drawn_again_when_day_turns_to_night(served: Served, open_tab: Callable[..., Any]) -> None:
    tab = open_tab(color_scheme="light")
    tab.page.goto(f"http://127.0.0.1:{served.port}/dashboards/00_start?engagement=acme&token={TOKEN}")
    bar = tab.page.locator("figure .mark-rect path").last
    bar.wait_for()
    day = bar.get_attribute("fill")
    tab.page.emulate_media(color_scheme="dark")
    tab.page.wait_for_function(
        "day => document.querySelector('figure .mark-rect path')?.getAttribute('fill') !== day", arg=day
    )
    tab.check()


def test_a_chart_is_there_while_the_rest_is_still_drawn(served: Served, tmp_path: Path, tab: Any) -> None:
    """Read a page whose last cell takes a while: what stands above it does not wait."""
    tab.page.goto(f"http://127.0.0.1:{served.port}/?token={TOKEN}")
    hold = served.root / "hold-acme"
    hold.touch()
    tab.page.goto(f"http://127.0.0.1:{served.port}/dashboards/02_slow?engagement=acme", wait_until="commit")
    tab.page.wait_for_selector("text=file=")
    assert tab.page.locator(".decom-dashboard-wait").is_visible()
    assert not tab.page.get_by_text("over", exact=True).is_visible()
    hold.unlink()
    tab.page.get_by_text("over", exact=True).wait_for()
    assert not tab.page.locator(".decom-dashboard-wait").is_visible()
    tab.check()


def test_the_login_page_lets_in_who_has_the_token(served: Served, tab: Any) -> None:
    tab.allowed = ("401", "403")
    tab.page.goto(f"http://127.0.0.1:{served.port}/dashboards/01_next?engagement=acme")
    tab.page.get_by_label("Token").fill("wrong")
    tab.page.get_by_role("button").click()
    assert "This is not the token." in tab.page.get_by_role("alert").inner_text()
    tab.page.get_by_label("Token").fill(TOKEN)
    tab.page.get_by_label("Token").press("Enter")
    tab.page.wait_for_selector("text=still here")
    tab.check()


def test_a_report_reaches_nothing_of_the_server(served: Served, open_tab: Callable[..., Any]) -> None:
    tab = open_tab()
    tab.page.goto(f"http://127.0.0.1:{served.port}/?token={TOKEN}")
    tab.page.goto(f"http://127.0.0.1:{served.port}/reports/acme")
    tab.page.wait_for_selector("text=reached:")
    assert tab.page.locator("#said").inner_text() == "reached:"
