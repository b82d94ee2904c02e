"""Verbs of the monitoring room: ``decom monitoring alerts``, ``logs``, ``logging-schema``, ``metrics``.

What is heavy is imported when a verb is called, so that the command itself starts at once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.terminal import Out

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Dir = Annotated[Path, typer.Argument(metavar="DIR", help="the engagement's folder", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="print data instead of text")]


@app.callback()
def _monitoring() -> None:
    """Work with alerts and run logs."""


@app.command(epilog="Example: decom monitoring alerts acme --write")
def alerts(
    context: typer.Context,
    folder: Dir,
    write: Annotated[
        bool, typer.Option("--write", help="write the alerts that pipelines should have to deliverables/alerts")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say which alerts watch which pipeline, and generate those that each should have from what it promises."""
    from decom_nb.phases.monitoring.alert_catalogue import catalogue
    from decom_nb.phases.monitoring.alert_file import put
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
    told = catalogue(names, levels, _given(supply, "promises"))
    alerting = book.evidence.values.get("alerting")
    watch = alert_watch(alerting, levels, history) if alerting is not None else None
    out = Out(as_json)
    written: list[dict[str, str]] = []
    if write:
        for name, text in files(told).items():
            outcome, place = put(book.engagement.deliverables_path / FOLDER / name, text)
            written.append({"file": str(place), "outcome": outcome})
    out.data(
        {
            "watched": watch,
            "generated": [
                {"pipeline": each.pipeline, "alert": each.alert, "severity": each.level, "expression": each.expression}
                for each in told.alerts
            ],
            "by_severity": told.by_level,
            "not_written_down": [{"pipeline": name, "what": what} for name, what in told.missing],
            "files": written,
        }
    )
    _print_watch(out, watch)
    counts = ", ".join(f"{count} {level}" for level, count in told.by_level.items())
    out.line(f"{len(told.alerts)} alerts should watch {len(names)} pipelines: {counts}.")
    for each in sorted({what for _, what in told.missing}):
        out.line(f"Nobody wrote down {each} of {', '.join(name for name, what in told.missing if what == each)}.")
    for row in written:
        kept = " (the old one was edited by hand and stays as it is)" if row["outcome"] == "kept" else ""
        out.line(f"{row['outcome'] if row['outcome'] != 'kept' else 'written beside'}: {row['file']}{kept}")
    if not write:
        out.line("With --write they are written as Prometheus rules, Alertmanager routes and plain YAML.")


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
