"""Extracts of the shop's tables, as somebody pulls them of an evening to have a look: six days of orders and what goes with them.

What is wrong in them is listed here as causes, as in `mishaps.py`: no check and no verdict stands here.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from nordwind_platform.season import START, Dice
from nordwind_platform.shop import Row, Shop

EVENINGS = (date(2026, 10, 15), date(2026, 10, 22), date(2026, 10, 29))
"""When somebody looked: the engagement keeps the tables of the last of them."""
DAYS = 6

APP_RELEASE = date(2026, 10, 19)
"""From here on the app's form for guests sends an empty country, and sometimes the e-mail without its @."""
TILL_RELEASE = date(2026, 10, 26)
"""From here on the tills of one store send totals in cents."""
CLOCKS_GO_BACK = date(2026, 10, 25)
"""The provider exports its hour from two twice."""
ERASURE = date(2026, 10, 20)
"""Customers who asked for it are erased, and their orders stay."""

TYPES = {
    "raw_shop_orders": {
        "order_id": "INTEGER",
        "customer_id": "INTEGER",
        "ordered_at": "TIMESTAMP",
        "status": "VARCHAR",
        "channel": "VARCHAR",
        "country_code": "VARCHAR",
        "total_amount": "DECIMAL(12,2)",
    },
    "raw_shop_order_items": {
        "order_id": "INTEGER",
        "line_number": "INTEGER",
        "product_id": "INTEGER",
        "quantity": "INTEGER",
        "unit_price": "DECIMAL(12,2)",
    },
    "raw_erp_products": {
        "product_id": "INTEGER",
        "product_name": "VARCHAR",
        "category": "VARCHAR",
        "list_price": "DECIMAL(12,2)",
        "weight_g": "INTEGER",
        "stock_count": "INTEGER",
        "changed_at": "TIMESTAMP",
    },
}
"""The tables that are extracted as Parquet; the others are CSV, as their owners send them."""


@dataclass
class Extract:
    """The tables of one evening, by name."""

    evening: date
    tables: dict[str, list[Row]]

    def write(self, folder: Path) -> None:
        """Write each table into a file of its own."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.tables.items():
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                table = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
                table.writeheader()
                table.writerows(rows)
            if name in TYPES:
                _as_parquet(folder / f"{name}.csv", TYPES[name])


def extracts() -> Iterator[Extract]:
    """Give what was extracted on each evening."""
    shop = Shop()
    customers: dict[int, Row] = {}
    days: dict[date, dict[str, list[Row]]] = {}
    for day in (START + timedelta(days=at) for at in range((EVENINGS[-1] - START).days + 1)):
        export = shop.day(day)
        customers |= {int(str(row["customer_id"])): _registered(row, day) for row in export["customers"]}
        days[day] = {**export, "orders": [_rung_up(row, day) for row in export["orders"]]}
        if day in EVENINGS:
            yield _extract(day, [days[day - timedelta(days=DAYS - 1 - at)] for at in range(DAYS)], customers)


def _extract(evening: date, span: list[dict[str, list[Row]]], customers: dict[int, Row]) -> Extract:
    def of(feed: str) -> list[Row]:
        return [row for day in span for row in day[feed]]

    orders, payments = of("orders"), of("payments")
    erased = (lambda number: number % 97 == 5) if evening >= ERASURE else (lambda number: False)
    buying = sorted({int(str(row["customer_id"])) for row in orders})
    payments += [row for row in payments if evening >= CLOCKS_GO_BACK and _in_doubled_hour(row)]
    sold = [row for row in orders if row["status"] != "cancelled"]
    return Extract(
        evening,
        {
            "raw_shop_orders": orders,
            "raw_shop_order_items": of("order_items"),
            "raw_shop_customers": [customers[number] for number in buying if not erased(number)],
            "raw_erp_products": span[-1]["products"],
            "raw_pay_payments": payments,
            "ledger_daily_sales": _ledger(sold),
        },
    )


def _registered(row: Row, day: date) -> Row:
    """Give a customer as the shop stores it."""
    dice = Dice("registered", row["customer_id"])
    if day < APP_RELEASE or dice.share() > 0.3:
        return row
    email = str(row["email"]).replace("@", "") if dice.share() < 0.5 else row["email"]
    return {**row, "country_code": "", "email": email}


def _rung_up(row: Row, day: date) -> Row:
    """Give an order as the shop stores it; the ledger books what was really paid."""
    till = row["channel"] == "store" and int(str(row["order_id"])) % 3 == 0
    return {**row, "total_amount": str(row["total_amount"]).replace(".", "")} if till and day >= TILL_RELEASE else row


def _in_doubled_hour(row: Row) -> bool:
    return str(row["paid_at"]).startswith(f"{CLOCKS_GO_BACK.isoformat()}T02")


def _ledger(orders: list[Row]) -> list[Row]:
    """Give what the bookkeeper books: orders and euros by day, taken from the paper roll of the tills."""
    totals: dict[str, list[int]] = {}
    for row in orders:
        amount = str(row["total_amount"])
        cents = int(amount.replace(".", ""))
        found = totals.setdefault(str(row["ordered_at"])[:10], [0, 0])
        found[0] += 1
        found[1] += cents
    return [
        {"booking_date": day, "order_count": count, "sales_amount": f"{cents // 100}.{cents % 100:02}"}
        for day, (count, cents) in sorted(totals.items())
    ]


def _as_parquet(file: Path, types: dict[str, str]) -> None:
    """Turn a CSV into Parquet, with the types of the warehouse; an empty text stays one."""
    columns = ", ".join(f"'{name}': '{type_}'" for name, type_ in types.items())
    read: Callable[[str], object] = duckdb.connect(config={"threads": 1}).execute
    read(
        f"COPY (SELECT * FROM read_csv('{file}', header=true, columns={{{columns}}})) "
        f"TO '{file.with_suffix('.parquet')}' (FORMAT parquet, COMPRESSION zstd)"
    )
    file.unlink()
