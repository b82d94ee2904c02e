"""The methodology's template goes wrong in each situation in the way that the page tells, and our load does not."""

from __future__ import annotations

from pathlib import Path

import decom_nb
from decom_nb.cells import find_view
from decom_nb.phases.patterns.scd.scd_view import _verdict, trial_view
from decom_nb.phases.patterns.scd.template_trial import trial
from decom_nb.supply import asks


def test_the_template_goes_wrong_and_our_load_does_not() -> None:
    told = {each["name"]: each for each in trial()}
    assert {name: _verdict(each) for name, each in told.items()} == {
        "empty": "nothing is loaded",
        "two_clocks": "no current row of customer 1",
        "missing_value": "the change is lost",
        "twice": "two current rows of customer 1",
        "late": "the change is lost",
    }
    for each in told.values():
        current = [row["customer"] for row in each["ours"] if row["is_current"]]
        assert sorted(current) == sorted({row["customer"] for row in (*each["before"], *each["batch"])}, key=int)
    assert [(row["status"], row["valid_from"]) for row in told["twice"]["ours"]] == [
        ("bronze", "2026-01-01"), ("silver", "2026-01-02"), ("gold", "2026-01-03"),
    ]  # fmt: skip


def test_the_page_shows_every_row() -> None:
    page = trial_view(trial())._repr_html_()
    assert "In 5 of 5 situations" in page
    assert page.count("<tr>") - page.count("<thead><tr>") == sum(
        len(each[of]) for each in trial() for of in ("before", "batch", "template", "ours")
    )


def test_the_page_asks_nothing_of_the_audit_and_runs_once() -> None:
    assert not asks(find_view("patterns.scd_template")).names
    trial.cache_clear()
    pages = [find_view("patterns.scd_template")()._repr_html_() for _ in range(2)]
    assert pages[0] == pages[1]
    assert trial.cache_info().misses == 1


def test_the_two_loads_stand_side_by_side_and_dates_stay_whole() -> None:
    page = trial_view(trial())._repr_html_()
    assert page.count('<div class="decom-columns">') == 2 * len(trial())
    assert page.count("<time>2026-01-") > 20
    css = (Path(decom_nb.__file__).parent / "theme" / "decom.css").read_text(encoding="utf-8")
    assert ".decom time { white-space: nowrap; }" in css
