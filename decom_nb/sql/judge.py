"""What the quantities of a table amount to for a check: its verdict, in figures and in one sentence.

Engines call this with values from wherever they come: DuckDB, Postgres, Spark, footers. Figures are brought to plain Python
first, so that the same table gets the same verdict everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from decom_nb.check import (
    AcceptedValues,
    Castable,
    Check,
    Checked,
    CheckRun,
    CustomSql,
    Drift,
    Expression,
    ForeignKey,
    Freshness,
    FunctionalDependency,
    Length,
    Monotone,
    NotNull,
    Outliers,
    PartitionCount,
    Range,
    Reconciliation,
    Regex,
    RowChange,
    Sample,
    SchemaIs,
    Statistic,
    TopShare,
    Unique,
    Verdict,
    Volume,
)
from decom_nb.sql.needs import needs
from decom_nb.sql.quantity import Quantity
from decom_nb.sql.reconcile import differences
from decom_nb.sql.schema import schema_differences
from decom_nb.sql.undecidable import Undecidable

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Table

PARTITIONS = 50
"""Partitions that are listed, the worst first."""
_AHEAD_HOURS = 24
"""How far the newest moment may lie ahead of now: a clock without a zone may be as many hours off."""
_NOISE = 1e-9
"""Relative difference of two floats that are the same sum, added up in another order."""
_WORST: tuple[Verdict, ...] = ("pass", "not_known", "warn", "fail", "error")


class _Part(NamedTuple):
    """What was found in one partition, or in the whole table."""

    violations: int = 0
    rows: int = 0
    value: float | None = None
    said: str = ""
    known: bool = True


def judge(
    check: Check,
    table: Table,
    known: Mapping[Quantity, Any],
    *,
    now: datetime,
    history: Sequence[CheckRun] = (),
    others: Mapping[str, Table] | None = None,
) -> Checked:
    """Decide a check from the values of its quantities.

    A value that is missing in `known` leaves the check not known; an exception in its place is an error, and its message is
    shown. `now` is the moment by which age is told, `history` the earlier runs, in any order. `samples`, `sql`, `decided_by` and
    `seconds` are left for whoever supplied the values.
    """
    try:
        quantities = needs(check, table, others)
        if isinstance(check, SchemaIs):
            found = schema_differences(check, table)
            said = "; ".join(found[:5]) + (f"; and {len(found) - 5} more" if len(found) > 5 else "")
            part = _Part(
                len(found), said=said[:1].upper() + said[1:] + "." if found else "The columns are as promised."
            )
            return _checked(check, table, [((), part)])
        for each in quantities:
            if each not in known:
                return undecided(check, table.name, "It was not looked at.", verdict="not_known")
            if isinstance(known[each], BaseException):
                return undecided(check, table.name, str(known[each]) or type(known[each]).__name__)
        values = [known[each] for each in quantities]
        if isinstance(check, Reconciliation):
            return _checked(check, table, [((), _reconciled(check, *values))])
        if isinstance(check, RowChange):
            return _checked(check, table, [((), _changed(check, table, _count(values[0]), now, history))])
        return _checked(check, table, _parts(check, values, now))
    except Undecidable as error:
        return undecided(check, table.name, str(error))


def undecided(check: Check, table: str, message: str, verdict: Verdict = "error") -> Checked:
    """Give a check that could not be decided: `error` if the check or the table is wrong, `not_known` if evidence is missing."""
    return Checked(
        table=table, name=check.called, kind=check.kind, columns=check.looks_at, dimension=check.measured,
        severity=check.severity, owner=check.owner, because=check.because, verdict=verdict, message=_sentence(message),
    )  # fmt: skip


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if not text or text[-1] in ".!?" else text + "."


def _parts(check: Check, values: list[Any], now: datetime) -> list[tuple[tuple[str | None, ...], _Part]]:
    """Judge each partition; the table as a whole is a partition without a name."""
    if not check.by:
        return [((), _part(check, values, now))]
    by_partition = [{_partition(key): value for key, value in each.items()} for each in values]
    names = dict.fromkeys(key for each in reversed(by_partition) for key in each)
    return [(key, _part(check, [each.get(key) for each in by_partition], now)) for key in names]


def _partition(key: Any) -> tuple[str | None, ...]:
    whole = key if isinstance(key, tuple) else (key,)
    return tuple(None if each is None else str(_plain(each)) for each in whole)


def _checked(check: Check, table: Table, parts: list[tuple[tuple[str | None, ...], _Part]]) -> Checked:
    """Put partitions together: violations and rows are added, the worst verdict counts."""
    if check.by and not parts:
        only = _part(check, [None] * len(needs(check, table)), datetime.now(UTC))
        parts = [((), only)]
    judged = [(name, part, _verdict(check, part)) for name, part in parts]
    judged.sort(key=lambda each: (-_WORST.index(each[2]), -each[1].violations, tuple(x or "" for x in each[0])))
    _, worst, verdict = judged[0]
    violations = sum(part.violations for _, part, _ in judged)
    rows = sum(part.rows for _, part, _ in judged)
    said = worst.said
    if check.by and judged[0][0]:
        pairs = zip(check.by, judged[0][0], strict=True)
        where = ", ".join(f"no {column}" if value is None else f"{column} {value}" for column, value in pairs)
        bad = sum(each[2] != "pass" for each in judged)
        if bad:
            said = f"{bad:,} of {len(judged):,} partitions {'is' if bad == 1 else 'are'} not right; worst is {where}: {said}"
        else:
            said = "The one partition is right." if len(judged) == 1 else f"All {len(judged):,} partitions are right."
    known = verdict != "not_known"
    return Checked(
        table=table.name,
        name=check.called,
        kind=check.kind,
        columns=check.looks_at,
        dimension=check.measured,
        severity=check.severity,
        owner=check.owner,
        because=check.because,
        verdict=verdict,
        violations=violations if known else None,
        rows=rows if not isinstance(check, SchemaIs | Reconciliation) else None,
        share=_share(violations, rows) if known and check.by_row else None,
        value=_finite(worst.value),
        message=_sentence(said),
        partitions=tuple(
            PartitionCount(
                partition=name, violations=part.violations, rows=part.rows, value=_finite(part.value), verdict=each
            )
            for name, part, each in judged[:PARTITIONS]
            if name
        ),
        partitions_total=len(judged) if judged[0][0] else 0,
    )


def _verdict(check: Check, part: _Part) -> Verdict:
    if not part.known:
        return "not_known"
    share = _share(part.violations, part.rows) if check.by_row else None
    if check.fail.exceeded(part.violations, share):
        return "fail"
    return "warn" if check.warn is not None and check.warn.exceeded(part.violations, share) else "pass"


def _share(violations: int, rows: int) -> float | None:
    return violations / rows if rows else (0.0 if not violations else None)


def _plain(given: Any) -> Any:
    """Give a scalar of numpy, pandas or Arrow as Python's own."""
    for method in ("to_pydatetime", "as_py", "item"):
        if hasattr(given, method):
            return getattr(given, method)()
    return given


