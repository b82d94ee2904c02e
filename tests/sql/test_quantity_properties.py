"""The queries that define quantities against plain Python definitions, over random tables with awkward values."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decom_nb.check import Drift, ForeignKey, FunctionalDependency, Monotone, Outliers, Range, Unique
from tests.sql.supply_for_tests import decided

Row = tuple[Any, ...]

DOUBLES = st.sampled_from([None, 0.0, -0.0, 1.0, 1.5, -2.0, math.nan, math.inf, -math.inf, 0.1, 1e300, 2.0**53])
TEXTS = st.sampled_from([None, "", "a", "A", "ä", "a\u0308", "日本", "\U0001f600", "it's", "a" * 300, " "])
COLUMNS = {
    "DOUBLE": DOUBLES,
    "VARCHAR": TEXTS,
    "DECIMAL(38,10)": st.sampled_from([None, Decimal("0.1"), Decimal("-0.1"), Decimal(10) ** 27, Decimal("1E-10"), Decimal(0)]),
    "UBIGINT": st.sampled_from([None, 0, 1, 2, 2**64 - 1, 2**63]),
    "TIMESTAMP WITH TIME ZONE": st.sampled_from(
        [None, datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 29, 2, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC)]
    ),
    "BIGINT": st.sampled_from([None, 0, 1, 2, -1, 2**63 - 1, -(2**63)]),
}  # fmt: skip

connection = duckdb.connect(config={"threads": 1})


@st.composite
def tables(draw: st.DrawFn, columns: int) -> tuple[tuple[str, ...], list[Row]]:
    types = tuple(draw(st.sampled_from(sorted(COLUMNS))) for _ in range(columns))
    rows = draw(st.lists(st.tuples(*(COLUMNS[each] for each in types)), max_size=12))
    return types, rows


def fill(called: str, types: tuple[str, ...], rows: list[Row]) -> None:
    connection.execute(
        f"CREATE OR REPLACE TABLE {called} ({', '.join(f'c{at} {each}' for at, each in enumerate(types))})"
    )
    if rows:
        connection.executemany(f"INSERT INTO {called} VALUES ({', '.join('?' for _ in types)})", rows)


def same(value: Any) -> Any:
    """A value such that equal ones in SQL are equal in Python: NaN is one value, and both zeros are."""
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value + 0.0
    return value


def rank(value: Any) -> Any:
    """A value in DuckDB's order: NaN is the largest number, texts go by their bytes."""
    if isinstance(value, float):
        return (1, 0.0) if math.isnan(value) else (0, value)
    return value.encode() if isinstance(value, str) else value


def whole(rows: list[Row], *at: int) -> list[tuple[Any, ...]]:
    found = [tuple(same(row[each]) for each in at) for row in rows]
    return [key for key in found if None not in key]


@given(tables(2))
@settings(max_examples=20)
def test_unique_counts_rows_beyond_the_first(table: tuple[tuple[str, ...], list[Row]]) -> None:
    fill("t", *table)
    keys = whole(table[1], 0, 1)
    found = decided(connection, Unique(columns=("c0", "c1")))
    assert found.violations == len(keys) - len(set(keys))
    if "ZONE" in table[0][0]:  # DuckDB hands these to Python only with a package that is not needed otherwise
        return
    by = decided(connection, Unique(columns=("c1",), by=("c0",)))
    partitions = defaultdict(list)
    for row in table[1]:
        if row[1] is not None:
            partitions[same(row[0])].append(same(row[1]))
    assert by.violations == sum(len(each) - len(set(each)) for each in partitions.values())
    assert by.partitions_total == len({same(row[0]) for row in table[1]})


@given(st.data())
@settings(max_examples=20)
def test_foreign_keys_count_rows_that_refer_to_nothing(data: st.DataObject) -> None:
    types, rows = data.draw(tables(2))
    parents = data.draw(st.lists(st.tuples(*(COLUMNS[each] for each in types)), max_size=6))
    fill("t", types, rows)
    fill("parents", types, parents)
    known = set(whole(parents, 0, 1))
    found = decided(connection, ForeignKey(columns=("c0", "c1"), parent="parents", parent_columns=("c0", "c1")))
    assert found.violations == sum(key not in known for key in whole(rows, 0, 1))


@given(tables(2))
@settings(max_examples=20)
def test_a_dependency_counts_rows_outside_the_largest_group(table: tuple[tuple[str, ...], list[Row]]) -> None:
    fill("t", *table)
    groups: dict[Any, Counter[Any]] = defaultdict(Counter)
    for left, right in whole(table[1], 0, 1):
        groups[left][right] += 1
    found = decided(connection, FunctionalDependency(columns=("c0",), determine=("c1",)))
    assert found.violations == sum(sum(each.values()) - max(each.values()) for each in groups.values())


@given(tables(3), st.booleans())
@settings(max_examples=20)
def test_monotone_counts_steps_back(table: tuple[tuple[str, ...], list[Row]], strict: bool) -> None:
    fill("t", *table)
    groups: dict[Any, list[tuple[Any, Any]]] = defaultdict(list)
    for row in table[1]:
        if None not in row:
            groups[same(row[2])].append((rank(row[1]), rank(row[0])))
    expected = 0
    for each in groups.values():
        values = [value for _, value in sorted(each)]
        expected += sum(b < a or (strict and b == a) for a, b in pairwise(values))
    found = decided(connection, Monotone(column="c0", order_by="c1", within=("c2",), strict=strict))
    assert found.violations == expected


