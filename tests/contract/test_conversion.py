"""Contracts go to the standard and back without loss; what another form says and ours does not is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from decom_nb.contract.contract_difference import difference
from decom_nb.contract.dbt_import import from_dbt_yaml, from_manifest
from decom_nb.contract.dcs_import import from_dcs
from decom_nb.contract.model import Contract
from decom_nb.contract.odcs import OdcsContract, odcs_of, parse_mapping, read_mapping, read_odcs
from decom_nb.contract.odcs_export import to_odcs
from decom_nb.contract.odcs_import import from_odcs
from decom_nb.contract.odcs_validity import validity
from decom_nb.contract.types import DIALECTS, _names
from decom_nb.errors import InputError

CONTRACTS = Path(__file__).parents[3] / "shared/data/4_contracts"


def published() -> list[Path]:
    return sorted(path for path in CONTRACTS.rglob("*.yaml") if "dcs_examples" not in path.parts)


# --- round trips

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip).filter(bool)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
finite = st.integers(-1000, 1000) | st.floats(-1e6, 1e6).map(lambda each: round(each, 3))


def _in_order(bounds: tuple[float, float]) -> dict[str, float]:
    return {"min": min(bounds), "max": max(bounds)}


def _check(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    params: dict[str, st.SearchStrategy[dict[str, Any]]] = {
        "not_null": st.just({}),
        "unique": st.just({}),
        "range": st.fixed_dictionaries({"min": finite}) | st.tuples(finite, finite).map(_in_order),
        "enum": st.fixed_dictionaries({"values": st.lists(words | st.integers(), min_size=1, max_size=3)}),
        "regex": st.fixed_dictionaries({"pattern": words}),
        "length": st.fixed_dictionaries({"max": st.integers(0, 99)}),
        "custom": st.fixed_dictionaries({"expression": words}),
    }
    more = st.fixed_dictionaries(
        {},
        optional={
            "severity": st.sampled_from(["P0", "P1"]),
            "because": words,
            "where": words,
            "fail": st.fixed_dictionaries({"count": st.integers(1, 9)}),
        },
    )
    return st.tuples(params[kind], more).map(
        lambda both: {"type": kind, **({"params": {**both[0], **both[1]}} if both[0] or both[1] else {})}
    )


checks = st.sampled_from(["not_null", "unique", "range", "enum", "regex", "length", "custom"]).flatmap(_check)


def _columns(dialect: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    column = st.fixed_dictionaries(
        {"column": names, "type": st.sampled_from(sorted(_names(dialect)))},  # type: ignore[arg-type]
        optional={
            "nullable": st.booleans(),
            "pii": st.booleans(),
            "description": words,
            "business_definition": words,
            "unit": words,
            "classification": words,
            "stable_id": words,
            "checks": st.lists(checks, max_size=3),
        },
    )
    return st.lists(column, min_size=1, max_size=4, unique_by=lambda each: each["column"])


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    dialect = draw(st.sampled_from([*DIALECTS, "odcs"]))
    columns = draw(_columns(dialect))
    named = [each["column"] for each in columns]
    terms: dict[str, Any] = {
        "name": draw(words),
        "version": draw(st.sampled_from(["1.0.0", "2.10.3"])),
        "table": draw(names),
        "dialect": dialect,
        "schema": columns,
    }
    optional: dict[str, st.SearchStrategy[Any]] = {
        "owner": words,
        "consumers": st.lists(words, min_size=1, max_size=3),
        "breaking_change_policy": st.sampled_from(["notify-30-days", "version-bump", "never-break"]),
        "notification_channel": words,
        "key": st.lists(st.sampled_from(named), min_size=1, max_size=2, unique=True),
        "pipeline": words,
        "closed": st.booleans(),
        "description": words,
        "contract_id": words,
        "checks": st.just([{"check": "volume", "min_rows": 3}, {"check": "unique", "columns": named[:2]}]),
        "further": st.lists(
            st.fixed_dictionaries({"about": words, "says": words, "unchecked_because": words}), max_size=2
        ),
    }
    for key, strategy in optional.items():
        if draw(st.booleans()):
            terms[key] = draw(strategy)
    if terms.get("contract_id") in (terms["name"], terms["table"]):
        del terms["contract_id"]  # an id that is a name says nothing more
    if draw(st.booleans()):
        terms["sla"] = {
            "freshness_hours": draw(st.sampled_from([1, 6, 24.5])),
            "availability_percent": draw(st.sampled_from([99, 99.9])),
            "support_hours": draw(st.sampled_from(["24x7", "business-hours"])),
        }
        terms["freshness_column"] = named[0]
    return Contract.model_validate({"contract": terms})


# Shrinking a whole contract takes minutes, and the difference is told anyway.
@pytest.mark.slow
@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(contracts())
def test_a_contract_goes_to_the_standard_and_back(contract: Contract) -> None:
    exported = to_odcs(contract).contract
    told = validity(exported)
    assert told.valid, told.mistakes
    again = odcs_of(parse_mapping(exported.encoded, "a.yaml"))  # as text, as it would lie in a file
    back = from_odcs(again)
    assert back.contracts == (contract,)
    assert not difference(contract, back.contracts[0]).changes


def test_a_published_file_is_written_as_it_was_read() -> None:
    if not CONTRACTS.is_dir():
        pytest.skip("the published contracts are not beside the checkout")
    for path in published():
        assert read_odcs(path).encoded == path.read_bytes(), path.name


def test_what_a_published_file_becomes_goes_to_the_standard_and_back() -> None:
    if not CONTRACTS.is_dir():
        pytest.skip("the published contracts are not beside the checkout")
    seen = 0
    for path in published():
        for contract in from_odcs(read_odcs(path)).contracts:
            exported = to_odcs(contract).contract
            assert validity(exported).valid, path.name
            assert from_odcs(exported).contracts == (contract,), path.name
            seen += 1
    assert seen >= 15


def test_a_change_leaves_the_rest_of_the_file_alone() -> None:
    text = (
        b"# ours\napiVersion: v3.1.0\nkind: DataContract\nid: 'a'  # quoted\nversion: 1.0.0\nstatus: draft\n"
        b"extra:\n    deep: [1,   2]\n"
    )
    contract = odcs_of(parse_mapping(text, "a.yaml"))
    changed = contract.changed({**contract.data, "version": "1.1.0"})
    assert changed.encoded == text.replace(b"1.0.0", b'"1.1.0"')


def test_several_tables_make_one_file() -> None:
    one = Contract.model_validate(
        {"contract": {"name": "a", "version": "1.0.0", "owner": "T", "schema": [{"column": "x"}]}}
    )
    two = Contract.model_validate(
        {"contract": {"name": "b", "version": "1.0.0", "owner": "T", "sla": {"freshness_hours": 2}}}
    )
    exported = to_odcs(one, two).contract
    assert validity(exported).valid
    back = from_odcs(exported).contracts
    assert [each.table for each in back] == ["a", "b"]
    assert [each.terms.sla.freshness_hours for each in back] == [None, 2]
    with pytest.raises(InputError, match="owner"):
        to_odcs(one, Contract.model_validate({"contract": {"name": "b", "version": "1.0.0", "owner": "U"}}))


# --- the standard's rules

HEAD = "apiVersion: v3.1.0\nkind: DataContract\nid: a\nversion: 1.0.0\nstatus: active\nschema:\n- name: t\n"


def imported(table: str) -> Contract:
    return from_odcs(odcs_of(parse_mapping((HEAD + table).encode(), "a.yaml"))).contracts[0]


RULES: list[tuple[str, dict[str, Any] | None]] = [
    ("{metric: nullValues, mustBe: 0}", {"kind": "not_null"}),
    ("{metric: nullValues, mustBeLessThan: 5, unit: percent}", {"kind": "not_null"}),
    ("{metric: missingValues, arguments: {missingValues: [null]}, mustBe: 0}", {"kind": "not_null"}),
    ("{metric: missingValues, arguments: {missingValues: [null, n/a]}, mustBe: 0}", {"kind": "expression"}),
    ("{metric: invalidValues, arguments: {validValues: [a, b]}, mustBe: 0}",
     {"kind": "accepted_values", "values": ("a", "b")}),
    ("{metric: invalidValues, arguments: {pattern: '^a'}, mustBe: 0}", {"kind": "regex", "pattern": "^a"}),
    ("{metric: duplicateValues, mustBe: 0}", {"kind": "unique"}),
    ("{type: sql, query: 'SELECT max(${column}) FROM ${table}', mustBeLessThan: 9}", {"kind": "custom_sql"}),
    ("{type: custom, engine: soda, implementation: x}", None),
    ("{type: text, description: All is well.}", None),
    ("{metric: nullValues, mustBe: 3}", None),
    ("{metric: nullValues, mustBeGreaterThan: 3}", None),
    ("{metric: invalidValues, mustBe: 0}", None),
    ("{type: sql, query: SELECT 1}", None),
    ("{metric: somethingElse, mustBe: 0}", None),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "expected"), RULES)
def test_rules_of_a_column_become_checks_or_stay_as_words(rule: str, expected: dict[str, Any] | None) -> None:
    contract = imported(f"  properties:\n  - name: c\n    quality: [{rule}]\n")
    held = [each.check_of("c") for each in contract.columns[0].checks]
    if expected is None:
        assert held == []
        assert len(contract.terms.further) == 1
        assert contract.terms.further[0].about == "schema.c"
        assert contract.terms.further[0].unchecked_because
        return
    (check,) = held
    assert contract.terms.further == ()
    assert check is not None
    assert {key: getattr(check, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("bound", "low", "high"),
    [
        ("mustBe: 5", 5, 5),
        ("mustBeGreaterThan: 5", 6, None),
        ("mustBeGreaterOrEqualTo: 5", 5, None),
        ("mustBeLessThan: 5", 0, 4),
        ("mustBeLessOrEqualTo: 5", 0, 5),
        ("mustBeBetween: [2, 5]", 2, 5),
        ("mustNotBe: 0", 1, None),
    ],
)
def test_numbers_of_rows(bound: str, low: int, high: int | None) -> None:
    (check,) = imported(f"  quality: [{{metric: rowCount, {bound}}}]\n").terms.checks
    assert (check.min_rows, check.max_rows) == (low, high)  # type: ignore[union-attr]


def test_a_share_that_must_stay_below_a_bound_may_not_reach_it() -> None:
    contract = imported(
        "  properties:\n  - {name: c, quality: [{metric: nullValues, mustBeLessThan: 5, unit: percent}]}\n"
    )
    check = contract.columns[0].checks[0].check_of("c")
    assert check is not None
    assert check.fail.exceeded(5, 0.05)
    assert not check.fail.exceeded(5, 0.0499)


def test_names_in_rules_are_quoted() -> None:
    contract = imported(
        "  properties:\n  - name: 'x\"; drop'\n    quality:\n"
        "    - {type: sql, query: 'SELECT count(${column}) FROM ${table}', mustBe: 0}\n"
    )
    assert 'count("x""; drop") FROM "t"' in contract.columns[0].checks[0].params["sql"]


def test_bounds_keys_and_references_are_taken_over() -> None:
    contract = imported(
        """  physicalName: t_1
  properties:
  - {name: b, physicalName: bb, primaryKey: true, primaryKeyPosition: 2, physicalType: INTEGER}
  - {name: a, primaryKey: true, primaryKeyPosition: 1, physicalType: INTEGER}
  - {name: n, physicalType: INTEGER, logicalType: integer, logicalTypeOptions: {minimum: 0, exclusiveMaximum: 10, format: i32},
     relationships: [{to: u.id}], required: true}
  - {name: o, physicalType: JSON, logicalType: object, properties: [{name: p, logicalType: string, required: true}]}
