from __future__ import annotations

import gzip
import os
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decom_nb.evidence import COLLECTORS, KINDS, UNRECOGNISED, Evidence, Pointer, Source
from decom_nb.evidence.collect import collect
from decom_nb.evidence.source import SHOWN_PROBLEMS, Problem, SourceFile, source_of
from tests.evidence.made import line, manifest, metadata, node, put, read, run_results, said, source

MODEL = node("model.shop.orders")


def test_importing_evidence_imports_no_database() -> None:
    code = (
        "import sys, decom_nb.evidence; sys.exit(not {'duckdb', 'numpy', 'pandas', 'altair'}.isdisjoint(sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_kind_has_one_collector() -> None:
    kinds = [kind for collector in COLLECTORS for kind in collector.kinds]
    assert len(set(kinds)) == len(kinds)
    assert set(KINDS) == {*kinds, *(collector.name for collector in COLLECTORS)}


def test_files_are_recognised_by_content_whatever_they_are_called(tmp_path: Path) -> None:
    put(tmp_path, "manifest_1.12.json", manifest(MODEL))
    put(tmp_path, "target/a.gz", run_results(("model.shop.orders", "success")))
    put(tmp_path, "notes", {"metadata": metadata("catalog", 1), "nodes": {}})
    put(tmp_path, "freshness.txt", {"metadata": metadata("sources", 3), "results": []})
    put(tmp_path, "dt=2026-01-01/part-0000", line())
    evidence = read(tmp_path)
    assert {each.kind: [file.path for file in each.files] for each in evidence.sources} == {
        "dbt manifest": ["manifest_1.12.json"],
        "dbt run results": ["target/a.gz"],
        "dbt catalog": ["notes"],
        "dbt sources": ["freshness.txt"],
        "run logs": ["dt=2026-01-01/part-0000"],
    }
    assert set(evidence.values) == {"dbt", "runs"}


def test_a_manifest_is_recognised_with_its_keys_sorted_and_its_metadata_far_behind(tmp_path: Path) -> None:
    children: dict[str, list[str]] = {f"model.shop.m{number}": [] for number in range(10_000)}
    content = manifest(MODEL, child_map=children)
    put(tmp_path, "manifest.json", dict(sorted(content.items())))
    assert source(read(tmp_path), "dbt manifest").rows == 1


def test_a_source_tells_what_was_read(tmp_path: Path) -> None:
    path = put(tmp_path, "results.json", run_results(("model.shop.a", "success"), ("model.shop.b", "error")))
    (only,) = read(tmp_path).sources
    (file,) = only.files
    assert file.sha256 == sha256(path.read_bytes()).hexdigest()
    assert file.bytes == path.stat().st_size
    assert file.rows == only.rows == 2
    assert file.counts == only.counts == {"error": 1, "success": 1}
    assert file.as_of == only.as_of == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert Source.model_validate_json(only.model_dump_json()) == only


def test_what_nobody_recognises_is_listed_with_the_reason_and_is_no_problem(tmp_path: Path) -> None:
    put(tmp_path, "README.md", "# Notes")
    put(tmp_path, "data.json", {"rows": []})
    put(tmp_path, "empty.jsonl", "")
    unknown = source(read(tmp_path), UNRECOGNISED)
    assert [file.path for file in unknown.files] == ["README.md", "data.json", "empty.jsonl"]
    assert "none of: dbt manifest, " in unknown.files[0].note
    assert unknown.files[2].note == "the file is empty"
    assert unknown.totals == {"files": 3}
    assert unknown.problems == ()


@pytest.mark.parametrize(
    ("content", "line_number", "what"),
    [
        ('{"a":\n 1,,}', 2, "not JSON: "),
        (b'{"a": "\xff"}', 1, "not UTF-8: "),
        ("[" * 200_000, 0, "nested too deeply"),
        ('{"a": ' + "9" * 10_000 + "}", 0, "thousands of digits"),
    ],
)
def test_broken_json_is_a_problem_with_file_and_line(
    tmp_path: Path, content: str | bytes, line_number: int, what: str
) -> None:
    put(tmp_path, "broken.json", content)
    (problem,) = source(read(tmp_path), UNRECOGNISED).problems
    assert (problem.path, problem.line) == ("broken.json", line_number)
    assert what in problem.what


def test_the_strange_things_of_a_disk_stop_nothing(tmp_path: Path) -> None:
    put(tmp_path, "good.jsonl", line())
    (tmp_path / "manifest.json").mkdir()
    (tmp_path / "round").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "itself").symlink_to("itself")
    (tmp_path / "gone").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    put(tmp_path, "damaged.gz", b"x")
    (tmp_path / "damaged.gz").write_bytes(b"\x1f\x8b\x08\x00 and no more")
    put(tmp_path, ".hidden/manifest.json", manifest(MODEL))
    put(tmp_path, ".env", "TOKEN=1")
    evidence = read(tmp_path)
    assert source(evidence, "run logs").rows == 1
    unknown = source(evidence, UNRECOGNISED)
    assert {file.path: file.note for file in unknown.files} == {
        "damaged.gz": "the gzip stream is damaged",
        "gone": "there is nothing at this path",
        "itself": "cannot be read: too many levels of symbolic links",
        "pipe": "not a regular file",
    }
    assert unknown.problems_total == 4


