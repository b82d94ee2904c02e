"""What is proposed for numbers and dates, also as text: bounds, signs, numbers for nothing. Called by `suggest`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, isfinite, log10

from decom_nb.check import Expression, Range
from decom_nb.phases.quality.candidate import Candidate, Case
from decom_nb.phases.quality.proposed_text import real
from decom_nb.profile import ColumnProfile
from decom_nb.profile.words import words
from decom_nb.sql.text import name


@dataclass(frozen=True)
class Spread:
    """The spread of a column of numbers in the sample."""

    rows: int
    low: float
    quarter: float
    median: float
    three_quarters: float
    high: float
    negatives: int


def numbers(case: Case) -> Iterator[Candidate]:
    """Propose for every column of numbers or dates."""
    for column in case.profile.columns:
        if column.family == "number" and column.filled:
            yield from _of(case, column, name(column.name), direct=True)
        elif column.family == "time":
            yield from _dates(column, case)
        elif column.family == "text" and column.casts and column.casts[0].type in ("BIGINT", "DOUBLE"):
            yield from _of(case, column, f"TRY_CAST({name(column.name)} AS DOUBLE)", direct=False)


def _of(case: Case, column: ColumnProfile, what: str, *, direct: bool) -> Iterator[Candidate]:
    if column.nans or column.infinities:
        yield Candidate(
            Expression(expression=f"isfinite({name(column.name)})", name=f"finite_{column.name}"),
            case.say("infinite", rows=(column.nans or 0) + (column.infinities or 0)), (column.name,), expected=True,
        )  # fmt: skip
    key = column.distinct >= case.setting("nearly_unique") * column.filled
    if key and column.type not in ("DOUBLE", "FLOAT") and _counts_up(case, what):
        return  # a number that counts rows has no bounds
    sentinels = list(_sentinels(case, column, what))
    yield from sentinels
    out = {number for _, number in _sentinel_numbers(case, what)} if sentinels else set()
    yield from _bounds(case, column, what, direct=direct, out=out)


def _counts_up(case: Case, what: str) -> bool:
    """Tell whether whole numbers lie about as close as they can, as numbers of rows do."""
    row = case.asked(f"SELECT max(v) - min(v), count(*) FROM (SELECT {what} AS v FROM {case.sample.source})")[0]
    return row[0] is not None and float(row[0]) <= 100 * row[1] * case.scale


def _sentinel_numbers(case: Case, what: str) -> list[tuple[int, float]]:
    """Give numbers for nothing that are frequent beside their neighbours and lie apart from the rest."""
    listed = ", ".join(map(str, words().numbers))
    found = case.asked(
        f"SELECT v, count(*) FROM (SELECT {what} AS v FROM {case.sample.source}) "
        f"WHERE v IN ({listed}) GROUP BY v HAVING count(*) >= 3"
    )
    if not found:
        return []
    inside = case.asked(
        f"SELECT quantile_disc(v, 0.25), quantile_disc(v, 0.75), min(v), max(v) FROM (SELECT CAST({what} AS DOUBLE) AS v "
        f"FROM {case.sample.source}) WHERE isfinite(v) AND v NOT IN ({', '.join(str(v) for v, _ in found)})"
    )[0]
    if inside[0] is None:
        return []
    quarter, three_quarters, low, high = map(float, inside)
    spread = max(three_quarters - quarter, 1e-9)
    return [
        (int(n), float(v)) for v, n in found
        if (float(v) < low or float(v) > high)
        and min(abs(float(v) - low), abs(float(v) - high)) > (spread if v != -1 else 0) and (v != -1 or low >= 0)
    ]  # fmt: skip


def _sentinels(case: Case, column: ColumnProfile, what: str) -> Iterator[Candidate]:
    found = _sentinel_numbers(case, what)
    if found:
        listed = ", ".join(_plain(number) for _, number in sorted(found))
        yield Candidate(
            Expression(
                expression=f"{what} NOT IN ({listed})", dimension="completeness", name=f"no_number_for_nothing_{column.name}"
            ),
            case.say("sentinel", examples=listed, rows=case.about(sum(n for n, _ in found))), (column.name,), expected=True,
        )  # fmt: skip


def _spread(case: Case, what: str, out: set[float]) -> Spread | None:
    without = f" AND v NOT IN ({', '.join(map(_plain, sorted(out)))})" if out else ""
    row = case.asked(
        f"SELECT count(*), quantile_disc(v, [0, 0.25, 0.5, 0.75, 1]), count(*) FILTER (v < 0) FROM "
        f"(SELECT CAST({what} AS DOUBLE) AS v FROM {case.sample.source}) WHERE isfinite(v){without}"
    )[0]
    if not row[0] or not row[1]:
        return None
    low, quarter, median, three_quarters, high = map(float, row[1])
    return Spread(int(row[0]), low, quarter, median, three_quarters, high, int(row[2]))


def _bounds(case: Case, column: ColumnProfile, what: str, *, direct: bool, out: set[float]) -> Iterator[Candidate]:
    """Bounds: those seen with some to spare, or a fence that leaves few rows far out beyond a gap."""
    spread = _spread(case, what, out)
    if spread is None or spread.rows < case.setting("least_numbers"):
        return
    low, high = spread.low, spread.high
    reason, expected = "", False
    if 0 < spread.negatives <= case.setting("rare_sign") * spread.rows:
        low, expected = 0.0, True
        reason = case.say("sign", rows=case.about(spread.negatives), share=1 - spread.negatives / spread.rows)
    fence = _fence(case, spread)
    if fence is not None:
        inside = case.asked(
            f"SELECT count(*) FILTER (v < {fence[0]!r} OR v > {fence[1]!r}), min(v) FILTER (v >= {fence[0]!r} AND v >= {low!r}), "
            f"max(v) FILTER (v <= {fence[1]!r}), list(DISTINCT v ORDER BY v DESC) FILTER (v > {fence[1]!r}), "
            f"list(DISTINCT v ORDER BY v) FILTER (v < {fence[0]!r}) "
            f"FROM (SELECT CAST({what} AS DOUBLE) AS v FROM {case.sample.source}) "
            f"WHERE isfinite(v)" + (f" AND v NOT IN ({', '.join(map(_plain, sorted(out)))})" if out else "")
        )[0]
        beyond, least, most, above, below = inside
        if 0 < beyond <= case.setting("outliers_most") * spread.rows and least is not None and most is not None:
            gap_above = not above or _far(above[-1], most, spread)
            gap_below = not below or _far(below[-1], least, spread)
            above, below = (above or []) if gap_above else [], (below or []) if gap_below else []
            if above or below:
                examples = [_plain(each) for each in [*(above or [])[:2], *(below or [])[:2]]]
                low, high = (max(low, least) if below else low), (most if above else high)
                shown = case.examples(column.name, examples)
                far = case.say("range", rows=case.about(beyond), examples=shown, low=_plain(low), high=_plain(high))
                reason = f"{reason} {far}".strip()
                expected = True
    other = _another_unit(case, column, what, spread, out)
    if other is not None and other[0] < high:
        high, reason, expected = other[0], other[1], True
    spare = case.setting("slack") * (high - low)
    low = 0.0 if low >= 0 and low - spare < 0 else _rounded(low - spare, up=False)
    high = 0.0 if high <= 0 and high + spare > 0 else _rounded(high + spare, up=True)
    if not reason:
        reason = case.say("range_holds", low=_plain(spread.low), high=_plain(spread.high))
    if case.personal(column.name):
        return
    if direct:
        check: Range | Expression = Range(column=column.name, min=_scalar(low), max=_scalar(high))
    else:
        check = Expression(
            expression=f"{what} BETWEEN {_plain(low)} AND {_plain(high)}",
            where=real(column),
            name=f"range_{column.name}",
        )
    yield Candidate(check, reason, (column.name,), expected=expected)


def _another_unit(
    case: Case, column: ColumnProfile, what: str, spread: Spread, out: set[float]
) -> tuple[float, str] | None:
    """Give the last value before a wide empty stretch with few rows beyond it, and the reason; None if there is none.

    Amounts in cents among amounts in euros lie a hundred times higher, with nothing between.
    """
    if spread.quarter <= 0:
        return None
    width = log10(spread.three_quarters) - log10(spread.quarter)
    start = 10 ** (log10(spread.three_quarters) + 1.5 * width)
    without = f" AND v NOT IN ({', '.join(map(_plain, sorted(out)))})" if out else ""
    tail = case.asked(
        f"SELECT v, count(*) FROM (SELECT CAST({what} AS DOUBLE) AS v FROM {case.sample.source}) "
        f"WHERE isfinite(v) AND v >= {spread.three_quarters!r}{without} GROUP BY v ORDER BY v DESC LIMIT 5000"
    )
    beyond = 0
    found = None
    for (value, rows), (before, _) in itertools.pairwise(tail):
        beyond += rows
        if beyond > case.setting("unit_share") * spread.rows or value < start:
            break
        if value >= case.setting("unit_gap") * before:
            found = (float(before), beyond)
    if found is None:
        return None
    examples = case.examples(column.name, [_plain(float(value)) for value, _ in tail[:3]])
    low, high = _plain(spread.low), _plain(found[0])
    return found[0], case.say("other_unit", rows=case.about(found[1]), examples=examples, low=low, high=high)


def _fence(case: Case, spread: Spread) -> tuple[float, float] | None:
    """Give Tukey's fence, wide, on the scale on which the column is the less skewed: as it is or in logarithms."""
    factor = case.setting("fence")
    width = spread.three_quarters - spread.quarter
    if width <= 0:
        return None
    plain = (spread.quarter - factor * width, spread.three_quarters + factor * width)
    if spread.quarter > 0:
        a, b = log10(spread.quarter), log10(spread.three_quarters)
        high = 10 ** min(300.0, b + factor * (b - a))
        low = 10 ** max(-300.0, a - factor * (b - a))
        return min(plain[0], low), max(plain[1], high)
    return plain


