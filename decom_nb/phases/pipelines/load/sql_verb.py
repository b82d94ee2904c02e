"""The verb ``decom pipelines sql``. `commands.py` puts it among the room's verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.made_file import PLAIN_SQL, tell, written
from decom_nb.option import Write, one_of
from decom_nb.phases.pipelines.check_verb import Chosen, sound_pipelines
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book

EPILOG = "Example: decom pipelines sql acme --pipeline load_orders --dialect postgres --write"


def sql(
    context: typer.Context,
    folder: Dir,
    pipeline: Chosen = "",
    dialect: Annotated[
        str, typer.Option(help="the target's engine; unless told, what each document says, else duckdb")
    ] = "",
    source_dialect: Annotated[
        str, typer.Option(help="the source's engine, where the target's cannot read it", show_default=False)
    ] = "",
    dbt: Annotated[bool, typer.Option("--dbt", help="as a dbt incremental model instead")] = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Write the loads of pipelines in one engine's SQL: extract, gates, write and position, to be run again at any time."""
    from decom_nb.sql.dialect import DIALECTS

    book: Book = context.obj(folder)
    if source_dialect:
        one_of("--source-dialect", source_dialect, DIALECTS)
    made = _made(sound_pipelines(book, pipeline), dialect, source_dialect, dbt)
    out = Out(as_json)
    typed = "decom pipelines sql DIR" + "".join(
        f" --{key} {value}" for key, value in (("dialect", dialect), ("source-dialect", source_dialect)) if value
    )
    typed += " --dbt" if dbt else ""
    done = _written(book, made, typed) if write else []
    out.data({"loads": made, "written": done})
    tell(out, {f"{load['folder']}/{name}": text for load in made for name, text in load["files"].items()}, done)


def _made(pipelines: Any, dialect: str, source_dialect: str, dbt: bool) -> list[dict[str, Any]]:
    """Write all of them; raises `InputError` with what every one of them lacks."""
    from decom_nb.escape import file_name
    from decom_nb.phases.pipelines.load.dbt_model import dbt_files
    from decom_nb.phases.pipelines.load.files import files
    from decom_nb.sql.dialect import NotSayable

    made: list[dict[str, Any]] = []
    wrong: list[Mistake] = []
    for each in pipelines:
        engine = dialect or each.load.dialect or "duckdb"
        try:
            told = dbt_files(each, engine) if dbt else files(each, engine, source_dialect)
        except InputError as error:
            wrong += error.mistakes
        except NotSayable as error:
            wrong.append(
                Mistake(f"documents/pipeline/{each.instance}.yaml", 0, each.called, str(error), "choose another engine")
            )
        else:
            folder = f"{file_name(each.called)}/{'dbt' if dbt else engine}"
            document = f"{each.instance}.yaml"
            made.append(
                {"pipeline": each.called, "dialect": engine, "folder": folder, "document": document, "files": told}
            )
    if wrong:
        raise InputError(wrong)
    return made


def _written(book: Book, made: list[dict[str, Any]], typed: str) -> list[dict[str, str]]:
    from decom_nb.phases.pipelines.load.written import FOLDER

    told: list[dict[str, str]] = []
    for load in made:
        document = book.engagement.documents_path / "pipeline" / load["document"]
        place, of_one = f"{FOLDER}/{load['folder']}", f"{typed} --pipeline {load['pipeline']}"
        comments = None if load["folder"].endswith("/dbt") else PLAIN_SQL
        told += written(book.engagement, place, load["files"], of_one, [document], comments)
    return told
