"""Suites in a real browser, behind a Voila: somebody begins one, fills a check in, chooses another, removes it, takes it back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ipywidgets", reason="needs the extra form")
pytest.importorskip("anywidget", reason="needs the extra form")
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright").expect

from decom_nb.check import Freshness, Range, Suite  # noqa: E402 - what is not installed is said first
from decom_nb.document import load, save  # noqa: E402 - the same

pytestmark = pytest.mark.browser

CELL = """
import time
from pathlib import Path
from decom_nb.check import Suite
from decom_nb.document import Shelf, Sitting
from decom_nb.form import ActionPanel, Form, Instances, note

shelf = Shelf(Suite, Path("suite"))

def opened(name):
    sitting = Sitting(Suite, shelf.path(name))
    return Form(sitting.document, save=sitting)

def run_checks(*, plan: str = "cheapest") -> str:
    '''Run the checks of all suites, and keep what they find.'''

def work(settings, report, cancelled):
    for step in range(200):
        if cancelled():
            return f"stopped at {step}"
        report(step / 200, f"looking at <b>orders</b>, check {step}")
        time.sleep(0.05)
    return "all done"

display(Instances("suite", shelf, opened, lambda: None))
panel = ActionPanel(run_checks, {}, work, lambda made: [note(made)], lambda offer: ())
panel.widget
"""
FONTS = "fortawesome"  # as in test_form_browser.py


@pytest.mark.slow
def test_suites(voila: Callable[..., str], tab: Any, tmp_path: Path) -> None:
    folder = tmp_path / "suite"
    save(folder / "customers.yaml", Suite(table="customers"))
    expect.set_options(timeout=20_000)
    tab.allowed = (FONTS, "net::ERR_FAILED")
    page = tab.page
    page.goto(voila(CELL))
    menu = page.get_by_label("Suite", exact=True)
    expect(menu).to_have_value("customers", timeout=60_000)

    # Begin one: a name that will not do is refused in words, one that will becomes a file.
    page.get_by_role("button", name="New suite").click()
    name = page.get_by_label("Name", exact=True).first
    name.fill("../orders")
    name.press("Tab")
    expect(page.locator(".decom-shelf .decom-bad").first).to_contain_text("A name is made of letters")
    name.fill("orders")
    page.get_by_role("button", name="Begin suite").click()
    expect(menu).to_have_value("orders")
    table = page.get_by_label("Table", exact=True)
    expect(table).to_have_value("")  # the new one's form has taken the other's place
    table.fill("orders")
    table.press("Enter")

    # A check: its kind first, then what that kind needs; what all kinds have waits behind a button.
    page.get_by_role("button", name="Add check").click()
    kind = page.get_by_label("Check", exact=True)
    kind.select_option("range")
    expect(page.locator(".decom-choice").first).to_contain_text("Every value lies between two bounds")
    column = page.get_by_label("Column", exact=True)
    column.fill("amount")
    column.press("Tab")
    page.get_by_label("Min", exact=True).fill("0")
    page.get_by_label("Min", exact=True).press("Tab")
    expect(page.locator(".decom-turn")).to_have_text("1. range · amount · 0")
    expect(page.get_by_label("Where", exact=True)).to_have_count(0)
    page.get_by_role("button", name="More questions").click()
    expect(page.get_by_label("Where", exact=True)).to_be_visible()
    assert load(Suite, folder / "orders.yaml") == Suite(table="orders", checks=(Range(column="amount", min=0),))

    # Another kind keeps the column; until it has its answers, the file holds the old one.
    kind.select_option("freshness")
    expect(page.locator(".decom-status").last).to_be_attached()
    assert load(Suite, folder / "orders.yaml").checks == (Range(column="amount", min=0),)
    hours = page.get_by_label("Max age hours", exact=True)
    hours.fill("24")
    hours.press("Enter")
    expect(page.locator(".decom-turn")).to_have_text("1. freshness · amount · 24 hours")
    page.wait_for_timeout(300)
    assert load(Suite, folder / "orders.yaml").checks == (Freshness(column="amount", max_age_hours=24),)

    # The other one has its own form; removing asks, and can be taken back.
    menu.select_option("customers")
    expect(page.get_by_label("Table", exact=True)).to_have_value("customers")
    menu.select_option("orders")
    expect(page.locator(".decom-turn")).to_have_text("1. freshness · amount · 24 hours")
    page.get_by_role("button", name="Remove suite").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(menu).to_have_value("customers")
    assert not (folder / "orders.yaml").exists()
    page.get_by_role("button", name="Bring it back").click()
    expect(menu).to_have_value("orders")
    assert (folder / "orders.yaml").exists()

    # Something long: started, seen to go on, stopped; the form can be used meanwhile.
    page.get_by_role("button", name="Run checks").click()
    expect(page.locator("progress")).to_be_visible()
    expect(page.locator(".decom-action > .decom-status")).to_contain_text("Looking at <b>orders</b>")
    table.fill("orders_2")
    table.press("Enter")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".decom-action > .decom-status")).to_contain_text("Stopped after")
    expect(page.locator(".decom-output")).to_contain_text("stopped at")
    assert load(Suite, folder / "orders.yaml").table == "orders_2"
    tab.check()
