from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decom_nb.evidence import Source, lines, run_logs
from decom_nb.evidence.run_logs import FIELDS, SLACK_SECONDS, SLACK_SHARE
from decom_nb.evidence.runs import Runs
from tests.evidence.made import LEFT_OUT, LINE, line, put, read, said, source


def logs(folder: Path) -> Source:
    return source(read(folder), "run logs")


def runs(folder: Path) -> Runs:
    value = read(folder).values["runs"]
    assert isinstance(value, Runs)
    return value


def one(folder: Path, **fields: Any) -> tuple[Source, list[dict[str, Any]]]:
    """Read a good line and one with the fields given; give the source, and the row of the second if it was kept."""
    put(folder, "runs.jsonl", f"{line()}\n{line(run_id='r2', **fields)}\n")
    evidence = read(folder)
    return source(evidence, "run logs"), evidence.values["runs"].query("FROM lines WHERE line = 2")


def test_the_fields_of_the_standard_are_the_columns(tmp_path: Path) -> None:
    put(tmp_path, "runs.jsonl", line())
    (row,) = runs(tmp_path).query("FROM lines")
    assert tuple(row)[: len(FIELDS)] == FIELDS
    assert tuple(LINE) == FIELDS
    empty_is_nothing = {name: value if value != "" else None for name, value in LINE.items()}
    started, completed = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 10, tzinfo=UTC)
    told = {**empty_is_nothing, "started_at": started, "completed_at": completed}
    assert row == {**told, "superseded": False, "origin": "runs.jsonl", "line": 1}


def test_a_clean_log_says_what_it_holds(tmp_path: Path) -> None:
    put(
        tmp_path, "a.jsonl", "\n".join([line(), line(run_id="r2", status="failed"), line(run_id="r2", stage="extract")])
    )
    put(
        tmp_path,
        "b.jsonl.gz",
        line(run_id="r3", status="partial", started_at="2026-01-01T00:01:00Z", duration_seconds=540),
    )
    read_logs = logs(tmp_path)
    assert read_logs.counts == {"failed": 1, "partial": 1, "success": 2}
    assert read_logs.rows == 4
    assert read_logs.as_of == datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    assert [(file.path, file.rows, file.counts) for file in read_logs.files] == [
        ("a.jsonl", 3, {"failed": 1, "success": 2}),
        ("b.jsonl.gz", 1, {"partial": 1}),
    ]
    assert read_logs.problems_total == 0
    assert read_logs.totals == {
        "lines": 4,
        "runs": 3,
        "pipelines": 1,
        "left out": 0,
        "kept with a remark": 0,
        "repeated": 0,
        "blank lines": 0,
        "timestamps without zone": 0,
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"pipeline_name": ', "not JSON"),
        ("load_orders succeeded", "not JSON"),
        ('{"a": 1} {"b": 2}', "not JSON"),
        ('["pipeline_name"]', "JSON, but not an object"),
        ("null", "JSON, but not an object"),
        (line(pipeline_name=LEFT_OUT), "pipeline_name is missing"),
        (line(pipeline_name=None, run_id="  "), "pipeline_name is missing; run_id is missing"),
        (line(status=LEFT_OUT), "status is missing"),
        (line(status="sucess"), 'status is "sucess", not success, failed or partial'),
        (line(completed_at=""), "completed_at is missing"),
        (line(started_at="yesterday"), 'started_at is "yesterday", not an ISO 8601 timestamp'),
        (line(started_at="2026-02-30T00:00:00Z"), 'started_at is "2026-02-30T00:00:00Z", not an ISO 8601 timestamp'),
        (line(started_at="infinity"), 'started_at is "infinity", not an ISO 8601 timestamp'),
        (line(started_at="2026-01-01"), 'started_at is "2026-01-01", not an ISO 8601 timestamp'),
        (line(started_at=1767225600), 'started_at is "1767225600", not an ISO 8601 timestamp'),
        (line(completed_at="2025-12-31T23:59:59Z"), "completed_at is before started_at"),
        (line(status="x" * 60), 'status is "' + "x" * 40 + '…", not success, failed or partial'),
    ],
)
def test_a_line_that_does_not_say_which_run_when_or_how_is_left_out(tmp_path: Path, text: str, reason: str) -> None:
    put(tmp_path, "runs.jsonl", f"{line(run_id='r0')}\n\n{text}\n{line(run_id='r9')}\n")
    read_logs = logs(tmp_path)
    assert said(read_logs) == [f"runs.jsonl:3: left out: {reason}"]
    assert read_logs.rows == 2
    assert (read_logs.totals["lines"], read_logs.totals["left out"], read_logs.totals["blank lines"]) == (4, 1, 1)


