"""The five pipelines that load files into the warehouse: extract, transform, validate, load, all in one transaction.

Whatever goes wrong is raised by Python or DuckDB while doing the work; `Counts` then says how far the run had come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from nordwind_platform.landing import path_of
from nordwind_platform.mishaps import reads_both

Warehouse = duckdb.DuckDBPyConnection

ACCEPTED_REJECTS = 0.005
UNUSUAL_VOLUME = 0.5


@dataclass
class Counts:
    """What a run has counted so far."""

    stage: str = "extract"
    extracted: int = 0
    transformed: int = 0
    loaded: int = 0
    rejected: int = 0
    passed: int = 0
    failed: int = 0
    stale: bool = False
    written: dict[str, int] = field(default_factory=dict)
    """The rows that went into each table."""

    def check(self, holds: bool) -> None:
        """Count one quality check."""
        self.passed += holds
        self.failed += not holds


@dataclass(frozen=True)
class Feed:
    """One kind of file and the table its rows go into."""

    name: str
    table: str
    key: str
    columns: Mapping[str, str]
    """The table's columns and the expression that makes each from the file's text."""
    valid: str = "true"
    """Rows for which this does not hold are rejected and counted."""
    checks: Mapping[str, str] = field(default_factory=dict)
    """What should hold for every row; a check that fails is counted and stops nothing."""
    once_mended: Mapping[str, str] = field(default_factory=dict)
    """The expressions that read the new shape of the file, used from the day somebody wrote them."""

    def create(self, warehouse: Warehouse) -> None:
        """Make the empty table."""
        columns = ", ".join(f"{column} {expression.rpartition('::')[2]}" for column, expression in self.columns.items())
        warehouse.execute(f"CREATE TABLE {self.table} ({columns}, loaded_at TIMESTAMP, PRIMARY KEY ({self.key}))")


@dataclass(frozen=True)
class Load:
    """A pipeline of one or more feeds that arrive together."""

    name: str
    feeds: tuple[Feed, ...]
    replaces: bool = False
    """True for an export of everything: the newest file takes the place of what is there."""

    def run(self, warehouse: Warehouse, landing: Path, batch: str, now: datetime, counts: Counts) -> str:
        """Load all files after the watermark, of which the one for `batch` has to be there; give the new watermark."""
        for feed in self.feeds:
            counts.stage = "extract"
            files = self._files(warehouse, landing, feed.name, batch)
            reader = "read_csv(?, header=true, all_varchar=true, filename=false)"
            if files[-1].suffix == ".jsonl":
                fields = ", ".join(f"'{column}': 'VARCHAR'" for column in feed.columns)
                reader = f"read_json(?, format='newline_delimited', columns={{{fields}}})"
            paths = [str(file) for file in files]
            warehouse.execute(f"CREATE OR REPLACE TEMP TABLE taken AS SELECT * FROM {reader}", [paths])
            counts.extracted += _rows(warehouse, "taken")

            counts.stage = "transform"
            expressions = {**feed.columns, **(feed.once_mended if reads_both(feed.name, now) else {})}
            columns, values = ", ".join(expressions), ", ".join(expressions.values())
            warehouse.execute(f"CREATE OR REPLACE TEMP TABLE typed ({columns}) AS SELECT {values} FROM taken")
            warehouse.execute(f"CREATE OR REPLACE TEMP TABLE good AS SELECT * FROM typed WHERE {feed.valid}")
            good = _rows(warehouse, "good")
            counts.transformed += good
            counts.rejected += _rows(warehouse, "typed") - good

            counts.stage = "validate"
            for holds in feed.checks.values():
                counts.check(not _one(warehouse, f"SELECT count(*) FROM good WHERE NOT coalesce({holds}, false)"))
            counts.check(_usual(warehouse, feed.name, batch, good / len(files)))

            counts.stage = "load"
            if self.replaces:
                warehouse.execute(f"DELETE FROM {feed.table}")
            warehouse.execute(f"INSERT INTO {feed.table} SELECT *, ?::TIMESTAMP FROM good", [now.replace(tzinfo=None)])
            warehouse.execute("INSERT INTO volumes VALUES (?, ?, ?)", [feed.name, batch, good / len(files)])
            counts.loaded += good
            counts.written[feed.table] = good
        return batch

    def _files(self, warehouse: Warehouse, landing: Path, feed: str, batch: str) -> list[Path]:
        newest = landing / path_of(feed, batch)
        newest.open("rb").close()
        if self.replaces:
            return [newest]
        after = landing / path_of(feed, watermark(warehouse, self.name))
        return sorted(file for file in landing.glob(path_of(feed, "*")) if after < file <= newest)


def _usual(warehouse: Warehouse, feed: str, batch: str, rows: float) -> bool:
    """Compare with the average of the last seven loads, of the same hour where there are several a day."""
    same_hour = "length(batch) = 10 OR right(batch, 3) = right(?, 3)"
    recent = f"SELECT good FROM volumes WHERE feed = ? AND ({same_hour}) ORDER BY batch DESC LIMIT 7"
    found = warehouse.execute(f"SELECT avg(good) FROM ({recent})", [feed, batch]).fetchone()
    usual = found[0] if found and found[0] else rows
    return bool(abs(rows - usual) <= UNUSUAL_VOLUME * usual)


def watermark(warehouse: Warehouse, pipeline: str) -> str:
    """Give the last batch that a pipeline has loaded, empty before the first."""
    found = warehouse.execute("SELECT batch FROM watermarks WHERE pipeline = ?", [pipeline]).fetchone()
    return str(found[0]) if found else ""


def _one(warehouse: Warehouse, sql: str) -> float:
    found = warehouse.execute(sql).fetchone()
    assert found is not None
    return float(found[0])


def _rows(warehouse: Warehouse, table: str) -> int:
    return int(_one(warehouse, f"SELECT count(*) FROM {table}"))


LOADS = (
    Load(
        "load_erp_products",
        (
            Feed(
                "products",
                "raw_erp_products",
                "product_id",
                {
                    "product_id": "product_id::INTEGER",
                    "product_name": "product_name::VARCHAR",
                    "category": "category::VARCHAR",
                    "list_price": "list_price::DECIMAL(12,2)",
                    "weight_g": "weight_g::INTEGER",
                    "stock_count": "stock_count::INTEGER",
                    "changed_at": "changed_at::TIMESTAMP",
                },
                checks={"named": "product_name <> ''", "priced": "list_price > 0"},
                once_mended={"weight_g": "weight_grams::INTEGER"},
            ),
        ),
        replaces=True,
    ),
    Load(
        "load_shop_orders",
        (
            Feed(
                "customers",
                "raw_shop_customers",
                "customer_id",
                {
                    "customer_id": "customer_id::INTEGER",
                    "email": "email::VARCHAR",
                    "country_code": "country_code::VARCHAR",
                    "registered_at": "registered_at::TIMESTAMP",
                    "has_newsletter": "has_newsletter::BOOLEAN",
                },
                checks={"reachable": "email LIKE '%@%'"},
            ),
            Feed(
                "orders",
                "raw_shop_orders",
                "order_id",
                {
                    "order_id": "order_id::INTEGER",
                    "customer_id": "customer_id::INTEGER",
                    "ordered_at": "ordered_at::TIMESTAMP",
                    "status": "status::VARCHAR",
                    "channel": "channel::VARCHAR",
                    "country_code": "country_code::VARCHAR",
                    "total_amount": "total_amount::DECIMAL(12,2)",
                },
                checks={
                    "has a customer": "customer_id IS NOT NULL",
                    "worth something": "total_amount > 0",
                    "a known status": "status IN ('pending', 'confirmed', 'shipped', 'delivered', 'cancelled')",
                },
            ),
            Feed(
                "order_items",
                "raw_shop_order_items",
                "order_id, line_number",
                {
                    "order_id": "order_id::INTEGER",
                    "line_number": "line_number::INTEGER",
                    "product_id": "product_id::INTEGER",
                    "quantity": "quantity::INTEGER",
                    "unit_price": "unit_price::DECIMAL(12,2)",
                },
                valid="quantity > 0",
                checks={"a known product": "product_id IN (SELECT product_id FROM raw_erp_products)"},
            ),
        ),
    ),
    Load(
        "load_payments",
        (
            Feed(
                "payments",
                "raw_pay_payments",
                "payment_id",
                {
                    "payment_id": "payment_id::INTEGER",
                    "order_id": "order_id::INTEGER",
                    "paid_at": "paid_at::TIMESTAMP",
                    "method": "method::VARCHAR",
                    "amount": "amount::DECIMAL(12,2)",
                },
                checks={
                    "a known method": "method IN ('card', 'paypal', 'invoice', 'gift_card')",
                    "for a known order": "order_id IN (SELECT order_id FROM raw_shop_orders)",
                },
            ),
        ),
    ),
    Load(
        "load_web_events",
        (
            Feed(
                "web",
                "raw_web_events",
                "event_id",
                {
                    "event_id": "event_id::VARCHAR",
                    "session_id": "session_id::VARCHAR",
                    "event_type": "event_type::VARCHAR",
                    "occurred_at": "occurred_at::TIMESTAMP",
                    "product_id": "product_id::INTEGER",
                },
                valid="event_id <> ''",
                checks={"in a session": "session_id IS NOT NULL"},
            ),
        ),
    ),
    Load(
        "load_ad_spend",
        (
            Feed(
                "ads",
                "raw_ads_spend",
                "spend_date, channel, campaign",
                {
                    "spend_date": "spend_date::DATE",
                    "channel": "channel::VARCHAR",
                    "campaign": "campaign::VARCHAR",
                    "impressions": "impressions::INTEGER",
                    "clicks": "clicks::INTEGER",
                    "spend": "spend::DECIMAL(12,2)",
                },
                checks={"spent something": "spend >= 0"},
            ),
        ),
    ),
)
