"""What changed, who breaks, which version it has to be."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from decom_nb.contract.contract_difference import ContractDifference, difference
from decom_nb.contract.model import Contract
from decom_nb.contract.odcs import OdcsContract, odcs_of, parse_mapping, read_odcs

PAIR = Path(__file__).parents[3] / "shared/data/4_contracts/changelog_pair"


def pair() -> tuple[OdcsContract, OdcsContract]:
    if not PAIR.is_dir():
        pytest.skip("the published pair is not beside the checkout")
    return read_odcs(PAIR / "changelog_integration_v1.yaml"), read_odcs(PAIR / "changelog_integration_v2.yaml")


def golden(part: int) -> list[tuple[str, ...]]:
    """Give the rows of a table in the golden text; lines without a change run on from the row above."""
    text = (PAIR / "golden_changelog_text.txt").read_text().split("Details")[part]
    rows: list[list[str]] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("│")[1:-1]]
        if cells and cells[0] and cells[0] != "Change":
            rows.append(cells)
        elif cells and not cells[0]:
            rows[-1] = [f"{one} {other}".strip() for one, other in zip(rows[-1], cells, strict=True)]
    return [tuple(row) for row in rows]


def test_the_published_pair_gives_the_published_entries() -> None:
    told = difference(*pair())
    found = [
        (
            each.kind.title(),
            each.path,
            "" if each.old is None else str(each.old).strip(),
            "" if each.new is None else str(each.new).strip(),
        )
        for each in told.changes
    ]
    assert found == golden(1)


def test_the_published_pair_gives_the_published_summary() -> None:
    assert [(kind.title(), path) for kind, path in difference(*pair()).summary] == golden(0)


def test_the_published_pair_is_judged() -> None:
    told = difference(*pair())
    judged = {each.path: (each.consumer, each.producer) for each in told.judged}
    assert judged == {
        "schema.customers": ("compatible", "breaking"),
        "schema.orders.properties.customer_id": ("breaking", "compatible"),
        "schema.orders.properties.order_date.logicalType": ("breaking", "breaking"),
        "schema.orders.properties.order_id.description": ("needs a look", "needs a look"),
        "schema.orders.properties.region": ("compatible", "compatible"),
        "schema.orders.properties.total_amount.required": ("compatible", "breaking"),
        "slaProperties.availability.value": ("breaking", "compatible"),
        "version": ("compatible", "compatible"),
    }
    assert (told.bump.part, told.bump.proposed, told.bump.enough) == ("major", "2.0.0", True)
    assert difference(*pair(), policy="version-bump").policy.outcome == "allowed"
    assert difference(*pair(), policy="never-break").policy.outcome == "not allowed"
    assert all(each.consumer_because and each.producer_because for each in told.changes)


def test_a_version_compared_with_itself_changed_nothing() -> None:
    one, _ = pair()
    told = difference(one, one)
    assert told == ContractDifference((), (), told.bump, told.policy)
    assert not told.breaking
    assert told.policy.outcome == "allowed"


COLUMN = (
    "apiVersion: v3.1.0\nkind: DataContract\nid: a\nversion: 1.0.0\nstatus: active\nschema:\n- name: t\n  properties:\n"
)


def odcs(columns: str, rest: str = "") -> OdcsContract:
    return odcs_of(parse_mapping((COLUMN + columns + rest).encode(), "a.yaml"))


def column(**said: Any) -> str:
    lines = [f"    {key}: {value}" for key, value in said.items()]
    return "  - name: c\n" + "\n".join(f"  {line[2:]}" for line in lines) + "\n"


# column before, column after, the sort of change, consumer, producer
FACETS: list[tuple[dict[str, Any], dict[str, Any], str, str, str]] = [
    ({"required": "true"}, {"required": "false"}, "empty_now", "breaking", "compatible"),
    ({"required": "true"}, {}, "empty_now", "breaking", "compatible"),
    ({}, {"required": "false"}, "documentation_changed", "compatible", "compatible"),
    ({}, {"unique": "true"}, "unique_now", "compatible", "breaking"),
    ({"unique": "true"}, {"unique": "false"}, "repeated_now", "breaking", "compatible"),
    ({}, {"primaryKey": "true"}, "key_added", "compatible", "breaking"),
    ({"primaryKey": "true"}, {}, "key_removed", "breaking", "compatible"),
    ({"logicalType": "integer"}, {"logicalType": "number"}, "type_widened", "compatible", "compatible"),
    ({"logicalType": "number"}, {"logicalType": "integer"}, "type_narrowed", "breaking", "breaking"),
    ({"physicalType": "varchar(9)"}, {"physicalType": "varchar(5)"}, "type_narrowed", "breaking", "breaking"),
    ({"logicalTypeOptions": "{maximum: 5}"}, {"logicalTypeOptions": "{maximum: 9}"}, "loosened", "needs a look",
     "compatible"),
    ({"logicalTypeOptions": "{minimum: 5}"}, {"logicalTypeOptions": "{minimum: 9}"}, "tightened", "compatible",
     "breaking"),
    ({"logicalTypeOptions": "{maxLength: 5}"}, {"logicalTypeOptions": "{maxLength: 4}"}, "tightened", "compatible",
     "breaking"),
    ({"logicalTypeOptions": "{maxLength: 5}"}, {}, "loosened", "needs a look", "compatible"),
    ({"logicalTypeOptions": "{pattern: a}"}, {"logicalTypeOptions": "{pattern: b}"}, "pattern_changed", "needs a look",
     "needs a look"),
    ({"logicalTypeOptions": "{format: i32}"}, {"logicalTypeOptions": "{format: i64}"}, "type_widened", "compatible",
     "compatible"),
    ({"enum": "[{value: a}]"}, {"enum": "[{value: a}, {value: b}]"}, "values_added", "needs a look", "compatible"),
    ({"enum": "[{value: a}, {value: b}]"}, {"enum": "[{value: a}]"}, "values_removed", "compatible", "breaking"),
    ({"enum": "[{value: a}]"}, {}, "loosened", "needs a look", "compatible"),
    ({"description": "net"}, {"description": "gross"}, "meaning_changed", "needs a look", "needs a look"),
    ({}, {"description": "net"}, "meaning_told", "compatible", "compatible"),
    ({"classification": "public"}, {"classification": "secret"}, "classification_changed", "needs a look",
     "needs a look"),
    ({"physicalName": "x"}, {"physicalName": "y"}, "physical_name_changed", "breaking", "breaking"),
    ({}, {"physicalName": "c"}, "documentation_changed", "compatible", "compatible"),
    ({"tags": "[a]"}, {"tags": "[b]"}, "documentation_changed", "compatible", "compatible"),
    ({"quality": "[{metric: nullValues, mustBe: 0}]"}, {}, "rule_removed", "breaking", "compatible"),
    ({"quality": "[{metric: nullValues, mustBeLessThan: 5}]"}, {"quality": "[{metric: nullValues, mustBeLessThan: 9}]"},
     "rule_loosened", "breaking", "compatible"),
    ({"quality": "[{metric: rowCount, mustBeGreaterThan: 5}]"},
     {"quality": "[{metric: rowCount, mustBeGreaterThan: 9}]"}, "rule_tightened", "compatible", "breaking"),
    ({"quality": "[{metric: invalidValues, arguments: {validValues: [a]}, mustBe: 0}]"},
     {"quality": "[{metric: invalidValues, arguments: {validValues: [a, b]}, mustBe: 0}]"}, "values_added",
     "needs a look", "compatible"),
    ({}, {"customProperties": "[{property: pii, value: true}]"}, "personal_now", "needs a look", "needs a look"),
    ({"customProperties": "[{property: unit, value: EUR}]"}, {"customProperties": "[{property: unit, value: USD}]"},
     "unit_changed", "breaking", "breaking"),
    ({"customProperties": "[{property: mine, value: 1}]"}, {"customProperties": "[{property: mine, value: 2}]"},
     "unknown", "needs a look", "needs a look"),
    ({}, {"somethingNew": "1"}, "unknown", "needs a look", "needs a look"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "sort", "consumer", "producer"), FACETS)
def test_facets_of_a_column(
    before: dict[str, Any], after: dict[str, Any], sort: str, consumer: str, producer: str
) -> None:
    told = difference(odcs(column(**before)), odcs(column(**after)))
    found = [(each.sort, each.consumer, each.producer) for each in told.judged if not each.path.endswith("Properties")]
    assert found == [(sort, consumer, producer)]


def test_a_change_of_the_key_is_one_whatever_told_it() -> None:
    before = odcs("  - {name: a, primaryKey: true, primaryKeyPosition: 1}\n  - {name: b}\n")
    after = odcs("  - {name: a, primaryKey: true, primaryKeyPosition: 1}\n  - {name: b, primaryKey: true}\n")
    assert {each.sort for each in difference(before, after).judged} == {"key_changed"}


@pytest.mark.parametrize(
    ("before", "after", "sort"),
    [
        ("value: 24\n  unit: h", "value: 2\n  unit: d", "sla_loosened"),
        ("value: 2\n  unit: d", "value: 48\n  unit: h", "documentation_changed"),
        ("value: 2\n  unit: d", "value: 1\n  unit: d", "sla_tightened"),
        ("value: soon", "value: later", "sla_changed"),
    ],
)
def test_service_levels_are_compared_in_one_unit(before: str, after: str, sort: str) -> None:
    level = "slaProperties:\n- property: latency\n  "
    told = difference(odcs(column(), level + before + "\n"), odcs(column(), level + after + "\n"))
    assert {each.sort for each in told.judged} == {sort}


def test_no_rename_is_claimed_without_evidence() -> None:
    told = difference(odcs("  - {name: a, logicalType: string}\n"), odcs("  - {name: b, logicalType: string}\n"))
    assert {each.sort for each in told.judged} == {"column_removed", "column_added"}
    assert [each.certain for each in told.renames] == [False]
    assert "may be" in told.renames[0].evidence


@pytest.mark.parametrize("key", ["id: x1", "physicalName: phys"])
def test_a_stable_id_or_the_name_in_the_database_is_evidence_of_a_rename(key: str) -> None:
    told = difference(odcs(f"  - {{name: a, {key}}}\n"), odcs(f"  - {{name: b, {key}}}\n"))
    assert [each.certain for each in told.renames] == [True]
    assert told.breaking == key.startswith("id")


def test_names_with_points_are_taken_whole() -> None:
    before = odcs("  - {name: a.b, logicalType: string}\n  - {name: c, required: true}\n")
    told = difference(before, odcs("  - {name: c, required: false}\n"))
    assert told.summary == (("removed", "schema.t.properties.a.b"), ("updated", "schema.t.properties.c"))


def test_equal_data_is_evidence_of_a_rename() -> None:
    told = difference(odcs("  - {name: a}\n"), odcs("  - {name: b}\n"), same_data={("t", "a", "b")})
    assert told.renames[0].evidence == "equal data"
    assert {each.sort for each in told.judged} == {"column_renamed"}


def ours(**terms: Any) -> Contract:
    return Contract.model_validate({"contract": {"name": "t", "version": "1.2.3", **terms}})


def test_contracts_in_the_template_are_compared() -> None:
    before = ours(
        sla={"freshness_hours": 6, "availability_percent": 99},
        schema=[
            {"column": "a", "type": "INTEGER", "nullable": False, "business_definition": "net", "unit": "EUR"},
            {"column": "b", "checks": [{"type": "enum", "params": {"values": ["x"]}}]},
            {"column": "c", "pii": False, "checks": [{"type": "range", "params": {"min": 0, "max": 5}}]},
        ],
        key=["a"],
        breaking_change_policy="never-break",
    )
    after = ours(
        sla={"freshness_hours": 12, "availability_percent": 99.5},
        schema=[
            {"column": "a", "type": "BIGINT", "business_definition": "gross", "unit": "USD"},
            {"column": "b", "checks": [{"type": "enum", "params": {"values": ["x", "y"]}}]},
            {"column": "c", "pii": True, "checks": [{"type": "range", "params": {"min": 1, "max": 5}}]},
        ],
        key=["a", "b"],
        breaking_change_policy="never-break",
    )
    told = difference(before, after)
    assert {each.path: each.sort for each in told.judged} == {
        "key": "key_changed",
        "schema.a.business_definition": "meaning_changed",
        "schema.a.nullable": "empty_now",
        "schema.a.type": "type_widened",
        "schema.a.unit": "unit_changed",
        "schema.b.checks.enum.params.values": "values_added",
        "schema.c.checks.range.params.min": "tightened",
        "schema.c.pii": "personal_now",
        "sla.availability_percent": "sla_tightened",
        "sla.freshness_hours": "sla_loosened",
    }
    assert told.policy.outcome == "not allowed"
    assert told.bump.proposed == "2.0.0"
    assert told.bump.enough is False


def test_types_are_judged_in_the_contracts_dialect() -> None:
    before, after = (ours(dialect="bigquery", schema=[{"column": "a", "type": type_}]) for type_ in ("INT64", "BIGINT"))
    assert {each.sort for each in difference(before, after).judged} == {"type_same"}


def test_notice_is_counted_in_days() -> None:
    before, after = ours(schema=[{"column": "a"}, {"column": "b"}]), ours(schema=[{"column": "a"}])
    told = {"policy": "notify-30-days", "notified_on": date(2026, 1, 1)}
    early = difference(before, after, effective_on=date(2026, 1, 30), **told)  # type: ignore[arg-type]
    late = difference(before, after, effective_on=date(2026, 1, 31), **told)  # type: ignore[arg-type]
    assert (early.policy.outcome, late.policy.outcome) == ("needs notice", "allowed")
    assert early.policy.not_before == date(2026, 1, 31)


def test_every_sort_of_change_has_its_row() -> None:
    from decom_nb.contract.change_row import rows

    text = "".join(
        (Path(__file__).parents[2] / "decom_nb/contract" / name).read_text()
        for name in ("judgement.py", "contract_difference.py")
    )
    named = set(re.findall(r'"([a-z]+(?:_[a-z]+)+)"', text)) & set(rows())
    assert len(named) > 40
    assert {f"type_{each}" for each in ("same", "widened", "narrowed", "replaced", "unclear")} <= set(rows())
