"""What the audit keeps of a model, and what views show of it."""

from __future__ import annotations

from typing import Any

from decom_nb.phases.modeling import charts, views
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.model_summary import MOST_TABLES, bus_matrix, model_summary, scd_types

MODEL = DimensionalModel.model_validate(
    {
        "fact_tables": [
            {
                "name": "fct_orders",
                "grain": "order",
                "grain_columns": ["order_id"],
                "degenerate_dimensions": [{"name": "order_id"}],
                "measures": [{"name": "net_amount", "type": "additive", "aggregation": "SUM"}],
                "foreign_keys": [
                    {"column": "ordered_date_key", "dimension": "dim_dates", "role": "ordered"},
                    {"column": "shipped_date_key", "dimension": "dim_dates", "role": "shipped"},
                    {"column": "customer_key", "dimension": "dim_customers"},
                ],
            },
            {
                "name": "fct_visits",
                "grain_columns": ["visit_id"],
                "foreign_keys": [
                    {"column": "date_key", "dimension": "dim_dates"},
                    {"column": "page_key", "dimension": "dim_pages"},
                ],
            },
        ],
        "dimensions": [
            {"name": "dim_dates", "type": 1, "natural_key": ["full_date"]},
            {
                "name": "dim_customers",
                "natural_key": ["customer_id"],
                "attributes": [
                    {"name": "<b>country</b>", "scd_type": 1, "business_critical": True},
                    {"name": "email", "scd_type": 1, "history": "none"},
                    {"name": "phone"},
                    {"name": "city", "scd_type": 2},
                ],
            },
        ],
    }
)


def test_the_matrix_names_roles_and_orders_dimensions_by_how_shared_they_are() -> None:
    made = bus_matrix(MODEL)
    assert [(each["dimension"], each["facts"], each["in_model"]) for each in made["dimensions"]] == [
        ("dim_dates", 2, True), ("dim_customers", 1, True), ("dim_pages", 1, False),
    ]  # fmt: skip
    assert made["rows"][0]["dimensions"] == {"dim_dates": ["ordered", "shipped"], "dim_customers": []}
    rows = charts.bus_rows(made)
    assert len(rows) == 2 * 3
    assert [row["label"] for row in rows] == ["2 roles", "●", "", "●", "", "●"]
    assert {row["use"] for row in rows if row["dimension"] == "dim_dates"} == {"shared"}
    charts.bus_chart(rows).to_dict()  # raises where the schema is not met


def test_types_that_differ_come_first_and_nothing_said_is_not_judged() -> None:
    made = scd_types(MODEL)
    assert {state: made[state] for state in ("total", "differs", "undecided", "open", "fits")} == {
        "total": 4, "differs": 1, "undecided": 1, "open": 1, "fits": 1,
    }  # fmt: skip
    assert [(each["state"], each["recommended"]) for each in made["attributes"]] == [
        ("differs", 2), ("undecided", 1), ("open", 1), ("fits", 1),
    ]  # fmt: skip


def test_a_large_model_is_kept_in_short_with_its_totals() -> None:
    large = DimensionalModel.model_validate(
        {
            "fact_tables": [
                {"name": f"fct_{at}", "foreign_keys": [{"column": "k", "dimension": f"dim_{at}"}]} for at in range(200)
            ],
            "dimensions": [{"name": f"dim_{at}"} for at in range(200)],
        }
    )
    made, matrix = model_summary(large), bus_matrix(large)
    assert (made["fact_tables"], len(made["facts"]), len(made["about"])) == (200, MOST_TABLES, MOST_TABLES)
    assert (matrix["fact_tables"], len(matrix["rows"])) == (200, MOST_TABLES)
    assert f"the first {charts.MOST_FACTS} fact tables" in views.bus(matrix)._repr_html_()


def test_views_show_a_clients_words_as_words() -> None:
    shown = "".join(
        view._repr_html_()
        for view in (views.model(model_summary(MODEL)), views.bus(bus_matrix(MODEL)), views.changes(scd_types(MODEL)))
    )
    assert "&lt;b&gt;country" in shown
    assert "<b>country" not in shown
    assert "<strong>1 of 4 attributes</strong> is kept otherwise than needed" in shown
    assert "not said</span> sum each up by what they share" in shown


def test_without_a_model_one_line_says_what_to_do() -> None:
    empty: list[Any] = [None, model_summary(DimensionalModel())]
    assert all("decom modeling draft" in views.model(each)._repr_html_() for each in empty)
    assert "decom modeling draft" in views.bus(bus_matrix(DimensionalModel()))._repr_html_()
    assert "decom modeling draft" in views.changes(scd_types(DimensionalModel()))._repr_html_()


def test_types_that_attributes_have_of_their_own_stand_beside_the_dimension_s() -> None:
    model = DimensionalModel.model_validate(
        {
            "dimensions": [
                {
                    "name": "dim_a",
                    "type": 2,
                    "attributes": [{"name": "x", "scd_type": 3}, {"name": "y", "scd_type": 1}],
                },
                {"name": "dim_b", "type": 1, "attributes": [{"name": "z"}]},
            ]
        }
    )
    told = model_summary(model)
    assert {each["name"]: each["types"] for each in told["about"]} == {"dim_a": [1, 3], "dim_b": []}
    page = views.model(told)._repr_html_()
    assert "type 2 by default; 1, 3 in use" in page
    assert "type 1</td>" in page
