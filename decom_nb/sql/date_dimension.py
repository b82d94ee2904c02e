"""The date dimension: a row for each day, with ISO weeks and a fiscal year, as SQL of each engine. Holidays are the client's.

The days are counted off from the first one by numbers that a cross join of digits makes, which every engine has, and what is
worked out of a day is whole numbers and names: no session's language, first day of the week or time zone changes a row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache

from decom_nb.errors import InputError, Mistake
from decom_nb.sql.dialect import NotSayable
from decom_nb.sql.identifier import dotted, identifier
from decom_nb.sql.table_definition import ColumnDefinition, TableDefinition
from decom_nb.sql.type_word import ENGINES, type_word
from decom_nb.suggest import instead

NAME = "dim_date"
NAMES = frozenset({"dim_date", "dim_dates", "dim_day", "dim_days", "dim_calendar"})
"""What a calendar is called."""
KEY, DAY = "date_key", "full_date"
_COLUMNS = (
    (KEY, "INTEGER", "the day as a number, 20261231"),
    (DAY, "DATE", "the day"),
    ("day_of_week", "SMALLINT", "1 is Monday, 7 Sunday (ISO 8601)"),
    ("day_name", "VARCHAR", "Monday to Sunday"),
    ("day_of_month", "SMALLINT", "1 to 31"),
    ("day_of_year", "SMALLINT", "1 to 366"),
    ("iso_week", "SMALLINT", "1 to 53 (ISO 8601): week 1 holds the year's first Thursday"),
    ("iso_year", "SMALLINT", "the year to which that week belongs, not always the day's own"),
    ("month_number", "SMALLINT", "1 to 12"),
    ("month_name", "VARCHAR", "January to December"),
    ("year_month", "VARCHAR", "calendar year and month, 2026-12"),
    ("quarter_number", "SMALLINT", "1 to 4"),
    ("year_quarter", "VARCHAR", "calendar year and quarter, 2026-Q4"),
    ("year_number", "SMALLINT", "the calendar year"),
    ("fiscal_year", "SMALLINT", "named for the calendar year in which it ends"),
    ("fiscal_quarter", "SMALLINT", "1 to 4"),
    ("fiscal_month", "SMALLINT", "1 to 12; 1 is the month in which the fiscal year starts"),
    ("is_weekend", "BOOLEAN", "Saturday or Sunday"),
    ("is_month_end", "BOOLEAN", "the last day of its month"),
)
ALSO = {
    "year": "year_number", "calendar_year": "year_number", "quarter": "quarter_number", "month": "month_number",
    "month_of_year": "month_number", "week": "iso_week", "week_of_year": "iso_week", "weekday": "day_of_week",
    "weekday_name": "day_name", "day": "day_of_month", "date": DAY, "calendar_date": DAY,
    "month_year": "year_month", "quarter_year": "year_quarter",
}  # fmt: skip
"""Other names under which a model may have these columns."""
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ALL = frozenset(name for name, _, _ in _COLUMNS)
_KINDS = {
    name: {"VARCHAR": "text", "DATE": "time", "BOOLEAN": "truth"}.get(type_, "number") for name, type_, _ in _COLUMNS
}
_WIDTHS = {
    KEY: 8, "day_of_week": 1, "day_name": 9, "day_of_year": 3, "iso_year": 4, "month_name": 9, "year_month": 7,
    "quarter_number": 1, "year_quarter": 7, "year_number": 4, "fiscal_year": 4, "fiscal_quarter": 1,
}  # fmt: skip
"""Digits or letters that a column has to hold; the others have two digits."""
_DIGITS = {"TINYINT": 2, "UTINYINT": 2, "SMALLINT": 4, "USMALLINT": 4}
"""Digits that a type holds, whichever they are; those that are not named hold all that a calendar has."""
_FIRST, _LAST = 1583, 9998
"""Years that the Gregorian calendar and every engine's dates have."""


