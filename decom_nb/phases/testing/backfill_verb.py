"""The verbs ``decom testing backfill plan``, ``run`` and ``status``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb import atomic
from decom_nb.errors import GateFailed, InputError, Mistake
from decom_nb.made_file import PLAIN_SQL
from decom_nb.suggest import instead
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.phases.testing.backfill_plan import Plan

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="the request: documents/backfill/NAME.yaml", show_default=False)
]
Dialect = Annotated[str, typer.Option(help="the engine of the SQL; as dbt tells it, if left out", show_default=False)]


@app.callback()
def _backfill() -> None:
    """Process history again, by the protocol."""


@app.command(epilog="Example: decom testing backfill plan acme vat_2026 --dialect snowflake")
def plan(context: typer.Context, folder: Dir, name: Name, dialect: Dialect = "", as_json: Json = False) -> None:
    """Plan a backfill: what it touches, in which order, with which SQL; the files go to deliverables/backfills/NAME."""
    from decom_nb import generated_file
    from decom_nb.phases.testing.deliverables import backfill_files, backfill_folder

    book = context.obj(folder)
    made = _planned(book, name, dialect)
    place = book.engagement.deliverables_path / backfill_folder(made.name)
    request = book.engagement.documents_path / "backfill" / f"{made.name}.yaml"
    typed = f"decom testing backfill plan DIR {made.name}" + (f" --dialect {dialect}" if dialect else "")
    origin = generated_file.origin(typed, book.engagement.path, [request])
    written = {
        file: generated_file.put(
            place / file, text, PLAIN_SQL.get(Path(file).suffix), origin, within=book.engagement.deliverables_path
        )
        for file, text in backfill_files(made).items()
    }
    out = Out(as_json)
    out.data({**made.row(), "files": {file: str(path) for file, (_, path) in written.items()}})
    out.line(f"{made.name}: {len(made.parts):,} parts, {made.order}.")
    for reason in made.refused:
        out.line(f"  The most recent cannot come first: {reason}")
    touched = [(each.kind, each.name, each.owner, each.through, each.state) for each in made.impact.touched[:20]]
    if touched:
        out.table(("what", "name", "owner", "through", "rests on earlier rows"), touched)
    else:
        out.line("Nothing that reads these tables is known.")
    if (more := len(made.impact.touched) - 20) > 0:
        out.line(f"… and {more:,} more downstream.")
    for each in made.to_settle:
        out.line(f"To settle: {each}", "yellow")
    out.line(f"Files: {place}")
    for outcome, path in written.values():
        if outcome in ("kept", "edited"):
            out.line(f"  {generated_file.told(outcome, path.relative_to(place))}")


@app.command(epilog="Example: decom testing backfill run acme vat_2026 --database warehouse.duckdb")
def run(
    context: typer.Context,
    folder: Dir,
    name: Name,
    database: Annotated[Path, typer.Option(help="the DuckDB database in which the tables lie", show_default=False)],
    again: Annotated[bool, typer.Option("--again", help="begin anew, after one that is done or was changed")] = False,
    accept_empty: Annotated[
        bool, typer.Option("--accept-empty", help="go on where the query gives no rows for days that have some")
    ] = False,
    any_time: Annotated[bool, typer.Option("--any-time", help="pay no heed to the window of the request")] = False,
    as_json: Json = False,
) -> None:
    """Run a backfill on a DuckDB database, part by part; killed or stopped, it goes on where it was. Exits 1 if it stops."""
    from decom_nb.phases.testing import backfill_progress, backfill_run
    from decom_nb.phases.testing.backfill_text import log_page
    from decom_nb.phases.testing.deliverables import backfill_folder

    book = context.obj(folder)
    made = _planned(book, name, "duckdb")
    place = book.engagement.deliverables_path / backfill_folder(made.name)
    place.mkdir(parents=True, exist_ok=True)
    if again and backfill_progress.read(place).events:
        backfill_progress.put_aside(place)
    out = Out(as_json)
    outcome = backfill_run.run(made, database, place, told=out.line, accept_empty=accept_empty, any_time=any_time)
    progress = backfill_progress.read(place)
    told: dict[str, Any] = {
        "name": made.name,
        "state": progress.state,
        "done_now": outcome.done,
        "done_before": outcome.skipped,
        "parts": len(made.tasks),
        "stopped": outcome.stopped,
        "wrong": outcome.wrong,
        "anomalies": list(progress.anomalies),
    }
    if outcome.stopped:
        out.data(told)
        raise GateFailed(f"The backfill stopped after {outcome.done + outcome.skipped} of {len(made.tasks)} parts.")
    log = place / "log.md"
    atomic.write(log, log_page(made, progress, progress.last("done") or {}).encode())
    out.data({**told, "log": str(log)})
    out.line(f"Done: {len(made.tasks):,} parts. The record: {log}")
    out.line(f"Set status: done in documents/backfill/{made.name}.yaml, and tell the consumers (communication.md).")
    if outcome.wrong:
        raise GateFailed(f"The verification found {len(outcome.wrong)} things that should not be; see the record.")


@app.command(epilog="Example: decom testing backfill status acme vat_2026 --json")
def status(context: typer.Context, folder: Dir, name: Name, as_json: Json = False) -> None:
    """Say how far a backfill is, and what was odd."""
    from decom_nb.phases.testing import backfill_progress
    from decom_nb.phases.testing.deliverables import backfill_folder

    book = context.obj(folder)
    made = _planned(book, name, "")
    progress = backfill_progress.read(book.engagement.deliverables_path / backfill_folder(made.name))
    last = progress.events[-1] if progress.events else {}
    changed = bool(progress.plan) and progress.plan != made.digest
    out = Out(as_json)
    out.data(
        {
            "name": made.name,
            "status": made.backfill.status,
            "state": progress.state,
            "done": len(progress.parts),
            "parts": len(made.tasks),
            "last_at": last.get("at"),
            "stopped": (progress.last("stopped") or {}).get("says", "") if progress.state == "stopped" else "",
            "anomalies": list(progress.anomalies),
            "request_changed_since": changed,
            "to_settle": list(made.to_settle),
        }
    )
    out.line(f"{made.name}: {progress.state}, {len(progress.parts):,} of {len(made.tasks):,} parts, {made.order}.")
    if progress.state == "stopped":
        out.line(str((progress.last("stopped") or {}).get("says", "")))
    if changed:
        out.line("The request was changed since the run began.", "yellow")
    for each in progress.anomalies:
        out.line(f"odd: {each}")
    for each in made.to_settle:
        out.line(f"To settle: {each}", "yellow")


def _planned(book: Book, name: str, dialect: str) -> Plan:
    """Plan the request of that name."""
    from datetime import UTC, datetime

    from decom_nb.evidence.dbt import Dbt
    from decom_nb.phases.testing.backfill_plan import planned
    from decom_nb.sql.dialect import DIALECTS

    requests = {each.instance: each for each in book.documents.get("backfill") or ()}
    if name not in requests:
        what = f"there is no request documents/backfill/{name}.yaml"
        raise InputError(Mistake("", 0, name, what, instead(name, requests) if requests else "write it first"))
    if dialect and dialect not in DIALECTS:
        raise InputError(Mistake("", 0, "--dialect", f"{dialect} is not known", instead(dialect, DIALECTS)))
    supply = book.supply(datetime.now(UTC).date())
    return planned(requests[name], supply.get("dbt") or Dbt(), supply.get("history"), dialect)
