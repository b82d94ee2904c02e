from __future__ import annotations

import doctest
import json
from pathlib import Path
from typing import Any

import pytest

from decom_nb.evidence import dbt_manifest, dbt_results, files, json_file, lines, source
from decom_nb.evidence.json_file import NotReadableError, load, moment, number, parse, text, whole
from tests.evidence.made import put


@pytest.mark.parametrize("module", [dbt_manifest, dbt_results, files, json_file, lines, source])
def test_the_examples_in_docstrings_hold(module: object) -> None:
    tried = doctest.testmod(module)  # type: ignore[arg-type]
    assert tried.attempted > 0
    assert tried.failed == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_a_document_is_read_in_any_unicode_encoding(tmp_path: Path, encoding: str, name: str) -> None:
    assert load(put(tmp_path, name, json.dumps({"ü": [1]}, ensure_ascii=False).encode(encoding))) == {"ü": [1]}


def test_a_document_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    small_on_disk = put(tmp_path, "bomb.json.gz", json.dumps(" " * (3 << 20)))
    assert small_on_disk.stat().st_size < 10_000
    with pytest.raises(NotReadableError, match="more than 2 MiB of JSON"):
        load(small_on_disk, limit=2 << 20)
    assert load(small_on_disk)


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\ud83d"', "\ufffd"),
        (r'{"\ude00": ["\ud83dx"]}', {"\ufffd": ["\ufffdx"]}),
        (r'"\\ud83d"', r"\ud83d"),
    ],
)
def test_half_characters_are_replaced(written: str, mended: object) -> None:
    assert parse(written.encode()) == mended


def test_values_of_another_type_than_expected_are_nothing() -> None:
    several: list[Any] = [None, {}, 1.5, " a ", ["a", None, {}]]
    assert [text(value) for value in several] == ["", "", "1.5", "a", "a"]
    assert [number(value) for value in (True, "1", float("nan"), 10**400, 2)] == [None, None, None, None, 2.0]
    assert [whole(value) for value in (True, 1.0, None, 3)] == [None, None, None, 3]
    assert [moment(value) for value in (None, 3, "soon", "0001-01-01T00:00:00+14:00")] == [None] * 4
