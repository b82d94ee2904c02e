"""What cells show of cost: every view on a full audit and on none, every chart drawn, and nothing of a client's unescaped."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import yaml

from decom_nb.chart import Figure
from decom_nb.phases.cost import charts, views
from decom_nb.phases.cost.backlog import backlog
from decom_nb.phases.cost.deliverables import backlog_csv, cost_tracking
from decom_nb.phases.cost.measures import MEASURES, NOBODYS, OTHERS
from decom_nb.supply import Supply, asks
from tests.phases.cost.test_lever import CASE
from tests.phases.cost.test_rules import supply

EVIL = "<script>alert(1)</script>"
FULL: dict[str, Any] = {
    **CASE,
    "charges": [
        *CASE["charges"],
        {"at": "2026-09-01", "days": 30, "cost": "400", "tags": {"pipeline": EVIL}},
        {"cost": "500", "tags": {"pipeline": EVIL}},
        {"cost": "40", "charge_category": "Tax"},
        {"cost": "-20", "charge_category": "Credit"},
        {"cost": "9", "charge_description": f"{EVIL} data transfer to EU (Ireland)", "service_name": EVIL},
        {"cost": "3", "billing_currency": "EUR"},
    ],
    "runs": [{"pipeline": "a", "rows": 3}],
    "budget": 1500,
    "allocation": {
        "pipelines": [
            {"pipeline": EVIL, "business_value": EVIL, "roi_justified": False, "said_by": EVIL},
            {"pipeline": "a", "business_value": "reorders", "roi_justified": True, "value_monthly": 10},
        ]
    },
    "levers": {"levers": [{"lever": "right_size", "state": "planned", "because": EVIL}]},
}


def made(case: dict[str, Any]) -> dict[str, Any]:
    given = supply(case)
    given.makers = {**given.makers, **{each.__name__: each for each in MEASURES}}
    found = {each.__name__: given.get(each.__name__) for each in MEASURES}
    assert not given.failures
    return found


@pytest.fixture(scope="module")
def full() -> dict[str, Any]:
    return made(FULL)


def shown(name: str, values: dict[str, Any]) -> str:
    function = getattr(views, name)
    return str(function(*(values.get(each) for each in asks(function).names))._repr_html_())


@pytest.mark.parametrize("name", views.__all__)
def test_a_view_shows_a_full_audit_escaped(name: str, full: dict[str, Any]) -> None:
    told = shown(name, full)
    assert "<script>alert" not in told
    assert "There is no bill yet" not in told


@pytest.mark.parametrize("name", views.__all__)
def test_a_view_says_what_is_missing(name: str) -> None:
    assert "no bill yet" in shown(name, {})


@pytest.mark.parametrize("name", views.__all__)
def test_a_view_is_as_ready_for_an_audit_read_back_from_its_file(name: str, full: dict[str, Any]) -> None:
    assert shown(name, json.loads(json.dumps(full))) == shown(name, full)


def test_views_stand_a_bill_without_anything_beside_it() -> None:
    values = made({"charges": [{"cost": "1"}]})
    assert all(shown(name, values) for name in views.__all__)


def test_red_flags_show_without_a_bill() -> None:
    told = shown("flags", made({"queries": FULL["queries"]}))
    assert "Tables that nobody queried" in told
    assert "This cannot be told without a bill" in told


@pytest.mark.slow
def test_what_the_audit_keeps_is_small(full: dict[str, Any]) -> None:
    assert len(json.dumps(full)) < 60_000
    many = [{"cost": "1", "tags": {"pipeline": f"p{number:03d}"}} for number in range(150)]
    rows = made({"charges": many})["costs"]
    assert len([row for row in rows["pipelines"] if row["pipeline"]]) == 60
    assert {row["pipeline"] for row in rows["series"]} >= {OTHERS}
    assert sum(row["total"] for row in rows["series"]) == pytest.approx(150)


def test_the_months_chart_has_a_bar_for_each_kind_and_the_sum_once(full: dict[str, Any]) -> None:
    rows = charts.category_rows([each for each in full["costs"]["months"] if each["currency"] == "USD"])
    assert [row["kind"] for row in rows[:4]] == ["compute", "storage", "egress", "other"]
    for month in {row["month"] for row in rows}:
        own = [row for row in rows if row["month"] == month]
        assert sum(row["cost"] for row in own) == pytest.approx(own[0]["all"])
    spec = Figure(charts.stacked_months(rows, charts.CATEGORY_COLOURS), "t", "alt", rows).spec
    assert len(spec["layer"]) == 2


def test_what_belongs_to_no_pipeline_is_grey() -> None:
    series = [{"pipeline": name, "rank": rank} for rank, name in enumerate(["b", "a", OTHERS, NOBODYS])]
    colours = charts.pipeline_colours(series, NOBODYS, OTHERS)
    assert colours[NOBODYS] == charts.NOBODYS_COLOUR
    assert list(colours) == ["b", "a", OTHERS, NOBODYS]


def test_levers_are_drawn_with_the_least_effort_first(full: dict[str, Any]) -> None:
    rows = charts.lever_rows(full["cost_savings"]["levers"], "USD")
    efforts = [row["effort"] for row in rows]
    assert efforts == sorted(efforts, key=list(charts.EFFORTS).index)
    assert Figure(charts.savings_by_effort(rows), "t", "alt", rows).spec["layer"]


def test_the_template_is_yaml_in_the_methodologys_shape() -> None:
    given = supply(FULL)
    allocation, flags = given.get("allocation"), given.get("red_flags")
    items = backlog(given.get("lever_savings"), flags)
    told = yaml.safe_load(cost_tracking(allocation, flags.looked.month, items))["cost_tracking"]
    first = told["by_pipeline"][0]
    assert list(first) == [
        "pipeline",
        "compute_monthly_usd",
        "storage_monthly_usd",
        "egress_monthly_usd",
        "other_monthly_usd",
        "total",
        "cost_per_row",
        "business_value",
        "roi_justified",
    ]
    assert {"pipeline": EVIL, "total": 500.0, "roi_justified": False}.items() <= told["by_pipeline"][1].items()
    chance = told["optimization_opportunities"][0]
    assert list(chance) == ["description", "estimated_savings_usd", "effort", "priority"]
    assert [each["priority"] for each in told["optimization_opportunities"]] == list(range(1, len(items) + 1))


def test_a_bill_in_another_currency_is_not_called_dollars() -> None:
    given = supply({"charges": [{"cost": "2", "billing_currency": "EUR", "tags": {"pipeline": "a"}}]})
    told = cost_tracking(given.get("allocation"), given.get("red_flags").looked.month, ())
    assert "compute_monthly_eur: 2.00" in told
    assert "usd" not in told


def test_the_backlog_is_a_csv_that_no_spreadsheet_runs() -> None:
    given = supply({**FULL, "levers": {"levers": [{"lever": "right_size", "because": "=1+1"}]}})
    items = backlog(given.get("lever_savings"), given.get("red_flags"))
    told = list(csv.DictReader(io.StringIO(backlog_csv(items, "USD").decode("utf-8-sig"))))
    assert [row["priority"] for row in told] == [str(place) for place in range(1, len(items) + 1)]
    gains = [float(row["saves middle"]) for row in told if row["saves middle"]]
    assert gains
    assert not any(cell.startswith("=") for row in told for cell in row.values())
    assert told[-1]["rests on"] == "a red flag"


def test_supply_of_the_tests_gives_what_the_room_asks() -> None:
    assert isinstance(supply({}), Supply)


def test_a_gap_in_the_bill_is_a_gap_in_the_charts_and_said() -> None:
    charges = [
        {"at": "2024-09-01", "days": 30, "cost": "5", "tags": {"pipeline": "a"}},
        {"at": "2024-10-01", "cost": "0"},
        {"at": "2026-08-01", "times": 31, "cost": "2", "tags": {"pipeline": "a"}},
        {"at": "2026-10-01", "times": 31, "cost": "2", "tags": {"pipeline": "a"}},
    ]
    values = made({"charges": charges})
    for name in ("months", "pipelines", "outlook"):
        told = shown(name, values)
        assert "There is no bill of 2024-10 to 2026-07 and 2026-09." in told, name
        assert "2024-10 (part)" not in told
    (figure, *_) = views.months(values["costs"]).blocks
    assert isinstance(figure, Figure)
    drawn = json.dumps(figure.chart.to_dict(), ensure_ascii=False)
    assert '"domain": ["2024-09", "…", "2026-08", "2026-09", "2026-10"]' in drawn
    assert "2024-10-01 to 2026-08-31 is left aside" in shown("outlook", values)


def test_the_headline_says_the_allocated_share_as_the_rule_does() -> None:
    charges = [{"at": "2026-08-01", "times": 31, "cost": "82.789", "tags": {"pipeline": "a"}}]
    values = made({"charges": [*charges, {"at": "2026-08-01", "times": 31, "cost": "17.211"}]})
    assert "<strong>82.7 %</strong> of what can be allocated" in shown("summary", values)
    for name, words in (("savings", "9 of 10 draws"), ("savings", "word by word")):
        assert words not in shown(name, values)