def _count(given: Any) -> int:
    plain = _plain(given)
    return 0 if plain is None or plain != plain else int(plain)


def _figure(given: Any) -> float | int | Decimal | None:
    plain = _plain(given)
    return plain if plain is None or isinstance(plain, int | float | Decimal) else float(plain)


def _finite(given: Any) -> float | None:
    if given is None:
        return None
    try:
        as_float = float(given)
    except OverflowError:
        return None
    return as_float if math.isfinite(as_float) else None


def _part(check: Check, values: list[Any], now: datetime) -> _Part:
    """Judge the values of one partition; they stand in the order in which `needs` names the quantities."""
    first = values[0]
    rows = 0 if isinstance(values[-1], Mapping) else _count(values[-1])
    match check:
        case Volume():
            low, high = check.min_rows, check.max_rows
            wrong = (low is not None and rows < low) or (high is not None and rows > high)
            return _Part(int(wrong), rows, rows, f"{_there(rows)}, {_between(low, high)} expected.")
        case Freshness():
            return _freshness(check, first, rows, now)
        case Statistic():
            return _statistic(check, first, rows)
        case TopShare():
            return _top_share(check, first or {}, _count(values[1]), rows)
        case Sample():
            figures = first or {}
            rows, wrong_rows = _count(figures.get("rows")), _count(figures.get("violations"))
            missing = _count(figures.get("missing"))
            if not rows:
                return _Part(said=f"{check.against} holds no verified row to compare with.", known=False)
            said = _of(check, wrong_rows, rows, "verified row")
            return _Part(wrong_rows, rows, None, said[:-1] + (f"; {missing:,} missing." if missing else "."))
        case Drift():
            return _drift(check, first or {})
        case Outliers():
            figures = first or {}
            wrong_rows, low, high = _count(figures.get("violations")), figures.get("low"), figures.get("high")
            said = _of(check, wrong_rows, rows)
            if low is not None and wrong_rows:
                said = f"{said[:-1]}: not between {_number(low)} and {_number(high)}."
            return _Part(wrong_rows, rows, None, said)
        case Monotone() | FunctionalDependency() | CustomSql():
            wrong_rows = _count((first or {}).get("violations"))
        case _:
            wrong_rows = _count(first)
    if isinstance(check, CustomSql):
        return _Part(wrong_rows, rows, None, f"The query gives {_rows(wrong_rows)}; the table has {rows:,}.")
    return _Part(wrong_rows, rows, None, _of(check, wrong_rows, rows))