"""
    )
    terms = contract.terms
    assert contract.table == "t_1"
    assert terms.key == ("a", "bb")
    assert [(each.type, each.params) for each in terms.columns[2].checks] == [
        ("range", {"min": 0}),
        ("custom", {"expression": '"n" < 10'}),
    ]
    assert terms.columns[2].nullable is False
    assert terms.checks[0].kind == "foreign_key"
    assert {each.about for each in terms.further} == {"schema.n", "schema.o.p"}


def test_a_file_that_is_wrong_all_over_is_refused_with_lines() -> None:
    with pytest.raises(InputError) as raised:
        imported("  properties:\n  - name: [a]\n    required: perhaps\n")
    assert {each.line for each in raised.value.mistakes} == {9, 10}


# --- the older specification


def test_the_published_older_contract_is_read() -> None:
    path = CONTRACTS / "dcs_examples/orders-latest.yaml"
    if not path.is_file():
        pytest.skip("the published contracts are not beside the checkout")
    orders, items = from_dcs(read_mapping(path)).contracts
    assert [each.column for each in orders.columns] == [
        "order_id", "order_timestamp", "order_total", "customer_id", "customer_email_address", "processed_timestamp",
    ]  # fmt: skip
    assert orders.terms.key == ("order_id",)
    assert items.terms.key == ("order_id", "line_item_id")
    assert orders.terms.sla.freshness_hours == 25
    assert orders.terms.freshness_column == "order_timestamp"
    assert items.terms.sla.freshness_hours is None
    assert orders.terms.sla.availability_percent == 99.9
    assert orders.personal == ("order_id", "customer_email_address")
    assert items.columns[2].checks[0].params == {"pattern": "^[A-Za-z0-9]{8,14}$"}
    assert items.terms.checks[0].kind == "foreign_key"
    assert "sla.retention" in {each.about for each in orders.terms.further}


def test_references_out_of_the_file_are_not_followed() -> None:
    text = (
        b"dataContractSpecification: 1.1.0\nid: a\nmodels:\n  t:\n    fields:\n"
        b"      a: {$ref: 'https://example.com/x.yaml'}\n      b: {$ref: '#/definitions/none'}\n"
    )
    with pytest.raises(InputError) as raised:
        from_dcs(parse_mapping(text, "a.yaml"))
    assert [(each.line, each.key) for each in raised.value.mistakes] == [(7, 'models.t.fields.b["$ref"]')]
    told = from_dcs(parse_mapping(text.replace(b"#/definitions/none", b"file:///etc/passwd"), "a.yaml"))
    assert sum("not followed" in each for each in told.notes) == 2


# --- dbt

DBT = """
version: 2
models:
  - name: orders
    description: One row per order.
    config: {contract: {enforced: true}, meta: {owner: Shop}}
    constraints: [{type: primary_key, columns: [id]}]
    columns:
      - name: id
        data_type: integer
        data_tests: [unique, not_null]
      - name: status
        data_type: varchar
        constraints: [{type: not_null}]
        tests:
          - accepted_values: {values: [new, paid], config: {severity: warn}}
          - not_null: {where: "id > 3"}
      - name: customer_id
        data_tests:
          - relationships: {arguments: {to: ref('customers'), field: id}}
      - name: amount
        data_tests:
          - dbt_utils.accepted_range: {min_value: 0}
          - my_own.test: {limit: 3}
    data_tests:
      - dbt_utils.expression_is_true: {expression: "amount < 1000"}