@given(st.lists(DOUBLES, max_size=15), st.sampled_from([-1.0, 0.0, 0.1, 1.5]), st.sampled_from([None, 1.5, 2.0]))
@settings(max_examples=20)
def test_ranges_count_nan_and_never_nothing(values: list[float | None], low: float, high: float | None) -> None:
    fill("t", ("DOUBLE",), [(each,) for each in values])
    found = decided(connection, Range(column="c0", min=low, max=high))
    upper = math.inf if high is None else high
    assert found.violations == sum(not low <= each <= upper for each in values if each is not None)


NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.integers(-5, 5).map(float), st.sampled_from([math.nan, math.inf]))


def quantile(values: list[float], p: float) -> float:
    """Hyndman and Fan's definition 7."""
    at = (len(values) - 1) * p
    low = math.floor(at)
    above = values[min(low + 1, len(values) - 1)]
    return values[low] + (at - low) * (above - values[low])


@given(st.lists(NUMBERS, min_size=1, max_size=20), st.sampled_from([0.5, 1.5, 3.0]), st.booleans())
@settings(max_examples=20)
def test_outliers_by_quartiles(values: list[float], factor: float, portable: bool) -> None:
    fill("t", ("DOUBLE",), [(each,) for each in values])
    tame = sorted(each for each in values if math.isfinite(each))
    expected = len(values) - len(tame)
    close = False
    if tame:
        first, third = quantile(tame, 0.25), quantile(tame, 0.75)
        low, high = first - factor * (third - first), third + factor * (third - first)
        expected += sum(each < low or each > high for each in tame)
        close = any(
            abs(each - edge) <= 1e-9 * (abs(edge) + abs(third - first)) for each in tame for edge in (low, high)
        )
    found = decided(connection, Outliers(column="c0", factor=factor), portable=portable)
    assert close or found.violations == expected


@given(st.lists(NUMBERS, min_size=1, max_size=20), st.lists(NUMBERS, min_size=1, max_size=20))
@settings(max_examples=20)
def test_ks_is_the_largest_gap_between_distribution_functions(here: list[float], there: list[float]) -> None:
    fill("t", ("DOUBLE",), [(each,) for each in here])
    fill("reference", ("DOUBLE",), [(each,) for each in there])
    a, b = [rank(each) for each in here], [rank(each) for each in there]
    gaps = [abs(sum(x <= at for x in a) / len(a) - sum(x <= at for x in b) / len(b)) for at in {*a, *b}]
    found = decided(connection, Drift(column="c0", reference="reference", method="ks", max_distance=0.5))
    assert found.value == pytest.approx(max(gaps))


@given(st.lists(NUMBERS, min_size=1, max_size=30), st.lists(NUMBERS, min_size=1, max_size=30), st.booleans())
@settings(max_examples=20)
def test_psi_over_ten_equal_shares_of_the_reference(here: list[float], there: list[float], portable: bool) -> None:
    fill("t", ("DOUBLE",), [(each,) for each in here])
    fill("reference", ("DOUBLE",), [(each,) for each in there])
    ordered = sorted(rank(each) for each in there)
    edges = [ordered[max(math.ceil(Decimal(len(ordered) * k) / 10), 1) - 1] for k in range(1, 10)]

    def shares(values: list[float]) -> list[float]:
        counts = Counter(sum(edge < rank(each) for edge in edges) for each in values)
        return [max(counts[at] / len(values), 0.0001) for at in range(10)]

    p, q = shares(here), shares(there)
    expected = sum((x - y) * math.log(x / y) for x, y in zip(p, q, strict=True))
    found = decided(connection, Drift(column="c0", reference="reference", max_distance=0.5), portable=portable)
    assert found.value == pytest.approx(expected, abs=1e-9)


@given(st.lists(TEXTS, min_size=1, max_size=30), st.lists(TEXTS, min_size=1, max_size=30))
@settings(max_examples=20)
def test_drift_over_values(here: list[str | None], there: list[str | None]) -> None:
    fill("t", ("VARCHAR",), [(each,) for each in here])
    fill("reference", ("VARCHAR",), [(each,) for each in there])
    a, b = Counter(each for each in here if each is not None), Counter(each for each in there if each is not None)
    psi = decided(connection, Drift(column="c0", reference="reference", max_distance=0.5))
    top = decided(connection, Drift(column="c0", reference="reference", method="top_k", max_distance=0.5))
    if not a or not b:
        assert (psi.verdict, top.verdict) == ("not_known", "not_known")
        return
    p = {each: max(a[each] / a.total(), 0.0001) for each in {*a, *b}}
    q = {each: max(b[each] / b.total(), 0.0001) for each in {*a, *b}}
    assert psi.value == pytest.approx(sum((p[each] - q[each]) * math.log(p[each] / q[each]) for each in p), abs=1e-9)
    most = sorted(b, key=lambda each: (-b[each], each.encode()))[:10]
    moved = sum(abs(a[each] / a.total() - b[each] / b.total()) for each in most)
    rest = (
        sum(a[each] for each in a if each not in most) / a.total()
        - sum(b[each] for each in b if each not in most) / b.total()
    )
    assert top.value == pytest.approx((moved + abs(rest)) / 2)


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    yield
    connection.close()
