"""The files of a dbt project hold what the model says; test_dbt_proof builds them."""

from __future__ import annotations

import duckdb
import pytest
import yaml

from decom_nb.errors import InputError
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.made.dbt import files, left_out
from decom_nb.phases.modeling.made.dbt_column import expression
from decom_nb.phases.modeling.made.dbt_model import _hashed
from decom_nb.phases.modeling.made.tables import tables
from decom_nb.sql.ddl import ENGINES
from tests.phases.modeling.made_model import whole


def made(dialect: str = "duckdb", model: DimensionalModel | None = None) -> dict[str, str]:
    model = model or whole()
    return files(model, tables(model, "hash"), dialect)


def test_a_snapshot_watches_the_columns_of_its_type() -> None:
    snapshots = {each["name"]: each for each in yaml.safe_load(made()["snapshots/modeling_snapshots.yml"])["snapshots"]}
    assert {name: each["config"]["check_cols"] for name, each in snapshots.items()} == {
        "snp_customers_versions": ["customer_status", "tier"],
        "snp_customers_previous": ["segment"],
        "snp_products_history": ["stock_count"],
    }
    assert snapshots["snp_customers_versions"]["relation"] == "ref('int_customers_prepared')"


def test_contracts_are_enforced_where_every_type_was_said() -> None:
    models = {each["name"]: each for each in yaml.safe_load(made()["models/modeling.yml"])["models"]}
    assert models["fct_order_lines"]["config"]["contract"] == {"enforced": True}
    assert all("data_type" in each for each in models["fct_order_lines"]["columns"])
    assert "contract" not in models["fct_payments"]["config"]


def test_keys_are_tested() -> None:
    models = {each["name"]: each for each in yaml.safe_load(made()["models/modeling.yml"])["models"]}
    columns = {each["name"]: each.get("data_tests", []) for each in models["fct_order_lines"]["columns"]}
    to = {"relationships": {"arguments": {"to": "ref('dim_customers')", "field": "customer_key"}}}
    assert columns["customer_key"] == [to]
    assert columns["order_id"] == ["not_null"]
    together = {"decom_unique_together": {"arguments": {"columns": ["order_id", "line_number"]}}}
    assert models["fct_order_lines"]["data_tests"] == [together]


def test_descriptions_are_no_templates() -> None:
    models = {each["name"]: each for each in yaml.safe_load(made()["models/modeling.yml"])["models"]}
    (email,) = [each for each in models["dim_customers"]["columns"] if each["name"] == "email"]
    assert email["description"] == "where \"mail\" goes: {{ '{{' }} x }}"


@pytest.mark.parametrize("dialect", ENGINES)
def test_each_engine_has_its_types(dialect: str) -> None:
    told = made(dialect)
    assert {"bigquery": "cast(to_customer_key.customer_key as STRING)"}.get(dialect, "customer_key") in told[
        "models/fct_payments.sql"
    ]


@pytest.mark.parametrize(
    "written",
    ["a; drop table b", "a from b", "select 1", "(", "a, b", "sum(a)", "(select 1)", "lag(a) over (order by b)"],
)
def test_what_is_no_expression_is_refused(written: str) -> None:
    with pytest.raises(InputError, match="no expression"):
        expression(written, "t", {}, "duckdb", "f.a")


def test_a_table_without_a_source_gets_no_model() -> None:
    model = DimensionalModel.model_validate({"fact_tables": [{"name": "f"}], "dimensions": [{"name": "d"}]})
    assert left_out(model) == ("d", "f")
    assert not any(name.endswith(".sql") for name in made(model=model))


