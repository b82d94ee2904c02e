"""The history: made run logs, Airflow exports, OpenLineage events and dbt results, read by their collectors and told as one."""

from __future__ import annotations

import gc
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from decom_nb.evidence.collect import collect
from decom_nb.history import History
from decom_nb.history.relations import RELATIONS
from decom_nb.phases.monitoring.documents import ServiceLevels
from decom_nb.phases.monitoring.readers import history
from tests.evidence import test_dbt_logs as dbt_log
from tests.phases.monitoring import made

START = made.START
DATA = Path(__file__).parents[2] / ".." / "shared" / "data"


def told(folder: Path, levels: dict[str, Any] | None = None) -> History:
    evidence = collect([folder], folder)
    names = ("runs", "airflow", "openlineage", "dbt", "dbt_logs")
    document = ServiceLevels.model_validate(levels) if levels else None
    found = history(*(evidence.values.get(name) for name in names), document)
    assert found is not None
    return found


def log(folder: Path, *runs: tuple[str, str, float], name: str = "runs.jsonl", **more: Any) -> None:
    """Write a log of (pipeline, status, hours from the start), ten minutes each."""
    lines = []
    for number, (pipeline, status, hours) in enumerate(runs):
        began = START + timedelta(hours=hours)
        lines.append(
            {
                "pipeline_name": pipeline,
                "run_id": f"r{number}",
                "started_at": began.isoformat(),
                "completed_at": (began + timedelta(minutes=10)).isoformat(),
                "status": status,
                "stage": "load",
                "rows_loaded": 100,
                "quality_checks_passed": 3,
                "quality_checks_failed": 1,
                "error_message": "" if status == "success" else "disk full",
                **more,
            }
        )
    (folder / name).write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")


def airflow(folder: Path, *dags: dict[str, Any]) -> None:
    for name, content in made.airflow(list(dags)).items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")


def events(folder: Path, *lines: dict[str, Any], name: str = "events.ndjson") -> None:
    (folder / name).write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")


def statuses(found: History) -> dict[str, str]:
    return {row["run_id"]: row["status"] for row in found.query("FROM history.runs")}


# what each source tells


def test_run_logs_are_told_with_rows_checks_and_errors(tmp_path: Path) -> None:
    log(tmp_path, ("a", "success", 0), ("a", "failed", 24))
    first, second = told(tmp_path).query("FROM history.runs ORDER BY started_at")
    assert (first["rows_written"], first["checks_passed"], first["checks_failed"]) == (100, 3, 1)
    assert (first["seconds"], first["attempts"], first["retried"], first["error"]) == (600, 1, None, "")
    assert (second["status"], second["error"], second["origin"]) == ("failed", "disk full", "runs.jsonl")


def test_counts_that_stages_repeat_are_counted_once_and_those_that_differ_add_up(tmp_path: Path) -> None:
    stages = [("same", "extract", 100), ("same", "load", 100), ("apart", "orders", 100), ("apart", "items", 250)]
    lines = [
        {
            "pipeline_name": pipeline,
            "run_id": "r",
            "started_at": START.isoformat(),
            "completed_at": (START + timedelta(minutes=1)).isoformat(),
            "status": "success",
            "stage": stage,
            "rows_loaded": rows,
        }
        for pipeline, stage, rows in stages
    ]
    events(tmp_path, *lines, name="runs.jsonl")
    found = {row["pipeline"]: row["rows_written"] for row in told(tmp_path).query("FROM history.runs")}
    assert found == {"same": 100, "apart": 350}


def test_a_run_of_airflow_that_passed_on_its_third_try_was_retried(tmp_path: Path) -> None:
    airflow(tmp_path, {"dag": "a", "tries": 3}, {"dag": "a", "at": 5}, {"dag": "a", "at": 9, "type": "manual"})
    found = told(tmp_path)
    rows = found.query("FROM history.runs ORDER BY started_at")
    assert [(row["attempts"], row["retried"], row["kind"]) for row in rows] == [
        (3, True, "scheduled"),
        (1, False, "scheduled"),
        (1, False, "manual"),
    ]
    (pipeline,) = found.pipelines
    assert (pipeline.retried, pipeline.healed, pipeline.runs) == (1, 1, 3)


