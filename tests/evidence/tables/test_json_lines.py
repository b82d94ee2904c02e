from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pytest

from decom_nb.evidence.tables import Tables, TableSource
from tests.evidence.tables.made import put, rows, wrong


def test_objects_become_rows(tmp_path: Path) -> None:
    text = '{"id": 1, "in": {"x": [1, 2]}, "two words": "2026-01-31"}\n{"id": 2.5}\n'
    put(tmp_path / "t.jsonl", text)
    put(tmp_path / "packed.ndjson.gz", gzip.compress(text.encode()))
    with Tables([TableSource(path="t.jsonl"), TableSource(path="packed.ndjson.gz")], tmp_path) as tables:
        for name in ("t", "packed"):
            table = tables.open(name)
            assert table.types == {"id": "DOUBLE", "in": "STRUCT(x BIGINT[])", "two words": "DATE"}
            assert rows(tables, table, 'sum(id), count("two words")') == [(3.5, 1)]


def test_a_line_that_is_no_json_is_a_mistake(tmp_path: Path) -> None:
    put(tmp_path / "t.jsonl", '{"id": 1}\nnot json\n')
    with Tables([TableSource(path="t.jsonl")], tmp_path) as tables:
        assert wrong(tables, "t").what == "a line is not JSON"


def test_a_type_that_shows_late_is_found_by_reading_again(tmp_path: Path) -> None:
    put(tmp_path / "t.jsonl", '{"a": 1}\n' * 30_000 + '{"a": "many", "b": 2}\n')
    with Tables([TableSource(path="t.jsonl")], tmp_path) as tables:
        table = tables.open("t")
        with pytest.raises(duckdb.Error):
            rows(tables, table, "max(a)")
        again = tables.reread(table)
        assert [each.name for each in again.columns] == ["a", "b"]
        assert rows(tables, again, "count(a), count(b)") == [(30_001, 1)]