def _far(number: float, edge: float, spread: Spread) -> bool:
    """Tell whether a number beyond the fence lies apart from the last one inside."""
    width = spread.three_quarters - spread.quarter
    return abs(number - edge) > width and (edge <= 0 or number <= 0 or abs(log10(number) - log10(edge)) > 0.1)


def _rounded(number: float, *, up: bool) -> float:
    """Give a bound of two digits, outwards."""
    if not number or not isfinite(number):
        return number
    step = 10.0 ** (floor(log10(abs(number))) - 1)
    whole = number / step
    return float(f"{(floor(whole) + (1 if up and whole != floor(whole) else 0)) * step:.12g}")


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))


def _scalar(number: float) -> int | float:
    return int(number) if float(number).is_integer() and abs(number) < 1e15 else number


def _dates(column: ColumnProfile, case: Case) -> Iterator[Candidate]:
    """First and last days of programs' calendars."""
    if column.placeholders:
        listed = ", ".join(f"CAST('{each.value}' AS {column.type})" for each in column.placeholders)
        yield Candidate(
            Expression(
                expression=f"{name(column.name)} NOT IN ({listed})",
                dimension="completeness",
                name=f"no_date_for_nothing_{column.name}",
            ),
            case.say("sentinel", examples=", ".join(each.value for each in column.placeholders),
                     rows=case.about(sum(each.count for each in column.placeholders))),
            (column.name,), expected=True,
        )  # fmt: skip
