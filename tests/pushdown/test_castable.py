"""What is said to be surely read as a type, or surely not, is so in DuckDB; what is in doubt is left open."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decom_nb.pushdown.castable import parted
from decom_nb.pushdown.seen import NotTheSame
from decom_nb.sql.quantity import Uncastable

TYPES = [
    ("TINYINT", ""), ("SMALLINT", ""), ("INT", ""), ("BIGINT", ""), ("HUGEINT", ""), ("DOUBLE", ""), ("FLOAT", ""),
    ("DECIMAL(5,2)", ""), ("DECIMAL(10,0)", ""), ("DECIMAL(3, 2)", ""), ("DATE", ""), ("TIMESTAMP", ""),
    ("BOOLEAN", ""), ("UUID", ""), ("DATE", "%d.%m.%Y"), ("DATE", "%Y%m%d"), ("TIMESTAMP", "%Y/%m/%d %H:%M:%S"),
    ("VARCHAR", ""),
]  # fmt: skip
COMMON = [
    "", " ", "0", "-0", "+1", "12", "127", "128", "-128", "-129", "32767", "32768", "2147483647", "2147483648",
    "-2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "-9223372036854775809", "00012", "1_000", "1.5", "1.", ".5", ".", "1e3", "1e", "e3", "0x1F", "0xZZ", "0b11",
    "1,5", "12a", "n/a", "NaN", "inf", "-Infinity", "nano", "999.99", "999.995", "999.994", "1000", "9.999", "9.995",
    "2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "2024-02-30", "2024-13-01", "2024-1-1", "2024/01/01",
    "2024 01 01", "20240101", "31.12.2024", "30.02.2024", "1.2.2024", "01.02.2024", "31.02.2024", "2024-01-01 10:00",
    "2024-01-01T10:00:00", "2024-01-01 25:00:00", "2024-01-01 10:00:00.123", "2024-01-01 10:00:00Z",
    "2024-02-30 10:00", "2024/01/31 23:59:59", "2024/02/30 23:59:59", "2024/01/31 24:00:00", "epoch", "infinity",
    "today", "true", "TRUE", "t", "yes", "on", "2", " true", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    "A0EEBC999C0B4EF8BB6D6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", "zz", "é", "12020-01-01", "0000-01-01",
    "0001-01-01", "9999-12-31", "2024-01-01x", "2024-01-01 ", " 2024-01-01", "--1", "- 1", "1 2", "٣",
]  # fmt: skip


def verdicts(type_: str, format_: str, texts: list[str]) -> list[tuple[str, bool, bool, bool]]:
    question = Uncastable("c", "VARCHAR", type_, format_)
    found = parted(question)
    return duckdb.execute(
        f"SELECT c, {question.sql}, {found.wrong}, {found.doubtful} FROM (SELECT unnest(?::VARCHAR[]) AS c)", [texts]
    ).fetchall()


@pytest.mark.parametrize(("type_", "format_"), TYPES)
def test_common_texts_are_parted_rightly(type_: str, format_: str) -> None:
    rows = verdicts(type_, format_, COMMON)
    assert [row for row in rows if not row[3] and row[1] != row[2]] == []
    assert [row for row in rows if row[3] and row[2]] == []


@pytest.mark.slow
@pytest.mark.parametrize(("type_", "format_"), TYPES)
def test_any_texts_are_parted_rightly(type_: str, format_: str) -> None:
    one = st.one_of(
        st.text(st.sampled_from("0123456789+-.eExX_/: TtnaifrueZ()\\{}b\t"), max_size=12),
        st.from_regex(r"\A[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?\Z"),
        st.integers(-(2**130), 2**130).map(str),
        st.decimals(allow_nan=True, places=3).map(str),
        st.dates().map(str),
        st.datetimes().map(str),
        st.uuids().map(str),
        st.text(max_size=6).filter(lambda text: "\0" not in text),
    )

    @settings(max_examples=15)
    @given(st.lists(one, min_size=30, max_size=80))
    def look(texts: list[str]) -> None:
        texts = [each for each in texts if not any(0xD800 <= ord(letter) < 0xE000 for letter in each)]
        rows = verdicts(type_, format_, texts)
        assert [row for row in rows if not row[3] and row[1] != row[2]] == []

    look()


def test_usual_values_leave_no_doubt() -> None:
    usual = {
        ("INTEGER", ""): ["12", "-5", "2147483648", "n/a", "1,5", "abc"],
        ("DATE", ""): ["2024-01-31", "2024-02-30", "31.12.2024", "n/a", "unknown"],
        ("DATE", "%d.%m.%Y"): ["31.12.2024", "30.02.2024", "n/a"],
        ("DECIMAL(10,2)", ""): ["1.50", "-3", "1.999", "n/a", "EUR 5"],
        ("TIMESTAMP", ""): ["2024-01-31 10:00:00", "2024-02-30 10:00:00", "soon"],
    }
    for (type_, format_), texts in usual.items():
        assert not any(row[3] for row in verdicts(type_, format_, texts)), (type_, format_)


def test_a_type_without_patterns_is_refused() -> None:
    for type_, format_ in (
        ("TIME", ""),
        ("UBIGINT", ""),
        ("INTEGER[]", ""),
        ("DATE", "%b %d, %Y"),
        ("DATE", "%d.%m.%y"),
    ):
        with pytest.raises(NotTheSame):
            parted(Uncastable("c", "VARCHAR", type_, format_))