def test_a_file_that_may_not_be_read_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "secret.json", manifest(MODEL))
    put(tmp_path, "log.jsonl", line())

    def forbid(self: Path, *arguments: Any, **options: Any) -> IO[Any]:
        if self.name == "secret.json":
            raise PermissionError(13, "Permission denied", str(self))
        opened: IO[Any] = real(self, *arguments, **options)
        return opened

    real = Path.open
    monkeypatch.setattr(Path, "open", forbid)
    evidence = read(tmp_path)
    assert said(source(evidence, UNRECOGNISED)) == ["secret.json: cannot be read: permission denied"]
    assert source(evidence, "run logs").rows == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_in_no_encoding_is_read_and_shown(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jsonl")).write_text(line(), encoding="utf-8")
    logs = source(read(tmp_path), "run logs")
    assert [file.path for file in logs.files] == [r"caf\xe9.jsonl"]
    assert logs.rows == 1
    logs.model_dump_json().encode()


def test_half_a_character_does_not_break_the_audit(tmp_path: Path) -> None:
    text = '{"unique_id": "model.shop.a", "status": "success", "message": "\\ud83d oh", "execution_time": 1}'
    put(tmp_path, "r.json", '{"metadata": {"dbt_schema_version": "/run-results/v6.json"}, "results": [' + text + "]}")
    (result,) = read(tmp_path).values["dbt"].results
    assert result.message == "\ufffd oh"


def test_equal_files_are_read_once(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b/a.jsonl"):
        put(tmp_path, name, line())
    put(tmp_path, "manifest.json", manifest(MODEL))
    put(tmp_path, "old/manifest.json", manifest(MODEL))
    evidence = read(tmp_path)
    logs = source(evidence, "run logs")
    assert [(file.path, file.rows, file.note) for file in logs.files] == [
        ("a.jsonl", 1, ""),
        ("b/a.jsonl", 0, "the same content as a.jsonl, read once"),
    ]
    assert logs.rows == 1
    assert [file.rows for file in source(evidence, "dbt manifest").files] == [1, 0]


class TestPointers:
    """Pointers, as engagement.yaml has them."""

    def test_may_lie_outside_and_show_no_more_than_was_written(self, tmp_path: Path) -> None:
        root = tmp_path / "engagement"
        put(root, "evidence/runs.jsonl", line())
        put(tmp_path, "shop/target/manifest.json", manifest(MODEL))
        put(tmp_path, "elsewhere/r.json", run_results(("model.shop.orders", "success")))
        absolute = str(tmp_path / "elsewhere" / "r.json")
        items: list[Any] = [
            root / "evidence",
            Pointer("../shop/target"),
            Pointer(absolute),
            SimpleNamespace(path="evidence", kind=None),
        ]
        shown = {each.kind: [file.path for file in each.files] for each in collect(items, root).sources}
        assert shown == {
            "dbt manifest": ["../shop/target/manifest.json"],
            "dbt run results": [absolute],
            "run logs": ["evidence/runs.jsonl"],
        }

    def test_inside_are_shown_from_the_engagement_however_written(self, tmp_path: Path) -> None:
        put(tmp_path, "evidence/runs.jsonl", line())
        for written in ("evidence", "./evidence/../evidence/runs.jsonl", str(tmp_path / "evidence")):
            evidence = collect([Pointer(written)], tmp_path)
            assert [file.path for file in source(evidence, "run logs").files] == ["evidence/runs.jsonl"]

    def test_that_lead_nowhere_are_problems_and_missing_folders_are_not(self, tmp_path: Path) -> None:
        evidence = collect([tmp_path / "evidence", Pointer("../gone", "dbt"), Pointer("nul\0l")], tmp_path)
        assert said(source(evidence, UNRECOGNISED)) == ["../gone: there is nothing at this path", "nul\0l: not a path"]
        assert collect([tmp_path / "evidence"], tmp_path) == Evidence()

    def test_may_say_what_a_file_is(self, tmp_path: Path) -> None:
        put(
            tmp_path,
            "old.json",
            {"results": [{"unique_id": "model.shop.a", "status": "success"}], "args": {"which": "run"}},
        )
        assert source(read(tmp_path), UNRECOGNISED).rows == 0
        evidence = collect([Pointer("old.json", "dbt run results")], tmp_path)
        results = source(evidence, "dbt run results")
        assert results.counts == {"success": 1}
        assert "names no schema version" in said(results)[0]

    def test_that_say_it_wrong_are_read_by_content_with_a_problem(self, tmp_path: Path) -> None:
        put(tmp_path, "m.json", manifest(MODEL))
        evidence = collect([Pointer("m.json", "dbt catalog")], tmp_path)
        assert said(source(evidence, "dbt manifest")) == [
            "m.json: given as dbt catalog, but it is a dbt manifest, and was read as that"
        ]

    def test_with_an_unknown_kind_are_refused(self, tmp_path: Path) -> None:
        put(tmp_path, "m.json", manifest(MODEL))
        (problem,) = source(collect([Pointer("m.json", "dbt manifset")], tmp_path), UNRECOGNISED).problems
        assert "'dbt manifset', which is none of: dbt, dbt manifest" in problem.what

    def test_to_a_folder_narrow_what_is_looked_for_and_force_nothing(self, tmp_path: Path) -> None:
        put(tmp_path, "logs/runs.jsonl", line())
        put(tmp_path, "logs/README.md", "how they are made")
        put(tmp_path, "logs/manifest.json", manifest(MODEL))
        evidence = collect([Pointer("logs", "run logs")], tmp_path)
        assert [file.path for file in source(evidence, "run logs").files] == ["logs/runs.jsonl"]
        assert [file.path for file in source(evidence, UNRECOGNISED).files] == ["logs/README.md", "logs/manifest.json"]


def test_a_relative_root_shows_the_same_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "acme/evidence/runs.jsonl", line())
    monkeypatch.chdir(tmp_path)
    evidence = collect([Path("acme/evidence")], Path("acme"))
    assert [file.path for file in source(evidence, "run logs").files] == ["evidence/runs.jsonl"]


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=6, deadline=None)
@given(order=st.permutations(range(6)))
def test_the_order_of_the_items_does_not_matter(tmp_path: Path, order: list[int]) -> None:
    paths = [
        put(tmp_path, "a.jsonl", line()),
        put(tmp_path, "b.jsonl", line(run_id="r2") + "\nnot JSON\n"),
        put(tmp_path, "m.json", manifest(MODEL)),
        put(
            tmp_path,
            "older.json",
            {**manifest(MODEL), "metadata": metadata("manifest", 11, generated_at="2025-01-01T00:00:00Z")},
        ),
        put(tmp_path, "r.json", run_results(("model.shop.orders", "success"))),
        put(tmp_path, "x.txt", "?"),
    ]
    given_order = collect([paths[place] for place in order], tmp_path)
    assert given_order.sources == read(tmp_path).sources
    assert given_order.values["dbt"] == read(tmp_path).values["dbt"]