@pytest.mark.parametrize(
    ("fields", "remark", "kept"),
    [
        ({"rows_loaded": -3}, "rows_loaded is negative (-3)", {"rows_loaded": None, "rows_extracted": 10}),
        ({"rows_loaded": 1.5}, 'rows_loaded is "1.5", not a whole number', {"rows_loaded": None}),
        (
            {"quality_checks_failed": "few"},
            'quality_checks_failed is "few", not a whole number',
            {"quality_checks_failed": None},
        ),
        ({"rows_rejected": True}, 'rows_rejected is "true", not a whole number', {"rows_rejected": None}),
        ({"duration_seconds": -1}, "duration_seconds is negative (-1)", {"duration_seconds": None}),
        ({"duration_seconds": "long"}, 'duration_seconds is "long", not a number', {"duration_seconds": None}),
        (
            {"duration_seconds": 900},
            "duration_seconds is 900, but the timestamps are 600 s apart",
            {"duration_seconds": 900.0},
        ),
        ({"status": "SUCCESS"}, 'status is written "SUCCESS"', {"status": "success"}),
        ({"rows_extracted": 1e300, "rows_loaded": -1}, "; ", {"rows_extracted": None, "rows_loaded": None}),
    ],
)
def test_a_line_with_a_lesser_mistake_is_kept_without_the_field(
    tmp_path: Path, fields: dict[str, Any], remark: str, kept: dict[str, Any]
) -> None:
    read_logs, rows = one(tmp_path, **fields)
    (problem,) = said(read_logs)
    assert problem.startswith("runs.jsonl:2: kept: ")
    assert remark in problem
    (row,) = rows
    assert {name: row[name] for name in kept} == kept
    assert read_logs.totals["kept with a remark"] == 1


@pytest.mark.parametrize(
    ("seconds", "logged", "fine"),
    [
        (600, 600 + 600 * SLACK_SHARE, True),
        (600, 600 + 600 * SLACK_SHARE + 0.1, False),
        (1, 1 + SLACK_SECONDS, True),
        (1, 1 + SLACK_SECONDS + 0.1, False),
        (600, 0, False),
        (600, "600", True),
    ],
)
def test_a_duration_may_differ_from_the_timestamps_by_a_margin(
    tmp_path: Path, seconds: int, logged: float | str, fine: bool
) -> None:
    completed = datetime(2026, 1, 1) + timedelta(seconds=seconds)
    read_logs, _ = one(tmp_path, completed_at=f"{completed.isoformat()}Z", duration_seconds=logged)
    assert (read_logs.problems_total == 0) is fine


@pytest.mark.parametrize("field", FIELDS[5:])
@pytest.mark.parametrize("value", [LEFT_OUT, None, ""])
def test_lesser_fields_may_be_missing_and_are_counted(tmp_path: Path, field: str, value: Any) -> None:
    read_logs, rows = one(tmp_path, **{field: value})
    assert rows[0][field] is None
    assert read_logs.problems_total == 0
    missing = runs(tmp_path).missing
    assert missing == ({field: 1} if field in FIELDS[5:13] else {})


