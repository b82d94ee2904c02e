"""The landing folder: turns a day's export into files, and says when each arrives. `runner.py` delivers them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from nordwind_platform.mishaps import Mishap, mishaps_of
from nordwind_platform.season import Dice
from nordwind_platform.shop import WEB_WINDOW_HOURS, Export, Row, web_events

ARRIVES = {
    # feed: when its export for a day lies in the landing folder on the next
    "products": time(1, 10),
    "orders": time(1, 45),
    "order_items": time(1, 45),
    "customers": time(1, 45),
    "payments": time(2, 15),
    "ads": time(4, 30),
}
DOUBLED_ROWS = 9
SPOILED = {"order_items": ("quantity", -1), "web": ("event_id", "")}


@dataclass(frozen=True, order=True)
class Delivery:
    """A file that arrives, new or in the place of an earlier one."""

    at: datetime
    path: str
    content: bytes

    def into(self, folder: Path) -> None:
        """Write the file."""
        target = folder / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self.content)


def path_of(feed: str, batch: str) -> str:
    """Say where a feed's file for a batch (a day, or a day and hour) lies; `*` for the batch gives all of them."""
    return f"{feed}/{feed}_{batch}.{'jsonl' if feed in ('payments', 'web') else 'csv'}"


def deliveries(day: date, export: Export) -> Iterator[Delivery]:
    """Give every file of a day in the order of feeds, with what mishaps do to it."""
    tomorrow = day + timedelta(days=1)
    for feed, rows in export.items():
        due = datetime.combine(tomorrow, ARRIVES[feed], UTC)
        yield from _arrivals(feed, day.isoformat(), rows, due, mishaps_of(feed, day))
    for hour in range(0, 24, WEB_WINDOW_HOURS):
        opened = datetime.combine(day, time(hour), UTC)
        due = opened + timedelta(hours=WEB_WINDOW_HOURS, minutes=5)
        batch = opened.strftime("%Y-%m-%dT%H")
        yield from _arrivals("web", batch, web_events(day, hour), due, mishaps_of("web", day, hour))


def _arrivals(feed: str, batch: str, rows: list[Row], due: datetime, mishaps: list[Mishap]) -> Iterator[Delivery]:
    path = path_of(feed, batch)
    early: bytes | None = None
    for mishap in mishaps:
        if mishap.kind == "spoiled":
            column, nonsense = SPOILED[feed]
            dice = Dice("spoiled", feed, batch)
            rows = [{**row, column: nonsense} if dice.share() < mishap.share else row for row in rows]
        elif mishap.kind == "renamed":
            names = {"weight_g": "weight_grams"}
            rows = [{names.get(key, key): value for key, value in row.items()} for row in rows]
        elif mishap.kind == "comma":
            rows = [{**row, "spend": str(row["spend"]).replace(".", ",")} for row in rows]
        elif mishap.kind == "late":
            due = mishap.until
        elif mishap.kind == "doubled":
            early = _written(path, rows + rows[-DOUBLED_ROWS:])
        elif mishap.kind == "cut":
            early = _written(path, rows)
            early = early[: len(early) * 3 // 5]
    if early is not None:
        yield Delivery(due, path, early)
        due = max(mishap.until for mishap in mishaps)
    yield Delivery(due, path, _written(path, rows))


def _written(path: str, rows: list[Row]) -> bytes:
    text = io.StringIO()
    if path.endswith(".csv"):
        table = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    else:
        text.writelines(json.dumps(row) + "\n" for row in rows)
    return text.getvalue().encode()
