"""Verbs of the monitoring room: ``decom monitoring health``, ``incidents``, ``anomalies``, ``alerts``, ``logs`` and more.

What is heavy is imported when a verb is called, so that the command itself starts at once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.made_file import written
from decom_nb.option import Write
from decom_nb.terminal import Dir, Json, Out

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _monitoring() -> None:
    """Work with pipelines' health, incidents, alerts and run logs."""


@app.command(epilog="Example: decom monitoring alerts acme --write")
def alerts(
    context: typer.Context,
    folder: Dir,
    write: Write = False,
    promised: Annotated[
        bool | None,
        typer.Option(
            "--promised/--all",
            help="only the pipelines that documents/service_levels.yaml lists, which is so where it lists any; or all",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say which alerts watch which pipeline, and generate those that each should have from what it promises."""
    from decom_nb.generated_file import told as became
    from decom_nb.phases.monitoring.alert_catalogue import catalogue
    from decom_nb.phases.monitoring.alert_pipeline import pipeline_names
    from decom_nb.phases.monitoring.alert_row import alert_watch
    from decom_nb.phases.monitoring.deliverables import FOLDER, files

    book = context.obj(folder)  # the command line hands every room the way to open a book
    supply = book.supply(datetime.now(UTC).date())
    levels, history = book.documents["service_levels"], _given(supply, "history")
    names = pipeline_names(levels, history)
    if not names:
        raise InputError(
            Mistake(
                str(folder),
                0,
                "",
                "no pipeline is known",
                "name them in documents/service_levels.yaml, or add run logs",
            )
        )
    listed_there = [name for name in names if levels is not None and levels.of(name) is not None]
    if promised and not listed_there:
        hint = "fill in documents/service_levels.yaml, or leave --promised out"
        raise InputError(Mistake(str(folder), 0, "", "the service levels list no pipeline", hint))
    chosen = listed_there if listed_there and promised is not False else names
    told = catalogue(chosen, levels, _given(supply, "promises"))
    alerting = book.evidence.values.get("alerting")
    watch = alert_watch(alerting, levels, history) if alerting is not None else None
    out = Out(as_json)
    made_from = [book.engagement.documents_path / "service_levels.yaml"]
    done = written(book.engagement, FOLDER, files(told), "decom monitoring alerts DIR", made_from) if write else []
    out.data(
        {
            "watched": watch,
            "generated": [
                {"pipeline": each.pipeline, "alert": each.alert, "severity": each.level, "expression": each.expression}
                for each in told.alerts
            ],
            "by_severity": told.by_level,
            "pipelines": chosen,
            "left_out": [name for name in names if name not in set(chosen)],
            "not_written_down": [{"pipeline": name, "what": what} for name, what in told.missing],
            "files": done,
        }
    )
    _print_watch(out, watch)
    counts = ", ".join(f"{count} {level}" for level, count in told.by_level.items())
    audited = sum(not each.expression for each in told.alerts)
    out.line(
        f"{len(told.alerts)} alerts should watch {_pipelines(len(chosen))}: {counts}. {len(told.alerts) - audited} of them are "
        f"rules for Prometheus; of the other {audited} no metric of a pipeline can tell, and the audit looks at them."
    )
    if left_out := len(names) - len(chosen):
        out.line(
            f"{_pipelines(left_out)} of the history the service levels do not list: left out, --all takes them in."
        )
    for each in sorted({what for _, what in told.missing}):
        of = [name for name, what in told.missing if what == each]
        more = "" if len(of) == 1 else " (--json names them)" if len(of) > _NAMED else f": {', '.join(of)}"
        out.line(f"Nobody wrote down {each} of {of[0] if len(of) == 1 else _pipelines(len(of))}{more}.")
    for row in done:
        out.line(became(row["outcome"], row["file"]))
    if not write:
        out.line("With --write they are written as Prometheus rules, Alertmanager routes and plain YAML.")


_NAMED = 3
"""How many pipelines a line names; more are counted."""


def _pipelines(count: int) -> str:
    return f"{count} pipeline{'' if count == 1 else 's'}"


def _given(supply: Any, name: str) -> Any:
    """Give what stands behind a name, nothing where there is none."""
    from decom_nb.supply import Absent

    try:
        return supply.get(name)
    except Absent:
        return None


def _print_watch(out: Out, watch: dict[str, Any] | None) -> None:
    if watch is None:
        out.line("No alert rules, dashboards or alert history are among the evidence.")
        return
    rows = [
        (
            row["pipeline"],
            *(_cell(row["cells"][each["kind"]]) for each in watch["kinds"]),
        )
        for row in watch["rows"]
    ]
    out.table(["pipeline", *(each["title"] for each in watch["kinds"])], rows)
    if watch["silent"]:
        out.line(f"These go to nobody: {', '.join(watch['silent'])}.")
    if watch["of_none"]:
        out.line(f"These watch none of the pipelines: {', '.join(watch['of_none'])}.")


def _cell(cell: dict[str, Any]) -> str:
    if cell["rules"]:
        return ", ".join(cell["rules"]) + (f" and {cell['more']} more" if cell["more"] else "")
    return f"fired {cell['fired']} times" if cell["fired"] else "-"


@app.command(epilog="Example: decom monitoring logs acme")
def logs(context: typer.Context, folder: Dir, as_json: Json = False) -> None:
    """Say how far run logs keep to the logging standard: which fields are missing or wrong, where, and in how many lines."""
    from decom_nb.phases.monitoring.log_conformance import conformance
    from decom_nb.wording import floored

    runs = context.obj(folder).evidence.values.get("runs")
    if runs is None:
        raise InputError(
            Mistake(str(folder), 0, "", "no run logs are among the evidence", "add them, one JSON object per line")
        )
    found = sorted(conformance(runs), key=lambda each: (each.share, each.pipeline))
    out = Out(as_json)
    out.data(
        [
            {
                "pipeline": each.pipeline,
                "lines": each.lines,
                "conforming": each.conforming,
                "fields": [
                    {
                        "field": flaw.field,
                        "missing": flaw.missing,
                        "wrong": flaw.wrong,
                        "file": flaw.origin,
                        "line": flaw.line,
                        "said": flaw.said,
                    }
                    for flaw in each.flaws
                ],
            }
            for each in found
        ]
    )
    out.table(
        ["pipeline", "lines", "as they should be", "field", "missing", "wrong", "for example"],
        [
            (
                each.pipeline if at == 0 else "",
                f"{each.lines:,}" if at == 0 else "",
                floored(each.share) if at == 0 else "",
                flaw.field if flaw else "",
                f"{flaw.missing:,}" if flaw else "",
                f"{flaw.wrong:,}" if flaw else "",
                f"{flaw.example}: {flaw.said}" if flaw else "",
            )
            for each in found
            for at, flaw in enumerate(each.flaws or (None,))
        ],
    )


@app.command("logging-schema", epilog="Example: decom monitoring logging-schema > run-log.schema.json")
def logging_schema(as_json: Json = False) -> None:
    """Print the JSON Schema of a line in a run log."""
    import json

    from decom_nb.log import schema

    out = Out(as_json)
    out.data(schema())
    out.line(json.dumps(schema(), indent=2))


@app.command(epilog="Example: decom monitoring metrics logs/runs.jsonl --output pipelines.prom")
def metrics(
    logs: Annotated[
        list[Path], typer.Argument(metavar="LOG...", help="run logs, plain or gzipped", show_default=False)
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="a file that is replaced at once", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Give what run logs tell as metrics for Prometheus, under the names that the generated alerts ask for."""
    from decom_nb.log import METRICS, metrics_of, write_metrics

    if missing := [each for each in logs if not each.is_file()]:
        raise InputError(
            Mistake(str(each), 0, "", "there is no such file", "check its name and folder") for each in missing
        )
    out = Out(as_json)
    if output is not None:
        write_metrics(logs, output)
    out.data({"metrics": [each.name for each in METRICS], "text": metrics_of(logs), "file": str(output or "")})
    out.line(f"Metrics: {output}" if output else metrics_of(logs).rstrip("\n"))


@app.command(epilog="Example: decom monitoring health acme --json")
def health(context: typer.Context, folder: Dir, as_json: Json = False) -> None:
    """Say how the pipelines are doing by the methodology's eight metrics, as of the end of the evidence."""
    from decom_nb.phases.monitoring.health_table import health_table

    told = _measure(context, folder, "pipeline_health")
    out = Out(as_json)
    out.data(told)
    behind = told["days_behind"]
    ends = f"The evidence ends on {told['now'][:16].replace('T', ' ')} UTC"
    out.line(f"{ends}, {behind} days ago." if behind else f"{ends}.", "yellow" if told["stale"] else "")
    titles = {each.metric: each.title for each in health_table().metrics}
    out.table(
        ("metric", "state", "what was found"),
        [(titles[row["metric"]], row["state"].replace("_", " "), row["says"]) for row in told["overall"]],
    )
    for row in told["stopped"]:
        out.line(f"{row['pipeline']}, {row['state']}: {row['says']}", "red" if row["state"] == "alert" else "yellow")
    aside = {row["pipeline"]: row["days"] for row in told["aside"]}
    if aside:
        out.line(
            f"Set aside, as they did not run in the last {told['window_days']} days of the evidence: {_last_seen(aside)}."
        )
    out.line()
    out.table(
        ("pipeline", *_BY_PIPELINE.values()),
        [
            (row["pipeline"], *(_state_of(row["metrics"].get(name)) for name in _BY_PIPELINE))
            for row in told["pipelines"]
            if row["pipeline"] not in aside
        ],
        whole=("pipeline",),
    )


_BY_PIPELINE = {
    "success_rate": "success",
    "runtime": "runtime",
    "freshness": "freshness",
    "volume": "volume",
    "checks": "checks",
    "failed": "failed",
}
"""The metrics of one pipeline, as the heads of narrow columns."""


def _last_seen(aside: dict[str, int]) -> str:
    """Name pipelines by how long before the end of the evidence they ran last."""
    from decom_nb.wording import listed

    days = dict.fromkeys(sorted(aside.values()))
    told = {each: [name for name, ago in aside.items() if ago == each] for each in days}
    return "; ".join(f"{listed(names)}, last seen {each} days earlier" for each, names in told.items())


def _state_of(row: dict[str, Any] | None) -> str:
    from decom_nb.wording import floored

    if row is None or row.get("value") is None:
        return "not known"
    value = f"{row['value']:g}" if row["metric"] == "failed" else floored(row["value"])
    return f"{value} {row['state']}"


@app.command(epilog="Example: decom monitoring incidents acme")
def incidents(context: typer.Context, folder: Dir, as_json: Json = False) -> None:
    """List what went wrong: when, how bad, how long until it was noticed and made good, and what caused it."""
    told = _measure(context, folder, "incidents")
    out = Out(as_json)
    out.data(told)
    out.table(
        ("began", "pipeline", "severity", "status", "minutes to recover", "minutes to notice", "caused by", "error"),
        [
            (
                row["began_at"][:16].replace("T", " "),
                row["pipeline"],
                row["severity"],
                row["status"],
                "not yet" if row["minutes_to_recover"] is None else f"{row['minutes_to_recover']:,.0f}",
                "" if row["minutes_to_notice"] is None else f"{row['minutes_to_notice']:,.0f}",
                row["caused_by"],
                row["error"][:60],
            )
            for row in told["rows"]
        ],
        right=("minutes to recover", "minutes to notice"),
    )
    half = (
        ""
        if told["minutes_to_recover"] is None
        else f"; half were made good within {told['minutes_to_recover']:,.0f} minutes"
    )
    out.line(f"{told['total']} incidents, {told['failed']} of them failures, {told['open']} not over yet{half}.")
    if told["caused"]:
        out.line(f"{told['caused']} were caused by another pipeline upstream.")


@app.command(epilog="Example: decom monitoring anomalies acme")
def anomalies(context: typer.Context, folder: Dir, as_json: Json = False) -> None:
    """List what is out of the ordinary: unusual days, changes of level, pipelines that pass when they are tried again."""
    told = _measure(context, folder, "irregularities")
    out = Out(as_json)
    out.data(told)
    looked = told["looked_at"]
    out.line(
        f"Looked at {looked['duration']} durations (minutes) and {looked['volume']} volumes (rows) of four weeks and more; "
        f"{told['too_short']} pipelines ran on too few days."
    )
    for title, columns, rows in (
        ("Changes of level", ("pipeline", "what", "day", "before", "after"), told["shifts"]),
        (
            "Unusual days",
            ("pipeline", "what", "first", "last", "value", "low", "high", "beside_failure", "with_volume"),
            told["unusual"],
        ),
        ("Passed when tried again", ("pipeline", "runs", "passed_on_retry", "share", "commonest_error"), told["flaky"]),
    ):
        if rows:
            out.line()
            out.line(title, "bold")
            heads = [name.replace("_", " ") for name in columns]
            out.table(heads, [[_plain(row[name]) for name in columns] for row in rows])


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)[:60]


def _measure(context: typer.Context, folder: Path, name: str) -> Any:
    """Give a measure of this room; what has to be there for it is asked for in words."""
    supply = context.obj(folder).supply(datetime.now(UTC).date())
    told = supply.get(name)
    if name in supply.failures:
        raise supply.failures[name]
    if not told:
        what, hint = (
            "the evidence tells of no run",
            "put run logs, exports of the scheduler, lineage events or dbt's run results into evidence/",
        )
        raise InputError(Mistake(str(folder), 0, "", what, hint))
    return told
