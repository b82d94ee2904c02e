"""The days on which the clocks of a zone change, as the time zone database has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo


class Change(NamedTuple):
    """An hour, or another stretch, that is skipped or repeated on the wall."""

    kind: Literal["skipped", "repeated"]
    begins: datetime
    """On the wall, without a zone: the first moment that does not exist, or that exists twice."""
    ends: datetime


def changes(zone: ZoneInfo, first: date, last: date) -> Iterator[Change]:
    """Give the changes of a zone's clocks from one day to another.

    >>> spring, autumn = changes(ZoneInfo("Europe/Berlin"), date(2026, 1, 1), date(2026, 12, 31))
    >>> spring.kind, str(spring.begins), autumn.kind, str(autumn.begins)
    ('skipped', '2026-03-29 02:00:00', 'repeated', '2026-10-25 02:00:00')
    """
    hour = timedelta(hours=1)
    at = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=2)
    before = at.astimezone(zone).utcoffset()
    while at < end:
        step = at + hour
        after = step.astimezone(zone).utcoffset()
        if before is not None and after is not None and after != before:
            exact = _exact(zone, at, step)
            wall = (exact.astimezone(UTC) + before).replace(tzinfo=None)
            shift = after - before
            begins, ends = (wall, wall + shift) if shift > timedelta(0) else (wall + shift, wall)
            if first <= begins.date() <= last:
                yield Change("skipped" if shift > timedelta(0) else "repeated", begins, ends)
        at, before = step, after


def _exact(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """Give the minute within an hour at which the offset changes."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=((high - low) // timedelta(minutes=1)) // 2)
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high
