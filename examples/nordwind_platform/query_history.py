"""What was asked of the warehouse, August to October 2026, as the gateway before it keeps it: in the columns of Snowflake's log.

The nightly build is dbt's own SQL, from its manifest; loads follow the run logs; dashboards, the CRM and two analysts ask what
such people ask. Nothing says which tables are unread: some just are. The board's marts are read every day; advertising was given
up in September, when nobody trusted its figures any more; what the CRM read is gone.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from nordwind_platform.season import Dice, busyness

FIRST, LAST = date(2026, 8, 1), date(2026, 10, 29)
CRM_SWITCHED_OFF, ADVERTISING_GIVEN_UP = date(2026, 9, 14), date(2026, 9, 18)
LOST_PARCELS_FROM = date(2026, 10, 5)
"""Since then a test fails, and dbt skips the board's mart."""

COLUMNS = (
    "QUERY_ID",
    "QUERY_TEXT",
    "DATABASE_NAME",
    "SCHEMA_NAME",
    "QUERY_TYPE",
    "USER_NAME",
    "WAREHOUSE_NAME",
    "QUERY_TAG",
    "EXECUTION_STATUS",
    "ERROR_MESSAGE",
    "START_TIME",
    "END_TIME",
    "TOTAL_ELAPSED_TIME",
    "BYTES_SCANNED",
    "ROWS_PRODUCED",
)

SIZES = {
    # gigabytes of a table on an ordinary day of August
    "raw_shop_orders": 2.1,
    "raw_shop_order_items": 5.4,
    "raw_shop_customers": 0.6,
    "raw_pay_payments": 1.2,
    "raw_erp_products": 0.3,
    "raw_ads_spend": 0.01,
    "raw_web_events": 38.0,
    "fct_orders": 2.6,
    "fct_order_items": 5.9,
    "dim_customers": 0.7,
    "dim_products": 0.2,
    "mrt_sales_daily": 0.05,
    "mrt_marketing_roas": 0.01,
    "customer_value": 0.4,
}
BYTES_A_SECOND = 450e6
LOADS = {
    "load_erp_products": (("raw_erp_products", "erp/products/{day}.csv"),),
    "load_shop_orders": (
        ("raw_shop_orders", "shop/orders/{day}.csv"),
        ("raw_shop_order_items", "shop/order_items/{day}.csv"),
        ("raw_shop_customers", "shop/customers/{day}.csv"),
    ),
    "load_payments": (("raw_pay_payments", "pay/payments/{day}.jsonl.gz"),),
    "load_web_events": (("raw_web_events", "web/events/{day}.jsonl.gz"),),
    "load_ad_spend": (("raw_ads_spend", "ads/spend/{day}.csv"),),
}


@dataclass(frozen=True)
class Asked:
    """A statement: when, by whom, what, and which tables it goes through."""

    at: datetime
    user: str
    text: str
    scans: tuple[str, ...] = ()
    rows: int = 1
    tag: str = ""
    error: str = ""


def write(folder: Path, runs: Path, manifest: Path) -> None:
    """Write the log as one packed CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    lines = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    lines.writeheader()
    asked = sorted(_asked(runs, manifest), key=lambda each: (each.at, each.user, each.text))
    lines.writerows(_line(number, each) for number, each in enumerate(asked))
    (folder / "warehouse-queries.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def _line(number: int, each: Asked) -> dict[str, Any]:
    busy = busyness(each.at.date())
    scanned = int(sum(SIZES[table] for table in each.scans) * 1e9 * busy)
    seconds = 0.08 + scanned / BYTES_A_SECOND * (0.9 + 0.2 * Dice("query", number).share())
    end = each.at + timedelta(seconds=seconds)
    return {
        "QUERY_ID": f"01b7-{number:06}",
        "QUERY_TEXT": each.text,
        "DATABASE_NAME": "warehouse",
        "SCHEMA_NAME": "main",
        "QUERY_TYPE": each.text.split()[0].upper(),
        "USER_NAME": each.user,
        "WAREHOUSE_NAME": "warehouse",
        "QUERY_TAG": each.tag,
        "EXECUTION_STATUS": "FAIL" if each.error else "SUCCESS",
        "ERROR_MESSAGE": each.error,
        "START_TIME": f"{each.at:%Y-%m-%d %H:%M:%S}.{each.at.microsecond // 1000:03} Z",
        "END_TIME": f"{end:%Y-%m-%d %H:%M:%S}.{end.microsecond // 1000:03} Z",
        "TOTAL_ELAPSED_TIME": round(seconds * 1000),
        "BYTES_SCANNED": scanned,
        "ROWS_PRODUCED": 0 if each.error else each.rows,
    }


def _asked(runs: Path, manifest: Path) -> Iterator[Asked]:
    models = list(_models(json.loads(manifest.read_text(encoding="utf-8"))))
    for run in _runs(runs):
        begun = datetime.fromisoformat(run["started_at"])
        pipeline, day = run["pipeline_name"], begun.date() - timedelta(days=1)
        if pipeline == "build_sales_marts":
            yield from _build(begun, models)
        elif run["status"] != "failed":
            loaded = (
                run["rows_loaded"] if isinstance(run["rows_loaded"], int) else 0
            )  # one line of the logs is spoilt so
            for table, file in LOADS[pipeline]:
                text = (
                    f"insert into main.{table} select * from read_any('s3://nordwind-landing/{file.format(day=day)}')"
                )
                yield Asked(begun + timedelta(seconds=20), "svc_loader", text, rows=loaded, tag=pipeline)
    for number in range((LAST - FIRST).days + 1):
        yield from _people(FIRST + timedelta(days=number))


def _runs(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.iterdir()):
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        for line in content.decode().splitlines():
            try:
                run = json.loads(line)
            except ValueError:
                continue
            if run["pipeline_name"] in ("build_sales_marts", *LOADS):
                yield run


def _models(manifest: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give name, kind and SQL of what dbt builds, in the order in which it builds it."""
    layers = {"staging": 0, "intermediate": 1, "marts": 2}
    built = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "snapshot") and node.get("compiled_code")
    ]
    for node in sorted(built, key=lambda node: (layers.get(node["fqn"][1], 3), node["name"])):
        kind = "view" if node["config"]["materialized"] == "view" else "table"
        lines = [line for line in node["compiled_code"].splitlines() if not line.startswith("--")]
        yield node["name"], kind, " ".join(" ".join(lines).split())


