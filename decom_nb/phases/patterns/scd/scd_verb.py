"""The verb ``decom patterns scd2``. `commands.py` puts it among the room's verbs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.made_file import PLAIN_SQL, tell, written
from decom_nb.option import Engine, Write, one_of
from decom_nb.terminal import Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.evidence.load_proofs import LoadProof
    from decom_nb.phases.patterns.scd.specification import ScdSpecification
    from decom_nb.sql.script import Script

EPILOG = "Example: decom patterns scd2 acme --dimension dim_customers --dialect postgres --effective updated_at --write"


def scd2(
    context: typer.Context,
    place: Annotated[
        Path, typer.Argument(metavar="DIR|SPEC", help="the engagement's folder, or a file with a specification")
    ],
    dimension: Annotated[
        str, typer.Option(help="of the dimensional model; all of them unless told", show_default=False)
    ] = "",
    dialect: Engine = "duckdb",
    source: Annotated[
        str, typer.Option(help="table with the batch, if not the dimension's source", show_default=False)
    ] = "",
    effective: Annotated[
        str, typer.Option(help="its column with the time of a change; unless told, the load's", show_default=False)
    ] = "",
    order_by: Annotated[list[str] | None, typer.Option(help="its columns that order changes of one instant")] = None,
    deleted: Annotated[
        str, typer.Option(help="its true-or-false column that says a row was deleted", show_default=False)
    ] = "",
    complete: Annotated[
        bool, typer.Option("--complete", help="it holds everything; what is missing was deleted")
    ] = False,
    deletes: Annotated[str, typer.Option(help="what becomes of a deleted key: keep, close or mark")] = "keep",
    open_end: Annotated[str, typer.Option(help="the end of a version that still holds: null or far")] = "null",
    surrogate: Annotated[str, typer.Option(help="how surrogate keys are made: identity, number or hash")] = "identity",
    write: Write = False,
    prove: Annotated[
        bool,
        typer.Option(
            "--prove",
            help="run the load in memory: twice, late, doubled, changed, killed; exit 1 if refuted, and nothing is written then",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the load of dimensions that keep their history, types 1, 2, 3, 4 and 6 as their attributes say.

    A file with a specification holds what the options say, and more; then options are left out.
    """
    from decom_nb.phases.patterns.scd.from_model import Choices, specification
    from decom_nb.phases.patterns.scd.generator import DIALECTS

    one_of("--dialect", dialect, DIALECTS)
    if prove and dialect != "duckdb":
        what = f"a load is proven as DuckDB runs it, and this is {dialect}'s"
        raise InputError(
            Mistake("", 0, "--prove", what, "leave out --dialect: all engines' loads are made of the same queries")
        )
    out = Out(as_json)
    if place.is_file():
        from decom_nb.document import load
        from decom_nb.phases.patterns.scd.specification import ScdSpecification

        if write:
            raise InputError(
                Mistake("", 0, "--write", "a specification by itself has no engagement", "redirect the output")
            )
        specs = [load(ScdSpecification, place)]
        _give(out, dialect, [_files(each, dialect) for each in specs], specs, [], _proven(specs) if prove else None)
        return
    book = context.obj(place)
    model = _model(book)
    choices = Choices(source, effective, tuple(order_by or ()), deleted, complete, deletes, open_end, surrogate)
    chosen = [dimension] if dimension else [each.name for each in model.dimensions if each.source and each.natural_key]
    if not chosen:
        raise InputError(
            Mistake(str(place), 0, "dimensions", "no dimension has a source and a natural key", "fill them in")
        )
    specs = [specification(model, each, choices) for each in chosen]
    files = [_files(each, dialect) for each in specs]
    proofs = _proven(specs) if prove else None
    done: list[dict[str, str]] = []
    if write and all(each.passed for each in proofs or ()):
        options = {"dialect": dialect, "source": source, "effective": effective, "deleted": deleted, "deletes": deletes}
        options |= {"open-end": open_end, "surrogate": surrogate}
        usual = {"deletes": "keep", "open-end": "null", "surrogate": "identity"}
        typed = "decom patterns scd2 DIR" + (f" --dimension {dimension}" if dimension else "")
        typed += "".join(f" --{key} {value}" for key, value in options.items() if value and usual.get(key) != value)
        typed += "".join(f" --order-by {each}" for each in order_by or ()) + (" --complete" if complete else "")
        documents = [book.engagement.documents_path / "dimensional_model.yaml"]
        done = written(book.engagement, "patterns/scd", _together(files), typed, documents, PLAIN_SQL)
    _give(out, dialect, files, specs, done, proofs)


def _proven(specs: list[ScdSpecification]) -> list[LoadProof]:
    from datetime import UTC, datetime

    from decom_nb.phases.patterns.scd.proving import proven

    return proven(specs, datetime.now(UTC))


def _model(book: Book) -> Any:
    found = book.documents.get("dimensional_model")
    if found is None or not found.dimensions:
        path = book.engagement.documents_path / "dimensional_model.yaml"
        hint = "fill it in, or give a file with a specification instead of the folder"
        raise InputError(Mistake(str(path), 0, "dimensions", "there is no dimensional model with dimensions", hint))
    return found


def _files(spec: ScdSpecification, dialect: str) -> dict[str, str]:
    """Give the files of one dimension: what is run once, and the load."""
    from decom_nb.phases.patterns.scd.generator import left_out, script, setup
    from decom_nb.sql.dialect import NotSayable

    table = spec.table.rpartition(".")[2]
    try:
        files = {
            f"{table}.{dialect}.sql": _text(script(spec, dialect), f"Left out of a load: {left_out(spec, dialect)}")
        }
        prepared = setup(spec, dialect)
    except NotSayable as error:
        raise InputError(Mistake("", 0, "--dialect", str(error), "name columns and tables in plainer words")) from None
    if prepared.steps:
        files[f"{table}.setup.{dialect}.sql"] = _text(prepared, "Run once, before the first load.")
    return files


def _text(script: Script, first: str) -> str:
    from decom_nb.sql.script_text import script_text

    return script_text(script, [first, *(f"{each.name}: {each.type}, {each.what}." for each in script.parameters)])


def _give(
    out: Out,
    dialect: str,
    files: list[dict[str, str]],
    specs: list[ScdSpecification],
    done: list[dict[str, str]],
    proofs: list[LoadProof] | None,
) -> None:
    """Print files, or where they lie, or what became of their proof. Raises `GateFailed` if that refuted one."""
    from decom_nb.proof_told import fail_if_refuted
    from decom_nb.proof_told import tell as tell_proof

    out.data(
        {
            "dialect": dialect,
            "dimensions": [
                {"table": spec.table, "changes": spec.ledger, "files": made}
                for spec, made in zip(specs, files, strict=True)
            ],
            "written": done,
            **({} if proofs is None else {"proofs": [each.model_dump(mode="json") for each in proofs]}),
        }
    )
    for proof in proofs or ():
        tell_proof(proof, out)
    fail_if_refuted(proofs or ())
    if done or proofs is None:
        tell(out, _together(files), done)


def _together(files: list[dict[str, str]]) -> dict[str, str]:
    return {name: text for made in files for name, text in made.items()}