def date_dimension(
    name: tuple[str, ...] = (NAME,), key: str = KEY, day: str = DAY, declared: Sequence[ColumnDefinition] = ()
) -> TableDefinition:
    """Give the table: its key, the day, what a model declares of it, then what else a calendar has.

    A declared column that no calendar is known to have, or not in its type, is there and empty, for somebody to fill; `unknown`
    names them. Names are one whatever their capitals are. Raises `InputError` where one of them stands for two columns.
    """
    taken = {key.casefold(), day.casefold()}
    told = [each for each in declared if each.name.casefold() not in taken]
    _told_apart(name, key, day, told)
    said = taken | {each.name.casefold() for each in told} | {_known(each) for each in told}
    renamed = {KEY: key, DAY: day}
    head = [ColumnDefinition(renamed[n], type_, False, what) for n, type_, what in _COLUMNS[:2]]
    given = [ColumnDefinition(each.name, each.type, not _known(each), each.description) for each in told]
    rest = [ColumnDefinition(n, type_, False, what) for n, type_, what in _COLUMNS[2:] if n not in said]
    return TableDefinition(name, (*head, *given, *rest), (key,), ((day,),), description="One row per calendar day")


def _told_apart(name: tuple[str, ...], key: str, day: str, told: Sequence[ColumnDefinition]) -> None:
    wrong = []
    if key.casefold() == day.casefold():
        wrong.append(Mistake("", 0, ".".join(name), f"{key} is both its key and its day", "name two columns"))
    names = [each.name.casefold() for each in told]
    twice = sorted({one for one in names if names.count(one) > 1})
    wrong += [Mistake("", 0, ".".join(name), f"{each} is a column twice", "name it once") for each in twice]
    if wrong:
        raise InputError(wrong)


def unknown(table: TableDefinition) -> tuple[str, ...]:
    """Give the columns of a date dimension that stay empty."""
    return tuple(each.name for each in table.columns[2:] if not _known(each))


def _known(column: ColumnDefinition) -> str:
    """Give which of the calendar's columns a column is; empty if it is none, or cannot hold what that one holds."""
    called = column.name.casefold()
    found = ALSO.get(called, called)
    kind, width = _kind(column.type)
    if found not in _ALL:
        return ""
    if called == "day" and kind == "time":
        return DAY
    return found if kind == _KINDS[found] and (width is None or width >= _WIDTHS.get(found, 2)) else ""


@cache
def _kind(type_: str) -> tuple[str, int | None]:
    """Give what a type of DuckDB holds, and how many digits or letters of it; None: enough."""
    import sqlglot
    from sqlglot import exp

    try:
        parsed = exp.DataType.build(type_, dialect="duckdb")
    except sqlglot.errors.SqlglotError:
        return "", None
    inside = [int(each) for each in re.findall(r"\d+", type_.partition("(")[2])]
    if parsed.is_type(*exp.DataType.TEXT_TYPES):
        return "text", inside[0] if inside else None
    if parsed.is_type(exp.DataType.Type.DECIMAL) and inside:
        return "number", inside[0] - (inside[1] if len(inside) > 1 else 0)
    if parsed.is_type(*exp.DataType.NUMERIC_TYPES):
        return "number", _DIGITS.get(parsed.sql(dialect="duckdb"))
    kinds = exp.DataType.Type
    if parsed.is_type(kinds.DATE, kinds.TIMESTAMP, kinds.TIMESTAMPNTZ, kinds.TIMESTAMP_S, kinds.TIMESTAMP_MS):
        return "time", None
    return ("truth", None) if parsed.is_type("BOOLEAN") else ("", None)


def fill_dates(
    dialect: str, first_year: int, last_year: int, *, fiscal_start: int = 1, table: TableDefinition | None = None
) -> str:
    """Give the statement that fills an empty date dimension with every day of these years.

    `fiscal_start` is the month in which the fiscal year starts. Raises `InputError` for years or months that are none.
    """
    table = table or date_dimension()
    return f"INSERT INTO {dotted(table.name, dialect)}\n{select_dates(dialect, first_year, last_year, fiscal_start, table)};\n"


def select_dates(
    dialect: str, first_year: int, last_year: int, fiscal_start: int = 1, table: TableDefinition | None = None
) -> str:
    """Give the query with a row for each day."""
    if dialect not in ENGINES:
        raise NotSayable(f"{dialect} is no engine for which tables can be made here; {instead(dialect, ENGINES)}")
    wrong = []
    if not (_FIRST <= first_year <= last_year <= _LAST):
        what = f"{first_year} to {last_year} is no range of years"
        wrong.append(Mistake("", 0, "--years", what, f"two years between {_FIRST} and {_LAST}, the first one first"))
    if not 1 <= fiscal_start <= 12:
        wrong.append(Mistake("", 0, "--fiscal-start", f"{fiscal_start} is no month", "a number from 1 to 12"))
    if wrong:
        raise InputError(wrong)
    first, last = date(first_year, 1, 1), date(last_year, 12, 31)
    return _query(dialect, first, (last - first).days, fiscal_start, (table or date_dimension()).columns)


