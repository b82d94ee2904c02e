"""OpenLineage events: what is a run, how it ended, what it wrote, and that nothing a file holds stops the rest."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decom_nb.evidence.openlineage import OpenLineage
from decom_nb.evidence.openlineage_events import KIND, OPENLINEAGE
from tests.evidence.made import put, read, said, source

ENDS = {"COMPLETE": "success", "FAIL": "failed", "ABORT": "aborted"}


def uuid(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


def event(kind: str | None, minute: int, run: int | str = 1, job: str = "load_orders", **more: Any) -> dict[str, Any]:
    """An event of a run at that minute; `run_facets`, `job_facets`, `inputs` and `outputs` may be added."""
    told: dict[str, Any] = {
        "eventTime": f"2026-01-01T00:{minute:02}:00Z",
        "run": {"runId": uuid(run) if isinstance(run, int) else run, "facets": more.pop("run_facets", {})},
        "job": {"namespace": "shop", "name": job, "facets": more.pop("job_facets", {})},
        "producer": "https://github.com/OpenLineage/OpenLineage/tree/1.0/integration/spark",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        **more,
    }
    return told if kind is None else {"eventType": kind, **told}


def lines(*events: dict[str, Any] | str) -> str:
    return "\n".join(each if isinstance(each, str) else json.dumps(each) for each in events)


def lineage(folder: Path, *events: dict[str, Any] | str) -> OpenLineage:
    put(folder, "events.jsonl", lines(*events))
    value = read(folder).values["openlineage"]
    assert isinstance(value, OpenLineage)
    return value


def rows(value: OpenLineage, columns: str, relation: str = "runs") -> list[tuple[Any, ...]]:
    """The rows of a relation, ordered by all columns asked for."""
    return [tuple(row.values()) for row in value.query(f"SELECT {columns} FROM openlineage.{relation} ORDER BY ALL")]


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        (("START", "COMPLETE"), "success"),
        (("START", "RUNNING", "COMPLETE"), "success"),
        (("START", "FAIL"), "failed"),
        (("START", "ABORT"), "aborted"),
        (("START",), "incomplete"),
        (("START", "OTHER"), "incomplete"),
        (("OTHER",), "incomplete"),
        (("START", "RUNNING"), "running"),
        (("COMPLETE",), "success"),
        (("START", "FAIL", "COMPLETE"), "success"),
        (("START", "COMPLETE", "FAIL"), "failed"),
        (("START", "COMPLETE", "OTHER"), "success"),
    ],
)
def test_a_run_ends_as_its_last_end_says_in_whatever_order_events_come(
    tmp_path: Path, kinds: tuple[str, ...], status: str
) -> None:
    orders = list(permutations(enumerate(kinds)))
    events = [event(kind, minute, run) for run, order in enumerate(orders) for minute, kind in (*order, order[0])]
    value = lineage(tmp_path, *events)
    assert rows(value, "status, events") == [(status, len(kinds) + 1)] * len(orders)


def test_of_two_ends_at_the_same_moment_the_worse_counts(tmp_path: Path) -> None:
    value = lineage(tmp_path, event("START", 0), event("FAIL", 5), event("COMPLETE", 5))
    assert value.counts == {"failed": 1}


def test_a_run_is_told_with_all_that_its_events_say(tmp_path: Path) -> None:
    parent = {"run": {"runId": uuid(9)}, "job": {"namespace": "airflow", "name": "nightly.load"}}
    output = {
        "namespace": "lake",
        "name": "orders",
        "outputFacets": {"outputStatistics": {"rowCount": 120, "size": 4096}},
    }
    value = lineage(
        tmp_path,
        event(
            "START",
            0,
            run_facets={"parent": parent, "nominalTime": {"nominalStartTime": "2026-01-01T01:00:00+01:00"}},
            job_facets={"jobType": {"processingType": "BATCH", "integration": "AIRFLOW", "jobType": "TASK"}},
            inputs=[
                {
                    "namespace": "shop",
                    "name": "raw",
                    "inputFacets": {"inputStatistics": {"rowCount": 130.0, "size": "9"}},
                }
            ],
            outputs=[{"namespace": "lake", "name": "orders"}],
        ),
        event(
            "FAIL",
            10,
            outputs=[output],
            run_facets={"errorMessage": {"message": "disk full", "programmingLanguage": "PYTHON"}},
        ),
    )
    (run,) = value.query("FROM openlineage.runs")
    assert run == {
        "run": 1,
        "run_id": uuid(1),
        "job_namespace": "shop",
        "job_name": "load_orders",
        "parent_run_id": uuid(9),
        "parent_namespace": "airflow",
        "parent_job": "nightly.load",
        "integration": "AIRFLOW",
        "job_type": "TASK",
        "processing_type": "BATCH",
        "status": "failed",
        "started_at": datetime(2026, 1, 1, tzinfo=UTC),
        "ended_at": datetime(2026, 1, 1, 0, 10, tzinfo=UTC),
        "seconds": 600.0,
        "nominal_start": datetime(2026, 1, 1, tzinfo=UTC),
        "rows_written": 120,
        "bytes_written": 4096,
        "error": "disk full",
        "events": 2,
        "last_at": datetime(2026, 1, 1, 0, 10, tzinfo=UTC),
        "origin": "events.jsonl",
    }
    assert rows(value, "run, namespace, name, direction, rows, bytes", "datasets") == [
        (1, "lake", "orders", "writes", 120, 4096),
        (1, "shop", "raw", "reads", 130, 9),
    ]


def test_rows_that_nobody_tells_are_not_none(tmp_path: Path) -> None:
    told = {"namespace": "lake", "outputFacets": {"outputStatistics": {"rowCount": 0}}}
    value = lineage(
        tmp_path,
        event("COMPLETE", 1, 1, outputs=[{"namespace": "lake", "name": "a"}]),
        event("COMPLETE", 2, 2, outputs=[{**told, "name": "a"}, {"namespace": "lake", "name": "b"}]),
        event(
            "COMPLETE", 3, 3, outputs=[{**told, "name": "a", "outputFacets": {"outputStatistics": {"rowCount": -1}}}]
        ),
    )
    assert rows(value, "run, rows_written") == [(1, None), (2, 0), (3, None)]


@pytest.mark.parametrize("spelling", ["parent", "parentRun"])
def test_a_parent_is_spelt_in_two_ways(tmp_path: Path, spelling: str) -> None:
    parent = {"run": {"runId": uuid(2)}, "job": {"namespace": "shop", "name": "nightly"}}
    value = lineage(tmp_path, event("START", 0, run_facets={spelling: parent}))
    assert rows(value, "parent_run_id, parent_job") == [(uuid(2), "nightly")]


def test_the_integration_is_told_by_the_job_else_the_engine_else_the_producer(tmp_path: Path) -> None:
    value = lineage(
        tmp_path,
        event("START", 0, 1, "a", job_facets={"jobType": {"integration": "DBT"}}),
        event("START", 0, 2, "b", run_facets={"processing_engine": {"name": "flink"}}),
        event("START", 0, 3, "c"),
        event("START", 0, 4, "d", producer="https://example.com/ours"),
    )
    assert rows(value, "job_name, integration") == [("a", "DBT"), ("b", "FLINK"), ("c", "SPARK"), ("d", None)]


class TestRunIds:
    """What shares a run id, and what that id tells apart."""

    def test_a_template_that_was_never_filled_in_is_told_apart_by_job_and_start(self, tmp_path: Path) -> None:
        template = "{{ any(result) }}"
        value = lineage(
            tmp_path,
            event("START", 0, template, "a"),
            event("START", 1, template, "b"),
            event("COMPLETE", 2, template, "b"),
            event("FAIL", 3, template, "a"),
            event("START", 10, template, "a"),
            event("START", 10, template, "a"),
            event("START", 20, template, "a"),
            event("COMPLETE", 21, template, "a"),
        )
        assert rows(value, "job_name, run, status, seconds, events") == [
            ("a", 1, "failed", 180.0, 2),
            ("a", 3, "incomplete", None, 2),
            ("a", 4, "success", 60.0, 2),
            ("b", 2, "success", 60.0, 2),
        ]

    def test_a_run_whose_job_gets_another_name_on_the_way_is_one(self, tmp_path: Path) -> None:
        value = lineage(tmp_path, event("START", 0, 1, "app"), event("COMPLETE", 5, 1, "app.execute_insert.orders"))
        assert rows(value, "job_name, status, seconds") == [("app.execute_insert.orders", "success", 300.0)]

    def test_a_uuid_that_several_jobs_use_is_told_apart_by_job(self, tmp_path: Path) -> None:
        value = lineage(
            tmp_path,
            *(event(kind, minute, 1, job) for job in "ab" for minute, kind in enumerate(("START", "COMPLETE"))),
        )
        assert rows(value, "job_name, status") == [("a", "success"), ("b", "success")]

    def test_an_id_that_is_no_uuid_may_tell_runs_apart_all_the_same(self, tmp_path: Path) -> None:
        value = lineage(tmp_path, event("START", 0, "r1"), event("START", 1, "r2"), event("COMPLETE", 2, "r1"))
        assert rows(value, "run_id, status") == [("r1", "success"), ("r2", "incomplete")]
        assert source(read(tmp_path), KIND).totals["run ids that are no uuid"] == 2


def test_what_jobs_and_datasets_declare_is_no_run(tmp_path: Path) -> None:
    job = {
        "eventTime": "2026-01-01T00:00:00Z",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent",
        "job": {"namespace": "shop", "name": "load_orders"},
        "inputs": [{"namespace": "shop", "name": "raw"}],
        "outputs": [{"namespace": "lake", "name": "orders"}],
    }
    dataset = {
        "eventTime": "2026-01-01T00:00:00Z",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",
        "dataset": {"namespace": "lake", "name": "orders"},
    }
    value = lineage(tmp_path, job, dataset)
    assert value.counts == {}
    assert rows(value, "run, job_name, name, direction, last_at", "datasets") == [
        (None, "load_orders", "orders", "writes", None),
        (None, "load_orders", "raw", "reads", None),
    ]
    assert source(read(tmp_path), KIND).counts == {"dataset": 1, "job": 1}


def test_tests_are_read_from_datasets_and_from_the_run(tmp_path: Path) -> None:
    asserted = {"dataQualityAssertions": {"assertions": [{"assertion": "unique", "success": False, "column": "id"}]}}
    later = {"dataQualityAssertions": {"assertions": [{"assertion": "unique", "success": True, "column": "id"}]}}
    run = {"tests": [{"name": "rows", "status": "skip"}, {"type": "fresh", "status": "fail", "severity": "WARN"}]}
    value = lineage(
        tmp_path,
        event("START", 0, inputs=[{"namespace": "lake", "name": "orders", "inputFacets": asserted}]),
        event("RUNNING", 1, inputs=[{"namespace": "lake", "name": "orders", "facets": later}]),
        event(
            "COMPLETE",
            2,
            outputs=[{"namespace": "lake", "name": "marts", "facets": asserted}],
            run_facets={"test": run},
        ),
    )
    assert rows(value, 'dataset, "column", assertion, success, severity', "tests") == [
        ("marts", "id", "unique", False, None),
        ("orders", "id", "unique", True, None),
        (None, None, "fresh", False, "warn"),
        (None, None, "rows", None, None),
    ]


def test_column_lineage_tells_which_column_comes_from_which(tmp_path: Path) -> None:
    def taken(field: str, *transformations: tuple[str, str]) -> dict[str, Any]:
        told = [{"type": kind, "subtype": subtype} for kind, subtype in transformations]
        return {"namespace": "lake", "name": "orders", "field": field, "transformations": told}

    fields = {
        "amount": {
            "inputFields": [taken("amount", ("DIRECT", "AGGREGATION")), taken("status", ("INDIRECT", "FILTER"))]
        },
        "id": {
            "inputFields": [{"namespace": "lake", "name": "orders", "field": "id"}],
            "transformationType": "IDENTITY",
        },
        "odd": {"inputFields": "nothing"},
    }
    output = {"namespace": "lake", "name": "marts", "facets": {"columnLineage": {"fields": fields}}}
    value = lineage(tmp_path, event("START", 0, outputs=[output]), event("COMPLETE", 1, outputs=[output]))
    assert rows(value, "output_field, input_field, kind, transformation", "columns") == [
        ("amount", "amount", "direct", "AGGREGATION"),
        ("amount", "status", "indirect", "FILTER"),
        ("id", "id", None, "IDENTITY"),
    ]


# Files


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("events.jsonl", lines(event("START", 0), event("COMPLETE", 1))),
        ("events.jsonl.gz", lines(event("START", 0), event("COMPLETE", 1))),
        ("events.json", [event("START", 0), event("COMPLETE", 1)]),
        ("events.json", json.dumps([event("START", 0), event("COMPLETE", 1)], indent=2)),
        ("events.json.gz", [event("START", 0), event("COMPLETE", 1)]),
        ("page.json", {"events": [event("START", 0), event("COMPLETE", 1)], "totalCount": 2}),
        ("page.json", json.dumps({"totalCount": 2, "events": [event("START", 0), event("COMPLETE", 1)]}, indent=1)),
        ("spread.json", "\n".join(json.dumps(each, indent=2) for each in (event("START", 0), event("COMPLETE", 1)))),
        ("no name", "\ufeff" + lines(event("START", 0), event("COMPLETE", 1)) + "\r\n"),
    ],
)
def test_events_may_lie_in_any_layout(tmp_path: Path, name: str, content: Any) -> None:
    put(tmp_path, name, content)
    evidence = read(tmp_path)
    assert evidence.values["openlineage"].counts == {"success": 1}
    told = source(evidence, KIND)
    assert (told.rows, told.counts, told.problems) == (2, {"COMPLETE": 1, "START": 1}, ())
    assert told.as_of == datetime(2026, 1, 1, 0, 1, tzinfo=UTC)


def test_a_run_may_span_files(tmp_path: Path) -> None:
    put(tmp_path, "b/start.json", json.dumps(event("START", 0), indent=1))
    put(tmp_path, "a/end [1]*.json", event("COMPLETE", 1))
    evidence = read(tmp_path)
    assert rows(evidence.values["openlineage"], "status, origin") == [("success", "a/end [1]*.json")]
    assert [file.rows for file in source(evidence, KIND).files] == [1, 1]


def test_what_is_no_event_is_a_problem_and_stops_nothing(tmp_path: Path) -> None:
    nameless = event("START", 0)
    del nameless["job"]
    put(
        tmp_path,
        "events.jsonl",
        lines(
            event("START", 0),
            "{broken",
            "",
            '["eventTime"]',
            {**event("COMPLETE", 1), "eventTime": "soon"},
            {**event("COMPLETE", 1), "run": {}},
            nameless,
            {"eventTime": "2026-01-01T00:00:00Z"},
            {**event("COMPLETE", 1), "eventType": "FINISHED"},
            {**event("complete", 1), "inputs": "none", "outputs": [1, {"name": 5}, None]},
        ),
    )
    put(
        tmp_path,
        "array.json",
        [event("COMPLETE", 5, 2), {"eventTime": "2026-01-01T00:00:00Z", "run": {"runId": "x"}}, 7],
    )
    evidence = read(tmp_path)
    assert said(source(evidence, KIND)) == [
        "array.json: event 2 left out: job.name is missing",
        "array.json: event 3 left out: JSON, but not an object",
        "events.jsonl:2: left out: not JSON",
        "events.jsonl:4: left out: JSON, but not an object",
        'events.jsonl:5: left out: eventTime is "soon", not an ISO 8601 timestamp',
        "events.jsonl:6: left out: run.runId is missing",
        "events.jsonl:7: left out: job.name is missing",
        "events.jsonl:8: left out: it names no run, no job and no dataset",
        'events.jsonl:9: kept: eventType is "FINISHED", read as OTHER',
    ]
    assert evidence.values["openlineage"].counts == {"success": 2}
    assert source(evidence, KIND).totals["left out"] == 8


def test_a_document_that_is_cut_off_is_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    put(tmp_path, "cut.json", json.dumps([event("START", 0), event("COMPLETE", 1)], indent=1)[:-40])
    put(tmp_path, "whole.json", [event("START", 0, 2), event("FAIL", 1, 2)])
    text = lines(*(event("START", number % 60, number) for number in range(3000)))
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(text.encode())[:-2000])
    evidence = read(tmp_path)
    told = source(evidence, KIND)
    assert [(file.path, bool(file.rows), file.note.partition(":")[0]) for file in told.files] == [
        ("cut.json", False, "left out"),
        ("cut.jsonl.gz", True, "the gzip stream is damaged"),
        ("whole.json", True, ""),
    ]
    assert said(told)[0].startswith("cut.json:")
    assert evidence.values["openlineage"].counts["failed"] == 1


def test_repeated_events_are_counted_once_in_what_they_add_up_to(tmp_path: Path) -> None:
    output = {"namespace": "lake", "name": "orders", "outputFacets": {"outputStatistics": {"rowCount": 7}}}
    end = event("COMPLETE", 1, outputs=[output])
    value = lineage(tmp_path, event("START", 0), end, end, end)
    assert rows(value, "rows_written, seconds") == [(7, 60.0)]
    assert source(read(tmp_path), KIND).totals["repeated"] == 2


def test_text_of_a_client_stays_text(tmp_path: Path) -> None:
    odd = "'; DROP TABLE runs; -- \" <script> {{x}} $numbers 雪"
    value = lineage(tmp_path, event("FAIL", 0, 1, odd, run_facets={"errorMessage": {"message": odd}}))
    assert rows(value, "job_name, error") == [(odd, odd)]
    assert [job.name for job in value.jobs] == [odd]


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (json.dumps([event("START", 0)]), True),
        (
            json.dumps(
                {"eventTime": "t", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json", "job": {}}
            ),
            True,
        ),
        (json.dumps({"eventTime": "t", "eventName": "DescribeInstances", "eventSource": "ec2"}), False),
        ('"eventTime": "runId":', False),
    ],
)
def test_events_are_recognised_by_their_time_and_their_run(head: str, known: bool) -> None:
    assert bool(OPENLINEAGE.recognises(Path("x"), head.encode())) is known


def test_jobs_are_counted(tmp_path: Path) -> None:
    value = lineage(
        tmp_path, *(event(kind, 1, number) for number, kind in enumerate(("COMPLETE", "FAIL", "START", "RUNNING")))
    )
    (job,) = value.jobs
    assert (job.runs, job.success, job.failed, job.aborted, job.running, job.incomplete) == (4, 1, 1, 0, 1, 1)
    assert value.period == (datetime(2026, 1, 1, 0, 1, tzinfo=UTC),) * 2


KINDS = st.sampled_from(["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"])
EVENTS = st.lists(st.tuples(KINDS, st.integers(0, 59), st.integers(0, 12)), min_size=1, max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=5, deadline=None)
@given(events=EVENTS)
def test_runs_are_what_a_plain_reading_of_the_events_gives(tmp_path: Path, events: list[tuple[str, int, int]]) -> None:
    value = lineage(tmp_path, *(event(kind, minute, run) for kind, minute, run in events))
    rank = ["START", "OTHER", "RUNNING", "COMPLETE", "ABORT", "FAIL"]
    expected = []
    for run in sorted({run for _, _, run in events}):
        own = sorted(((minute, rank.index(kind), kind) for kind, minute, number in events if number == run))
        ends = [kind for _, _, kind in own if kind in ENDS]
        status = ENDS[ends[-1]] if ends else "running" if own[-1][2] == "RUNNING" else "incomplete"
        expected.append((uuid(run), status, len(own)))
    assert rows(value, "run_id, status, events") == expected