def _build(begun: datetime, models: list[tuple[str, str, str]]) -> Iterator[Asked]:
    day, at = begun.date(), begun + timedelta(seconds=45)
    for name, kind, sql in models:
        at += timedelta(seconds=2 if kind == "view" else 95)
        scans = () if kind == "view" else _scans(name)
        gone = name == "customer_value" and day >= CRM_SWITCHED_OFF
        error = "Catalog Error: Table with name raw_crm_scores does not exist!" if gone else ""
        text = f'create or replace {kind} "warehouse"."main"."{name}" as ({sql})'
        if name == "snp_products_daily":
            text = f'insert into "warehouse"."main"."{name}" {sql}'
        yield Asked(at, "svc_dbt", text, () if gone else scans, tag="build_sales_marts", error=error)
    if day < LOST_PARCELS_FROM:
        sql = "select order_date, country_code, channel, count(*) as order_count, sum(order_amount) as sales_amount"
        read = f'{sql} from "warehouse"."main"."fct_orders" group by all'
        text = f'create or replace table "warehouse"."main"."mrt_sales_daily" as ({read})'
        yield Asked(at + timedelta(seconds=60), "svc_dbt", text, ("fct_orders",), tag="build_sales_marts")


def _scans(model: str) -> tuple[str, ...]:
    orders = ("raw_shop_orders", "raw_shop_order_items")
    return {
        "customer_value": orders,
        "dim_customers": ("raw_shop_customers",),
        "dim_products": ("raw_erp_products",),
        "fct_order_items": ("raw_shop_order_items",),
        "fct_orders": (*orders, "raw_pay_payments"),
        "mrt_marketing_roas": ("raw_shop_orders", "raw_ads_spend"),
        "snp_products_daily": ("raw_erp_products",),
    }[model]


def _people(day: date) -> Iterator[Asked]:
    """Ask what dashboards ask at breakfast, stores during the day, the CRM on Mondays, and analysts on working days."""
    dice = Dice("people", day)

    def at(hour: int, minute: int = 0) -> datetime:
        return datetime(day.year, day.month, day.day, hour, minute, dice.number(0, 59), tzinfo=UTC)

    since = day - timedelta(days=28)
    board = (
        f"select order_date, sum(sales_amount) from main.mrt_sales_daily where order_date >= date '{since}' group by 1"
    )
    yield Asked(at(6, 5), "svc_dashboards", board, ("mrt_sales_daily",), 28)
    late = f"select country_code, count(*) from main.fct_orders where order_date = date '{day - timedelta(days=1)}' group by 1"
    yield Asked(at(6, 6), "svc_dashboards", late, ("fct_orders",), 7)
    for hour in (8, 12, 16):
        yield Asked(
            at(hour),
            "svc_stores",
            "select product_id, stock from main.dim_products where stock < 10",
            ("dim_products",),
            40,
        )
    if day.weekday() == 0:
        audience = "select customer_id, email_hash from main.dim_customers where newsletter"
        if day < CRM_SWITCHED_OFF:
            value = (
                "select c.customer_id, v.score from main.dim_customers c join main.customer_value v using (customer_id)"
            )
            yield Asked(at(7), "svc_crm", value, ("dim_customers", "customer_value"), 6400)
        yield Asked(at(7, 30), "svc_crm", audience, ("dim_customers",), 3100)
    if day.weekday() < 5:
        product = dice.number(1, 320)
        anna = (
            "with best as (select product_id, sum(quantity) as sold from main.fct_order_items group by product_id) "
            f"select * from best join main.dim_products using (product_id) where product_id <> {product} order by sold desc"
        )
        yield Asked(at(9, dice.number(0, 59)), "anna", anna, ("fct_order_items", "dim_products"), 50)
        if day < ADVERTISING_GIVEN_UP and day.weekday() == 3:
            yield Asked(
                at(10),
                "jonas",
                "select * from main.mrt_marketing_roas order by order_date desc",
                ("mrt_marketing_roas",),
                90,
            )
        if dice.share() < 0.3:
            country = dice.one_of(("DE", "AT", "NL"))
            jonas = (
                f"select channel, avg(order_amount) from main.fct_orders where country_code = '{country}' group by 1"
            )
            yield Asked(at(14), "jonas", jonas, ("fct_orders",), 3)