@pytest.mark.parametrize(
    ("written", "utc", "naive"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00", 0),
        ("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00", 0),
        ("2025-12-31 19:00:00.250-0500", "2026-01-01T00:00:00.250000", 0),
        ("2026-01-01T00:00Z", "2026-01-01T00:00:00", 0),
        ("2026-01-01T01:00+01", "2026-01-01T00:00:00", 0),
        ("2026-01-01 00:00:00 UTC", "2026-01-01T00:00:00", 0),
        ("2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:00.123456", 0),
        ("2026-01-01T00:00:00", "2026-01-01T00:00:00", 1),
        ("2026-01-01 00:00:00.5", "2026-01-01T00:00:00.500000", 1),
    ],
)
def test_times_are_in_utc_and_those_without_a_zone_are_counted(
    tmp_path: Path, written: str, utc: str, naive: int
) -> None:
    read_logs, rows = one(tmp_path, started_at=written)
    assert rows[0]["started_at"] == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert read_logs.totals["timestamps without zone"] == naive
    assert read_logs.problems_total == 0


def test_text_is_kept_as_it_is(tmp_path: Path) -> None:
    odd = "'; DROP TABLE runs; -- \" <script> \u202e {{x}} $files \x7f 雪"
    put(
        tmp_path,
        f"it's {odd.replace('/', '')[:12]} [1]*?.jsonl",
        line(pipeline_name=odd, error_message=odd, run_id=odd),
    )
    value = runs(tmp_path)
    assert value.query("SELECT pipeline_name, run_id, error_message FROM lines") == [
        dict.fromkeys(("pipeline_name", "run_id", "error_message"), odd)
    ]
    assert [run.run_id for run in value.of(odd)] == [odd]


def test_bom_crlf_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    text = "\ufeff" + "\r\n".join([line(), "", "   ", "\t", line(run_id="r2"), "?"]) + "\r\n"
    put(tmp_path, "runs.jsonl", text)
    read_logs = logs(tmp_path)
    assert said(read_logs) == ["runs.jsonl:6: left out: not JSON"]
    assert (read_logs.rows, read_logs.totals["blank lines"], read_logs.totals["lines"]) == (2, 3, 6)


def test_bytes_that_are_no_text_are_reported_and_the_line_is_kept(tmp_path: Path) -> None:
    broken = line(run_id="r2", status="failed", error_message="abgelehnt für X").encode("latin-1")
    put(tmp_path, "runs.jsonl", line().encode() + b"\n" + broken + b"\n\x00\x00" + line(run_id="r3").encode())
    read_logs = logs(tmp_path)
    remark = "kept: not UTF-8, or control characters in it: shown as U+FFFD"
    assert said(read_logs) == [f"runs.jsonl:2: {remark}", f"runs.jsonl:3: {remark}"]
    assert runs(tmp_path).query("SELECT error_message FROM lines WHERE line = 2") == [
        {"error_message": "abgelehnt f\ufffdr X"}
    ]
    assert read_logs.rows == 3


def test_a_line_of_megabytes_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(
        tmp_path,
        "runs.jsonl",
        f"{line()}\n{line(run_id='r2', error_message='x' * (lines.LONGEST + 1))}\n{line(run_id='r3')}",
    )
    read_logs = logs(tmp_path)
    assert said(read_logs) == ["runs.jsonl:2: left out: longer than 1 MiB"]
    assert read_logs.rows == 2
    longest = line(run_id="r4", error_message="x" * (lines.LONGEST - 500))
    put(tmp_path, "long.jsonl", longest)
    assert logs(tmp_path).rows == 3


def test_a_damaged_gzip_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    text = "\n".join(line(run_id=f"r{number}") for number in range(5000))
    put(tmp_path, "runs.jsonl", line(run_id="other"))
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(text.encode())[:-3000])
    read_logs = logs(tmp_path)
    cut, whole = read_logs.files
    assert 1000 < cut.rows < 5000
    assert whole.rows == 1
    assert cut.note == "the gzip stream is damaged"
    assert "read up to here: the gzip stream is damaged" in said(read_logs)[-1]


def test_a_log_that_grows_while_it_is_read_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "runs.jsonl", line() + "\n")

    def grown(ready: Any, con: Any) -> Any:
        path.write_text(line() + "\n" + line(run_id="r2") + "\n", encoding="utf-8")
        return real(ready, con)

    real = run_logs._Read
    monkeypatch.setattr(run_logs, "_Read", grown)
    assert said(logs(tmp_path)) == ["runs.jsonl: changed while it was being read; read it again"]


