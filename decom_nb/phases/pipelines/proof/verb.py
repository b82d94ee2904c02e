"""``decom pipelines prove``: run loads twice, late, doubled and killed, and say where the target first is not what it must be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from decom_nb.errors import GateFailed, InputError, Mistake
from decom_nb.phases.pipelines.check_verb import Chosen, chosen_pipelines
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from collections.abc import Callable

    from decom_nb.evidence.load_proofs import LoadProof
    from decom_nb.phases.pipelines.pipeline import Pipeline
    from decom_nb.phases.pipelines.proof.proving import Job
    from decom_nb.proof.database import Database

_MARKS = {"held": "held", "refuted": "REFUTED", "not claimed": "not claimed"}


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
        _tell(proof, out)
    for path in written:
        out.line(path)
    if refuted := [each for each in proofs if not each.passed]:
        raise GateFailed("\n".join(_refuted(each) for each in refuted))


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


def _tell(proof: LoadProof, out: Out) -> None:
    """Print what every scenario came to."""
    held = sum(each.outcome == "held" for each in proof.scenarios)
    tried = sum(each.outcome != "not claimed" for each in proof.scenarios)
    out.line(f"{proof.pipeline}{f' ({proof.origin})' if proof.origin else ''} on {proof.engine}", "bold")
    rows = [
        (
            each.title,
            _MARKS[each.outcome],
            str(each.loads or ""),
            each.difference.says.partition(": ")[2] if each.difference else each.note,
        )
        for each in proof.scenarios
    ]
    out.table(("scenario", "", "loads", ""), rows, right=("loads",), whole=("scenario",))
    for each in proof.warnings:
        out.line(f"Note: {each}.", "yellow")
    out.line(
        f"{held} of {tried} scenarios held, in {sum(each.loads for each in proof.scenarios):,} loads and {proof.seconds:.1f} s."
    )
    out.line()


def _refuted(proof: LoadProof) -> str:
    first = proof.first_difference
    return f"{proof.pipeline} is refuted. {first.says if first else ''}"
