"""How busy the shop is on a day, and the dice that everything random is drawn with. `shop.py` reads both."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

Thing = TypeVar("Thing")

ORDERS_ON_AN_ORDINARY_DAY = 190
GROWTH_PER_DAY = 0.0026
BY_WEEKDAY = (1.05, 0.96, 0.94, 0.98, 1.06, 1.14, 0.87)
CAMPAIGNS = {
    # the first day of a campaign: how many days it lasts and how much busier its days are
    date(2026, 8, 21): (3, 1.8),
    date(2026, 9, 11): (3, 3.4),
    date(2026, 10, 16): (4, 3.9),
}
START = date(2026, 7, 2)


class Dice:
    """Random numbers that depend on their seed alone, on every platform and Python."""

    def __init__(self, *seed: object) -> None:
        digest = hashlib.sha256("/".join(map(str, seed)).encode()).digest()
        self._random = random.Random(int.from_bytes(digest[:8], "big")).random

    def share(self) -> float:
        """Give a number from 0 up to but not including 1."""
        return self._random()

    def number(self, low: int, high: int) -> int:
        """Give a whole number from `low` to `high`, both included."""
        return low + int(self._random() * (high - low + 1))

    def one_of(self, things: Sequence[Thing]) -> Thing:
        """Pick one thing; repeat a thing in the sequence to make it likelier."""
        return things[int(self._random() * len(things))]


def busyness(day: date) -> float:
    """Say how busy a day is against an ordinary one: growth, weekday and campaigns."""
    busy = (1 + GROWTH_PER_DAY * (day - START).days) * BY_WEEKDAY[day.weekday()]
    for first, (days, factor) in CAMPAIGNS.items():
        if 0 <= (day - first).days < days:
            busy *= factor
    return busy