def test_what_duckdb_cannot_do_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(ready: Any, con: Any) -> Any:
        raise duckdb.OutOfMemoryException("failed to allocate data of size 1 TiB")

    monkeypatch.setattr(run_logs, "_Read", fail)
    put(tmp_path, "runs.jsonl", line())
    evidence = read(tmp_path)
    assert said(source(evidence, "run logs")) == ["runs.jsonl: cannot be read: DuckDB says OutOfMemoryException"]
    assert evidence.values == {}


@pytest.mark.parametrize("content", [json.dumps([LINE]), json.dumps(LINE, indent=2)])
def test_a_json_document_is_one_problem(tmp_path: Path, content: str) -> None:
    put(tmp_path, "a.json", content)
    evidence = read(tmp_path)
    told = "left out: one JSON document; a run log has each object on a line of its own"
    assert said(source(evidence, "run logs")) == [f"a.json:1: {told}"]
    assert evidence.values == {}
    put(tmp_path, "b.jsonl", line())
    assert logs(tmp_path).rows == 1


class TestRepetition:
    """Lines of the same pipeline_name, run_id and stage."""

    def test_one_that_says_the_same_counts_once(self, tmp_path: Path) -> None:
        put(tmp_path, "a.jsonl", f"{line()}\n{line(run_id='r2')}\n")
        put(
            tmp_path,
            "b.jsonl",
            f"{line(run_id='r3')}\n{json.dumps(LINE, indent=None, separators=(',', ':'))}\n{line(rows_loaded='9')}",
        )
        read_logs = logs(tmp_path)
        assert said(read_logs) == [
            f"b.jsonl:{number}: repeated: says the same as line 1 of a.jsonl" for number in (2, 3)
        ]
        assert (read_logs.rows, read_logs.totals["repeated"]) == (3, 2)
        assert read_logs.counts == {"success": 3}

    def test_one_that_says_something_else_is_another_attempt_and_the_last_one_counts(self, tmp_path: Path) -> None:
        failed = line(status="failed", completed_at="2026-01-01T00:05:00Z", duration_seconds=300, error_message="lost")
        put(tmp_path, "a.jsonl", f"{line()}\n{failed}\n{line(stage='extract')}\n")
        evidence = read(tmp_path)
        read_logs = source(evidence, "run logs")
        assert said(read_logs) == ["a.jsonl:2: kept: has the pipeline_name, run_id and stage of line 1 of a.jsonl"]
        assert read_logs.counts == {"failed": 1, "success": 2}
        (run,) = evidence.values["runs"].of("load_orders")
        assert (run.status, run.failed_stages, run.error_message) == ("success", "", "")
        assert evidence.values["runs"].query("SELECT line FROM lines WHERE superseded") == [{"line": 2}]

    def test_lines_without_a_stage_supersede_nothing(self, tmp_path: Path) -> None:
        failed = line(stage="", status="failed", completed_at="2026-01-01T00:05:00Z", duration_seconds=300)
        put(tmp_path, "a.jsonl", f"{failed}\n{line(stage='')}\n")
        assert runs(tmp_path).counts == {"failed": 1}

    def test_of_an_attempt_logged_twice_neither_supersedes_the_other(self, tmp_path: Path) -> None:
        failed = line(status="failed", completed_at="2026-01-01T00:20:00Z", duration_seconds=1200)
        put(tmp_path, "a.jsonl", f"{line()}\n{failed}\n{failed}\n")
        value = runs(tmp_path)
        assert value.counts == {"failed": 1}
        assert value.query("SELECT line, superseded FROM lines ORDER BY line") == [
            {"line": 1, "superseded": True},
            {"line": 2, "superseded": False},
        ]


def test_a_database_of_runs_reaches_no_file(tmp_path: Path) -> None:
    put(tmp_path, "runs.jsonl", line())
    value = runs(tmp_path)
    con = value.con
    for forbidden in (
        f"FROM read_text('{tmp_path}/runs.jsonl')",
        f"COPY lines TO '{tmp_path}/out.csv'",
        f"ATTACH '{tmp_path}/x.db'",
    ):
        with pytest.raises(duckdb.PermissionException):
            con.execute(forbidden)
    with pytest.raises(duckdb.InvalidInputException, match="locked"):
        con.execute("SET enable_external_access = true")
    assert not list(tmp_path.glob("*.csv"))


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary, working = tmp_path / "tmp", tmp_path / "work"
    temporary.mkdir()
    working.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.chdir(working)
    put(tmp_path, "evidence/runs.jsonl", line() + "\r\n")
    assert logs(tmp_path / "evidence").rows == 1
    assert list(temporary.iterdir()) == list(working.iterdir()) == []


