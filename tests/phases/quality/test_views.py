"""What cells show of data quality: every view on a full audit and on an empty one, and nothing of a client's unescaped."""

from __future__ import annotations

from typing import Any

import pytest

from decom_nb.check import Suite
from decom_nb.phases.quality import charts, views
from decom_nb.phases.quality.measures import quality_checks, quality_history, quality_tables
from tests.phases.quality.made import checked, run, runs

EVIL = "<script>alert(1)</script>"
RUNS = runs(
    run(checked("orders"), checked("orders", "unique", "fail", violations=9), at="2026-03-01T00:00:00Z"),
    run(
        checked("orders"),
        checked(
            "orders",
            "unique",
            "fail",
            violations=30,
            name=EVIL,
            message=EVIL,
            because=EVIL,
            severity="P0",
            samples=[{EVIL: EVIL}],
            sql=f"SELECT '{EVIL}'",
            partitions=[{"partition": [EVIL, None], "violations": 30, "rows": 40, "verdict": "fail"}],
            partitions_total=12,
            decided_by="key_bitmap",
            rows=1234,
        ),
        checked(EVIL, "range", "not_known", message="there is no such column"),
        checked(EVIL, "length", "error"),
        at="2026-03-02T00:00:00Z",
    ),
)
SUITES = (
    Suite(table="orders"),
    Suite.model_validate({"table": "late", "checks": [{"check": "volume", "min_rows": 1}]}),
)


def made() -> dict[str, Any]:
    return {
        "quality_checks": quality_checks(RUNS, None, SUITES),
        "quality_tables": quality_tables(RUNS, None, SUITES, None, None),
        "quality_history": quality_history(RUNS),
    }


def shown(name: str, told: dict[str, Any]) -> str:
    return {
        "summary": lambda: views.summary(told["quality_checks"], told["quality_tables"]),
        "heat_map": lambda: views.heat_map(told["quality_tables"]),
        "history": lambda: views.history(told["quality_history"]),
        "worst": lambda: views.worst(told["quality_checks"]),
        "tables": lambda: views.tables(told["quality_tables"]),
        "gaps": lambda: views.gaps(told["quality_tables"]),
    }[name]()._repr_html_()


NAMES = ("summary", "heat_map", "history", "worst", "tables", "gaps")


@pytest.mark.parametrize("name", NAMES)
def test_a_clients_text_stays_text(name: str) -> None:
    html = shown(name, made())
    assert "<script>alert" not in html


@pytest.mark.parametrize("name", NAMES)
def test_without_evidence_every_view_says_what_to_do(name: str) -> None:
    html = shown(name, dict.fromkeys(made()))
    assert "run" in html
    assert "decom-chart" not in html


def test_a_violated_p0_is_said_first() -> None:
    html = shown("summary", made())
    assert "1 violated at P0: stop the pipeline" in html
    assert html.index("stop the pipeline") < html.index("By severity")
    assert "No check." in html  # accuracy, freshness and consistency are seen by nothing


def test_a_failing_check_shows_rows_partitions_and_its_query() -> None:
    html = shown("worst", made())
    assert "1 of 30 violations" in html
    assert "Worst 1 of 12 partitions" in html
    assert "(none)" in html
    assert "SELECT &#39;&lt;script&gt;" in html
    assert "decided by key bitmap" in html
    assert "over 1,234 rows" in html
    assert "no owner" in html


def test_gaps_name_what_was_never_run_and_what_nobody_checks() -> None:
    html = shown("gaps", made())
    assert "Nothing is checked in 1 of 3 tables:</strong> <code>late</code>" in html
    assert "validity, accuracy, freshness and consistency" in html


def test_a_cell_of_the_heat_map_says_its_state_in_words_and_by_a_sign() -> None:
    told = made()["quality_tables"]
    rows = charts.heat_rows(told["rows"])
    cells = {(row["table"], row["dimension"]): (row["sign"], row["state"]) for row in rows}
    assert cells["orders", "completeness"] == ("✓", "all checks pass")
    assert cells["orders", "uniqueness"] == ("✕", "a check fails")
    assert cells["orders", "accuracy"] == ("–", "nothing is checked")
    assert cells["late", "completeness"] == ("○", "checks were never run")
    assert cells[EVIL, "validity"] == ("?", "checks could not be decided")
    one = [{**told["rows"][0], "required": ["completeness"]}]
    assert charts.heat_rows(one)[3]["state"] == "not asked for"


def drawn() -> dict[str, Any]:
    told = made()
    return {
        "heat map": charts.heat_map(charts.heat_rows(told["quality_tables"]["rows"])),
        "history": charts.verdict_history(charts.history_rows(told["quality_history"])),
        "one run": charts.verdict_history(charts.history_rows(told["quality_history"][:1])),
        "many runs": charts.verdict_history(charts.history_rows(told["quality_history"] * 60)),
    }


@pytest.mark.parametrize("name", drawn())
def test_every_chart_is_a_valid_spec_as_wide_as_its_place(name: str) -> None:
    spec = drawn()[name].to_dict()  # raises where the schema is not met
    assert not {"hconcat", "vconcat", "concat", "facet", "width"} & spec.keys()
