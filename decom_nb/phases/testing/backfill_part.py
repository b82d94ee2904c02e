"""The parts of a backfill: half-open spans of time in UTC that together are the range, each moment in exactly one.

Days begin where the people who ask live: at the change to summer time one part is an hour shorter, and none is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its days, the first included and the last not, and the same in UTC."""

    first: date
    until: date
    starts_at: datetime
    ends_at: datetime
    whole: bool
    """Whether it is a whole week or month; the first and the last of a range often are not."""

    @property
    def name(self) -> str:
        """Its name: its first day, and its last where it has more than one."""
        last = self.until - ONE_DAY
        return f"{self.first}" if last == self.first else f"{self.first}..{last}"

    @property
    def hours(self) -> float:
        """How many hours it spans."""
        return (self.ends_at - self.starts_at) / timedelta(hours=1)


def parts(first_day: date, last_day: date, chunk: str, time_zone: str) -> tuple[Part, ...]:
    """Cut a range of days, both ends included, into parts, the oldest first.

    Weeks begin on Monday and months on their first day, so that the first and the last part may be shorter.

    >>> [part.name for part in parts(date(2026, 1, 30), date(2026, 3, 2), "month", "UTC")]
    ['2026-01-30..2026-01-31', '2026-02-01..2026-02-28', '2026-03-01..2026-03-02']
    >>> [part.hours for part in parts(date(2026, 3, 28), date(2026, 3, 30), "day", "Europe/Berlin")]
    [24.0, 23.0, 24.0]
    """
    zone, until = ZoneInfo(time_zone), last_day + ONE_DAY
    made = []
    for start, end in _spans(first_day, until, chunk):
        cut = min(end, until)
        whole = cut == end and start == _begin(start, chunk)
        made.append(Part(start, cut, _midnight(start, zone), _midnight(cut, zone), whole))
    return tuple(made)


def count(first_day: date, last_day: date, chunk: str) -> int:
    """Tell roughly, from above, how many parts there would be, without making them."""
    days = (last_day - first_day).days + 1
    return days // max(1, {"day": 1, "week": 7, "month": 28}.get(chunk) or int(chunk.split()[0])) + 2


def _spans(first: date, until: date, chunk: str) -> Iterator[tuple[date, date]]:
    start = first
    while start < until:
        end = _next(start, chunk)
        yield start, end
        start = end


def _next(day: date, chunk: str) -> date:
    if chunk == "month":
        return date(day.year + day.month // 12, day.month % 12 + 1, 1)
    if chunk == "week":
        return day + timedelta(days=7 - day.weekday())
    number = re.match(r"\d+", chunk)
    return day + timedelta(days=int(number[0]) if number else 1)


def _begin(day: date, chunk: str) -> date:
    if chunk == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if chunk == "week" else day


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