sources:
  - name: shop
    freshness: {error_after: {count: 2, period: day}}
    loaded_at_field: loaded_at
    tables:
      - name: raw_orders
        columns: [{name: loaded_at}]
"""


def test_a_properties_file_of_dbt_is_read() -> None:
    orders, raw = from_dbt_yaml(parse_mapping(DBT.encode(), "schema.yml")).contracts
    terms = orders.terms
    assert (terms.owner, terms.key, terms.closed) == ("Shop", ("id",), True)
    assert [each.nullable for each in orders.columns] == [False, False, None, None]
    assert [[check.type for check in each.checks] for each in orders.columns] == [
        [],
        ["enum", "not_null"],
        [],
        ["range"],
    ]
    assert orders.columns[1].checks[0].params == {
        "values": ["new", "paid"],
        "warn": {"count": 0},
        "fail": {"share": 1.0},
    }
    assert [each.kind for each in terms.checks] == ["foreign_key", "expression"]
    assert [each.says for each in terms.further] == ["dbt test test limit=3"]
    assert (raw.terms.sla.freshness_hours, raw.terms.freshness_column) == (48, "loaded_at")


def test_a_manifest_says_the_same() -> None:
    from decom_nb.evidence.dbt_manifest import Column, DataTest, Model

    shared: dict[str, Any] = {
        "project": "p", "origin": "", "unique_id": "", "package": "p", "path": "", "description": "", "tags": (),
        "meta": {}, "depends_on": (),
    }  # fmt: skip
    model = Model(
        **shared, name="orders", resource_type="model", columns=(Column("id", data_type="bigint"),), owner="Shop", group="",
        access="", contract_enforced=True, materialized="", language="", database="", schema="", alias="", version="",
    )  # fmt: skip
    tests = [
        DataTest(**shared, name=kind, kind=kind, namespace="", generic=True, model="m", column="id", severity="error",
                 arguments={"column_name": "id"})
        for kind in ("unique", "not_null", "mystery")
    ]  # fmt: skip
    (contract,) = from_manifest(model, tests, "postgres", enforced=True).contracts
    assert contract.terms.dialect == "postgres"
    assert contract.columns[0].nullable is False
    assert [each.type for each in contract.columns[0].checks] == ["unique"]
    assert len(contract.terms.further) == 1


def test_an_empty_contract_of_the_standard_is_no_contract_of_a_table() -> None:
    told = from_odcs(OdcsContract({"apiVersion": "v3.1.0", "kind": "DataContract"}))
    assert told.contracts == ()
    assert "no table" in told.notes[0]
