"""Ninety nights at Nordwind: files arrive, pipelines start on schedule and again, and every run is logged."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from nordwind_platform import marts
from nordwind_platform.clock import seconds
from nordwind_platform.landing import Delivery, deliveries
from nordwind_platform.loads import ACCEPTED_REJECTS, LOADS, Counts, Warehouse, watermark
from nordwind_platform.season import START, Dice
from nordwind_platform.shop import WEB_WINDOW_HOURS, Shop

Work = Callable[[Warehouse, Path, str, datetime, Counts], str]
Record = dict[str, object]

LOG_FROM = date(2026, 8, 1)
DAYS = 90
RETRY_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Schedule:
    """When a pipeline starts and how often it is started again by itself."""

    first: time
    every_hours: int = 24
    attempts: int = 1


SCHEDULES = {
    "load_erp_products": Schedule(time(1, 30), attempts=3),
    "load_shop_orders": Schedule(time(2, 0), attempts=3),
    "load_payments": Schedule(time(2, 30), attempts=3),
    "load_web_events": Schedule(time(0, 15), every_hours=WEB_WINDOW_HOURS, attempts=2),
    "build_sales_marts": Schedule(time(3, 30), attempts=2),
    "load_ad_spend": Schedule(time(5, 0)),
}


@dataclass(frozen=True)
class Start:
    """One run to be: which pipeline, for which batch, the how-manieth attempt."""

    pipeline: str
    planned: datetime
    attempt: int = 1

    @property
    def batch(self) -> str:
        """Name the newest day, or window, that the run is to load."""
        if self.pipeline != "load_web_events":
            return (self.planned.date() - timedelta(days=1)).isoformat()
        return (self.planned - timedelta(hours=WEB_WINDOW_HOURS)).strftime("%Y-%m-%dT%H")

    @property
    def run_id(self) -> str:
        """Name the run."""
        return f"{self.pipeline}/{self.planned:%Y-%m-%dT%H:%MZ}/{self.attempt}"


@dataclass(frozen=True)
class Done:
    """A run that has ended: what started it, what it logs, and the rows that it left in each table."""

    start: Start
    record: Record
    written: Mapping[str, int]


def nights(folder: Path) -> Iterator[Done]:
    """Live through it all in `folder`, where warehouse and landing files remain; give each logged run as it ends."""
    landing = folder / "landing"
    warehouse = duckdb.connect(str(folder / "warehouse.duckdb"), config={"threads": 1})
    warehouse.execute("CREATE TABLE watermarks (pipeline VARCHAR PRIMARY KEY, batch VARCHAR)")
    warehouse.execute("CREATE TABLE volumes (feed VARCHAR, batch VARCHAR, good DOUBLE)")
    works: dict[str, Work] = {marts.NAME: marts.run}
    for load in LOADS:
        works[load.name] = load.run
        for feed in load.feeds:
            feed.create(warehouse)

    order = itertools.count()
    agenda: list[tuple[datetime, int, Delivery | Start]] = []
    for delivery in _all_deliveries():
        heapq.heappush(agenda, (delivery.at, next(order), delivery))
    for start in _all_starts():
        heapq.heappush(agenda, (start.planned, next(order), start))
    while agenda:
        now, _, event = heapq.heappop(agenda)
        if isinstance(event, Delivery):
            event.into(landing)
            continue
        done, ended = run(works[event.pipeline], warehouse, landing, event, now)
        if event.planned.date() >= LOG_FROM:
            yield done
        if done.record["status"] == "failed" and event.attempt < SCHEDULES[event.pipeline].attempts:
            again = Start(event.pipeline, event.planned, event.attempt + 1)
            heapq.heappush(agenda, (ended + RETRY_AFTER, next(order), again))
    warehouse.close()


def run(work: Work, warehouse: Warehouse, landing: Path, start: Start, now: datetime) -> tuple[Done, datetime]:
    """Do the work of one run in one transaction; give what it did and when it ends."""
    counts, error = Counts(), ""
    before = after = watermark(warehouse, start.pipeline)
    warehouse.begin()
    try:
        after = work(warehouse, landing, start.batch, now, counts)
        warehouse.execute("INSERT OR REPLACE INTO watermarks VALUES (?, ?)", [start.pipeline, after])
        warehouse.commit()
        rejects_matter = counts.rejected > ACCEPTED_REJECTS * max(counts.extracted, 1)
        status = "partial" if counts.stale or rejects_matter else "success"
    except (OSError, duckdb.Error) as problem:
        warehouse.rollback()
        counts.loaded, counts.written, after, status = 0, {}, before, "failed"
        error = str(problem).partition("\n")[0].replace(f"{landing}/", "")
    began = now + timedelta(seconds=Dice("queue", start.run_id).number(0, 9))
    took = seconds(start.pipeline, start.run_id, counts)
    ended = began + timedelta(seconds=took)
    record: Record = {
        "pipeline_name": start.pipeline,
        "run_id": start.run_id,
        "started_at": began.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "completed_at": ended.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "status": status,
        "stage": counts.stage,
        "rows_extracted": counts.extracted,
        "rows_transformed": counts.transformed,
        "rows_loaded": counts.loaded,
        "rows_rejected": counts.rejected,
        "quality_checks_passed": counts.passed,
        "quality_checks_failed": counts.failed,
        "duration_seconds": took,
        "error_message": error,
        "watermark_before": _moment(before),
        "watermark_after": _moment(after),
    }
    return Done(start, record, counts.written), ended


def _moment(batch: str) -> str:
    """Write a batch, a day or a day and hour, as the moment that a log speaks of."""
    return f"{batch}:00:00Z" if "T" in batch else batch


def _all_days() -> Iterator[date]:
    day = START
    while day < LOG_FROM + timedelta(days=DAYS):
        yield day
        day += timedelta(days=1)


def _all_deliveries() -> Iterator[Delivery]:
    shop = Shop()
    for day in _all_days():
        yield from deliveries(day, shop.day(day))


def _all_starts() -> Iterator[Start]:
    for day in _all_days():
        for pipeline, schedule in SCHEDULES.items():
            first = datetime.combine(day, schedule.first, UTC)
            for hours in range(0, 24, schedule.every_hours):
                if day > START:
                    yield Start(pipeline, first + timedelta(hours=hours))
