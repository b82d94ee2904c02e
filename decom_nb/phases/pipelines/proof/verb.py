"""``decom pipelines prove``: run loads twice, late, doubled and killed, and say where the target first is not what it must be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.pipelines.check_verb import Chosen, chosen_pipelines
from decom_nb.proof_told import fail_if_refuted, tell
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from collections.abc import Callable

    from decom_nb.phases.pipelines.pipeline import Pipeline
    from decom_nb.phases.pipelines.proof.proving import Job
    from decom_nb.proof.database import Database


def prove(
    context: typer.Context,
    folder: Dir,
    pipeline: Chosen = "",
    sql: Annotated[
        Path | None,
        typer.Option(help="prove a client's own load, in this file, instead of the generated one", show_default=False),
    ] = None,
    setup: Annotated[
        Path | None, typer.Option(help="SQL that makes the tables which that load needs besides", show_default=False)
    ] = None,
    dialect: Annotated[
        str, typer.Option(help="whose SQL that load is in; others than DuckDB's are translated")
    ] = "duckdb",
    postgres: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="prove in a PostgreSQL, in schemas made for it and dropped: the environment variable with its address",
            show_default=False,
        ),
    ] = "",
    write: Annotated[
        bool, typer.Option("--write", help="keep the proofs in evidence/proofs, where audits read them")
    ] = False,
    as_json: Json = False,
) -> None:
    """Prove that loads can be run again: twice, late, doubled, changed, killed at every statement; exit 1 if one is refuted."""
    from datetime import UTC, datetime

    from decom_nb.phases.pipelines.proof.proving import generated, keep, proven

    book = context.obj(folder)
    chosen = chosen_pipelines(book, pipeline)
    if sql is not None:
        if postgres:
            what = "a client's SQL is run in memory only"
            raise InputError(Mistake("", 0, "--postgres", what, "leave it out, or leave --sql out"))
        if len(chosen) != 1:
            what = f"there are {len(chosen)} pipelines, and --sql is the load of one"
            raise InputError(Mistake("", 0, "--pipeline", what, "name it"))
        jobs = [_client_job(chosen[0], sql, setup, dialect)]
    else:
        jobs = generated(chosen, "postgres" if postgres else "duckdb")
    proofs = proven(jobs, _opener(postgres), datetime.now(UTC))
    written = [str(keep(each, book.engagement.evidence_path)) for each in proofs] if write else []
    out = Out(as_json)
    out.data({"proofs": [each.model_dump(mode="json") for each in proofs], "written": written})
    for proof in proofs:
        tell(proof, out)
    for path in written:
        out.line(path)
    fail_if_refuted(proofs)


def _client_job(pipeline: Pipeline, sql: Path, setup: Path | None, dialect: str) -> Job:
    from decom_nb.phases.pipelines.proof.client_case import client_case
    from decom_nb.phases.pipelines.proof.proving import Job
    from decom_nb.sql.dialect import DIALECTS
    from decom_nb.suggest import instead

    if dialect not in DIALECTS:
        raise InputError(Mistake("", 0, "--dialect", f"{dialect} is not known", instead(dialect, DIALECTS)))
    made = client_case(
        pipeline,
        _text(sql),
        dialect=dialect,
        setup=_text(setup) if setup else "",
        file=str(sql),
    )
    return Job(made.case, pipeline, origin=sql.name, warnings=made.warnings)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise InputError(Mistake(str(path), 0, "", f"cannot be read: {reason}", "name a file of SQL")) from None


def _opener(postgres: str) -> Callable[[], Database]:
    if not postgres:
        from decom_nb.proof.in_duckdb import InDuckDB

        return InDuckDB
    from decom_nb.proof.in_postgres import InPostgres

    return lambda: InPostgres(postgres)
