"""What the conformance of run logs says of a line is what the JSON Schema of the standard says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from decom_nb import log
from decom_nb.evidence.collect import collect
from decom_nb.phases.monitoring.log_conformance import NOBODY, WHOLE_LINE, Conformance, conformance

GOOD: dict[str, Any] = {
    "pipeline_name": "load_orders",
    "run_id": "r1",
    "started_at": "2026-03-01T02:00:00Z",
    "completed_at": "2026-03-01T02:01:00+00:00",
    "status": "success",
    "stage": "load",
    "rows_extracted": 10,
    "rows_transformed": 10,
    "rows_loaded": 9,
    "rows_rejected": 1,
    "quality_checks_passed": 3,
    "quality_checks_failed": 0,
    "duration_seconds": 60.5,
    "error_message": "",
    "watermark_before": "",
    "watermark_after": 'as "rows_loaded": "5" says',
}
VALIDATOR = jsonschema.Draft202012Validator(log.schema())
OF_ANOTHER_TYPE = {"name": 5, "moment": 5, "status": True, "count": "5", "seconds": "5", "text": 5}
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("as it should be", {}),
    ("failed", {"status": "failed", "error_message": "gone"}),
    ("failed without a word", {"status": "failed"}),
    ("another field besides", {"host": "a", "nested": {"x": 1}}),
    ("a time without a zone", {"started_at": "2026-03-01T02:00:00"}),
    ("a day", {"started_at": "2026-03-01"}),
    ("negative", {"rows_loaded": -1}),
    ("half a row", {"rows_loaded": 1.5}),
    ("a status in capitals", {"status": "SUCCESS"}),
    ("an unknown status", {"status": "done"}),
    ("blank", {"pipeline_name": " "}),
    *((f"{name} is not there", {name: ...}) for name in log.FIELDS),
    *((f"{name} is null", {name: None}) for name in log.FIELDS),
    *((f"{name} is of another type", {name: OF_ANOTHER_TYPE[each.kind]}) for name, each in log.FIELDS.items()),
]


def read(folder: Path, *lines: str) -> dict[str, Conformance]:
    (folder / "runs.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return {each.pipeline: each for each in conformance(collect([folder], folder).values["runs"])}


@pytest.fixture(scope="module")
def conforming(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Give the pipelines, of all changed lines in one log, each of a pipeline of its own, in which nothing was found."""
    lines = [
        json.dumps({key: value for key, value in {**GOOD, "pipeline_name": name, **change}.items() if value is not ...})
        for name, change in CHANGES
    ]
    found = read(tmp_path_factory.mktemp("logs"), *lines)
    assert sum(each.lines for each in found.values()) == len(lines)
    return {each.pipeline for each in found.values() if each.conforming == each.lines}


@pytest.mark.parametrize(("name", "change"), CHANGES, ids=[name for name, _ in CHANGES])
def test_a_line_conforms_if_the_schema_says_so(conforming: set[str], name: str, change: dict[str, Any]) -> None:
    line = {key: value for key, value in {**GOOD, **change}.items() if value is not ...}
    assert (name in conforming) == VALIDATOR.is_valid(line)


def test_a_field_is_missing_or_wrong_and_has_an_example(tmp_path: Path) -> None:
    bare = {name: value for name, value in GOOD.items() if not name.startswith("watermark")}
    found = read(
        tmp_path,
        json.dumps(GOOD),
        json.dumps({**bare, "stage": "b"}),
        json.dumps({**bare, "stage": "c", "rows_loaded": "many", "rows_rejected": "1"}),
    )["load_orders"]
    assert (found.lines, found.conforming) == (3, 1)
    assert [(each.field, each.missing, each.wrong, each.example) for each in found.flaws] == [
        ("watermark_after", 2, 0, "runs.jsonl:2"),
        ("watermark_before", 2, 0, "runs.jsonl:2"),
        ("rows_loaded", 0, 1, "runs.jsonl:3"),
        ("rows_rejected", 0, 1, "runs.jsonl:3"),
    ]
    assert found.flaws[2].said == 'rows_loaded is "many", not a whole number'


def test_lines_that_name_nobody_are_counted_apart(tmp_path: Path) -> None:
    found = read(
        tmp_path, json.dumps(GOOD), "not json", "", json.dumps({**GOOD, "pipeline_name": ""}), json.dumps(GOOD)
    )
    assert (found["load_orders"].lines, found["load_orders"].conforming) == (1, 1)  # said twice, counted once
    assert (found[NOBODY].lines, found[NOBODY].conforming) == (2, 0)
    assert [each.field for each in found[NOBODY].flaws] == [WHOLE_LINE, "pipeline_name"]
