"""The sixth pipeline: rebuilds the sales marts from everything there is, every night. That is why it slows down."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from nordwind_platform.loads import Counts, Warehouse, watermark

NAME = "build_sales_marts"
NEEDS = ("load_shop_orders", "load_payments")
ACCEPTED_DIFFERENCE = 0.03
READ = ("raw_shop_orders", "raw_shop_order_items", "raw_pay_payments", "raw_erp_products")
MADE = {
    # each mart: the columns that its own are made of
    "mrt_sales_daily_legacy": {
        "order_date": ("raw_shop_orders.ordered_at",),
        "country_code": ("raw_shop_orders.country_code",),
        "channel": ("raw_shop_orders.channel",),
        "order_count": ("raw_shop_orders.order_id",),
        "item_count": ("raw_shop_order_items.quantity",),
        "sales_amount": ("raw_shop_order_items.quantity", "raw_shop_order_items.unit_price"),
        "paid_amount": ("raw_pay_payments.amount",),
    },
    "mrt_product_sales_legacy": {
        "product_id": ("raw_shop_order_items.product_id",),
        "category": ("raw_erp_products.category",),
        "item_count": ("raw_shop_order_items.quantity",),
        "sales_amount": ("raw_shop_order_items.quantity", "raw_shop_order_items.unit_price"),
    },
}

SALES_DAILY = """
CREATE OR REPLACE TABLE mrt_sales_daily_legacy AS
SELECT cast(o.ordered_at AS DATE) AS order_date,
       o.country_code,
       o.channel,
       count(DISTINCT o.order_id) AS order_count,
       sum(i.quantity) AS item_count,
       sum(i.quantity * i.unit_price) AS sales_amount,
       coalesce(sum(p.amount) FILTER (i.line_number = 1), 0) AS paid_amount
FROM raw_shop_orders o
JOIN raw_shop_order_items i USING (order_id)
LEFT JOIN raw_pay_payments p USING (order_id)
WHERE o.status <> 'cancelled'
GROUP BY ALL
"""

PRODUCT_SALES = """
CREATE OR REPLACE TABLE mrt_product_sales_legacy AS
SELECT product_id, category, sum(quantity) AS item_count, sum(quantity * i.unit_price) AS sales_amount
FROM raw_shop_order_items i
JOIN raw_erp_products USING (product_id)
GROUP BY ALL
"""


def run(warehouse: Warehouse, landing: Path, batch: str, now: datetime, counts: Counts) -> str:
    """Rebuild both marts and compare sales with payments; stale inputs make the run a partial one."""
    counts.extracted = sum(_count(warehouse, f"SELECT count(*) FROM {table}") for table in READ)
    counts.stale = any(watermark(warehouse, pipeline) < batch for pipeline in NEEDS)
    counts.stage = "transform"
    warehouse.execute(SALES_DAILY)
    warehouse.execute(PRODUCT_SALES)
    counts.written = {table: _count(warehouse, f"SELECT count(*) FROM {table}") for table in MADE}
    counts.transformed = counts.loaded = sum(counts.written.values())
    counts.stage = "validate"
    last_day = f"FROM mrt_sales_daily_legacy WHERE order_date = DATE '{batch}'"
    counts.check(_count(warehouse, f"SELECT count(*) {last_day}") > 0)
    counts.check(not _count(warehouse, "SELECT count(*) FROM mrt_sales_daily_legacy WHERE sales_amount IS NULL"))
    unpaid = f"SELECT count(*) FROM (SELECT sum(sales_amount) AS sold, sum(paid_amount) AS paid {last_day})"
    counts.check(not _count(warehouse, f"{unpaid} WHERE abs(sold - paid) > sold * {ACCEPTED_DIFFERENCE}"))
    counts.stage = "load"
    return batch


def _count(warehouse: Warehouse, sql: str) -> int:
    found = warehouse.execute(sql).fetchone()
    assert found is not None
    return int(found[0])
