"""A model with everything that makes a table: all types of history, a date, a bridge, a shared dimension, a role played twice."""

from __future__ import annotations

from typing import Any

from decom_nb.phases.modeling.dimensional_model import DimensionalModel

WHOLE: dict[str, Any] = {
    "database_schema": "marts",
    "dimensions": [
        {
            "name": "dim_customers",
            "type": 2,
            "natural_key": ["customer_id"],
            "surrogate_key": "customer_key",
            "source": "stg_customers",
            "attributes": [
                {"name": "customer_id", "data_type": "INTEGER"},
                {"name": "customer_status", "source": "status", "data_type": "VARCHAR"},
                {"name": "email", "scd_type": 1, "data_type": "VARCHAR", "description": 'where "mail" goes: {{ x }}'},
                {"name": "segment", "scd_type": 3, "data_type": "VARCHAR"},
                {"name": "tier", "scd_type": 6, "data_type": "VARCHAR"},
            ],
        },
        {
            "name": "dim_products",
            "natural_key": ["product_id"],
            "surrogate_key": "product_key",
            "source": "stg_products",
            "attributes": [
                {"name": "product_id", "data_type": "INTEGER"},
                {"name": "category", "data_type": "VARCHAR"},
                {"name": "stock_count", "scd_type": 4, "data_type": "BIGINT"},
            ],
            "hierarchies": [{"name": "range", "levels": ["category", "product_id"]}],
        },
        {"name": "dim_promotions", "natural_key": ["promotion_id"], "surrogate_key": "promotion_key", "source": "stg_promotions"},
    ],
    "fact_tables": [
        {
            "name": "fct_order_lines",
            "grain": "order line",
            "grain_columns": ["order_id", "line_number"],
            "source": "stg_order_lines",
            "degenerate_dimensions": [
                {"name": "order_id", "data_type": "INTEGER"},
                {"name": "line_number", "data_type": "INTEGER"},
            ],
            "foreign_keys": [
                {"column": "customer_key", "dimension": "dim_customers", "source": "customer_id"},
                {"column": "product_key", "dimension": "dim_products"},
                {"column": "order_date_key", "dimension": "dim_date", "role": "ordered", "source": "ordered_at"},
                {"column": "ship_date_key", "dimension": "dim_date", "role": "shipped", "source": "shipped_on"},
                {"column": "promotion_key", "dimension": "dim_promotions", "several": True, "bridge": "bridge_promotions"},
            ],
            "measures": [
                {"name": "quantity", "type": "additive", "aggregation": "SUM", "data_type": "BIGINT"},
                {
                    "name": "net_amount", "type": "additive", "aggregation": "SUM", "data_type": "DECIMAL(18,2)",
                    "source": "lines.quantity * unit_price", "business_definition": "What the customer pays, without tax",
                },
            ],
        },
        {
            "name": "fct_payments",
            "grain_statement": "One row per payment",
            "grain_columns": ["payment_id"],
            "source": "stg_payments",
            "foreign_keys": [
                {"column": "customer_key", "dimension": "dim_customers", "source": "customer_id"},
                {"column": "paid_date_key", "dimension": "dim_date", "source": "paid_at"},
            ],
            "measures": [{"name": "paid_amount", "aggregation": "SUM"}, {"name": "orders", "aggregation": "COUNT DISTINCT"}],
        },
    ],
}  # fmt: skip


def whole() -> DimensionalModel:
    """Give it."""
    return DimensionalModel.model_validate(WHOLE)