def test_queued_runs_have_not_begun_and_running_ones_have_not_ended(tmp_path: Path) -> None:
    airflow(tmp_path, {"dag": "a"}, {"dag": "a", "at": 3, "state": "queued"}, {"dag": "a", "at": 5, "state": "running"})
    (pipeline,) = told(tmp_path).pipelines
    assert (pipeline.runs, pipeline.success, pipeline.running) == (1, 1, 1)


def test_a_start_without_an_end_is_incomplete_and_an_abort_a_failure(tmp_path: Path) -> None:
    later = START + timedelta(minutes=7)
    events(
        tmp_path,
        made.event("a", "START", "one", START),
        made.event("a", "START", "two", START),
        made.event("a", "ABORT", "two", later),
        made.event("a", "START", "three", START),
        made.event("a", "COMPLETE", "three", later),
    )
    found = statuses(told(tmp_path))
    assert found == {
        made.run_id("one"): "incomplete",
        made.run_id("two"): "failed",
        made.run_id("three"): "success",
    }


def test_jobs_with_a_parent_are_its_steps_and_a_second_try_heals(tmp_path: Path) -> None:
    def step(job: str, kind: str, run: str, minutes: float) -> dict[str, Any]:
        return made.event(job, kind, run, START + timedelta(minutes=minutes), facets=made.parent("dag", "the run"))

    events(
        tmp_path,
        step("dag.load", "START", "try 1", 0),
        step("dag.load", "FAIL", "try 1", 1),
        step("dag.load", "START", "try 2", 2),
        step("dag.load", "COMPLETE", "try 2", 4),
        step("dag.check", "START", "check", 5),
        step("dag.check", "COMPLETE", "check", 6),
    )
    found = told(tmp_path)
    (run,) = found.query("FROM history.runs")
    assert (run["pipeline"], run["run_id"], run["status"]) == ("dag", made.run_id("the run"), "success")
    assert (run["attempts"], run["retried"], run["seconds"]) == (2, True, 360)
    steps = {row["step"]: (row["status"], row["attempts"]) for row in found.query("FROM history.steps")}
    assert steps == {"dag.load": ("success", 2), "dag.check": ("success", 1)}


def test_steps_of_steps_belong_to_the_run_at_the_top(tmp_path: Path) -> None:
    later = START + timedelta(minutes=9)
    events(
        tmp_path,
        made.event("dag", "START", "top", START),
        made.event("dag", "COMPLETE", "top", later),
        made.event("dag.dbt", "START", "middle", START, facets=made.parent("dag", "top")),
        made.event("dag.dbt", "COMPLETE", "middle", later, facets=made.parent("dag", "top")),
        made.event("model", "START", "low", START, facets=made.parent("dag.dbt", "middle")),
        made.event(
            "model",
            "COMPLETE",
            "low",
            later,
            facets=made.parent("dag.dbt", "middle"),
            outputs=[made.dataset("a.orders")],
        ),
    )
    found = told(tmp_path)
    assert [row["pipeline"] for row in found.query("FROM history.runs")] == ["dag"]
    assert {row["step"] for row in found.query("FROM history.steps")} == {"dag.dbt", "model"}
    (dataset,) = found.query("FROM history.datasets")
    assert (dataset["pipeline"], dataset["dataset"]) == ("dag", "postgres://db:5432/a.orders")


def test_dbt_invocations_are_runs_of_their_project_unless_they_only_compile(tmp_path: Path) -> None:
    for name, command, status in (("a", "build", "pass"), ("b", "build", "fail"), ("c", "compile", "success")):
        content = {
            "metadata": {
                "dbt_schema_version": "https://schemas.getdbt.com/dbt/run-results/v6.json",
                "generated_at": "2026-01-01T05:00:00Z",
                "invocation_id": name,
            },
            "args": {"which": command},
            "results": [
                {"unique_id": "test.shop.t", "status": status, "execution_time": 2.0, "timing": [], "message": "Got 3"}
            ],
            "elapsed_time": 60.0,
        }
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    rows = told(tmp_path).query("FROM history.runs ORDER BY run_id")
    assert [(row["run_id"], row["status"], row["checks_passed"], row["checks_failed"]) for row in rows] == [
        ("a", "success", 1, 0),
        ("b", "failed", 0, 1),
    ]
    assert rows[0]["ended_at"] == datetime(2026, 1, 1, 5, tzinfo=UTC)
    assert rows[0]["started_at"] == datetime(2026, 1, 1, 4, 59, tzinfo=UTC)


