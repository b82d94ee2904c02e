"""``decom quality contract …``: validate, import, export, compare and hold contracts. What is heavy is imported when called."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from decom_nb.errors import GateFailed, InputError, Mistake
from decom_nb.terminal import Json, Out

if TYPE_CHECKING:
    from decom_nb.contract import ClauseResult, Contract, ContractDifference

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Dialect = Annotated[
    Literal["duckdb", "postgres", "snowflake", "bigquery", "databricks", "redshift", "trino"] | None,
    typer.Option(help="in whose words types are written, where the file does not say it", show_default=False),
]
Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="contract files, in any form", show_default=False)]


@app.callback()
def _contract() -> None:
    """Work with data contracts: ours, the Open Data Contract Standard, the Data Contract Specification, dbt properties."""


@app.command(epilog="Example: decom quality contract validate contracts/*.yaml")
def validate(files: Files, dialect: Dialect = None, as_json: Json = False) -> None:
    """Judge contract files: every mistake of every file, with its line. Exit 2 if one is not valid."""
    from decom_nb.contract import FORMS
    from decom_nb.contract import validate as judge

    told = [judge(file, dialect) for file in files]
    out = Out(as_json)
    out.data(
        {
            "files": [
                {
                    "path": each.path,
                    "form": each.form,
                    "version": each.version,
                    "valid": each.valid,
                    "tables": list(each.tables),
                    "clauses": each.clauses,
                    "mistakes": [vars(mistake) for mistake in each.mistakes],
                    "notes": list(each.notes),
                }
                for each in told
            ]
        }
    )
    out.table(
        ("file", "what it is", "version", "valid", "tables", "clauses"),
        [
            (
                each.path,
                FORMS[each.form] if each.form else "no contract",
                each.version,
                "yes" if each.valid else "no",
                ", ".join(each.tables[:5]),
                str(each.clauses),
            )
            for each in told
        ],
        right=("clauses",),
    )
    for each in told:
        for note in each.notes:
            out.line(f"{each.path}: {note}")
    if mistakes := [mistake for each in told for mistake in each.mistakes]:
        raise InputError(mistakes)


@app.command("import", epilog="Example: decom quality contract import acme orders.odcs.yaml")
def import_(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the engagement's folder", show_default=False)],
    files: Files,
    dialect: Dialect = None,
    as_json: Json = False,
) -> None:
    """Make contract documents of contracts in another form. A document that is there already is never written over."""
    from decom_nb import atomic
    from decom_nb.contract import Contract, document_name, document_text, import_contracts

    engagement = context.obj(folder).engagement
    place = engagement.document_path(Contract)
    imported = [(file, import_contracts(file, dialect)) for file in files]
    planned: dict[Path, Contract] = {}
    mistakes: list[Mistake] = []
    for file, found in imported:
        for contract in found.contracts:
            target = place / f"{document_name(contract)}.yaml"
            if target.exists() or target in planned:
                what = f"{contract.table}: there is a contract in {target.name} already"
                mistakes.append(
                    Mistake(str(file), 0, "", what, "take it away first, or compare the two: contract diff")
                )
            planned[target] = contract
    if mistakes:
        raise InputError(mistakes)
    place.mkdir(parents=True, exist_ok=True)
    for target, contract in planned.items():
        atomic.write(target, document_text(contract).encode())
    notes = [f"{file}: {note}" for file, found in imported for note in found.notes]
    out = Out(as_json)
    out.data({"written": [str(each) for each in planned], "notes": notes})
    for each in planned:
        out.line(f"Written: {each}")
    for note in notes:
        out.line(note)


@app.command(epilog="Example: decom quality contract export acme/documents/contract/orders.yaml -o orders.odcs.yaml")
def export(
    files: Files,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="where to; printed if not said", show_default=False)
    ] = None,
    dialect: Dialect = None,
    as_json: Json = False,
) -> None:
    """Put contracts into one of the Open Data Contract Standard (3.1)."""
    from decom_nb import atomic
    from decom_nb.contract import export_contracts

    made = export_contracts(files, dialect)
    out = Out(as_json)
    if output:
        atomic.write(output, made.contract.text.encode())
    out.data({"contract": made.contract.data, "notes": list(made.notes), "written": str(output) if output else None})
    if output:
        out.line(f"Written: {output}")
    elif not as_json:
        sys.stdout.write(made.contract.text)
    for note in made.notes:
        if not as_json:
            sys.stderr.write(f"{note}\n")


@app.command(epilog="Example: decom quality contract diff v1.yaml v2.yaml --fail-on-breaking")
def diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="the contract as it was", show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="as it is to be", show_default=False)],
    table: Annotated[str, typer.Option(help="which table, where a file holds several", show_default=False)] = "",
    dialect: Dialect = None,
    policy: Annotated[
        Literal["notify-30-days", "version-bump", "never-break"] | None,
        typer.Option(help="the policy in force, if not the old contract's", show_default=False),
    ] = None,
    notified_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="when consumers were told", show_default=False)
    ] = None,
    effective_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="when the change comes", show_default=False)
    ] = None,
    fail_on_breaking: Annotated[bool, typer.Option("--fail-on-breaking", help="exit 1 if consumers break")] = False,
    as_json: Json = False,
) -> None:
    """Tell what changed between two versions, who breaks, what the policy says, and which version it has to be."""
    from decom_nb.contract import compare

    found = compare(
        before,
        after,
        table=table,
        dialect=dialect,
        policy=policy,
        notified_on=notified_on.date() if notified_on else None,
        effective_on=effective_on.date() if effective_on else None,
    )
    out = Out(as_json)
    out.data(_difference_data(found))
    _print_difference(out, found)
    if fail_on_breaking and found.breaking:
        raise GateFailed(
            "consumers break: " + ", ".join(each.path for each in found.judged if each.consumer == "breaking")
        )


@app.command(epilog="Example: decom quality contract enforce acme --fail-on-breach")
def enforce(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the engagement's folder", show_default=False)],
    table: Annotated[str, typer.Option(help="only this table's contract", show_default=False)] = "",
    fail_on_breach: Annotated[bool, typer.Option("--fail-on-breach", help="exit 1 if a clause is not kept")] = False,
    as_json: Json = False,
) -> None:
    """Say of every clause whether it is kept: by the runs of checks and by run logs. Checks are run by decom quality run."""
    from decom_nb.contract import enforced
    from decom_nb.phases.quality.documents import promised
    from decom_nb.phases.quality.lineage import bare

    book = context.obj(folder)
    agreed = promised(book.documents["contract"], book.evidence.values.get("contracts"))
    contracts: list[Contract] = [each for each in agreed if not table or bare(each.table) == bare(table)]
    if not contracts:
        what = f"there is no contract for {table}" if table else "there is no contract yet"
        hint = "write one under documents/contract, or bring one in: decom quality contract import DIR FILE"
        raise InputError(Mistake(str(folder / "documents" / "contract"), 0, table, what, hint))
    values = book.evidence.values
    runs = values["check_runs"].runs if "check_runs" in values else ()
    told = [(each, enforced(each, runs, values.get("runs"))) for each in contracts]
    out = Out(as_json)
    out.data(
        {
            "contracts": [
                {"name": one.terms.name, "table": one.table, "clauses": [_clause(each) for each in found]}
                for one, found in told
            ]
        }
    )
    for one, found in told:
        kept, broken = (sum(each.outcome == outcome for each in found) for outcome in ("true", "false"))
        out.line(
            f"{one.terms.name or one.table} {one.terms.version}: {kept} of {len(found)} clauses kept, {broken} not.",
            "bold",
        )
        rows = [
            (
                {"true": "kept", "false": "not kept"}.get(each.outcome, "not known"),
                each.severity,
                each.path,
                each.message,
            )
            for each in sorted(found, key=lambda each: ("false", "not_known", "true").index(each.outcome))
        ]
        out.table(("clause", "severity", "path", "says"), rows)
    broken_paths = [
        f"{one.table}: {each.path}: {each.message}" for one, found in told for each in found if each.outcome == "false"
    ]
    if fail_on_breach and broken_paths:
        raise GateFailed("\n".join(broken_paths))


@app.command(epilog="Example: decom quality contract draft acme orders --queries acme/evidence/sql --write")
def draft(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the engagement's folder", show_default=False)],
    table: Annotated[str, typer.Argument(metavar="TABLE", help="which table", show_default=False)],
    queries: Annotated[
        list[Path] | None,
        typer.Option(
            help="SQL that reads the table: a file, or a folder of .sql files; parsed, never run", show_default=False
        ),
    ] = None,
    dialect: Annotated[str, typer.Option(help="whose SQL the queries are")] = "duckdb",
    owner: Annotated[str, typer.Option(help="the team that produces the data", show_default=False)] = "",
    write: Annotated[
        bool, typer.Option("--write", help="write it to documents/contract, if there is none yet")
    ] = False,
    as_json: Json = False,
) -> None:
    """Draft a contract from the data, the tests there are and what queries rely on: each clause with its reason."""
    from decom_nb import atomic
    from decom_nb.contract import Contract, document_name, document_text
    from decom_nb.evidence.collect import collect
    from decom_nb.phases.quality import check_round
    from decom_nb.phases.quality.documents import located
    from decom_nb.phases.quality.draft import draft as drafted

    book = context.obj(folder)
    values = book.evidence.values
    lying = collect(book.engagement.evidence_pointers(), book.engagement.path, only=("tables",)).values.get("tables")
    runs = values["check_runs"].runs if "check_runs" in values else ()
    with check_round.opened(located(book.documents["table_sources"], lying), book.engagement.path) as tables:
        made = drafted(
            tables,
            table,
            dbt=values.get("dbt"),
            suites=book.documents["suite"],
            queries=_texts(queries or []),
            query_dialect=dialect,
            owner=owner,
            history=runs,
        )
    target = book.engagement.document_path(Contract) / f"{document_name(made.contract)}.yaml"
    if write and target.exists():
        what = f"there is a contract in {target.name} already"
        raise InputError(Mistake(str(target), 0, "", what, "take it away first, or leave --write out and compare"))
    if write:
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(target, document_text(made.contract).encode())
    out = Out(as_json)
    out.data(
        {
            "contract": made.contract.model_dump(mode="json", by_alias=True),
            "clauses": [vars(each) for each in made.clauses],
            "left_out": [each.model_dump(mode="json") for each in made.left_out],
            "notes": list(made.notes),
            "written": str(target) if write else None,
        }
    )
    out.table(
        ("clause", "in hand", "says", "because"),
        [
            (each.path, _in_hand(each.holds, each.violations), each.says, " ".join(each.because))
            for each in made.clauses
        ],
        whole=("in hand",),
    )
    for left in made.left_out:
        out.line(f"Left out: {left.says}: {left.because}")
    for note in made.notes:
        out.line(note)
    out.line(f"Written: {target}" if write else "Nothing is written; --write makes it a document.")


def _in_hand(holds: bool | None, violations: int | None) -> str:
    if holds is None:
        return ""
    return "holds" if holds else "fails" if violations is None else f"{violations:,} fail"


def _texts(places: list[Path]) -> dict[str, str]:
    """Read SQL files, and those in folders, by their paths; what cannot be read is told at once."""
    found: dict[str, str] = {}
    mistakes: list[Mistake] = []
    for place in places:
        for file in sorted(place.rglob("*.sql")) if place.is_dir() else [place]:
            try:
                found[str(file)] = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                told = getattr(error, "strerror", None) or "it is not UTF-8"
                mistakes.append(Mistake(str(file), 0, "--queries", f"cannot be read: {told}", "give files of SQL"))
    if mistakes:
        raise InputError(mistakes)
    return found


def _clause(found: ClauseResult) -> dict[str, Any]:
    return {
        "path": found.path,
        "says": found.clause.says,
        "outcome": found.outcome,
        "severity": found.severity,
        "held_by": found.clause.held_by,
        "message": found.message,
        "violations": found.violations,
        "rows": list(found.rows),
    }


def _difference_data(found: ContractDifference) -> dict[str, Any]:
    return {
        "breaking": found.breaking,
        "breaking_for_producer": found.breaking_for_producer,
        "needs_a_look": found.needs_a_look,
        "changes": [vars(each) for each in found.changes],
        "renames": [vars(each) for each in found.renames],
        "bump": vars(found.bump),
        "policy": vars(found.policy),
    }


def _print_difference(out: Out, found: ContractDifference) -> None:
    if not found.changes:
        out.line("Nothing changed.")
        return
    rows = [
        (
            each.kind,
            each.path,
            "" if each.kind != "updated" else f"{_value(each.old)} → {_value(each.new)}",
            each.consumer,
            each.producer,
            each.consumer_because,
        )
        for each in found.judged
    ]
    out.table(("change", "path", "from → to", "consumers", "producer", "because"), rows)
    out.line()
    for each in found.renames:
        out.line(
            f"{each.before} → {each.after}: {'renamed' if each.certain else 'may have been renamed'}, {each.evidence}"
        )
    bump = found.bump
    out.line(
        f"Version: a {bump.part} change"
        + (f", so {bump.proposed} at least" if bump.proposed else "")
        + ("" if bump.enough is None else f"; {bump.told} is {'enough' if bump.enough else 'not enough'}")
    )
    out.line(f"Policy: {found.policy.outcome}. {found.policy.because}")


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
