"""What cells show of the score: the executive page, targets, plan and trend, on plain audits, with nothing unescaped."""

from __future__ import annotations

import re
from typing import Any

import pytest

from decom_nb.audit import Audit
from decom_nb.book import rooms
from decom_nb.chart import Figure
from decom_nb.finding import Finding
from decom_nb.milestone import MilestoneDimension
from decom_nb.phases.rubric import views, way_here
from decom_nb.phases.rubric.money import ABSENT, NO_SAVING, money
from decom_nb.phases.rubric.reasons import lacks, reasons
from decom_nb.phases.rubric.way_sentence import openings, sentence, short
from decom_nb.score import Target
from decom_nb.view import View
from tests.audit_of_three_rules import finding, made

EVIL = "<script>alert(1)</script>"


def html(shown: View) -> str:
    return shown._repr_html_()


def audit(a: float | None = 0.2, b: float | None = 0.0, t: float | None = 0.8, **more: Any) -> Audit:
    efforts = {"r.a": "high", "r.b": "low", "t.a": "low"}
    return made(
        [finding(rule, met, effort=efforts[rule]) for rule, met in (("r.a", a), ("r.b", b), ("t.a", t))], **more
    )


def with_past(**more: Any) -> Audit:
    first = audit(0.0, None, None).as_milestone().model_copy(update={"name": f"Before {EVIL}", "id": "a1"})
    second = audit(0.1, 0.0, None, days=20).as_milestone()
    return audit(days=40, milestones=(first, second), **more)


def costs(*months: tuple[str, float, bool], currency: str = "USD") -> dict[str, Any]:
    rows = [{"month": month, "currency": currency, "total": total, "complete": whole} for month, total, whole in months]
    return {"currencies": [currency], "months": rows}


def savings(low: float, high: float, standing: str = "applies", currency: str = "USD") -> dict[str, Any]:
    return {"currency": currency, "low": low, "middle": low, "high": high, "levers": [{"standing": standing}]}


# the executive page


def test_one_page_says_where_why_what_first_money_and_trend() -> None:
    page = html(views.executive(with_past()))
    for told in (
        "stands between <strong>41</strong> and <strong>41</strong>",
        "The largest loss: 36 points in runs",
        "+15 points",
        "Repair r.b.",
        "2 repairs (effort 2 low) would lead to solid, from 61.",
        ABSENT.split(":", maxsplit=1)[0],
        "decom-trend-low",
        "the lower end up",
    ):
        assert told in page, told
    assert page.count("<li data-kind") == 3
    assert EVIL not in page


def test_a_command_in_a_repair_is_code_on_the_first_page() -> None:
    told = finding("r.b", 0.0).model_copy(update={"remedy": f"Run `decom x DIR --write` {EVIL}."})
    page = html(views.executive(made([finding("r.a", 0.2), told])))
    assert "<code>decom x DIR --write</code>" in page
    assert "`" not in page
    assert EVIL not in page


def test_a_repair_stands_alone_without_the_list_of_its_finding() -> None:
    for told in (told for room in rooms() for told in room.rules):
        assert "listed" not in told.text.remedy, told.rule.id
        assert "decom " not in re.sub("`[^`]*`", "", told.text.remedy), told.rule.id


def test_without_evidence_the_page_says_what_to_do() -> None:
    page = html(views.executive(audit(None, None, None)))
    assert "No score yet" in page
    assert "Add evidence" in page
    assert "This is the first audit" in page


def test_where_all_holds_nothing_is_to_be_done() -> None:
    page = html(views.executive(audit(1.0, 1.0, 1.0)))
    assert "Nothing that was looked at needs repair" in page


def test_a_clients_words_stay_text_on_every_page() -> None:
    evil = [finding(rule, 0.5, message=EVIL, remedy=EVIL, title=EVIL) for rule in ("r.a", "r.b")]
    hostile = made([*evil, finding("t.a", None, message=EVIL)], targets={"runs": Target(points=10, because=EVIL)})
    decided = {"repairs": [{"rule": "r.a", "owner": EVIL, "due": None, "note": EVIL}]}
    pages = [
        html(views.executive(hostile)),
        html(views.targets(hostile.scorecard)),
        html(views.plan(hostile.plan, hostile.rubric, decided)),
        html(views.dimensions(hostile.scorecard, hostile.rubric)),
    ]
    for page in pages:
        assert EVIL not in page
        assert "&lt;script&gt;" in page


def test_the_widest_opening_names_where_and_what_is_missing() -> None:
    told = reasons(audit(None, 0.5, 0.5))
    opening = next(each for each in told if each.kind == "unknown")
    assert (opening.title, opening.text) == ("45 points are open", "All of them in runs (45). r.a: None.")


# money


def test_money_is_the_newest_whole_month_and_the_range_of_savings() -> None:
    measures = {
        "costs": costs(("2026-09", 3000.4, True), ("2026-10", 3914.2, True), ("2026-11", 12.0, False)),
        "cost_savings": savings(942.5, 1391.2),
        "cost_outlook": [{"currency": "USD", "budget": 7500.0}],
    }
    (amount,) = money(measures).amounts
    assert (amount.spend, amount.of) == ("3,914 USD", "in 2026-10, of a budget of 7,500 USD")
    assert amount.saving == "942 to 1,391 USD a month could be saved, one lever after the other."