@pytest.mark.parametrize("folder", ["dbt_postgres_run", "dbt_postgres_test"])
def test_published_logs_and_events_of_dbt_tell_the_same_runs(folder: str) -> None:
    """The pairs were recorded together: of each invocation both tell when it began and ended, and how."""
    place = DATA / "5_lineage_logs" / folder
    if not place.is_dir():
        pytest.skip("the published recordings are not here")
    found = told(place)
    by_source = {
        source: found.query(
            "SELECT status, started_at, ended_at, checks_passed, checks_failed FROM history.told_runs"
            " WHERE source = $source ORDER BY started_at",
            {"source": source},
        )
        for source in ("dbt", "openlineage")
    }
    assert by_source["dbt"] == by_source["openlineage"]
    assert len(by_source["dbt"]) == (2 if folder.endswith("run") else 1)
    (pipeline,) = found.pipelines
    assert (pipeline.name, pipeline.source, pipeline.also_in) == ("jaffle_shop", "openlineage", ("dbt",))


# names, and which source counts


def run_results(folder: Path, name: str, generated_at: str | None, results: dict[str, tuple[str, str]]) -> None:
    """Write the run results of a build with {model: (status, message)}."""
    content = {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/run-results/v6.json",
            "generated_at": generated_at,
            "invocation_id": name,
        },
        "args": {"which": "build"},
        "results": [
            {
                "unique_id": f"model.shop.{model}",
                "status": status,
                "execution_time": 2.0,
                "timing": [],
                "message": message,
            }
            for model, (status, message) in results.items()
        ],
        "elapsed_time": 60.0,
    }
    (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def test_dbts_words_for_how_a_node_ended_are_told_as_what_they_mean(tmp_path: Path) -> None:
    day = "2026-01-01T05:00:00Z"
    run_results(
        tmp_path,
        "some",
        day,
        {
            "a": ("success", "INSERT 7"),
            "b": ("partial success", "3 of 4 batches"),
            "c": ("no-op", "NO-OP"),
            "d": ("reused", "no changes"),
        },
    )
    run_results(tmp_path, "odd", day, {"a": ("success", "OK"), "b": ("postponed", "later")})
    run_results(tmp_path, "bad", day, {"a": ("partial success", "1 of 2 batches"), "b": ("error", "disk full")})
    found = told(tmp_path)
    runs = found.query("SELECT run_id, status, error FROM history.runs ORDER BY run_id")
    assert [tuple(row.values()) for row in runs] == [
        ("bad", "failed", "disk full"),
        ("odd", "incomplete", ""),
        ("some", "partial", "3 of 4 batches"),
    ]
    steps = found.query("SELECT step[-1:], status, error FROM history.steps ORDER BY run_id DESC, step")
    assert [tuple(row.values()) for row in steps] == [
        ("a", "success", ""),
        ("b", "partial", "3 of 4 batches"),
        ("c", "skipped", ""),
        ("d", "skipped", ""),
        ("a", "success", ""),
        ("b", "incomplete", ""),
        ("a", "partial", "1 of 2 batches"),
        ("b", "failed", "disk full"),
    ]


def test_an_invocation_of_which_nobody_knows_when_it_ran_has_no_steps_either(tmp_path: Path) -> None:
    run_results(tmp_path, "when", "2026-01-01T05:00:00Z", {"a": ("success", "OK")})
    run_results(tmp_path, "never", None, {"a": ("error", "disk full")})
    found = told(tmp_path)
    for relation in ("runs", "steps"):
        assert [row["run_id"] for row in found.query(f"FROM history.{relation}")] == ["when"]


@pytest.mark.parametrize(
    ("words", "run", "steps"),
    [
        (("partial success", "success"), ("partial", "said partial success"), ["partial", "success"]),
        (("partial success", "error"), ("failed", "said error"), ["partial", "failed"]),
        (("reused", "postponed"), ("failed", ""), ["skipped", "incomplete"]),
    ],
)
def test_logs_of_dbt_tell_its_words_as_its_results_do(
    tmp_path: Path, words: tuple[str, str], run: tuple[str, str], steps: list[str]
) -> None:
    lines = [dbt_log.START, dbt_log.ARGUMENTS]
    for node, word in zip("ab", words, strict=True):
        result = {"status": word, "message": f"said {word}", "execution_time": 1.0}
        end = "2026-01-01T00:00:04"
        lines.append(dbt_log.told("Q025", 4, f"model.shop.{node}", status=word, finished=end, run_result=result))
    lines.append(dbt_log.told("Q039", 5, completed_at="2026-01-01T00:00:05Z", elapsed=5.5, success=False))
    (tmp_path / "dbt.log").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    found = told(tmp_path)
    assert [tuple(row.values()) for row in found.query("SELECT status, error FROM history.runs")] == [run]
    assert [row["status"] for row in found.query("SELECT status FROM history.steps ORDER BY step")] == steps


def test_one_source_counts_for_a_pipeline_by_whichever_name(tmp_path: Path) -> None:
    log(tmp_path, ("load", "success", 0))
    airflow(tmp_path, {"dag": "airflow_load", "times": 5, "state": "failed"}, {"dag": "other"})
    events(tmp_path, made.event("LOAD", "START", "x", START), made.event("LOAD", "COMPLETE", "x", START))
    found = told(tmp_path, {"pipelines": [{"pipeline": "load", "also_known_as": ["airflow_load"]}]})
    load, other = found.pipelines
    assert (load.name, load.source, load.also_in, load.runs) == ("load", "run_logs", ("airflow", "openlineage"), 1)
    assert (other.name, other.source, other.runs) == ("other", "airflow", 1)
    assert found.sources == {"run logs": 1, "Airflow": 1}


def test_jobs_of_one_name_in_two_namespaces_are_two(tmp_path: Path) -> None:
    pairs = [made.event("load", "START", space, START, namespace=space) for space in ("prod", "dev")]
    events(tmp_path, *pairs)
    assert [each.name for each in told(tmp_path).pipelines] == ["dev/load", "prod/load"]
    named = told(tmp_path, {"pipelines": [{"pipeline": "load_all", "also_known_as": ["prod.load"]}]})
    assert [each.name for each in named.pipelines] == ["dev/load", "load_all"]


def test_two_histories_in_one_store_do_not_mix(tmp_path: Path) -> None:
    log(tmp_path, ("load", "success", 0))
    evidence = collect([tmp_path], tmp_path)
    runs = evidence.values["runs"]
    levels = ServiceLevels.model_validate({"pipelines": [{"pipeline": "orders", "also_known_as": ["load"]}]})
    plain = history(runs, None, None, None, None, None)
    renamed = history(runs, None, None, None, None, levels)
    assert plain
    assert renamed
    assert [each.name for each in plain.pipelines] == ["load"]
    assert [each.name for each in renamed.pipelines] == ["orders"]
    assert plain.query("SELECT DISTINCT pipeline FROM history.runs") == [{"pipeline": "load"}]


def test_a_store_whose_history_nobody_holds_any_more_goes_with_its_folder(tmp_path: Path) -> None:
    log(tmp_path, ("a", "success", 0.0))
    found = told(tmp_path)
    folder = found.store.folder
    assert [each.name for each in found.pipelines] == ["a"]
    assert folder.is_dir()
    del found
    gc.collect()
    assert not folder.exists()


def test_lines_that_cannot_be_read_bound_what_is_known(tmp_path: Path) -> None:
    log(tmp_path, ("a", "success", 0), ("a", "success", 24))
    with (tmp_path / "runs.jsonl").open("a", encoding="utf-8") as file:
        file.write(
            '{"pipeline_name": "a", "run_id": "r9", "started_at": "soon", "completed_at": "", "status": "success"}\n'
        )
        file.write(
            '{"pipeline_name": "b", "run_id": "r1", "started_at": "", "completed_at": "", "status": "success"}\n'
        )
    a, b = told(tmp_path).pipelines
    assert (a.runs, a.unknown, a.success_range) == (2, 1, (2 / 3, 1.0))
    assert (b.name, b.runs, b.unknown, b.success_range) == ("b", 0, 1, (0.0, 1.0))


def test_the_relations_are_as_they_are_described(tmp_path: Path) -> None:
    log(tmp_path, ("a", "success", 0))
    airflow(tmp_path, {"dag": "d"})
    events(tmp_path, made.event("a", "START", "one", START, inputs=[made.dataset("x")]))
    found = told(tmp_path)
    for relation in RELATIONS:
        told_columns = {row["column_name"]: row["column_type"] for row in found.query(f"DESCRIBE FROM {relation.name}")}
        assert told_columns == {each.name: each.type for each in relation.columns}, relation.name
    assert {each.name for each in RELATIONS} <= {each.name for each in found.store.relations}


def test_nothing_that_ran_is_no_history() -> None:
    assert history(None, None, None, None, None, None) is None


# incidents and chains


def test_failures_in_a_row_are_one_incident(tmp_path: Path) -> None:
    log(
        tmp_path,
        ("a", "success", 0),
        ("a", "partial", 10),
        ("a", "failed", 20),
        ("a", "failed", 30),
        ("a", "success", 40),
        ("a", "failed", 50),
    )
    first, second = told(tmp_path).incidents
    assert (first.runs, first.failures, first.status, first.recovered_run) == (3, 2, "failed", "r4")
    assert first.began_at == START + timedelta(hours=10)
    assert first.seconds == timedelta(hours=20).total_seconds()  # from the end of the first failed run
    assert (second.recovered_at, second.seconds, second.runs) == (None, None, 1)


def chain_evidence(folder: Path) -> None:
    """Make a chain load → stage → mart: load fails and is made good, and what reads it fails an hour later each."""
    log(
        folder,
        *[(name, "success", hours) for name, hours in (("load", 0), ("stage", 1), ("mart", 2), ("other", 3))],
        ("load", "failed", 24),
        ("stage", "failed", 25),
        ("mart", "partial", 26),
        ("other", "failed", 27),
        ("load", "success", 28),
        ("stage", "success", 29),
        ("mart", "success", 30),
        ("other", "success", 31),
        ("mart", "failed", 50),  # of its own doing: what it reads is fine again
    )
    lines = [("stage", ["raw.orders"], ["stage.orders"]), ("mart", ["stage.orders"], [])]
    events(
        folder,
        *[
            made.event(
                job,
                kind,
                job,
                START,
                inputs=[made.dataset(n) for n in reads],
                outputs=[made.dataset(n) for n in writes],
            )
            for job, reads, writes in lines
            for kind in ("START", "COMPLETE")
        ],
    )


def test_what_failed_upstream_shortly_before_is_the_cause(tmp_path: Path) -> None:
    chain_evidence(tmp_path)
    found = told(tmp_path, {"pipelines": [{"pipeline": "load", "writes": ["raw.orders"]}]})
    assert found.upstream == {"stage": frozenset({"load"}), "mart": frozenset({"stage"})}
    caused = [(each.pipeline, each.caused_by, each.root) for each in found.chains(timedelta(hours=24))]
    assert caused == [
        ("load", "", ""),
        ("stage", "load", "load"),
        ("mart", "stage", "load"),
        ("other", "", ""),
        ("mart", "", ""),
    ]


def test_a_cause_that_lies_too_far_back_is_none(tmp_path: Path) -> None:
    chain_evidence(tmp_path)
    found = told(tmp_path, {"pipelines": [{"pipeline": "load", "writes": ["raw.orders"]}]})
    assert not [each for each in found.chains(timedelta(minutes=10)) if each.caused_by]


def test_without_lineage_nothing_causes_anything(tmp_path: Path) -> None:
    log(tmp_path, ("load", "failed", 0), ("mart", "failed", 1))
    assert [each.caused_by for each in told(tmp_path).chains(timedelta(hours=24))] == ["", ""]


def test_rooms_take_of_the_history_only_what_it_gives() -> None:
    rooms = Path(__file__).parents[2] / "decom_nb" / "phases"
    files = rooms.rglob("*.py")
    assert [file.name for file in files if "from decom_nb.history." in file.read_text(encoding="utf-8")] == []
