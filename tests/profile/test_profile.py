"""What a profile tells of small tables whose figures are known, of hostile ones, and of ones that are sampled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from decom_nb.evidence.tables import Column, Table
from decom_nb.profile import SHOWN_OF_PERSONAL, ProfileCancelled, TableProfile, profile_of

if TYPE_CHECKING:
    from pathlib import Path

duckdb = pytest.importorskip("duckdb")


@pytest.fixture
def connection() -> Iterator[Any]:
    with duckdb.connect() as opened:
        yield opened


def opened(connection: Any, source: str, kind: str = "duckdb", files: tuple[str, ...] = ()) -> Table:
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return Table("t", kind, source, source, tuple(Column(row[0], row[1]) for row in described), files)


def test_numbers_are_counted_exactly(connection: Any) -> None:
    connection.execute(
        "CREATE TABLE t AS SELECT * FROM (VALUES (1, 1.5::DOUBLE), (0, 'nan'), (-2, 'inf'), (NULL, 2.5), (1, NULL)) v(a, b)"
    )
    seen = profile_of(connection, opened(connection, "t"))
    a, b = seen.columns
    assert (a.nulls, a.distinct, a.distinct_exact, a.min, a.max, a.zeros, a.negatives) == (1, 3, True, -2, 1, 1, 1)
    assert (b.nulls, b.nans, b.infinities, b.mean) == (1, 1, 1, 2.0)
    assert a.top[0].model_dump() == {"value": "1", "count": 2}
    assert a.quantiles["0.5"] == 0
    assert TableProfile.model_validate_json(seen.model_dump_json()) == seen


def test_texts_tell_their_forms_and_what_they_could_be(connection: Any) -> None:
    connection.execute("""CREATE TABLE t AS SELECT
        CASE WHEN i = 7 THEN 'N/A' WHEN i = 8 THEN '' WHEN i = 9 THEN ' 12' ELSE i::VARCHAR END AS n,
        strftime(DATE '2026-01-01' + i::INTEGER, '%d.%m.%Y') AS d,
        'AB-' || lpad(i::VARCHAR, 4, '0') AS code FROM range(100) r(i)""")
    n, d, code = profile_of(connection, opened(connection, "t")).columns
    assert (n.blanks, n.padded, [each.value for each in n.placeholders]) == (1, 1, ["N/A"])
    assert (n.casts[0].type, n.casts[0].share) == ("BIGINT", 1.0)
    assert (d.casts[0].type, d.casts[0].format, d.casts[0].share) == ("DATE", "%d.%m.%Y", 1.0)
    assert [each.shape for each in code.shapes] == ["AA-9999"]
    assert (code.min_length, code.max_length) == (7, 7)


def test_empty_and_hostile_tables_are_told(connection: Any) -> None:
    connection.execute(
        'CREATE TABLE "o"" ; drop" ("select" INTEGER, "a""b; --" VARCHAR, "🐛 x" INTEGER[], '
        "s STRUCT(a INTEGER), m MAP(VARCHAR, INTEGER), u UUID, b BLOB, e ENUM('x', 'y'), h HUGEINT, t TIME, z TIMESTAMPTZ, "
        "i INTERVAL, o BOOLEAN, n DECIMAL(38, 9))"
    )
    source = '"o"" ; drop"'
    assert profile_of(connection, opened(connection, source), pairs=True, dependent=True).rows == 0
    connection.execute(f"INSERT INTO {source} SELECT {', '.join(['NULL'] * 14)} FROM range(3)")
    seen = profile_of(connection, opened(connection, source), pairs=True, dependent=True)
    assert [each.nulls for each in seen.columns] == [3] * 14
    connection.execute(
        f"INSERT INTO {source} VALUES (1, 'x''y', [1], {{'a': 1}}, MAP {{'k': 1}}, uuid(), 'a'::BLOB, 'x', 12, '12:00', now(), "
        "INTERVAL 1 DAY, TRUE, 1.5)"
    )
    seen = profile_of(connection, opened(connection, source), pairs=True, dependent=True)
    assert [each.nulls for each in seen.columns] == [3] * 14
    assert seen.column('a"b; --').top[0].value == "x'y"
    assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchone() == (0,)


def test_values_of_personal_columns_are_kept_back_unless_asked_for(connection: Any) -> None:
    connection.execute(
        "CREATE TABLE t AS SELECT 'user' || i || '@example.org' AS contact, 4111111111111111 + i AS n FROM range(50) r(i)"
    )
    contact = profile_of(connection, opened(connection, "t")).columns[0]
    assert contact.personal == "email"
    assert "example.org" not in contact.model_dump_json()
    assert (contact.min, contact.top[0].value) == (SHOWN_OF_PERSONAL, SHOWN_OF_PERSONAL)
    assert profile_of(connection, opened(connection, "t"), personal=True).columns[0].min == "user0@example.org"


def test_a_sample_says_so_and_counts_stay_exact(connection: Any, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    connection.execute(
        f"COPY (SELECT i, i % 5 AS few, CASE WHEN i % 1000 = 0 THEN NULL ELSE 'v' || i END AS s FROM range(60000) r(i)) "
        f"TO '{path}' (ROW_GROUP_SIZE 10000)"
    )
    for table in (opened(connection, f"'{path}'", "parquet", (str(path),)), opened(connection, f"'{path}'", "csv")):
        seen = profile_of(connection, table, sample_rows=6000)
        i, few, s = seen.columns
        assert (seen.rows, seen.whole, s.nulls, i.min, i.max) == (60000, False, 60, 0, 59999)
        assert 4000 <= seen.sample_rows <= 9000
        assert few.distinct_exact
        assert few.top[0].count == 12000
        assert i.quantiles_of is not None
        assert not i.quantiles_of.exact
        assert "sample" in seen.notes[0]
        assert seen == profile_of(connection, table, sample_rows=6000)


def test_dependencies_and_keys_show_through_errors(connection: Any) -> None:
    connection.execute("""CREATE TABLE t AS SELECT i AS id, i // 20 AS shop, i % 20 AS day,
        CASE WHEN i % 97 = 3 THEN 'wrong' || i ELSE 'city' || (i // 20) END AS city,
        hash(i) % 7 AS noise FROM range(2000) r(i)""")
    seen = profile_of(connection, opened(connection, "t"), dependent=True)
    found = {(each.determinant[0], each.dependent): each for each in seen.dependencies}
    assert found["shop", "city"].violations == sum(1 for i in range(2000) if i % 97 == 3)
    assert found["shop", "city"].agreement > 0.9
    assert found["shop", "city"].dominance == 1
    assert ("shop", "noise") not in found
    assert seen.keys[0].columns == ("id",)
    connection.execute("CREATE TABLE k AS SELECT * EXCLUDE (id) FROM t")
    keys = profile_of(connection, opened(connection, "k"), pairs=True).keys
    assert ("shop", "day") in [each.columns for each in keys if each.duplicates == 0]


def test_a_wide_table_is_told_whole(connection: Any) -> None:
    columns = ", ".join(f"i + {at} AS c{at}" for at in range(300))
    connection.execute(f"CREATE TABLE t AS SELECT {columns} FROM range(3) r(i)")
    seen = profile_of(connection, opened(connection, "t"))
    assert [each.max for each in seen.columns] == [at + 2 for at in range(300)]


def test_overflow_leaves_a_figure_out_and_says_so(connection: Any) -> None:
    connection.execute("CREATE TABLE t AS SELECT * FROM (VALUES (1e300, 1), (-1e300, 2), (1e308, 3)) v(a, b)")
    a, b = profile_of(connection, opened(connection, "t")).columns
    assert (a.stddev, b.stddev) == (None, 1.0)
    assert a.note


def test_progress_is_told_and_a_cancel_leaves_nothing(connection: Any) -> None:
    connection.execute("CREATE TABLE t AS SELECT i, i AS j FROM range(10) r(i)")
    told: list[float] = []
    profile_of(connection, opened(connection, "t"), progress=lambda done, what: told.append(done))
    assert told == sorted(told)
    assert 0 <= min(told) <= max(told) <= 1
    with pytest.raises(ProfileCancelled):
        profile_of(connection, opened(connection, "t"), cancelled=lambda: len(told) > 0)
    assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchone() == (0,)


def test_both_ways_of_looking_at_values_agree(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.execute("""CREATE TABLE t AS SELECT i % 7 AS n, CASE WHEN i % 9 = 0 THEN -999.0 ELSE i / 4 END AS d,
        CASE i % 11 WHEN 0 THEN 'N/A' WHEN 1 THEN '' WHEN 2 THEN ' ÄÖ 12' WHEN 3 THEN NULL ELSE 'x-' || (i % 13) END AS s,
        CASE WHEN i % 50 = 0 THEN 'n/a' ELSE (i * 3)::VARCHAR END AS whole, (DATE '2026-01-01' + i::INTEGER)::VARCHAR AS day,
        'u' || i || '@example.org' AS mail, repeat('ß', 40 + (i % 20)::INTEGER) AS long, TRUE AS yes, [i % 2] AS list,
        DATE '1900-01-01' AS never FROM range(400) r(i)""")
    table = opened(connection, "t")
    here = profile_of(connection, table, personal=True)
    monkeypatch.setattr("decom_nb.profile.FEW_ROWS", 0)
    assert profile_of(connection, table, personal=True) == here
