"""The shop, its ERP, its payment provider and its advertising accounts: what each of them exports for a day.

`Shop.day` gives the rows, `landing.py` writes them where the pipelines look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from nordwind_platform.season import ORDERS_ON_AN_ORDINARY_DAY, START, Dice, busyness

Row = dict[str, object]
Export = dict[str, list[Row]]

PRODUCTS = 320
CUSTOMERS_AT_START = 6400
WEB_WINDOW_HOURS = 4
WEB_EVENTS_PER_WINDOW = 300
COUNTRIES = ("DE", "DE", "DE", "DE", "AT", "AT", "CH", "NL", "NL", "DK", "SE", "PL")
CHANNELS = ("web", "web", "web", "app", "app", "store")
FINISHED = ("delivered",) * 8 + ("shipped",) * 5 + ("confirmed",) * 4 + ("pending", "cancelled")
METHODS = ("card", "card", "card", "paypal", "invoice", "gift_card")
KINDS = ("tents", "packs", "boots", "jackets", "sleeping bags", "stoves", "lamps", "maps")
STEPS = ("page_view",) * 12 + ("product_view",) * 6 + ("add_to_cart",) * 2 + ("checkout_started",)
PLACES = ("search", "social", "display", "partners")
CARRIER_LOSES_PARCELS_FROM = date(2026, 10, 5)
BOOT_MAKERS_STRIKE_FROM = date(2026, 9, 28)
TELEPHONE_ORDERS_FROM = date(2026, 9, 21)


@dataclass
class Shop:
    """Numbers that run on from day to day; everything else is drawn anew."""

    orders: int = 100_000
    customers: int = CUSTOMERS_AT_START
    payments: int = 500_000
    stock: dict[int, int] = field(default_factory=lambda: {product: 40 + product % 90 for product in range(PRODUCTS)})

    def day(self, day: date) -> Export:
        """Give what all systems export for `day`, by feed."""
        dice = Dice("shop", day)
        new = self._new_customers(day, dice)
        orders, items = self._orders(day, dice)
        return {
            "orders": orders,
            "order_items": items,
            "customers": new,
            "products": self._products(day),
            "payments": self._payments(day, orders, dice),
            "ads": list(_ads(day)),
        }

    def _new_customers(self, day: date, dice: Dice) -> list[Row]:
        first = self.customers if day > START else 0
        if day > START:
            self.customers += int(busyness(day) * 22)
        return [
            {
                "customer_id": number,
                "email": f"customer{number}@mail.example",
                "country_code": dice.one_of(COUNTRIES),
                "registered_at": _moment(day, dice),
                "has_newsletter": "true" if dice.share() < 0.4 else "false",
            }
            for number in range(first, self.customers)
        ]

    def _orders(self, day: date, dice: Dice) -> tuple[list[Row], list[Row]]:
        orders: list[Row] = []
        items: list[Row] = []
        statuses = FINISHED if day < CARRIER_LOSES_PARCELS_FROM else (*FINISHED, *FINISHED, *FINISHED, "lost")
        for _ in range(int(busyness(day) * ORDERS_ON_AN_ORDINARY_DAY)):
            self.orders += 1
            total = 0
            for line in range(1, dice.number(1, 4) + 1):
                product, quantity = dice.number(0, PRODUCTS - 1), 1 + (dice.share() < 0.15)
                price = _price(product)
                total += price * quantity
                self.stock[product] -= quantity
                items.append(
                    {
                        "order_id": self.orders,
                        "line_number": line,
                        "product_id": product,
                        "quantity": quantity,
                        "unit_price": _money(price),
                    }
                )
            orders.append(
                {
                    "order_id": self.orders,
                    "customer_id": dice.number(0, self.customers - 1),
                    "ordered_at": _moment(day, dice),
                    "status": dice.one_of(statuses),
                    "channel": dice.one_of(CHANNELS),
                    "country_code": dice.one_of(COUNTRIES),
                    "total_amount": _money(total),
                }
            )
        return orders, items

    def _products(self, day: date) -> list[Row]:
        dice = Dice("erp", day)
        for product, left in self.stock.items():
            struck = KINDS[product % len(KINDS)] == "boots" and day >= BOOT_MAKERS_STRIKE_FROM
            if left < 25 and not struck and dice.share() < 0.75:  # a delivery comes for most of what runs low
                self.stock[product] += 120
        return [
            {
                "product_id": product,
                "product_name": f"{KINDS[product % len(KINDS)].rstrip('s').title()} {product:03}",
                "category": KINDS[product % len(KINDS)],
                "list_price": _money(_price(product)),
                "weight_g": 80 + product * 37 % 4200,
                "stock_count": left,
                "changed_at": f"{day.isoformat()}T00:40:00",
            }
            for product, left in self.stock.items()
        ]

    def _payments(self, day: date, orders: list[Row], dice: Dice) -> list[Row]:
        paid: list[Row] = []
        for order in orders:
            if order["status"] == "cancelled":
                continue
            self.payments += 1
            by_telephone = day >= TELEPHONE_ORDERS_FROM and dice.share() < 0.004
            paid.append(
                {
                    "payment_id": self.payments,
                    # The call centre numbers its orders itself; nobody exports them.
                    "order_id": 9_000_000 + self.payments if by_telephone else order["order_id"],
                    "paid_at": order["ordered_at"],
                    "method": dice.one_of(METHODS),
                    "amount": order["total_amount"],
                }
            )
        return paid


def web_events(day: date, hour: int) -> list[Row]:
    """Give what visitors did on the web site in the hours from `hour` on."""
    dice = Dice("web", day, hour)
    rows: list[Row] = []
    by_hour = (0.35, 0.5, 1.1, 1.2, 1.45, 1.4)[hour // WEB_WINDOW_HOURS]
    for number in range(int(busyness(day) * by_hour * WEB_EVENTS_PER_WINDOW)):
        at = datetime.combine(day, time(hour), UTC) + timedelta(seconds=dice.number(0, WEB_WINDOW_HOURS * 3600 - 1))
        session = f"{day:%y%m%d}{hour:02}{dice.number(0, 60):03}"
        rows.append(
            {
                "event_id": f"{day:%Y%m%d}-{hour:02}-{number:05}",
                "session_id": session,
                "event_type": dice.one_of(STEPS),
                "occurred_at": at.strftime("%Y-%m-%dT%H:%M:%S"),
                "product_id": dice.number(0, PRODUCTS - 1),
            }
        )
    return rows


def _ads(day: date) -> Iterator[Row]:
    dice = Dice("ads", day)
    for place in PLACES:
        for campaign in ("brand", "season", "clearance"):
            clicks = int(dice.number(20, 160) * busyness(day))
            yield {
                "spend_date": day.isoformat(),
                "channel": place,
                "campaign": campaign,
                "impressions": clicks * dice.number(30, 70),
                "clicks": clicks,
                "spend": _money(clicks * dice.number(18, 64)),
            }


def _price(product: int) -> int:
    """Give a product's price in cents."""
    return 590 + product * 7919 % 38_000


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _moment(day: date, dice: Dice) -> str:
    second = dice.number(0, 86_399)
    return f"{day.isoformat()}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
