from __future__ import annotations

import gzip
import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from decom_nb.evidence import Evidence, Pointer, files
from decom_nb.evidence.collect import collect
from decom_nb.evidence.source import Source
from decom_nb.evidence.tables import FoundTable, FoundTables, Tables, TableSource, combined, sources_in
from tests.evidence.made import line
from tests.evidence.tables.made import database, delta, iceberg, parquet, put, rows, traces


def evidence(folder: Path) -> Evidence:
    """What is collected of an engagement's evidence."""
    return collect([folder / "evidence"], folder)


def found(folder: Path) -> Mapping[str, FoundTable]:
    """The tables that are found, by name."""
    value = evidence(folder).values["tables"]
    assert isinstance(value, FoundTables)
    return {each.name: each for each in value.tables}


def source(folder: Path, kind: str) -> Source:
    """What is told of one kind."""
    told = evidence(folder).source(kind)
    assert told is not None
    return told


def test_tables_are_known_by_content_and_named_by_their_files(tmp_path: Path) -> None:
    parquet(tmp_path / "evidence" / "orders.parquet")
    parquet(tmp_path / "evidence" / "noending")
    put(tmp_path / "evidence" / "rates.csv.gz", gzip.compress(b"a,b\n1,2\n"))
    put(tmp_path / "evidence" / "events.jsonl", '{"id": 1}\n')
    put(tmp_path / "evidence" / "runs.jsonl", line())
    database(tmp_path / "evidence" / "shop.bin", "CREATE TABLE customers (id INTEGER, name VARCHAR)")
    put(tmp_path / "evidence" / "notes.txt", "a,b\n")
    tables = found(tmp_path)
    assert {name: (each.path, each.kind, each.rows, len(each.columns)) for name, each in tables.items()} == {
        "orders": ("evidence/orders.parquet", "parquet", 3, 2),
        "noending": ("evidence/noending", "parquet", 3, 2),
        "rates": ("evidence/rates.csv.gz", "csv", None, 2),
        "events": ("evidence/events.jsonl", "jsonl", None, 1),
        "customers": ("evidence/shop.bin", "duckdb", None, 2),
    }
    kinds = {each.kind: [file.path for file in each.files] for each in evidence(tmp_path).sources}
    assert kinds["run logs"] == ["evidence/runs.jsonl"]
    assert kinds["unrecognised"] == ["evidence/notes.txt"]


@pytest.mark.slow
def test_files_that_are_one_table_are_found_as_one(tmp_path: Path) -> None:
    top = tmp_path / "evidence"
    for day in (1, 2):
        parquet(top / "days" / f"day={day}" / "part.parquet")  # equal content, and still two parts
        parquet(top / "parts" / f"part-{day}.parquet")
        put(top / "texts" / f"day={day}" / "x.csv", f"a\n{day}\n")
        parquet(top / "mixed" / f"{day}.parquet", f"SELECT 1 AS a{day}")
        parquet(top / f"flat{day}.parquet")
    parquet(top / "parts" / "sub" / "other.parquet", "SELECT 1 AS z")
    delta(top / "lake", ["a.parquet", "b.parquet"])
    iceberg(top / "berg")
    value = evidence(tmp_path).values["tables"]
    tables = {each.name: each for each in value.tables}
    assert {name: (each.path, each.kind, each.rows) for name, each in tables.items()} == {
        "days": ("evidence/days", "parquet", 6),
        "parts": ("evidence/parts/*.parquet", "parquet", 6),
        "other": ("evidence/parts/sub/other.parquet", "parquet", 1),
        "texts": ("evidence/texts", "csv", None),
        "1": ("evidence/mixed/1.parquet", "parquet", 1),
        "2": ("evidence/mixed/2.parquet", "parquet", 1),
        "flat1": ("evidence/flat1.parquet", "parquet", 3),
        "flat2": ("evidence/flat2.parquet", "parquet", 3),
        "lake": ("evidence/lake", "delta", None),
        "berg": ("evidence/berg", "iceberg", None),
    }
    with Tables(sources_in(value), tmp_path) as session:
        assert set(session.names) == set(tables)
        assert {name: rows(session, session.open(name))[0][0] for name in ("days", "parts", "texts", "lake", "berg")} == {
            "days": 6, "parts": 6, "texts": 2, "lake": 6, "berg": 3,
        }  # fmt: skip


def test_what_cannot_be_read_is_a_problem_and_stops_nothing(tmp_path: Path) -> None:
    top = tmp_path / "evidence"
    whole = parquet(top / "whole.parquet").read_bytes()
    put(top / "half.parquet", whole[:100])
    put(top / "latin.csv", "a\ncafé\n".encode("latin-1"))
    put(top / "damaged.duckdb", b"\0" * 8 + b"DUCK" + b"\xff" * 40)
    assert set(found(tmp_path)) == {"whole"}
    (problem,) = source(tmp_path, "parquet table").problems
    assert (problem.path, problem.what[:38]) == ("evidence/half.parquet", "the Parquet file is cut short or damag")
    (problem,) = source(tmp_path, "csv table").problems
    assert (problem.path, problem.line) == ("evidence/latin.csv", 2)
    assert source(tmp_path, "duckdb database").problems_total == 1


