"""When something should run: cron expressions of five fields, and words that stand for one.

Monitoring counts missed runs by them, testing asks how far apart tests are; the pipelines room holds promises, retries and
orchestrators' files against them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

_WORDS: Mapping[str, str] = {
    "hourly": "0 * * * *",
    "every hour": "0 * * * *",
    "daily": "0 0 * * *",
    "midnight": "0 0 * * *",
    "every day": "0 0 * * *",
    "weekly": "0 0 * * 0",
    "every week": "0 0 * * 0",
    "monthly": "0 0 1 * *",
    "every month": "0 0 1 * *",
    "yearly": "0 0 1 1 *",
    "annually": "0 0 1 1 *",
}
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DAY_MINUTES = 24 * 60
_START = date(2024, 1, 1)
_CYCLE_DAYS = 28 * 366
"""Within 28 years every date falls on every day of the week, 29 February among them."""
_WATCHED_DAYS = 3000
"""Over how many days gaps are looked for: eight years, so that there are two of 29 February."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Schedule:
    """The minutes, hours and days at which something begins, in UTC.

    As cron has it, a day counts that is either of the given days of the month or of the week, where both are restricted.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool
    cron: str = ""
    """The five fields, where words such as ``daily`` were given as well."""

    @property
    def fires(self) -> bool:
        """Tell whether there is any day on which it begins.

        >>> [schedule(text).fires for text in ("0 2 31 2 *", "0 2 30 2,4 *", "0 0 29 2 *", "0 2 31 2 1")]
        [False, True, True, True]
        """
        return any(self._on(_START + timedelta(days=number)) for number in range(_CYCLE_DAYS))

    def gaps(self) -> tuple[float, float] | None:
        """Give the shortest and the longest time between two beginnings, in minutes; nothing where it begins never.

        >>> schedule("*/20 6-7 * * *").gaps(), schedule("0 3 * * 1-5").gaps(), schedule("0 0 31 2 *").gaps()
        ((20.0, 1340.0), (1440.0, 4320.0), None)
        """
        days = [number for number in range(_WATCHED_DAYS) if self._on(_START + timedelta(days=number))]
        if len(days) < 2:
            return (float(_WATCHED_DAYS * _DAY_MINUTES),) * 2 if self.fires else None
        times = sorted(hour * 60 + minute for hour in self.hours for minute in self.minutes)
        within = [later - earlier for earlier, later in pairwise(times)]
        night = times[0] - times[-1]
        across = [(later - earlier) * _DAY_MINUTES + night for earlier, later in pairwise(days)]
        return float(min([*within, *across])), float(max([*within, *across]))

    def between(self, after: datetime, until: datetime) -> int:
        """Count the times after one moment, up to and with another.

        >>> nightly = schedule("0 3 * * *")
        >>> nightly.between(datetime(2026, 11, 9, 3, 1), datetime(2026, 11, 19, 2, 35))
        9
        """
        times = [time(hour, minute, tzinfo=after.tzinfo) for hour in self.hours for minute in self.minutes]
        found, day = 0, after.date()
        while day <= until.date():
            if self._on(day):
                if after.date() < day < until.date():
                    found += len(times)
                else:
                    found += sum(after < datetime.combine(day, each) <= until for each in times)
            day += timedelta(days=1)
        return found

    def _on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return in_month or in_week if self.either else in_month and in_week


def schedule(text: str) -> Schedule | None:
    """Read a cron expression, or words such as ``daily``; nothing where it is neither.

    >>> [schedule(text) is not None for text in ("0 2 * * 1-5", "@daily", "Every day", "when files come", "99 * * * *")]
    [True, True, True, False, False]
    """
    words = " ".join(text.lower().removeprefix("@").split())
    fields = _WORDS.get(words, words).split()
    if len(fields) != 5:  # as many as cron has
        return None
    minutes, hours = _field(fields[0], 0, 59), _field(fields[1], 0, 23)
    days, months = _field(fields[2], 1, 31), _field(fields[3], 1, 12, _MONTHS)
    weekdays = _field(fields[4], 0, 7, _DAYS)
    if not (minutes and hours and days and months and weekdays):
        return None
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    return Schedule(minutes, hours, days, months, frozenset(each % 7 for each in weekdays), either, " ".join(fields))


def _field(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """Give the numbers of one field; none where it cannot be read."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begins = low if span == "*" else _number(first, low, names)
        ends = high if span == "*" or (step and not last) else _number(last or first, low, names)
        every = int(step) if step.isdecimal() else 0 if step else 1
        if begins is None or ends is None or not every or begins < low or ends > high or ends < begins:
            return frozenset()
        found |= set(range(begins, ends + 1, every))
    return frozenset(found)


def _number(text: str, low: int, names: tuple[str, ...]) -> int | None:
    if text in names:
        return names.index(text) + low
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 2 else None
