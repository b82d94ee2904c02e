"""``decom pipelines orchestrate``: each pipeline's file for Airflow 3, Dagster or Prefect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.made_file import tell, written
from decom_nb.option import Write
from decom_nb.phases.pipelines.check_verb import Chosen, chosen_pipelines
from decom_nb.phases.pipelines.orchestrator.skeleton import Orchestrator, place, skeleton
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.phases.pipelines.orchestrator.job import Job
    from decom_nb.phases.pipelines.pipeline import Pipeline, TargetDialect

DEFAULT_DIALECT: TargetDialect = "duckdb"


def orchestrate(
    context: typer.Context,
    folder: Dir,
    orchestrator: Annotated[Orchestrator, typer.Option("--for", help="who runs it", show_default=False)],
    pipeline: Chosen = "",
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Generate the file that runs a pipeline's SQL: its schedule, retries, longest runtime, and whom to tell."""
    book: Book = context.obj(folder)
    jobs = _jobs(book, chosen_pipelines(book, pipeline))
    out = Out(as_json)
    rows: list[dict[str, Any]] = []
    done: list[dict[str, str]] = []
    for each, made_of in jobs:
        text, file = skeleton(each, orchestrator), place(each, orchestrator)
        row: dict[str, Any] = {
            "pipeline": each.name,
            "file": file,
            "tasks": [part.name for part in each.parts],
            "text": text,
        }
        if write:
            typed = f"decom pipelines orchestrate DIR --for {orchestrator}"
            done += written(book.engagement, "", {file: text}, typed, made_of)
            row |= {"outcome": done[-1]["outcome"], "written": done[-1]["file"]}
        rows.append(row)
    out.data({"for": orchestrator, "files": rows})
    tell(out, {row["file"]: row["text"] for row in rows}, done)
    if not write:
        out.line("With --write they are written to deliverables.")


def _jobs(book: Book, pipelines: tuple[Pipeline, ...]) -> list[tuple[Job, list[Path]]]:
    """Give the jobs of each pipeline and the files that each is made of; all mistakes of all pipelines are told at once."""
    from decom_nb.document import Shelf
    from decom_nb.phases.pipelines.orchestrator.job import RECONCILE, job

    kind = type(pipelines[0])
    shelf = Shelf(kind, book.engagement.document_path(kind))
    jobs: list[tuple[Job, list[Path]]] = []
    mistakes: list[Mistake] = []
    for each in pipelines:
        try:
            made = [job(each, each.load.dialect or DEFAULT_DIALECT)]
            place_of_sql = book.engagement.deliverables_path / made[0].folder
            if (place_of_sql / RECONCILE).is_file():
                made.append(made[0].reconciling(each.extract.reconciliation))
        except InputError as error:
            mistakes += error.mistakes
            continue
        for one in made:
            sql = place_of_sql / one.file
            if sql.is_file():
                jobs.append((one, [shelf.path(each.instance), sql]))
            else:
                hint = f"decom pipelines sql DIR --pipeline {each.called} --write"
                mistakes.append(Mistake(str(sql), 0, "", f"the load of {each.called} is not there", hint))
    names = [each.identifier for each, _ in jobs]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        what = f"two pipelines are called {twice} to an orchestrator"
        mistakes.append(Mistake("documents/pipeline", 0, "pipeline", what, "give each a name of its own"))
    if mistakes:
        raise InputError(mistakes)
    return jobs
