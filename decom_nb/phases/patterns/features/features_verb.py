"""The verb ``decom patterns features``. `commands.py` puts it among the room's verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb import generated_file
from decom_nb.errors import GateFailed, InputError, Mistake
from decom_nb.made_file import PLAIN_SQL, written
from decom_nb.option import Engine, Write
from decom_nb.suggest import instead
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.phases.patterns.features.feature_document import FeatureStore
    from decom_nb.phases.patterns.features.leak_proof import LeakProof

EPILOG = "Example: decom patterns features acme --dialect snowflake --prove --write"


def features(
    context: typer.Context,
    folder: Dir,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="documents/feature_store/NAME.yaml; all unless told", show_default=False),
    ] = "",
    dialect: Engine = "duckdb",
    prove: Annotated[
        bool, typer.Option("--prove", help="run the query on data with known leaks, and on the tables at hand")
    ] = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Write a point-in-time correct training set as SQL, and Feast's definitions. With --prove, exits 1 if the proof fails."""
    from decom_nb.phases.patterns.features.feast_export import checked, feast_file, feast_installed
    from decom_nb.phases.patterns.features.proof_page import proof_page, verdict
    from decom_nb.phases.patterns.features.training_query import training_sql

    book = context.obj(folder)
    out = Out(as_json)
    told: list[dict[str, Any]] = []
    failed: list[str] = []
    lines: list[tuple[str, str]] = []
    for store in _chosen(book, name):
        shown = f"documents/feature_store/{store.instance}.yaml"
        sql = training_sql(store, dialect, shown=shown)
        feast = feast_file(store)
        files = {f"training.{dialect}.sql": f"{sql};\n", "feast_features.py": feast}
        one: dict[str, Any] = {"name": store.instance, "dialect": dialect, "sql": sql, "feast": feast}
        one["feast_checked"] = {"wrong": checked(feast), "feast_installed": feast_installed()}
        if prove:
            made_up, real, why_not = _proofs(book, store)
            files["proof.md"] = proof_page(store, made_up, real, why_not)
            one["proof"] = {"made_up": made_up.row(), "real": real.row() if real else None, "real_not_tried": why_not}
            lines.append((f"{store.instance}, on made-up data with known leaks: {verdict(made_up)}", ""))
            lines.append(
                (f"{store.instance}, on the tables at hand: {verdict(real) if real else f'not tried: {why_not}'}", "")
            )
            if not made_up.holds or (real is not None and not real.holds):
                failed.append(store.instance)
        if write:
            document = book.engagement.documents_path / "feature_store" / f"{store.instance}.yaml"
            typed = f"decom patterns features DIR {store.instance} --dialect {dialect}{' --prove' if prove else ''}"
            place = f"patterns/features/{store.instance}"
            one["files"] = written(book.engagement, place, files, typed, [document], PLAIN_SQL)
            lines += [(generated_file.told(each["outcome"], each["file"]), "") for each in one["files"]]
        told.append(one)
    out.data(told)
    if not write and not prove:
        for one in told:
            lines += [(line, "") for line in f"-- {one['name']}\n{one['sql']};".splitlines()]
    for line, style in lines:
        out.line(line, style)
    if failed:
        raise GateFailed(f"The proof fails for {', '.join(failed)}.")


def _chosen(book: Book, name: str) -> list[FeatureStore]:
    stores = {each.instance: each for each in book.documents.get("feature_store") or ()}
    if not stores:
        what = "there is no documents/feature_store/NAME.yaml"
        raise InputError(
            Mistake(str(book.engagement.path), 0, "feature_store", what, "write one, from templates/feature_store.yaml")
        )
    if name and name not in stores:
        what = f"there is no documents/feature_store/{name}.yaml"
        raise InputError(Mistake("", 0, name, what, instead(name, stores)))
    return [stores[name]] if name else list(stores.values())


def _proofs(book: Book, store: FeatureStore) -> tuple[LeakProof, LeakProof | None, str]:
    """Prove it on made-up data, and on the tables that the engagement points to, where all of them are there."""
    from decom_nb.evidence.tables import Tables
    from decom_nb.phases.patterns.features.leak_proof import prove, prove_on

    written = book.documents.get("table_sources")
    sources = written.sources if written else ()
    wanted = {store.labels.table, *(each.source for each in store.stored)}
    with Tables(sources, book.engagement.path) as tables:
        here = {each.casefold() for each in tables.names}
        opened = {}
        for each in sorted(wanted):
            if each.casefold() in here:
                opened[each] = {column.name: column.type for column in tables.open(each).columns}
        made_up = prove(store, opened)
        if absent := sorted(wanted - opened.keys()):
            return made_up, None, f"not among the tables at hand: {', '.join(absent)}."
        import duckdb

        try:
            return made_up, prove_on(tables.connection, store), ""
        except duckdb.Error as error:
            return made_up, None, f"the tables at hand are other ones: {tables.said(error)}"