_PLURAL = {
    "has": "have",
    "does": "do",
    "repeats": "repeat",
    "goes": "go",
    "refers": "refer",
    "lies": "lie",
    "is": "are",
}


def _many(one: str) -> str:
    """Say of several rows what is said of one: only the verb in front changes."""
    verb, _, rest = one.partition(" ")
    return f"{_PLURAL.get(verb, verb)} {rest}"


def _a(noun: str) -> str:
    """Put the article before a column's name.

    >>> _a("amount"), _a("user_id"), _a("updated_at"), _a("unit")
    ('an amount', 'a user_id', 'an updated_at', 'a unit')
    """
    vowel = noun[:1].lower() in set("aeio") or (noun[:2].lower() in {"un", "up"} and noun[:3].lower() != "uni")
    return f"{'an' if vowel else 'a'} {noun}"


def _words(check: Check) -> tuple[str, str]:
    """Say what is wrong with one row, and what is right with all."""
    columns = ", ".join(check.looks_at)
    match check:
        case NotNull():
            return (f"has no {columns}" if len(check.columns) == 1 else f"has not all of {columns}"), f"have {columns}"
        case Unique():
            return f"repeats {columns}", f"differ in {columns}"
        case AcceptedValues():
            return f"has {_a(columns)} that is not listed", f"have a listed {columns} or none"
        case Range():
            bounds = _between(check.min, check.max)
            return f"has {_a(columns)} that is not {bounds}", f"have {_a(columns)} {bounds}, or none"
        case Length():
            bounds = _between(check.min, check.max)
            return (
                f"has {_a(columns)} whose length is not {bounds}",
                f"have {_a(columns)} of a length {bounds}, or none",
            )
        case Regex():
            return f"has {_a(columns)} that does not match", f"have {_a(columns)} that matches, or none"
        case Castable():
            return (
                f"has {_a(columns)} that is no {check.type}",
                f"have {_a(columns)} that can be read as {check.type}, or none",
            )
        case Expression():
            return "does not meet the condition", "meet the condition, or leave it open"
        case Monotone():
            return f"goes back in {columns}", f"go on in {columns}"
        case FunctionalDependency():
            other = ", ".join(check.determine)
            return f"has another {other} than most with the same {columns}", f"have one {other} for each {columns}"
        case ForeignKey():
            return f"refers to no row of {check.parent}", f"refer to a row of {check.parent}, or to none"
        case Outliers():
            return f"lies far from the others in {columns}", f"lie near each other in {columns}, or have none"
        case Sample():
            return "does not agree", "agree"
    return "is wrong", "are right"


def _of(check: Check, wrong: int, rows: int, noun: str = "row") -> str:
    one, good = _words(check)
    if not rows and not wrong:
        return f"There is no {noun} to look at."
    if not wrong:
        return f"All {rows:,} {noun}s {good}." if rows > 1 else f"The one {noun} is right."
    return f"{wrong:,} of {rows:,} {noun}{'' if rows == 1 else 's'} {one if wrong == 1 else _many(one)}."


def _rows(count: int) -> str:
    return f"{count:,} row" + ("" if count == 1 else "s")


def _there(count: int) -> str:
    return f"There {'is' if count == 1 else 'are'} {_rows(count)}"


def _number(given: Any) -> str:
    if isinstance(given, str):
        return given
    value = float(given)
    return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:,.6g}"


def _between(low: Any, high: Any) -> str:
    if low is None:
        return f"at most {_number(high)}" if high is not None else "any number"
    return f"at least {_number(low)}" if high is None else f"between {_number(low)} and {_number(high)}"


def _freshness(check: Freshness, newest: Any, rows: int, now: datetime) -> _Part:
    at = _plain(newest)
    if at is None or at != at:
        return _Part(1, rows, None, f"There is no {check.column} at all, so nothing says that the table is fresh.")
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    if isinstance(at, date) and not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day, tzinfo=UTC)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    hours = ((now if now.tzinfo else now.replace(tzinfo=UTC)) - at).total_seconds() / 3600
    said = f"The newest {check.column} is {hours:,.1f} hours old, {_number(check.max_age_hours)} are allowed."
    ahead = hours < -_AHEAD_HOURS
    if hours < 0:
        said = f"The newest {check.column} lies {-hours:,.1f} hours in the future"
        said += ", so that it cannot tell how old the data is." if ahead else "."
    return _Part(int(ahead or hours > check.max_age_hours), rows, hours, said)


