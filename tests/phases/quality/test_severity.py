"""Severity by evidence: each limit of the methodology on both sides, lowering before raising, unknown stays declared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from decom_nb.check import PRIORITIES
from decom_nb.evidence.dbt import Dbt
from decom_nb.phases.quality.lineage import Use, bare, uses
from decom_nb.phases.quality.severity import judged, severity_table
from tests.evidence.made import read
from tests.phases.quality.made import checked, write_dbt


def dbt(folder: Path, exposures: dict[str, Any] | None = None) -> Dbt:
    write_dbt(folder, {"orders": {}, "mart": {"reads": ["orders"]}, "alone": {}}, exposures)
    found: Dbt = read(folder).values["dbt"]
    return found


def use(folder: Path, table: str = "orders", **exposure: Any) -> Use:
    exposures = {"sales": {"reads": ["mart"], **exposure}} if exposure or table == "orders" else None
    return uses(dbt(folder, exposures), [table])[table]


def test_every_level_says_what_it_means_and_what_to_do() -> None:
    assert tuple(each.level for each in severity_table().levels) == PRIORITIES
    assert all(each.definition and each.response and each.because and each.source for each in severity_table().levels)


def test_a_check_that_is_not_violated_keeps_its_level() -> None:
    for verdict in ("pass", "warn", "not_known", "error"):
        found = judged(checked(verdict=verdict, severity="P3", violations=0), None, ["id"], ["id"])
        assert (found.level, found.reasons) == ("P3", ("Declared P3, and not violated.",))


@pytest.mark.parametrize(("violations", "level"), [(5, "P3"), (6, "P1")])
def test_more_than_five_in_a_hundred_is_p1(violations: int, level: str) -> None:
    assert judged(checked(verdict="fail", violations=violations, severity="P3"), None).level == level


@pytest.mark.parametrize(("violations", "level"), [(9, "P2"), (10, "P0")])
def test_less_than_one_in_a_hundred_that_nobody_reads_is_p2_at_most(
    violations: int, level: str, tmp_path: Path
) -> None:
    alone = uses(dbt(tmp_path), ["alone"])["alone"]
    found = judged(checked(verdict="fail", violations=violations, rows=1000, severity="P0"), alone)
    assert found.level == level


def test_who_reads_it_is_not_known_so_nothing_is_lowered(tmp_path: Path) -> None:
    few = checked(verdict="fail", violations=1, rows=1000, severity="P1")
    assert uses(dbt(tmp_path), ["elsewhere"]) == {}
    found = judged(few, None)
    assert found.level == "P1"
    assert "no lineage says who reads this table" in found.reasons[0]
    read_by_a_model = uses(dbt(tmp_path), ["orders"])[
        "orders"
    ]  # and by no exposure: that is some use, of whatever kind
    assert (read_by_a_model.readers, read_by_a_model.exposures) == (1, ())
    assert judged(few, read_by_a_model).level == "P1"


def test_a_p3_is_not_raised_by_being_lowered(tmp_path: Path) -> None:
    alone = uses(dbt(tmp_path), ["alone"])["alone"]
    assert judged(checked(verdict="fail", violations=1, rows=1000, severity="P3"), alone).level == "P3"


def test_late_data_is_a_broken_sla() -> None:
    assert judged(checked(check="freshness", verdict="fail", violations=1, severity="P3"), None).level == "P1"


def test_missing_data_for_a_report_is_p1_and_wrong_numbers_in_a_dashboard_are_p0(tmp_path: Path) -> None:
    reports = use(tmp_path)
    assert judged(checked(verdict="fail", violations=2), reports).level == "P1"
    found = judged(checked(check="range", verdict="fail", violations=2, columns=["amount"]), reports)
    assert found.level == "P0"
    assert "the numbers in sales are off: 2 % of the records" in found.reasons[0]
    assert judged(checked(check="range", verdict="fail", violations=1), reports).level == "P1"
    assert judged(checked(check="reconciliation", verdict="fail", violations=1), reports).level == "P0"
    assert judged(checked(check="regex", verdict="fail", violations=4), reports).level == "P1"


@pytest.mark.parametrize("exposure", [{"maturity": "low"}, {"type": "ml"}])
def test_what_is_no_dashboard_in_production_is_no_p0(exposure: dict[str, str], tmp_path: Path) -> None:
    assert judged(checked(check="range", verdict="fail", violations=4), use(tmp_path, **exposure)).level == "P1"


def test_personal_data_is_p1_and_regulated_data_p0_by_column(tmp_path: Path) -> None:
    wrong = checked(verdict="fail", violations=1, rows=1000, columns=["email"], severity="P3")
    assert judged(wrong, None, personal=["phone"]).level == "P3"
    assert judged(wrong, None, personal=["email"]).level == "P1"
    alone = uses(dbt(tmp_path), ["alone"])["alone"]
    assert judged(wrong, alone, personal=["email"]).level == "P1"  # raising comes after lowering
    found = judged(wrong, None, ["email"], ["email"])
    assert (found.level, found.declared) == ("P0", "P3")
    assert found.reasons[0].count("raised") == 2
    assert found.response.startswith("Stop the pipeline")


def test_tables_are_matched_by_their_bare_names(tmp_path: Path) -> None:
    assert bare('prod."Marts".`Orders`') == "orders"
    assert uses(dbt(tmp_path), ['"DB"."S"."ORDERS"'])['"DB"."S"."ORDERS"'].resources == ("model.shop.orders",)
