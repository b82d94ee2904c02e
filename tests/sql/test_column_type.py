from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decom_nb.sql.column_type import Unreadable, bound, family, member
from decom_nb.sql.text import value


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("INTEGER[]", "other"), ("STRUCT(a INTEGER)", "other"), ("MAP(VARCHAR, INTEGER)", "other"), ("BLOB", "other"),
        ("UHUGEINT", "whole"), ("DECIMAL(38,10)", "decimal"), ("FLOAT", "float"), ("ENUM('x')", "text"), ("JSON", "text"),
        ("TIMESTAMP_NS", "moment"), ("TIME", "time"), ("INTERVAL", "other"), ("BOOLEAN", "boolean"), ("UUID", "uuid"),
    ],
)  # fmt: skip
def test_the_family_of_a_type(type_: str, expected: str) -> None:
    assert family(type_) == expected


@pytest.mark.parametrize(
    ("given_", "type_", "low", "expected"),
    [
        (-5, "UBIGINT", True, None),
        (-5, "UBIGINT", False, -math.inf),
        (2**70, "BIGINT", True, math.inf),
        (2**70, "BIGINT", False, None),
        ("9007199254740992.5", "BIGINT", True, 9007199254740993),
        ("1.005", "DECIMAL(10,2)", True, Decimal("1.01")),
        ("1.005", "DECIMAL(10,2)", False, Decimal("1.00")),
        ("1e50", "DECIMAL(38,2)", True, math.inf),
        ("1234567890123456789012345678901234.56", "DECIMAL(38,2)", 1, Decimal("1234567890123456789012345678901234.56")),
        (0.1, "FLOAT", True, 0.10000000149011612),
        (0.5, "DECIMAL", True, Decimal("0.5")),
        (math.inf, "DOUBLE", False, math.inf),
        (math.inf, "INTEGER", False, None),
        ("2026-03-31T12:00:00+02:00", "TIMESTAMP", True, datetime(2026, 3, 31, 10)),
        ("2026-03-31 12:00", "DATE", False, date(2026, 3, 31)),
        ("9999-12-31", "TIMESTAMP_NS", False, None),
        ("0001-01-01", "TIMESTAMP_NS", True, None),
    ],
)  # fmt: skip
def test_a_bound_becomes_a_value_of_the_type(given_: Any, type_: str, low: bool, expected: Any) -> None:
    assert bound(given_, type_, low=low) == expected


@pytest.mark.parametrize(
    ("given_", "type_"),
    [("abc", "INTEGER"), (math.nan, "DOUBLE"), (5, "VARCHAR"), (2026, "DATE"), ("soon", "TIMESTAMP"), (1, "BOOLEAN")],
)  # fmt: skip
def test_a_bound_that_means_nothing_is_refused(given_: Any, type_: str) -> None:
    with pytest.raises(Unreadable):
        bound(given_, type_, low=True)


@pytest.mark.parametrize(
    ("given_", "type_", "expected"),
    [
        ("a", "INTEGER", None), ("7", "INTEGER", 7), (7, "VARCHAR", "7"), (1.5, "INTEGER", None), (300, "UTINYINT", None),
        (255, "UTINYINT", 255), (0, "UTINYINT", 0), ("true", "BOOLEAN", True), (2, "BOOLEAN", None),
        ("2026-01-02", "DATE", date(2026, 1, 2)), ("2026-01-02 10:00", "DATE", None), ("x", "UUID", None),
        ("0.10", "DECIMAL(3,1)", Decimal("0.1")), ("-9.9", "DECIMAL(2,1)", Decimal("-9.9")),
    ],
)  # fmt: skip
def test_a_listed_value_is_one_of_the_type_or_none(given_: Any, type_: str, expected: Any) -> None:
    assert member(given_, type_) == expected


@given(
    st.sampled_from(["TINYINT", "UTINYINT", "INTEGER", "UBIGINT", "DECIMAL(5,2)", "DECIMAL(38,2)"]),
    st.one_of(st.integers(-(10**40), 10**40), st.floats(allow_nan=False), st.decimals(allow_nan=False, allow_infinity=False)),
    st.booleans(),
)  # fmt: skip
@settings(max_examples=40)
def test_the_typed_bound_excludes_what_the_written_one_does(type_: str, written: Any, low: bool) -> None:
    typed = bound(str(written) if isinstance(written, Decimal) else written, type_, low=low)
    exact = Decimal(repr(written)) if isinstance(written, float) else Decimal(written)
    cursor = _connection().cursor()
    scale = Decimal("0.01") if "2)" in type_ else Decimal(1)
    near = [Decimal(0), Decimal(1), Decimal("-99.5"), Decimal("127"), Decimal(255)]
    near += [exact, exact + scale, exact - scale] if exact.is_finite() and abs(exact) < 10**30 else []
    for each in near:
        row = cursor.execute(f"SELECT TRY_CAST('{each:f}' AS {type_})").fetchone()
        if row is None or row[0] is None:
            continue
        x = Decimal(row[0])
        excluded = x < exact if low else x > exact
        if typed is None:
            assert not excluded
        else:
            sign = "<" if low else ">"
            found = cursor.execute(
                f"SELECT x {sign} {value(typed, type_)} FROM (SELECT CAST('{x:f}' AS {type_}) AS x)"
            ).fetchone()
            assert found == (excluded,)


@given(st.floats(allow_nan=False))
@settings(max_examples=50)
def test_a_float_is_written_so_that_it_is_read_back(number: float) -> None:
    row = _connection().execute(f"SELECT CAST({value(number)} AS DOUBLE)").fetchone()
    assert row == (number,)


_OPEN: list[duckdb.DuckDBPyConnection] = []


def _connection() -> duckdb.DuckDBPyConnection:
    if not _OPEN:
        _OPEN.append(duckdb.connect(config={"threads": 1}))
    return _OPEN[0]