def _statistic(check: Statistic, given: Any, rows: int) -> _Part:
    called = {"distinct": "number of different values", "null_share": "share of rows without value"}.get(
        check.of, {"stddev": "standard deviation", "min": "minimum", "max": "maximum"}.get(check.of, check.of)
    )
    value = _figure(given)
    if check.of == "null_share" and rows:
        value = _count(given) / rows
    if value is None or not rows:
        return _Part(0, rows, None, f"There is no value of {check.column} to take the {called} of.", known=False)
    if value != value:
        return _Part(1, rows, None, f"The {called} of {check.column} is no number (NaN).")
    noise = _NOISE * abs(float(value)) if isinstance(value, float) and math.isfinite(value) else 0.0
    low = check.min is not None and value < _same_kind(check.min, value) and float(value) + noise < check.min
    high = check.max is not None and value > _same_kind(check.max, value) and float(value) - noise > check.max
    if not noise:  # exact figures are compared exactly
        low = check.min is not None and value < _same_kind(check.min, value)
        high = check.max is not None and value > _same_kind(check.max, value)
    said = f"The {called} of {check.column} is {_number(value)}, {_between(check.min, check.max)} expected."
    return _Part(int(low or high), rows, float(value), said)


def _same_kind(bound: float, value: Any) -> Any:
    """Give a bound as it was written, for a comparison with an exact number."""
    return Decimal(repr(bound)) if isinstance(value, int | Decimal) else bound


def _top_share(check: TopShare, counts: Mapping[Any, Any], filled: int, rows: int) -> _Part:
    largest = sorted(((_count(n), str(_plain(value))) for value, n in counts.items()), reverse=True)
    if not filled or not largest:
        return _Part(0, rows, None, f"There is no value of {check.column} to look at.")
    above = [each for each in largest if each[0] / filled > check.max_share]
    share = largest[0][0] / filled
    most = _percent(check.max_share)
    said = f"{_percent(share)} of the values of {check.column} are one and the same, {most} are allowed."
    if len(above) > 1:
        said = f"{len(above)} values of {check.column} take more than {most} each, the largest {_percent(share)}."
    return _Part(len(above), rows, share, said)


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"


def _drift(check: Drift, figures: Mapping[str, Any]) -> _Part:
    distance = _figure(figures.get("distance"))
    here, there = _count(figures.get("here")), _count(figures.get("there"))
    if distance is None or not here or not there:
        where = "here" if not here else f"in {check.reference}"
        return _Part(0, here, None, f"There is no value of {check.column} {where} to compare.", known=False)
    far = float(distance) > check.max_distance + _NOISE
    label = {"psi": "stability index", "ks": "largest gap", "top_k": "share that moved"}[check.method]
    said = (
        f"Between {here:,} values of {check.column} and {there:,} in {check.reference}, the {label} is "
        f"{float(distance):.4f}, {check.max_distance:g} is allowed."
    )
    return _Part(int(far), here, float(distance), said)


def _reconciled(check: Reconciliation, ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> _Part:
    found = differences(check, ours, theirs)
    if not found.groups and check.group:
        return _Part(said=f"Neither table has a group to compare with {check.against}.", known=False)
    noun = "group" if check.group else "table"
    if not found.wrong:
        said = (
            f"All {found.groups:,} groups agree with {check.against}."
            if check.group
            else f"It agrees with {check.against}."
        )
    else:
        first = found.wrong[0]
        said = (
            f"{len(found.wrong):,} of {found.groups:,} groups differ from {check.against}; {first}."
            if noun == "group"
            else f"It differs from {check.against}: {first}."
        )
    return _Part(len(found.wrong), 0, found.largest, said)


def _changed(check: RowChange, table: Table, rows: int, now: datetime, history: Sequence[CheckRun]) -> _Part:
    """Compare with the mean of the last complete runs. With a `where`, the rows that this very check looked at then count."""
    counts: list[int] = []
    for run in sorted(history, key=lambda each: _aware(each.taken_at), reverse=True):
        if _aware(run.taken_at) >= _aware(now) or len(counts) == check.runs:
            continue
        seen = next((each for each in run.tables if each.table == table.name and each.complete), None)
        if seen is None:
            continue
        count = seen.rows
        if check.where.strip():
            same = (c for c in run.checks if c.table == table.name and c.kind == check.kind and c.name == check.called)
            count = next((each.rows for each in same if each.rows is not None), None)
        if count is not None:
            counts.append(count)
    if not counts:
        return _Part(0, rows, None, f"{_there(rows)}, and no earlier run to compare with.", known=False)
    mean = sum(counts) / len(counts)
    change = abs(rows - mean) / mean if mean else (0.0 if not rows else math.inf)
    runs = "the last run" if len(counts) == 1 else f"the mean of the last {len(counts)} runs"
    moved = f"{_percent(change)} away from" if math.isfinite(change) else "and there were none in"
    said = f"{_there(rows)}, {moved} {runs} ({_number(mean)}); {_percent(check.max_change)} are allowed."
    return _Part(int(change > check.max_change), rows, change, said)


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