def test_a_folder_of_nothing_but_damage_has_no_tables(tmp_path: Path) -> None:
    put(tmp_path / "evidence" / "half.parquet", b"PAR1" + b"x" * 50)
    value = evidence(tmp_path).values["tables"]
    assert isinstance(value, FoundTables)
    assert value.tables == ()
    assert [each.path for each in value.sources] == ["evidence/half.parquet"]


def test_a_source_tells_files_rows_and_totals(tmp_path: Path) -> None:
    for day in (1, 2):
        parquet(tmp_path / "evidence" / "days" / f"day={day}" / "part.parquet")
    told = source(tmp_path, "parquet table")
    assert (told.rows, told.totals, [each.rows for each in told.files]) == (6, {"tables": 1, "columns": 3}, [3, 3])
    assert told.counts == {"table": 1}
    assert told.files[0].sha256 == files.sha256(tmp_path / "evidence/days/day=1/part.parquet")


def test_odd_names_are_found_and_read(tmp_path: Path) -> None:
    names = ["a[1]", "we'ird \"; drop", "emoji 😀", "select", "star*"]
    for each in names:
        parquet(tmp_path / "evidence" / f"{each}.parquet")
    assert set(found(tmp_path)) == set(names)
    with Tables(sources_in(evidence(tmp_path)), tmp_path) as session:
        assert [rows(session, session.open(each)) for each in names] == [[(3,)]] * len(names)


def test_a_name_that_is_no_text_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    parquet(tmp_path / "x.parquet").rename(tmp_path / "evidence" / os.fsdecode(b"caf\xe9.parquet"))
    (problem,) = source(tmp_path, "parquet table").problems
    assert problem.what == "its name is not UTF-8; rename it"


def test_collecting_leaves_no_trace(tmp_path: Path) -> None:
    parquet(tmp_path / "evidence" / "orders.parquet")
    put(tmp_path / "evidence" / "t.csv", "a\n1\n")
    database(tmp_path / "evidence" / "shop.duckdb", "CREATE TABLE t2 (a INTEGER)")
    before = traces(tmp_path)
    assert evidence(tmp_path) == evidence(tmp_path)
    assert traces(tmp_path) == before


def test_a_large_table_is_known_by_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WHOLE_BYTES", 1000)
    monkeypatch.setattr(files, "SAMPLE_BYTES", 64)
    path = put(tmp_path / "evidence" / "big.csv", "a,b\n" + "1,2\n" * 2000)
    (told,) = source(tmp_path, "csv table").files
    assert "known by its size and 9 samples" in told.note
    digests = {told.sha256}
    for change in ("3,4\n", ""):  # appended; cut
        path.write_text("a,b\n" + "1,2\n" * (2000 if change else 1999) + change)
        digests.add(files.sample_sha256(path)[0])
    path.write_text("b,a\n" + "1,2\n" * 2000)
    digests.add(files.sample_sha256(path)[0])
    assert len(digests) == 4


def test_a_pointer_says_what_a_file_is(tmp_path: Path) -> None:
    put(tmp_path / "out" / "data.txt", "a;b\n1;2\n")

    value = collect([Pointer("out/data.txt", "csv table")], tmp_path).values["tables"]
    assert [(each.name, each.kind, len(each.columns)) for each in value.tables] == [("data", "csv", 2)]
    with Tables(sources_in(value), tmp_path) as session:
        assert rows(session, session.open("data")) == [(1,)]


def test_what_is_written_down_goes_before_what_is_found() -> None:
    found_ = (TableSource(name="orders", path="evidence/orders.parquet"), TableSource(name="b", path="evidence/b.csv"),
              TableSource(path="evidence/shop.duckdb"), TableSource(name="c", path="evidence/c.csv"))  # fmt: skip
    written = (TableSource(name="ORDERS", path="s3://lake/orders/"), TableSource(name="bee", path="evidence/b.csv"))
    assert combined(written, found_) == (*written, found_[2], found_[3])


def test_two_found_tables_of_one_name_are_a_mistake_for_who_asks(tmp_path: Path) -> None:
    for each in ("a", "b"):
        parquet(tmp_path / "evidence" / each / "orders.parquet")
        parquet(tmp_path / "evidence" / each / "x.parquet", f"SELECT 1 AS {each}")
    with Tables(sources_in(evidence(tmp_path)), tmp_path) as session:
        assert len(session.mistakes) == 2
        fixed = combined([TableSource(name="orders", path="evidence/a/orders.parquet")], sources_in(evidence(tmp_path)))
    with Tables(fixed, tmp_path) as session:
        assert rows(session, session.open("orders")) == [(3,)]


def test_no_evidence_no_sources() -> None:
    assert sources_in(None) == sources_in(Evidence()) == ()


@pytest.mark.slow
def test_many_tables_are_told_quickly(tmp_path: Path) -> None:
    one = parquet(tmp_path / "one.parquet")
    (tmp_path / "evidence").mkdir()
    for number in range(200):
        os.link(one, tmp_path / "evidence" / f"t{number}.parquet")
    start = time.process_time()
    assert len(found(tmp_path)) == 200
    assert time.process_time() - start < 60  # a loop over loops would take far longer than a busy machine