def _query(dialect: str, first: date, count: int, start: int, columns: Sequence[ColumnDefinition]) -> str:
    """Give the query, `count` days after the first one."""
    day = _plus("CAST('" + first.isoformat() + "' AS DATE)", "n", dialect)
    thursday = _plus("full_day", "4 - weekday", dialect)  # of the same ISO week: it says to which year the week belongs
    doy = "DAYOFYEAR" if dialect in ("snowflake", "bigquery") else "DOY"
    whole, text = type_word("INTEGER", dialect), type_word("VARCHAR", dialect)
    year = f"CAST(year_no AS {text})"
    shown = (
        "year_no * 10000 + month_no * 100 + day_no",
        "full_day",
        "weekday",
        _named("weekday", _DAYS),
        "day_no",
        "doy_no",
        "FLOOR((thursday_doy - 1) / 7) + 1",
        "thursday_year",
        "month_no",
        _named("month_no", _MONTHS),
        f"{year} || '-' || LPAD(CAST(month_no AS {text}), 2, '0')",
        "FLOOR((month_no + 2) / 3)",
        f"{year} || '-Q' || CAST(CAST(FLOOR((month_no + 2) / 3) AS {whole}) AS {text})",
        "year_no",
        f"CASE WHEN month_no >= {start} THEN year_no + 1 ELSE year_no END" if start > 1 else "year_no",
        "FLOOR((fiscal_no + 2) / 3)",
        "fiscal_no",
        "weekday >= 6",
        "next_day_no = 1",
    )
    by_name = {name: (sql, type_) for sql, (name, type_, _) in zip(shown, _COLUMNS, strict=True)}
    listed = []
    for at, column in enumerate(columns):
        known = _COLUMNS[at][0] if at < 2 else _known(column)
        sql, type_ = by_name.get(known, ("NULL", ""))
        same = type_ == column.type and type_ in ("DATE", "VARCHAR", "BOOLEAN")
        typed = sql if same else f"CAST({sql} AS {type_word(column.type, dialect)})"
        listed.append(f"  {typed} AS {identifier(column.name, dialect)}")
    parts = {
        "year_no": ("YEAR", "full_day"),
        "month_no": ("MONTH", "full_day"),
        "day_no": ("DAY", "full_day"),
        "doy_no": (doy, "full_day"),
        "thursday_year": ("YEAR", thursday),
        "thursday_doy": (doy, thursday),
        "next_day_no": ("DAY", _plus("full_day", "1", dialect)),
    }
    taken = ",\n".join(
        f"    CAST(EXTRACT({part} FROM {of}) AS {whole}) AS {name}" for name, (part, of) in parts.items()
    )
    return "\n".join(
        (
            "WITH digits AS (",
            "  " + " UNION ALL ".join(["SELECT 0 AS d", *(f"SELECT {each}" for each in range(1, 10))]),
            "),",
            *_numbers(count),
            "days AS (",
            f"  SELECT {day} AS full_day, MOD(n + {first.weekday()}, 7) + 1 AS weekday FROM numbers WHERE n <= {count}",
            "),",
            "parts AS (",
            f"  SELECT\n    full_day,\n    weekday,\n{taken}\n  FROM days",
            "),",
            "fiscal AS (",
            f"  SELECT parts.*, MOD(month_no + {12 - start}, 12) + 1 AS fiscal_no FROM parts",
            ")",
            "SELECT",
            ",\n".join(listed),
            "FROM fiscal",
        )
    )


def _numbers(count: int) -> tuple[str, ...]:
    """Give the numbers from 0 to `count` at least, made of as many digits as that has."""
    digits = range(len(str(count)))
    added = " + ".join(f"{10**at} * d{at}.d" for at in digits)
    joined = " CROSS JOIN ".join(f"digits AS d{at}" for at in digits)
    return "numbers AS (", f"  SELECT {added} AS n FROM {joined}", "),"


def _plus(day: str, days: str, dialect: str) -> str:
    if dialect == "databricks":
        return f"DATE_ADD({day}, {days})"
    return f"{day} + ({days})"


def _named(of: str, names: tuple[str, ...]) -> str:
    return f"CASE {of} " + " ".join(f"WHEN {at} THEN '{each}'" for at, each in enumerate(names, 1)) + " END"
