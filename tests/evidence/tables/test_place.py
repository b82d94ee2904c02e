from __future__ import annotations

import os
from pathlib import Path

import pytest

from decom_nb.evidence.tables import Tables, TableSource
from decom_nb.evidence.tables.place import located
from tests.evidence.tables.made import parquet, put, rows, wrong

ODD = [
    *("a[1].parquet", "star*.parquet", "q?.parquet", "we'ird \"; drop table x; --.parquet", "emoji 😀.parquet"),
    *("br{a,b}.parquet", "select.parquet", "back\\slash.parquet", "new\nline.parquet", "a=b.parquet", "$HOME.parquet"),
    *("~.parquet", "%41.parquet"),
]


@pytest.mark.parametrize("name", ODD)
def test_characters_of_a_file_name_are_meant_literally(tmp_path: Path, name: str) -> None:
    decoys = ("a1.parquet", "starfish.parquet", "qq.parquet", "a.parquet", "bra.parquet")
    for each in decoys:
        parquet(tmp_path / each, "SELECT 'decoy' AS a")
    parquet(tmp_path / name, "SELECT 1 AS a")
    with Tables([TableSource(path=name)], tmp_path) as tables:
        table = tables.open(name.removesuffix(".parquet"))
        assert rows(tables, table, "*") == [(1,)]
        of_files = f"SELECT num_rows FROM parquet_file_metadata(['{table.files[0].replace(chr(39), chr(39) * 2)}'])"
        assert tables.connection.execute(of_files).fetchall() == [(1,)]
        assert table.shown == name


def test_a_name_that_cannot_be_told_to_duckdb_is_a_mistake(tmp_path: Path) -> None:
    parquet(tmp_path / "back\\s[1].parquet")
    with Tables([TableSource(name="odd", path="back\\s[1].parquet")], tmp_path) as tables:
        assert "backslash" in wrong(tables, "odd").what


def test_a_folder_with_such_a_name_is_meant_literally(tmp_path: Path) -> None:
    parquet(tmp_path / "in [here]" / "day=1" / "a.parquet")
    with Tables([TableSource(path="in [here]")], tmp_path) as tables:
        assert rows(tables, tables.open("in [here]"), "count(*), min(day)") == [(3, 1)]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.parquet", ["a.parquet", "b.parquet"]),
        ("[!a].parquet", ["b.parquet"]),
        ("?.parquet", ["a.parquet", "b.parquet"]),
        ("**/*.parquet", ["a.parquet", "b.parquet", "deep/er/d.parquet", "sub/c.parquet"]),
        ("s*/*.parquet", ["sub/c.parquet"]),
    ],
)
def test_patterns(tmp_path: Path, pattern: str, found: list[str]) -> None:
    for each in ("a.parquet", "b.parquet", "sub/c.parquet", "deep/er/d.parquet", "_tmp/x.txt"):
        parquet(tmp_path / each) if each.endswith(".parquet") else put(tmp_path / each, "x")
    place = located(TableSource(name="t", path=pattern), tmp_path)
    assert place.wrong is None
    assert sorted(os.path.relpath(each, tmp_path) for each in place.files) == found


def test_a_pattern_that_matches_nothing_and_an_empty_folder_are_mistakes(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path / "only" / "_SUCCESS", "x")
    sources = [TableSource(name=each, path=each) for each in ("*.parquet", "empty", "only", "nowhere", "\0")]
    with Tables(sources, tmp_path) as tables:
        assert wrong(tables, "*.parquet").what == "no file matches this pattern"
        assert wrong(tables, "empty").what == "this folder holds no table"
        assert wrong(tables, "only").what == "this folder holds no table"
        assert wrong(tables, "nowhere").what == "there is nothing at this path"
        assert wrong(tables, "\0").what == "a path cannot hold a NUL character"


def test_links_in_circles_end(tmp_path: Path) -> None:
    parquet(tmp_path / "t" / "day=1" / "a.parquet")
    for name in ("one", "two", "three"):
        (tmp_path / "t" / name).symlink_to(tmp_path / "t")
    (tmp_path / "self").symlink_to("self")
    with Tables(
        [TableSource(path="t"), TableSource(name="p", path="t/**/*.parquet"), TableSource(path="self")], tmp_path
    ) as tables:
        assert rows(tables, tables.open("t")) == [(3,)]
        assert rows(tables, tables.open("p")) == [(3,)]
        assert wrong(tables, "self").what.startswith("cannot be read")


def test_what_engines_leave_beside_their_files_is_left_out(tmp_path: Path) -> None:
    parquet(tmp_path / "t" / "part-0.parquet")
    for each in ("_SUCCESS", ".part-0.parquet.crc", "_temporary/x.parquet", "empty.parquet", "README.md"):
        put(tmp_path / "t" / each, "" if each.startswith("empty") else "x")
    with Tables([TableSource(path="t")], tmp_path) as tables:
        assert rows(tables, tables.open("t")) == [(3,)]


def test_a_kind_is_told_by_content_before_the_ending(tmp_path: Path) -> None:
    parquet(tmp_path / "orders.csv")
    parquet(tmp_path / "noending")
    put(tmp_path / "what.xyz", "a,b\n1,2\n")
    with Tables([TableSource(path=each) for each in ("orders.csv", "noending", "what.xyz")], tmp_path) as tables:
        assert tables.open("orders").kind == tables.open("noending").kind == "parquet"
        mistake = wrong(tables, "what.xyz")
        assert (mistake.key, mistake.instead[:20]) == ("what.xyz.kind", "write `kind`: one of")
    with Tables([TableSource(path="what.xyz", kind="csv")], tmp_path) as tables:
        assert rows(tables, tables.open("what.xyz"), "a, b") == [(1, 2)]


def test_a_source_that_says_nothing_or_the_unreadable_is_a_mistake(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    sources = [TableSource(name="a"), TableSource(name="b", path="ftp://host/x.csv"), TableSource(path="pipe.csv")]
    with Tables(sources, tmp_path) as tables:
        assert wrong(tables, "a").what == "says neither `path` nor `connection`"
        assert wrong(tables, "b").what == "no address of the kind ftp:// can be read"
        assert wrong(tables, "pipe").what == "this is not a regular file"


def test_paths_are_absolute_or_relative_to_the_engagement(tmp_path: Path) -> None:
    outside = parquet(tmp_path / "outside.parquet")
    (tmp_path / "engagement").mkdir()
    sources = [TableSource(name="a", path=str(outside)), TableSource(name="b", path="../outside.parquet")]
    with Tables(sources, tmp_path / "engagement") as tables:
        assert tables.open("a").shown == str(outside)
        assert tables.open("b").shown == "../outside.parquet"
        assert tables.open("a").files == tables.open("b").files == (str(outside),)
