"""Tests of the tests are read back as they were written, and what is none is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from decom_nb.check.mutated import Mutant, MutatedTable, MutationRun
from decom_nb.evidence import MutationRuns
from decom_nb.evidence.collect import collect


def run(day: int, caught: bool) -> MutationRun:
    mutant = Mutant(fault="nulls", columns=("email",), rows_changed=3, caught_by=("email_filled",) if caught else ())
    table = MutatedTable(table="customers", tests="suite", rows=300, whole=True, checks=4, mutants=(mutant,))
    return MutationRun(taken_at=datetime(2026, 11, day, tzinfo=UTC), tables=(table,))


def written(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, encoding="utf-8")


def test_runs_come_in_the_order_of_their_time_and_the_newest_counts(tmp_path: Path) -> None:
    written(tmp_path, "b.json", run(2, caught=True).model_dump_json())
    written(tmp_path, "a.json", run(9, caught=False).model_dump_json(indent=1))
    evidence = collect([tmp_path], tmp_path)
    value = evidence.values["mutation_runs"]
    assert isinstance(value, MutationRuns)
    assert [each.taken_at.day for each in value.runs] == [2, 9]
    assert value.latest["customers", "suite"][1].caught_share == 0
    source = evidence.source("mutation runs")
    assert source is not None
    assert source.counts == {"caught": 1, "unseen": 1}


def test_a_file_that_is_none_is_a_problem_and_the_others_count(tmp_path: Path) -> None:
    written(tmp_path, "good.json", run(2, caught=True).model_dump_json())
    written(tmp_path, "newer.json", json.dumps({"format": "decom mutation run 2", "tables": []}))
    broken = json.loads(run(3, caught=True).model_dump_json())
    broken["tables"][0]["rows"] = -1
    written(tmp_path, "broken.json", json.dumps(broken))
    evidence = collect([tmp_path], tmp_path)
    assert len(evidence.values["mutation_runs"].runs) == 1
    source = evidence.source("mutation runs")
    assert source is not None
    said = [problem.what for problem in source.problems]
    assert "tables.0.rows" in said[0]
    assert "this version reads 'decom mutation run 1'" in said[1]