@pytest.mark.parametrize(
    ("measures", "said"),
    [
        ({"costs": costs(("2026-10", 900, True))}, NO_SAVING),
        ({"costs": costs(("2026-10", 900, True)), "cost_savings": savings(0, 0, "not_known")}, NO_SAVING),
        ({"costs": costs(("2026-10", 900, True)), "cost_savings": savings(1, 2, currency="EUR")}, NO_SAVING),
        ({"costs": costs(("2026-10", 900, True)), "cost_savings": savings(0, 0)}, "No way to save"),
    ],
)
def test_what_could_be_saved_is_never_made_up(measures: dict[str, Any], said: str) -> None:
    (amount,) = money(measures).amounts
    assert said in amount.saving


def test_a_month_that_is_not_whole_is_called_so_and_no_bill_is_no_money() -> None:
    (amount,) = money({"costs": costs(("2026-11", 12.5, False))}).amounts
    assert (amount.spend, amount.of) == ("12.50 USD", "in 2026-11, not a whole month")
    assert money({}).amounts == money({"costs": None}).amounts == ()


# targets and plan


def test_targets_say_what_is_missing_to_them() -> None:
    card = audit(
        0.2, 0.0, None, targets={"runs": Target(points=30, because="Batch is enough."), "tests": Target(points=20)}
    ).scorecard
    page = html(views.targets(card))
    assert "30 of 60" in page
    assert "Batch is enough." in page
    assert [lacks(each) for each in card.dimensions] == ["21", "0–20"]
    assert "decom-bar-target" in html(views.dimensions(card, audit().rubric))
    assert "no target set" in html(views.targets(audit().scorecard))
    assert lacks(audit(1.0, 1.0, 1.0).scorecard.dimensions[0]) == "reached"


def test_the_plan_shows_both_ways_and_who_decided_what() -> None:
    taken = audit(ticked=("r.b", "x.gone"))
    page = html(
        views.plan(taken.plan, taken.rubric, {"repairs": [{"rule": "r.b", "owner": "Ada", "due": "2027-01-31"}]})
    )
    for told in (
        "To solid, from 61",
        "From 56, where the decided repairs lead, 1 repair (effort 1 low) is the cheapest way",
        "Ada, 2027-01-31",
        "x.gone",
    ):
        assert told in page, told
    assert "taken before there were plans" in html(views.plan(None, taken.rubric, None))


def test_what_cannot_be_reached_is_said_once_for_each_thing_that_is_missing() -> None:
    same = [finding(rule, None, message="This cannot be told without run logs.") for rule in ("r.a", "r.b")]
    taken = made([*same, finding("t.a", 0.5, effort="low")])
    assert taken.plan is not None
    assert taken.plan.band is not None
    (missing,) = openings(taken.plan.band, {"runs": "Runs"})
    assert missing == {
        "title": "Runs",
        "message": "This cannot be told without run logs.",
        "rules": ["r.a", "r.b"],
        "points": 60,
    }
    assert sentence(taken.plan, taken.plan.band) == (
        "1 repair (effort 1 low) brings 20 points, to 40 of 100; 1 point is still missing. "
        "What is not known yet could open up to 60."
    )
    assert (
        short(taken.plan) == "No repairs reach fragile, from 41: 1 point is missing, and evidence could open up to 60."
    )


def test_a_goal_that_is_reached_is_called_so() -> None:
    there = audit(1.0, 1.0, 1.0)
    assert there.plan is not None
    assert (sentence(there.plan, there.plan.targets), short(there.plan)) == ("Reached already.", "")
    decided = audit(ticked=("r.a", "r.b", "t.a"))
    assert decided.plan is not None
    assert sentence(decided.plan, decided.plan.targets) == "Reached with the repairs that are decided on."


# the way here


def test_the_trend_is_a_chart_of_the_score_and_a_row_for_each_dimension() -> None:
    shown = views.trend(with_past())
    (figure,) = [block for block in shown.blocks if isinstance(block, Figure)]
    assert [(row["low"], row["high"]) for row in figure.rows] == [(0, 55), (4.5, 44.5), (41, 41)]
    assert figure.spec["layer"]
    page = html(shown)
    assert "Runs" in page
    assert "0–15" in page
    assert "In between" not in page
    assert EVIL not in page


def test_the_first_audit_has_no_trend() -> None:
    assert "This is the first audit" in html(views.trend(audit()))


def test_audits_judged_by_other_rules_are_marked() -> None:
    taken = with_past(code="2")
    assert [row["other_rules"] for row in way_here.rows(taken)] == [False, False, True]
    assert "Our rules changed in between as well" in way_here.since(taken)
    assert "changed before 1 of these audits" in html(views.trend(taken))


def test_audits_without_a_score_are_no_steps() -> None:
    blind = audit(None, None, None).as_milestone()
    taken = audit(days=9, milestones=(blind,))
    assert [each.id for each in way_here.steps(taken)] == [taken.id]
    assert way_here.since(taken) == "No two audits have a score yet."


def test_a_dimension_that_weighed_otherwise_is_drawn_by_its_share() -> None:
    old = audit().as_milestone()
    halved = tuple(MilestoneDimension(name=each.name, weight=10, low=5, high=5) for each in old.dimensions)
    taken = audit(0.2, 0.0, 0.5, days=9, milestones=(old.model_copy(update={"dimensions": halved}),))
    drawn = str(way_here.drawn(taken, "tests"))
    line = drawn.partition('class="decom-trend-low" d="M')[2].partition('"')[0]
    assert len({point.split()[1] for point in line.split("L")}) == 1, "half then and half now is a level line"


def test_findings_without_points_do_not_disturb() -> None:
    free: list[Finding] = [finding("x.free", 0.0, severity="high")]
    assert html(views.executive(made([finding("r.a", 0.5), *free])))
