"""``decom patterns connectors``: what change data capture needs to run, and what is wrong with a connector that a client has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.made_file import PLAIN_SQL, tell, written
from decom_nb.option import Write
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.phases.patterns.connector.capture_document import Capture

EPILOG = "Example: decom patterns connectors acme --write"
FOLDER = "patterns/capture"
"""Where under an engagement's deliverables the files lie."""
ALERTS = "lag_alerts.yaml"


def connectors(
    context: typer.Context,
    folder: Dir,
    check: Annotated[
        Path | None,
        typer.Option(help="a connector's JSON that exists already: what is wrong in it", show_default=False),
    ] = None,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Generate Debezium connectors, their sinks and alerts on lag from the document `capture`, or check a connector's JSON."""
    book: Book = context.obj(folder)
    out = Out(as_json)
    if check:
        _check(check, out)
        return
    capture = book.documents.get("capture")
    place = str(book.engagement.documents_path / "capture.yaml")
    if capture is None or not capture.databases:
        hint = "fill in documents/capture.yaml: a blank one lies in templates"
        raise InputError(Mistake(place, 0, "databases", "no database is named whose changes are captured", hint))
    files = dict(made(capture, book.documents.get("pipeline") or (), place))
    typed = "decom patterns connectors DIR"
    done = written(book.engagement, FOLDER, files, typed, [Path(place)], PLAIN_SQL) if write else []
    out.data({"files": [{"file": name, "text": text} for name, text in files.items()], "written": done})
    tell(out, files, done)


def made(capture: Capture, pipelines: Sequence[Any], place: str) -> list[tuple[str, str]]:
    """Give every file with its text; `InputError` with all that keeps them from being made."""
    import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own

    from decom_nb.phases.patterns.connector.connector_check import gaps
    from decom_nb.phases.patterns.connector.connector_file import connector
    from decom_nb.phases.patterns.connector.lag_alert import lag_alerts
    from decom_nb.phases.patterns.connector.sink_file import NotPossible, sink_file

    files: list[tuple[str, str]] = []
    mistakes: list[Mistake] = []
    for at, database in enumerate(capture.databases):
        key = f"databases[{at}]"
        if database.database is None:
            mistakes.append(Mistake(place, 0, f"{key}.database", "it is not said which database it is", "name it"))
            continue
        config = connector(capture, database, pipelines)
        mistakes += [Mistake(place, 0, f"{key} → {name}", what, hint) for name, what, hint in gaps(config["config"])]
        files.append((f"{database.connector}.json", json.dumps(config, indent=2) + "\n"))
    for at, sink in enumerate(capture.sinks):
        try:
            if sink.kind is None:
                raise NotPossible(f"of the sink {sink.name or at + 1} it is not said what it is")
            files.append(sink_file(capture, sink, pipelines))
        except NotPossible as error:
            mistakes.append(Mistake(place, 0, f"sinks[{at}]", str(error), "complete the document"))
    if mistakes:
        raise InputError(mistakes)
    return [*files, (ALERTS, yaml.safe_dump(lag_alerts(capture), sort_keys=False, width=1000))]


def _check(file: Path, out: Out) -> None:
    from decom_nb.phases.patterns.connector.connector_check import advice, faults, read

    config = read(file)
    found, left = list(faults(config)), list(advice(config))
    told = {"faults": found, "advice": left}
    named = {
        name: [dict(zip(("key", "what", "instead"), each, strict=True)) for each in rows] for name, rows in told.items()
    }
    out.data({"file": str(file), **named})
    for key, what, hint in found:
        out.line(f"{key}: {what} → {hint}")
    for key, what, follows in left:
        out.line(f"{key}: {what}. {follows}", "yellow")
    if found:
        raise typer.Exit(1)
    out.line("It has what the connector needs to start.")
