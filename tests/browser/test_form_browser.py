"""A form in a real browser, behind a Voila: somebody types, errs, adds, sorts, removes, and takes it all back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ipywidgets", reason="needs the extra form")
pytest.importorskip("anywidget", reason="needs the extra form")
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright").expect

pytestmark = [pytest.mark.slow, pytest.mark.browser]

CELL = """
from pathlib import Path
from decom_nb.form import Form
from tests.form.models import BRIEF

NASTY = "</textarea><script>document.title = 'caught'</script>\\u202e"
first, second = BRIEF.data_consumers
start = BRIEF.model_copy(update={"data_consumers": (first.model_copy(update={"team": NASTY}), second)})
form = Form(start, save=lambda model: Path("saved.json").write_text(model.model_dump_json()))
form
"""
ACTIVE = """() => {
  const at = document.activeElement;
  return at.labels?.[0]?.textContent.trim() || at.getAttribute("aria-label") || at.textContent.trim();
}"""
FONTS = "fortawesome"  # Voila's own template asks a CDN for icons that no form uses; our template does not.


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[], dict[str, Any]]:
    """Read what the form saved last."""
    return lambda: json.loads((tmp_path / "saved.json").read_text(encoding="utf-8"))


def test_an_interview(voila: Callable[..., str], tab: Any, saved: Callable[[], dict[str, Any]]) -> None:
    expect.set_options(timeout=20_000)
    tab.allowed = (FONTS, "net::ERR_FAILED")
    page = tab.page
    page.goto(voila(CELL))
    status = page.locator(".decom-status")
    name = page.get_by_label("Project name", exact=True)
    expect(name).to_have_value("Order insight", timeout=60_000)

    # Typing and Enter commit; Tab goes on in reading order.
    name.fill("Order insight 2")
    name.press("Enter")
    expect(status).to_contain_text("Saved")
    assert saved()["project_name"] == "Order insight 2"
    name.press("Tab")
    assert page.evaluate(ACTIVE) == "Business context"

    # A mistake is said at its field, tied to it, listed on top with a way there; what was typed stays.
    size = page.get_by_label("Team size", exact=True)
    size.fill("a few")
    size.press("Tab")
    expect(page.locator(".decom-error")).to_have_text("Must be a whole number")
    expect(size).to_have_attribute("aria-invalid", "true")
    told = size.get_attribute("aria-describedby").split()
    assert "Must be a whole number" in [page.locator(f"#{each}").inner_text() for each in told]
    expect(status).to_contain_text("1 field that needs attention")
    expect(page.locator(".decom-voice")).to_contain_text("1 field that needs attention")
    page.get_by_role("button", name="Constraints, Team size").click()
    expect(size).to_be_focused()
    expect(size).to_have_value("a few")
    assert saved()["constraints"]["team_size"] == 4
    size.fill("6")
    size.press("Enter")
    expect(page.locator(".decom-error")).to_have_count(0)

    # Radio buttons are one stop for Tab, and the arrow keys choose.
    page.get_by_role("radio", name="mid").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="senior")).to_be_checked()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("radio", name="mid")).to_be_checked()
    expect(page.get_by_role("radio", name="mid")).to_be_focused()

    # A suggestion is one press away, and what is written long is kept while it is written.
    page.get_by_role("button", name="Kafka", exact=True).press("Enter")
    expect(page.get_by_label("Sources", exact=True)).to_have_value("PostgreSQL\nStripe\nKafka")
    story = page.get_by_label("Business context", exact=True)
    story.press("End")
    story.press_sequentially(" And more.")
    for _ in range(60):
        page.wait_for_timeout(250)
        if "And more." in saved()["business_context"]:
            break
    assert saved()["business_context"].endswith("figures. And more.")
    expect(story).to_be_focused()

    # Add, and the keyboard stands in the new entry; move it, and the keyboard moves along; remove; undo.
    rows = page.locator(".decom-turn")
    page.get_by_role("button", name="Add consumer").click()
    expect(rows).to_have_count(3)
    page.wait_for_function(f"({ACTIVE})() === 'Team'")
    page.keyboard.type("Ops")
    page.keyboard.press("Enter")
    expect(rows.nth(2)).to_have_text("3. Ops")
    page.get_by_role("button", name="Move consumer 3 up").press("Enter")
    expect(rows.nth(1)).to_have_text("2. Ops")
    page.wait_for_function(f"({ACTIVE})() === 'Move consumer 2 up'")
    page.keyboard.press("Enter")
    expect(rows.nth(0)).to_have_text("1. Ops")
    page.get_by_role("button", name="Remove consumer 2").click()
    expect(rows).to_have_count(2)
    assert [each["team"] for each in saved()["data_consumers"]] == ["Ops", "Fraud desk"]
    page.get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Redo").click()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Undo").click()

    # A stranger's words are text, here as in the file.
    expect(rows.nth(1)).to_contain_text("<script>document.title = 'caught'</script>⟨U+202E⟩")
    assert page.title() != "caught"
    assert saved()["data_consumers"][1]["team"].endswith("\u202e")

    # Nothing is cut off or stands out at any width.
    for width in (1400, 900, 520):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(100)
        cut = page.evaluate(
            """() => [...document.querySelectorAll(".decom-form *")].filter((each) => {
              const box = each.getBoundingClientRect();
              const form = each.closest(".decom-form").getBoundingClientRect();
              return box.width > 2 && (box.right > form.right + 1 || box.left < form.left - 1);
            }).map((each) => each.className + " " + each.textContent.slice(0, 40))"""
        )
        assert cut == [], f"at {width} px"
    tab.check()
