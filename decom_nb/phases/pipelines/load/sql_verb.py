"""The verb ``decom pipelines sql``. `commands.py` puts it among the room's verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book

EPILOG = "Example: decom pipelines sql acme --pipeline load_orders --dialect postgres --write"


def sql(
    context: typer.Context,
    folder: Dir,
    pipeline: Annotated[
        str, typer.Option(help="one pipeline, by its name or its file's; else all", show_default=False)
    ] = "",
    dialect: Annotated[
        str, typer.Option(help="the target's engine; unless told, what each document says, else duckdb")
    ] = "",
    source_dialect: Annotated[
        str, typer.Option(help="the source's engine, where the target's cannot read it", show_default=False)
    ] = "",
    dbt: Annotated[bool, typer.Option("--dbt", help="as a dbt incremental model instead")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="write to deliverables/pipelines; what was edited by hand is kept")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the loads of pipelines in one engine's SQL: extract, gates, write and position, to be run again at any time."""
    from decom_nb.phases.pipelines.check_verb import sound_pipelines
    from decom_nb.sql.dialect import DIALECTS
    from decom_nb.suggest import instead

    book: Book = context.obj(folder)
    if source_dialect and source_dialect not in DIALECTS:
        what = f"there is no engine {source_dialect} here"
        raise InputError(Mistake("", 0, "--source-dialect", what, instead(source_dialect, DIALECTS)))
    made = _made(sound_pipelines(book, pipeline), dialect, source_dialect, dbt)
    out = Out(as_json)
    typed = "decom pipelines sql DIR" + "".join(
        f" --{key} {value}" for key, value in (("dialect", dialect), ("source-dialect", source_dialect)) if value
    )
    typed += " --dbt" if dbt else ""
    written = _written(book, made, typed) if write else []
    out.data({"loads": made, "written": written})
    if write:
        from decom_nb import generated_file

        for each in written:
            out.line(generated_file.told(each["outcome"], each["file"]))
        return
    for load in made:
        for name, text in load["files"].items():
            out.line(f"# {load['folder']}/{name}", "bold")
            out.line(text)


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
    from decom_nb import generated_file
    from decom_nb.phases.pipelines.load.written import FOLDER

    told: list[dict[str, str]] = []
    for load in made:
        document = book.engagement.documents_path / "pipeline" / load["document"]
        origin = generated_file.origin(
            f"{typed} --pipeline {load['pipeline']} --write", book.engagement.path, [document]
        )
        for name, text in load["files"].items():
            path = book.engagement.deliverables_path / FOLDER / load["folder"] / name
            comment = ("-- ", "") if name.endswith(".sql") and not load["folder"].endswith("/dbt") else None
            outcome, lies = generated_file.put(path, text, comment, origin)
            told.append({"file": str(lies), "outcome": outcome})
    return told