@pytest.mark.parametrize(
    ("names", "recognised"),
    [
        (("pipeline_name", "run_id", "status", "started_at"), True),
        (("pipeline_name", "run_id", "status"), False),
        (("run_id", "status", "started_at", "completed_at", "stage"), False),
    ],
)
def test_a_run_log_is_recognised_by_its_field_names(names: tuple[str, ...], recognised: bool) -> None:
    head = b"not JSON\n" + json.dumps(dict.fromkeys(names, "")).encode()
    assert bool(run_logs.RUN_LOGS.recognises(Path("x"), head)) is recognised


def test_dbt_logs_and_lineage_events_are_no_run_logs(shared_data: Path) -> None:
    kinds = {each.kind for each in read(shared_data / "5_lineage_logs").sources}
    assert kinds == {"dbt manifest", "dbt logs", "openlineage events"}


def test_the_sql_reads_every_field_of_the_standard() -> None:
    sql = Path(run_logs.__file__).with_suffix(".sql").read_text(encoding="utf-8")
    assert tuple(re.findall(r"'\$\.(\w+)'", sql)) == FIELDS


def test_lines_are_numbered_across_many_files_and_threads(tmp_path: Path) -> None:
    expected: dict[str, tuple[str, int]] = {}
    for number in range(40):
        count = (1, 7, 1200)[number % 3]
        texts = [line(run_id=f"{number}/{at}") if at % 5 else "" for at in range(count)]
        name = f"part {number:02}.jsonl{'.gz' if number % 4 == 0 else ''}"
        put(tmp_path, name, "\n".join([*texts, line(run_id=f"{number}/last")]))
        expected |= {f"{number}/{at}": (name, at + 1) for at in range(count) if at % 5}
        expected[f"{number}/last"] = (name, count + 1)
    rows = runs(tmp_path).query("SELECT run_id, origin, line FROM lines ORDER BY origin, line")
    assert {row["run_id"]: (row["origin"], row["line"]) for row in rows} == expected
    assert [(row["origin"], row["line"]) for row in rows] == sorted(expected.values())


VALUES = st.sampled_from(
    [
        LEFT_OUT,
        None,
        "",
        " ",
        "x",
        "success",
        0,
        -1,
        2.5,
        True,
        [],
        {},
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:10:00+00:00",
    ]
)
CHANGES = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3)
JUNK = st.text(max_size=8).filter(lambda text: "\n" not in text)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(texts=st.lists(CHANGES | JUNK, max_size=12))
def test_every_line_is_counted_once(tmp_path: Path, texts: list[dict[str, Any] | str]) -> None:
    written = [
        text if isinstance(text, str) else line(**{"run_id": f"r{place}", **text}) for place, text in enumerate(texts)
    ]
    put(tmp_path, "runs.jsonl", ("\n".join([line(), *written]) + "\n").encode("utf-8", "replace"))
    evidence = read(tmp_path)
    read_logs = source(evidence, "run logs")
    totals = read_logs.totals
    assert totals["lines"] == len(texts) + 1
    assert totals["lines"] == read_logs.rows + totals["left out"] + totals["repeated"] + totals["blank lines"]
    assert read_logs.problems_total == totals["left out"] + totals["repeated"] + totals["kept with a remark"]
    kept = {row["line"] for row in evidence.values["runs"].query("SELECT line FROM lines")}
    apart = {problem.line for problem in read_logs.problems if not problem.what.startswith("kept")}
    blank = {place for place, text in enumerate(["-", *written], 1) if not text.strip(" \t\r\ufeff\x00")}
    assert kept | apart | blank == set(range(1, len(texts) + 2))
    assert not kept & apart
    assert sum(evidence.values["runs"].counts.values()) == totals["runs"]