def test_only_the_first_problems_are_kept_and_all_are_counted() -> None:
    problems = [Problem(path="b", line=number, what="wrong") for number in range(150, 0, -1)]
    made = source_of("run logs", [SourceFile(path="b", kind="run logs")], problems, problems_more=7)
    assert len(made.problems) == SHOWN_PROBLEMS
    assert made.problems[0].line == 1
    assert made.problems_total == 157


def test_a_small_gzip_that_is_cut_off_is_known_by_what_lies_before_the_cut(tmp_path: Path) -> None:
    lines = [
        f'{{"pipeline_name": "load", "run_id": "r{number}", "status": "success", "stage": "load", "rows_loaded": '
        f'{number * 7919 % 1000}, "started_at": "2026-10-01T00:{number:02}:00Z", '
        f'"completed_at": "2026-10-01T00:{number:02}:30Z"}}\n'
        for number in range(44)
    ]
    whole = gzip.compress("".join(lines).encode())
    (tmp_path / "log.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    (only,) = collect([tmp_path], tmp_path).sources
    assert only.kind == "run logs"
    assert 0 < only.rows < 44
    assert any("gzip" in problem.what for problem in only.problems)


def test_a_cut_off_gzip_that_nobody_knows_is_said_to_be_damaged(tmp_path: Path) -> None:
    whole = gzip.compress(bytes(number * number % 251 for number in range(4000)))
    (tmp_path / "odd.bin.gz").write_bytes(whole[: len(whole) // 2])
    (only,) = collect([tmp_path], tmp_path).sources
    assert [problem.what for problem in only.problems] == ["the gzip stream is damaged"]


def test_half_a_table_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a,b\n1,x\n" * 100)[:30])
    (source,) = collect([tmp_path], tmp_path).sources
    assert source.kind == "unrecognised"
    assert [each.what for each in source.problems] == ["the gzip stream is damaged"]