def test_names_that_are_no_plain_sql_are_quoted() -> None:
    model = DimensionalModel.model_validate(
        {
            "dimensions": [
                {
                    "name": "dim a", "type": 2, "natural_key": ["the id"], "surrogate_key": "the key", "source": "raw a",
                    "attributes": [{"name": "select", "data_type": "VARCHAR"}],
                },
                {"name": "dim_without_key", "surrogate_key": "k", "source": "raw_b"},
            ],
            "fact_tables": [
                {
                    "name": "f", "source": "raw f", "measures": [{"name": "order", "data_type": "BIGINT"}],
                    "foreign_keys": [
                        {"column": "a key", "dimension": "dim a", "source": ""},
                        {"column": "date_key", "dimension": "dim_date", "source": "at"},
                        {"column": "b_key", "dimension": "dim_without_key"},
                    ],
                }
            ],
        }
    )  # fmt: skip
    told = made(model=model)
    assert "models/dim_without_key.sql" not in told
    fact = told["models/f.sql"]
    assert '"dim a_held" as (' in fact
    assert 'left join "dim a_held" as' in fact
    assert 'cast("raw f"."order" as BIGINT) as "order"' in fact
    assert "without_key" not in fact


class _Dbt:
    """dbt's macros as they are on DuckDB."""

    @staticmethod
    def type_string() -> str:
        return "varchar"

    @staticmethod
    def length(expression: str) -> str:
        return f"length({expression})"

    @staticmethod
    def concat(fields: list[str]) -> str:
        return " || ".join(fields)

    @staticmethod
    def hash(field: str) -> str:
        return f"md5(cast({field} as varchar))"


def test_keys_of_several_columns_that_differ_get_hashes_that_differ() -> None:
    from jinja2 import Environment

    keys = [("x|y", "z"), ("x", "y|z"), ("", "x"), (None, "x"), ("x", ""), ("x", None), ("1:x", ""), ("1", ":x")]
    sql = Environment(autoescape=False).from_string(_hashed(["a", 't."the b"'])).render(dbt=_Dbt)
    with duckdb.connect() as connection:
        connection.execute('CREATE TABLE t (a VARCHAR, "the b" VARCHAR)')
        connection.executemany("INSERT INTO t VALUES (?, ?)", keys)
        found = connection.execute(f"SELECT DISTINCT {sql} FROM t").fetchall()
    assert len(found) == len(keys)


JOINED = {
    "dimensions": [{"name": "dim_c", "natural_key": ["customer_id"], "surrogate_key": "c_key", "source": "customers"}],
    "fact_tables": [
        {
            "name": "fct_lines",
            "source": "shop.order_lines",
            "joined_sources": [{"table": "orders", "by": ["order_id"]}, {"table": "carts", "by": ["cart_id"]}],
            "foreign_keys": [
                {"column": "c_key", "dimension": "dim_c", "source": "customer_id"},
                {"column": "date_key", "dimension": "dim_date", "source": "ordered_at"},
            ],
            "measures": [{"name": "amount", "source": "quantity * price"}, {"name": "fee", "source": "carts.fee"}],
        }
    ],
}
COLUMNS = {
    "shop.order_lines": ("order_id", "cart_id", "quantity"),
    "orders": ("order_id", "Customer_ID", "ordered_at", "quantity"),
    "carts": ("cart_id", "price", "fee"),
}


def joined(**more: tuple[str, ...]) -> str:
    model = DimensionalModel.model_validate(JOINED)
    known = {(table, column): "" for table, columns in (COLUMNS | more).items() for column in columns}
    return files(model, tables(model, "hash"), "duckdb", known=known)["models/fct_lines.sql"]


def test_a_column_is_of_the_source_that_is_known_to_have_it() -> None:
    told = joined()
    assert "on orders.customer_id = to_c_key.customer_id" in told
    assert "extract(year from orders.ordered_at)" in told
    assert "order_lines.quantity * carts.price" in told
    assert "carts.fee as fee" in told


def test_what_several_joined_sources_have_is_asked_about() -> None:
    with pytest.raises(InputError, match=r"say of which, as orders\.customer_id"):
        joined(carts=("cart_id", "customer_id"))
