"""Names held to the conventions: columns by their declared type, tables by their told layer; proposals that stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decom_nb.phases.modeling.naming.lint import Linted, lint
from decom_nb.phases.modeling.naming.named import NamedColumn, NamedTable, family
from decom_nb.phases.modeling.naming.naming_document import Naming
from decom_nb.phases.modeling.naming.naming_table import naming_table
from decom_nb.phases.modeling.naming.reading import of_ddl

DATA = Path(__file__).parents[5] / "shared" / "data" / "9_naming"
SCHEMAS = [
    ("Chinook_PostgreSql.sql", "naming_chinook.json"),
    ("OMOPCDM_postgresql_5.4_ddl.sql", "naming_omop54.json"),
]


@pytest.mark.skipif(not DATA.exists(), reason="the published schemas are not beside this checkout")
@pytest.mark.parametrize(("schema", "answers"), SCHEMAS)
def test_a_published_schema_comes_out_as_its_answers_say(schema: str, answers: str) -> None:
    tables, unread = of_ddl((DATA / schema).read_text(encoding="utf-8"), schema)
    told = lint(tables).classified()
    assert unread == []
    for key, wanted in json.loads((DATA / answers).read_text(encoding="utf-8")).items():
        assert _sorted(told[key]) == _sorted(wanted), key


def _sorted(value: Any) -> Any:
    return sorted(map(json.dumps, value)) if isinstance(value, list) else value


def proposed(table: str, *columns: tuple[str, str], naming: Naming | None = None, **more: Any) -> dict[str, str]:
    """Give what each misnamed column and the table would be called."""
    found = lint([named(table, *columns, **more)], naming)
    return {each.name: each.proposed for each in found.findings}


def named(table: str, *columns: tuple[str, str], **more: Any) -> NamedTable:
    return NamedTable(table, tuple(NamedColumn(name, type_, family(type_)) for name, type_ in columns), **more)


@pytest.mark.parametrize(
    ("name", "type_", "better"),
    [
        ("birth_date", "TIMESTAMP", "birth_at"),
        ("order_datetime", "TIMESTAMP", "order_at"),
        ("created", "TIMESTAMP", "created_at"),
        ("created_on", "TIMESTAMP WITH TIME ZONE", "created_at"),
        ("date_created", "TIMESTAMP", "created_at"),
        ("updated_at_utc", "TIMESTAMP", "updated_utc_at"),
        ("timestamp", "TIMESTAMP", "order_at"),
        ("last_update", "TIMESTAMP", "last_update_at"),
        ("orderdatetime", "TIMESTAMP", "order_at"),
        ("D", "DATE", "d_date"),
        ("CREATED", "TIMESTAMP", "CREATED_AT"),
        ("createdOn", "DATETIME", "created_at"),
        ("order_dt", "DATE", "order_date"),
        ("date_of_birth", "DATE", "birth_date"),
        ("created_at", "DATE", "created_date"),
        ("cust_dob", "DATE", "cust_dob_date"),
        ("active", "BOOLEAN", "is_active"),
        ("deleted_flag", "BOOLEAN", "is_deleted"),
        ("vip_ind", "BOOLEAN", "is_vip"),
        ("newsletter_yn", "BOOLEAN", "is_newsletter"),
        ("flag_paid", "BOOLEAN", "is_paid"),
        ("isActive", "BOOLEAN", "is_active"),
        ("activebool", "BOOLEAN", "is_active"),
        ("with_tax", "BOOLEAN", "has_tax"),
        ("id", "INTEGER", "order_id"),
        ("customerID", "INTEGER", "customer_id"),
        ("id_customer", "INTEGER", "customer_id"),
        ("session_uuid", "UUID", "session_id"),
        ("amount", "DECIMAL(9,2)", "order_amount"),
        ("total", "DECIMAL(9,2)", "total_amount"),
        ("amt_paid", "DECIMAL(9,2)", "paid_amount"),
        ("num_lines", "INTEGER", "line_count"),
        ("number_of_line_items", "INTEGER", "line_item_count"),
        ("lines_cnt", "BIGINT", "line_count"),
    ],
)
def test_a_misnamed_column_gets_its_name(name: str, type_: str, better: str) -> None:
    assert proposed("orders", (name, type_)) == {name: better}


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("verbatim_end_date", "DATE"), ("created_at", "TIMESTAMP"), ("is_active", "BOOLEAN"), ("HAS_TAX", "BOOLEAN"),
        ("customer_id", "INTEGER"), ("unit_price", "DECIMAL(9,2)"), ("tax_rate", "DOUBLE"), ("quantity", "INTEGER"),
        ("line_number", "INTEGER"), ("paid", "VARCHAR"), ("grid", "VARCHAR"), ("customer_key", "BIGINT"), ("total", "INTEGER"),
        ("country", "VARCHAR"), ("opens_at", "TIME"), ("active_flag", "CHAR(1)"),
    ],
)  # fmt: skip
def test_a_column_that_no_convention_is_against_stays(name: str, type_: str) -> None:
    assert proposed("orders", (name, type_)) == {}


def test_money_is_told_by_meaning_and_an_amount_of_something_else_is_left_alone() -> None:
    money = [(each, "DECIMAL(9,2)") for each in ("total_cost", "dispensing_fee", "net_price", "amount_allowed")]
    assert proposed("costs", *money) == {"amount_allowed": "allowed_amount"}
    found = lint([named("drug_strength", ("amount_value", "NUMERIC"), ("amount_unit_id", "INTEGER"))])
    assert found.findings == ()
    assert [each.excepted for each in found.judged if each.name == "amount_value"] == [
        "nothing beside it says that it is money"
    ]


def test_a_day_held_as_a_moment_may_have_the_wrong_type_instead_of_the_wrong_name() -> None:
    found = lint(
        [named("employees", ("birth_date", "TIMESTAMP"), ("invoice_date", "TIMESTAMP"), ("created", "TIMESTAMP"))]
    )
    birth, invoice, created = found.findings
    assert (birth.proposed, "the type is probably wrong" in birth.missing) == ("birth_at", True)
    assert "birth_date DATE" in birth.missing
    assert "if it holds days only" in invoice.missing
    assert created.missing == ""


def test_a_proposal_takes_no_name_that_is_there() -> None:
    found = proposed("orders", ("created", "TIMESTAMP"), ("created_at", "TIMESTAMP"), ("created_ts", "TIMESTAMP"))
    assert found == {"created": "order_created_at", "created_ts": "created_ts_at"}


def test_a_proposal_is_no_reserved_word() -> None:
    assert proposed("stocks", ("current", "DATE")) == {"current": "stock_current_date"}


@pytest.mark.parametrize(
    ("table", "more", "better", "missing"),
    [
        ("fact_orders", {"folder": "marts/core"}, "fct_orders", ""),
        ("orders", {"schema": "marts"}, "", "which of these it is"),
        ("dimCustomer", {"layer": "dimension"}, "dim_customer", ""),
        ("orders", {"layer": "fact"}, "fct_orders", ""),
        ("stg_shop_orders", {"system": "shop"}, "stg_shop__orders", ""),
        ("orders", {"schema": "raw_shop"}, "raw_shop_orders", ""),
        ("stg_orders", {}, "", "its source"),
        ("int_orders", {}, "", "its verb"),
        ("snapshot_stock_daily", {"layer": "snapshot"}, "snp_stock_daily", ""),
    ],
)
def test_a_misnamed_table_gets_its_name_where_all_parts_are_told(
    table: str, more: dict[str, Any], better: str, missing: str
) -> None:
    found = [each for each in lint([named(table, **more)]).findings if each.column is None]
    assert [(each.proposed, each.missing) for each in found] == [(better, missing)]


def test_a_layer_that_nothing_tells_is_not_guessed() -> None:
    found = lint([named("orders"), named("fact_relationship")])
    assert found.findings == ()
    assert found.layer_not_told == ("orders", "fact_relationship")


def test_prefixes_of_other_words_tell_where_they_are_a_habit() -> None:
    found = lint([named("fact_orders"), named("fact_returns"), named("dimension_product")])
    assert [each.proposed for each in found.findings] == ["fct_orders", "fct_returns", "dim_product"]


def test_columns_without_a_type_are_told_apart() -> None:
    found = lint([named("orders", ("created", ""), ("id", ""))])
    assert found.type_not_told == 2
    assert [each.name for each in found.findings] == ["id"]


def test_an_engagement_changes_conventions() -> None:
    naming = Naming.model_validate(
        {
            "conventions": [
                {"object": "boolean_columns", "patterns": ["is_[state]", "can_[action]"]},
                {"object": "id_columns", "off": True},
                {"object": "shares", "types": ["decimal"], "ends": ["pct", "percent"], "patterns": ["[thing]_share"]},
            ],
            "exceptions": [{"name": "orders.legacy_*", "because": "read by the till"}],
        }
    )
    columns = [("can_return", "BOOLEAN"), ("has_tax", "BOOLEAN"), ("id", "INTEGER"), ("tax_pct", "DECIMAL(5,2)")]
    found = lint([named("orders", *columns, ("legacy_created", "TIMESTAMP"))], naming)
    assert {each.name: each.proposed for each in found.findings} == {"has_tax": "is_has_tax", "tax_pct": "tax_share"}
    assert [each.excepted for each in found.judged if each.excepted] == ["read by the till"]


@pytest.mark.parametrize(
    "written",
    [
        {"conventions": [{"object": "bolean_columns", "off": True}]},
        {"conventions": [{"object": "boolean_columns", "patterns": ["is"]}]},
        {"exceptions": [{"convention": "id_colums", "name": "a.b"}]},
    ],
)
def test_a_convention_that_is_not_known_is_told(written: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"boolean_columns|at least one|id_columns"):
        Naming.model_validate(written)


def test_a_system_may_write_in_pascal_case() -> None:
    naming = Naming.model_validate({"case_styles": [{"tables": "Erp*", "case": "pascal"}], "abbreviations": ["SKU"]})
    columns = [("IsActive", "BOOLEAN"), ("Deleted", "BOOLEAN"), ("BirthDate", "TIMESTAMP"), ("sku_code", "VARCHAR")]
    assert proposed("ErpCustomers", *columns, naming=naming) == {
        "Deleted": "IsDeleted", "BirthDate": "BirthAt", "sku_code": "SkuCode",
    }  # fmt: skip


def test_names_that_tools_make_are_not_judged() -> None:
    assert proposed("snp_stock_daily", ("dbt_valid_from", "TIMESTAMP"), ("valid_to", "TIMESTAMP")) == {}
    assert proposed("stocks", ("valid_to", "TIMESTAMP")) == {"valid_to": "valid_to_at"}


def test_there_are_the_thirteen_conventions() -> None:
    rows = naming_table().conventions
    assert (len(rows), sum(each.kind == "table" for each in rows)) == (13, 7)
    for row in rows:
        for example in row.examples:
            table = row.kind == "table"
            found = lint(
                [named(example, layer=row.layer) if table else named("t", (example, row.types[0] if row.types else ""))]
            )
            assert not found.findings, example


NAMES = st.lists(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,12}", fullmatch=True)
    | st.sampled_from(["id", "flag", "is", "at", "date", "created", "created_at", "Current", "count", "amount", "num_x", "IS_"]),
    min_size=1, max_size=6, unique_by=str.casefold,
)  # fmt: skip
TYPES = st.sampled_from(["BOOLEAN", "TIMESTAMP", "DATE", "INTEGER", "DECIMAL(9,2)", "VARCHAR", ""])


@settings(max_examples=40, deadline=None)
@given(NAMES, st.data(), st.sampled_from(["orders", "Shop", "stg_a__b", "x"]))
def test_what_is_proposed_is_not_found_again_and_collides_with_nothing(names: list[str], data: Any, table: str) -> None:
    columns = [(name, data.draw(TYPES)) for name in names]
    before = lint([named(table, *columns)])
    better = {each.name: each.proposed for each in before.findings if each.column and each.proposed}
    renamed = [(better.get(name, name), type_) for name, type_ in columns]
    assert len({name.casefold() for name, _ in renamed}) == len(renamed)
    after = lint([named(table, *renamed)])
    assert _columns(after) <= {each.name for each in before.findings if not each.proposed}
    assert not {name.casefold() for name in better.values()} & naming_table().reserved.words


def _columns(found: Linted) -> set[str]:
    return {each.name for each in found.findings if each.column}
