"""The bucket that landing files lie in: what the daily S3 Inventory lists, and how much that is on a day, for the bill.

The files are those that pipelines read (`landing.py`), in the size of the shop that the example stands for, since the platform
moved to the bucket on the first of May. Nobody deletes any. The shop and the ERP export plain CSV; what others send is packed.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from nordwind_platform.season import Dice, busyness

NAME = "nordwind-landing"
SINCE, LISTED_ON = date(2026, 5, 1), date(2026, 10, 30)
SCHEMA = ("Bucket", "Key", "Size", "LastModifiedDate", "StorageClass")

FEEDS = {
    # feed: its file's name, megabytes on an ordinary day, when it arrives on the next, and whether it grows with the shop
    "products": ("erp/products/{day}.csv", 2900, time(1, 10), False),
    "orders": ("shop/orders/{day}.csv", 420, time(1, 45), True),
    "order_items": ("shop/order_items/{day}.csv", 1050, time(1, 45), True),
    "customers": ("shop/customers/{day}.csv", 160, time(1, 45), True),
    "payments": ("pay/payments/{day}.jsonl.gz", 95, time(2, 15), True),
    "web": ("web/events/{day}.jsonl.gz", 1300, time(0, 10), True),
    "ads": ("ads/spend/{day}.csv", 1, time(4, 30), False),
}


def objects(until: date) -> Iterator[tuple[str, int, datetime]]:
    """Give key, bytes and time of every object that lay there at the end of a day."""
    for number in range((until - SINCE).days):
        day = SINCE + timedelta(days=number)
        for feed, (name, megabytes, at, grows) in FEEDS.items():
            if feed == "ads" and day.weekday() >= 5:
                continue  # nobody exports at weekends
            size = megabytes * 1e6 * (busyness(day) if grows else 1) * (0.97 + 0.06 * Dice("bucket", feed, day).share())
            yield name.format(day=day), int(size), datetime.combine(day + timedelta(days=1), at, UTC)


@cache
def gigabytes(day: date) -> Decimal:
    """Say how many gigabytes (of 2**30 bytes, as S3 counts) lay there at the end of a day."""
    return Decimal(sum(size for _, size, _ in objects(day))) / 2**30


def write(folder: Path) -> None:
    """Write the inventory of the last morning as S3 does: a packed CSV without header, and a manifest that names its columns."""
    data = f"{NAME}/daily/data/8d1c2f.csv.gz"
    lines = [
        ",".join(f'"{value}"' for value in (NAME, key, size, f"{at:%Y-%m-%dT%H:%M:%S}.000Z", "STANDARD"))
        for key, size, at in objects(LISTED_ON)
    ]
    content = gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0)
    (folder / data).parent.mkdir(parents=True, exist_ok=True)
    (folder / data).write_bytes(content)
    manifest = {
        "sourceBucket": NAME,
        "destinationBucket": "arn:aws:s3:::nordwind-inventory",
        "version": "2016-11-30",
        "creationTimestamp": str(int(datetime.combine(LISTED_ON, time(6), UTC).timestamp() * 1000)),
        "fileFormat": "CSV",
        "fileSchema": ", ".join(SCHEMA),
        "files": [{"key": data}],  # without its size: compressors differ
    }
    place = folder / NAME / "daily" / f"{LISTED_ON}T06-00Z" / "manifest.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
