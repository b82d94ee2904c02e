"""What went wrong at Nordwind, when, and when somebody put it right. `landing.py` makes it happen to the files.

A mishap is a cause, never a result: nothing here says that a run fails. The file is really late, really cut short or
really holds a row twice, and the pipeline finds out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

Kind = Literal["late", "cut", "doubled", "spoiled", "renamed", "comma"]


@dataclass(frozen=True)
class Mishap:
    """One cause: the export of `feed` for `day` is bad until `until`.

    late: it is not there yet. cut: only its first part is. doubled: its last rows are in it twice. spoiled: some rows
    hold nonsense, and stay so. renamed: a column has another name. comma: amounts are written 12,50. For the last two
    `until` is when the pipeline learns to read the new shape.
    """

    feed: str
    day: date
    kind: Kind
    until: datetime
    because: str
    hour: int = 0
    share: float = 0.0


def _day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


NEVER = _at("12-31T00:00")


def _several(feed: str, first: str, last: str, kind: Kind, until: datetime, because: str) -> Iterator[Mishap]:
    day = _day(first)
    while day <= _day(last):
        yield Mishap(feed, day, kind, until, because)
        day += timedelta(days=1)


_CLOSING = "the provider closes its day later than agreed"
_UPLOAD = "the upload is still going on when the pipeline starts"
_RELEASE = "an ERP release calls weight_g weight_grams"
_SUMMER_TIME = "clocks go back: the hour from two is exported twice"
_WEEKEND = "nobody presses the export button at the weekend"

MISHAPS: tuple[Mishap, ...] = (
    # A later attempt of the same night finds the file.
    Mishap("payments", _day("08-08"), "late", _at("08-09T02:37"), _CLOSING),
    Mishap("payments", _day("08-29"), "late", _at("08-30T02:36"), _CLOSING),
    Mishap("payments", _day("09-19"), "late", _at("09-20T02:48"), _CLOSING),
    Mishap("payments", _day("10-03"), "late", _at("10-04T02:35"), _CLOSING),
    # All attempts of the night come too early; the next night loads two days.
    Mishap("payments", _day("09-12"), "late", _at("09-13T07:30"), "the campaign delays the provider's settlement"),
    Mishap("payments", _day("10-17"), "late", _at("10-18T09:05"), "the campaign delays the provider's settlement"),
    Mishap("web", _day("08-05"), "cut", _at("08-05T12:22"), _UPLOAD, hour=8),
    Mishap("web", _day("08-21"), "cut", _at("08-21T20:21"), _UPLOAD, hour=16),
    Mishap("web", _day("08-22"), "cut", _at("08-22T16:19"), _UPLOAD, hour=12),
    Mishap("web", _day("09-11"), "cut", _at("09-11T20:24"), _UPLOAD, hour=16),
    Mishap("web", _day("09-12"), "cut", _at("09-12T20:44"), _UPLOAD, hour=16),
    Mishap("web", _day("10-16"), "cut", _at("10-16T16:22"), _UPLOAD, hour=12),
    Mishap("web", _day("10-17"), "cut", _at("10-17T20:51"), _UPLOAD, hour=16),
    Mishap("web", _day("10-18"), "cut", _at("10-18T20:23"), _UPLOAD, hour=16),
    Mishap("web", _day("08-27"), "spoiled", NEVER, "a tag manager release drops event ids", hour=8, share=0.09),
    Mishap("web", _day("10-08"), "spoiled", NEVER, "a tag manager release drops event ids", hour=12, share=0.04),
    *_several("products", "09-13", "10-28", "renamed", _at("09-16T10:40"), _RELEASE),
    Mishap("order_items", _day("09-08"), "spoiled", NEVER, "a till sends returns as negative quantities", share=0.03),
    Mishap("order_items", _day("10-10"), "spoiled", NEVER, "a till sends returns as negative quantities", share=0.02),
    Mishap("orders", _day("08-18"), "doubled", _at("08-19T02:07"), "an export job is started twice"),
    Mishap("orders", _day("10-25"), "doubled", _at("10-26T09:10"), _SUMMER_TIME),
    Mishap("ads", _day("08-15"), "late", _at("08-17T08:30"), _WEEKEND),
    Mishap("ads", _day("08-16"), "late", _at("08-17T08:30"), _WEEKEND),
    Mishap("ads", _day("09-05"), "late", _at("09-07T09:00"), _WEEKEND),
    Mishap("ads", _day("09-06"), "late", _at("09-07T09:00"), _WEEKEND),
    Mishap("ads", _day("09-26"), "late", _at("09-28T08:10"), _WEEKEND),
    Mishap("ads", _day("09-27"), "late", _at("09-28T08:10"), _WEEKEND),
    *_several("ads", "10-24", "10-28", "comma", NEVER, "the agency exports from a German spreadsheet"),
)


def mishaps_of(feed: str, day: date, hour: int = 0) -> list[Mishap]:
    """Give what happens to one export."""
    return [mishap for mishap in MISHAPS if (mishap.feed, mishap.day, mishap.hour) == (feed, day, hour)]


def reads_both(feed: str, now: datetime) -> bool:
    """Say whether the pipeline of `feed` has been taught the new shape of its export by now."""
    return any(m.feed == feed and m.kind in ("renamed", "comma") and m.until <= now for m in MISHAPS)
