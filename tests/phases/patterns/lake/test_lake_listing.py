"""A lake is looked at once, and what is small is one number: in the rule, on the page, in the audit."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from decom_nb.phase import Phase
from decom_nb.phases.patterns import readers, views
from decom_nb.phases.patterns.lake.lake_table import lake_table
from decom_nb.rule import run
from decom_nb.supply import Supply
from tests.phases import rule_cases

ROOM = Phase("decom_nb.phases.patterns")
LAKE_RULES = ("lake_files_are_large_enough", "lake_tables_have_a_table_format", "lake_datasets_have_an_owner",
              "lake_datasets_have_a_consumer")  # fmt: skip


class Counted:
    """Objects that count how often they are asked."""

    def __init__(self, objects: Any) -> None:
        self.objects, self.asked = objects, 0

    def query(self, sql: str, parameters: Any = None) -> list[dict[str, Any]]:
        self.asked += 1
        found: list[dict[str, Any]] = self.objects.query(sql, parameters)
        return found


@pytest.fixture
def objects(tmp_path: Path) -> Counted:
    with (tmp_path / "listing.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("key", "size", "last_modified"))
        rows.writerows((f"lake/events/{n}.parquet", 1_500_000, "2026-01-01T00:00:00Z") for n in range(1200))
    return Counted(rule_cases.collected(tmp_path)["objects"])


def lake_document() -> Any:
    (kind,) = [each for each in ROOM.documents if each.name == "data_lake"]
    return kind.model_validate({"areas": [{"prefix": "lake", "owner": "us", "consumers": ["them"]}]})


def audited(objects: Counted) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run what a whole audit asks of a lake: all its rules and the measure."""
    values = {"objects": objects, "data_lake": lake_document()}
    supply = Supply(values, {**ROOM.readers, **ROOM.measures})
    found = run([each for each in ROOM.rules if each.rule.check.__name__ in LAKE_RULES], supply, {})
    return {each.rule.partition(".")[2]: each for each in found}, supply.get("lake_datasets")


def test_an_audit_asks_the_listing_once(objects: Counted) -> None:
    found, measure = audited(objects)
    assert [found[each].outcome for each in LAKE_RULES] == ["true", "false", "true", "true"]
    assert measure["files"] == 1200
    assert objects.asked == 1


@pytest.mark.parametrize(("small_mb", "outcome", "small"), [(1, "true", 0), (2, "false", 1200)])
def test_one_number_says_what_is_small(
    objects: Counted, monkeypatch: pytest.MonkeyPatch, small_mb: float, outcome: str, small: int
) -> None:
    table = lake_table()
    told = table.model_copy(update={"small_mb": table.small_mb.model_copy(update={"value": float(small_mb)})})
    monkeypatch.setattr(readers, "lake_table", lambda: told)
    found, measure = audited(objects)
    assert found["lake_files_are_large_enough"].outcome == outcome
    assert f"files below {small_mb} MB" in found["lake_files_are_large_enough"].message
    assert (measure["small"], measure["small_mb"]) == (small, small_mb)
    page = views.lake(measure)._repr_html_()
    assert (f"1,200 files below {small_mb} MB" in page) == bool(small)


def test_without_a_listing_nothing_is_told() -> None:
    supply = Supply({"data_lake": lake_document()}, {**ROOM.readers, **ROOM.measures})
    (told,) = [each for each in ROOM.rules if each.rule.check.__name__ == LAKE_RULES[0]]
    assert run([told], supply, {})[0].outcome == "not_known"
    assert supply.get("lake_datasets") == {}
