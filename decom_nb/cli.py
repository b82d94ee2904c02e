"""The ``decom`` command. Every command prints for people, or with ``--json`` the same as data.

Exit codes: 0 fine, 1 a gate failed, 2 the input is wrong, 3 a bug of ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.adr_verb import adr
from decom_nb.errors import DecomError, GateFailed, InputError, Mistake
from decom_nb.option import FailOn
from decom_nb.room_verbs import RoomVerbs
from decom_nb.terminal import Dir, Json, Out, ReaderGone

if TYPE_CHECKING:
    from decom_nb.audit import Audit
    from decom_nb.book import Book


app = typer.Typer(
    name="decom",
    cls=RoomVerbs,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The Data Engineering Command Center: an engagement in, decisions, findings and a score out.",
)

FailUnder = Annotated[
    float | None, typer.Option(min=0, max=100, help="exit 1 if the score's lower end is below this", show_default=False)
]
ToSarif = Annotated[Path | None, typer.Option(help="where to write SARIF 2.1.0", show_default=False)]
ToJunit = Annotated[Path | None, typer.Option(help="where to write JUnit XML", show_default=False)]
ToCsv = Annotated[Path | None, typer.Option(help="where to write the repairs as CSV", show_default=False)]
ToXlsx = Annotated[Path | None, typer.Option(help="where to write the repairs as a workbook", show_default=False)]


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"decom_nb {version('decom_nb')}")
        raise typer.Exit


def _open(folder: Path) -> Book:
    from decom_nb.book import Book

    return Book.open(folder)


@app.callback()
def _decom(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Take what people know and what can be measured, give decisions with reasons and a score with evidence."""
    context.obj = _open


@app.command(epilog="Example: decom init acme --name 'Acme data platform' --client Acme")
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="where to create it", show_default=False)],
    name: Annotated[str, typer.Option(help="what the engagement is called; the folder's name if empty")] = "",
    client: Annotated[str, typer.Option(help="whose platform it is")] = "",
    as_json: Json = False,
) -> None:
    """Create an engagement: settings, blank documents, a place for evidence.

    In a folder that is one already, only files that are missing are added.
    """
    from decom_nb.book import document_classes
    from decom_nb.engagement import Engagement

    made, new, added = Engagement.make(folder, name, client, tuple(document_classes().values()))
    out = Out(as_json)
    out.data(
        {
            "engagement": str(folder),
            "created": new,
            "added": [str(path) for path in added],
            "documents": [str(made.document_path(each)) for each in document_classes().values()],
        }
    )
    if new:
        out.line(f"Created {folder}. Next:")
    else:
        missing = ", ".join(path.relative_to(folder).as_posix() for path in added)
        out.line(f"{folder} is an engagement already. Nothing in it was changed.")
        out.line(f"Added what was missing: {missing}. Next:" if missing else "Nothing was missing. Next:")
    out.line(f"  fill in     {folder / 'documents' / 'brief.yaml'}   (or in the browser: decom lab {folder})")
    out.line(
        f"  evidence    copy dbt artifacts, run logs and tables to {folder / 'evidence'}, or point to them in engagement.yaml"
    )
    out.line(f"  then        decom report {folder}")


@app.command(epilog="Example: decom check acme")
def check(folder: Dir, as_json: Json = False) -> None:
    """Validate everything people wrote, and show every mistake at once."""
    from decom_nb.book import Book

    book = Book.open(folder)
    if found := book.mistakes():
        raise InputError(found)
    filled = sorted(name for name, document in book.documents.items() if document)
    out = Out(as_json)
    out.data({"ok": True, "documents": filled, "mistakes": []})
    out.line(f"No mistakes in {folder}: engagement.yaml and {len(filled)} documents ({', '.join(filled)}).")


@app.command(epilog="Example: decom evidence acme")
def evidence(folder: Dir, as_json: Json = False) -> None:
    """Tell what was read: kinds, files, rows, counts by status, problems, age. What is wrong in documents `decom check` tells."""
    from decom_nb.engagement import Engagement
    from decom_nb.evidence.collect import collect

    opened = Engagement.open(folder)
    sources = collect([opened.evidence_path, *opened.settings.evidence], opened.path).sources
    out = Out(as_json)
    out.data({"sources": [out.source(source) for source in sources]})
    out.sources(sources)


@app.command(epilog="Example: decom decide acme architecture.pattern")
def decide(
    folder: Dir,
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help="room.table, such as architecture.pattern", show_default=False)
    ],
    as_json: Json = False,
) -> None:
    """Rank the options of one question, with the reasons and with what would change the answer."""
    from decom_nb.book import Book

    decision = Book.open(folder).decide(question)
    out = Out(as_json)
    out.data(decision.model_dump(mode="json"))
    out.decision(decision)


app.command(epilog="Example: decom adr acme architecture.pattern")(adr)


@app.command(epilog="Example: decom audit acme --fail-under 40 --fail-on-regression --sarif acme.sarif")
def audit(
    folder: Dir,
    fail_under: FailUnder = None,
    fail_on: FailOn = None,
    fail_on_regression: Annotated[
        bool,
        typer.Option(
            "--fail-on-regression", help="exit 1 if less is shown than in the last audit: it became worse, or silent"
        ),
    ] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(help="an audit or a baseline file: only what is not in it fails --fail-on", show_default=False),
    ] = None,
    write_baseline: Annotated[
        Path | None, typer.Option(help="where to write today's findings as a baseline", show_default=False)
    ] = None,
    milestone: Annotated[str, typer.Option(help="what to call this audit in the trend")] = "",
    sarif: ToSarif = None,
    junit: ToJunit = None,
    csv: ToCsv = None,
    xlsx: ToXlsx = None,
    as_json: Json = False,
) -> None:
    """Take an audit: decisions, findings and the score, kept as one immutable file.

    What became worse, or is no longer shown because its evidence is gone, is held against the last audit, or the one that
    --baseline names; what changed because our rules did is told and fails nothing.
    """
    from decom_nb import baseline as baselines
    from decom_nb.audit import read
    from decom_nb.book import Book
    from decom_nb.gate import Regression, gate, regression

    known, earlier = baselines.read(baseline) if baseline else (None, None)
    book = Book.open(folder)
    if fail_on_regression and earlier is None and (before := book.engagement.audits()):
        earlier = read(before[-1])
    taken, file = book.take_audit(milestone=milestone.strip())
    since = regression(earlier, taken) if fail_on_regression and earlier else Regression()
    failures = [*gate(taken, fail_under, fail_on, known), *since.failures]
    made = _exported(taken, sarif, junit, csv, xlsx)
    if write_baseline:
        baselines.write(baselines.baseline(taken), write_baseline)
        made.append(write_baseline)
    out = Out(as_json)
    told = {"compared_with": earlier.id if fail_on_regression and earlier else None, "told": list(since.told)}
    out.data(
        {"audit": str(file), **out.summary(taken), "gate": failures, **told, "files": [str(each) for each in made]}
    )
    out.audit(taken)
    for line in since.told:
        out.line(line, "yellow")
    if fail_on_regression and not earlier:
        out.line("There is no earlier audit to compare this one with.", "yellow")
    out.line(f"Audit: {file}")
    for each in made:
        out.line(f"Wrote: {each}")
    if failures:
        raise GateFailed("\n".join(failures))


@app.command(epilog="Example: decom export acme --sarif acme.sarif --xlsx backlog.xlsx")
def export(
    of: Annotated[
        Path,
        typer.Argument(metavar="DIR|AUDIT", help="an engagement, or an audit's file or folder", show_default=False),
    ],
    sarif: ToSarif = None,
    junit: ToJunit = None,
    csv: ToCsv = None,
    xlsx: ToXlsx = None,
    as_json: Json = False,
) -> None:
    """Write the findings of an audit for other tools; of an engagement, those of its last audit."""
    from decom_nb.audit import last, read

    taken = last(of) if (of / "engagement.yaml").is_file() else read(of)
    made = _exported(taken, sarif, junit, csv, xlsx)
    if not made:
        options = "--sarif, --junit, --csv, --xlsx"
        raise InputError(Mistake("", 0, "decom export", "nothing was asked for", f"name a file: {options}"))
    out = Out(as_json)
    out.data({"audit": taken.id, "files": [str(each) for each in made]})
    for each in made:
        out.line(f"Wrote: {each}")


def _exported(taken: Audit, sarif: Path | None, junit: Path | None, csv: Path | None, xlsx: Path | None) -> list[Path]:
    asked = {"sarif": sarif, "junit": junit, "csv": csv, "xlsx": xlsx}
    files = {name: file for name, file in asked.items() if file}
    if not files:
        return []
    from decom_nb.export import write

    return write(taken, files)


@app.command(epilog="Example: decom report acme -o acme.html")
def report(
    folder: Dir,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="where to, .html or .pdf; deliverables/report.html if not said", show_default=False
        ),
    ] = None,
    audit_id: Annotated[
        str, typer.Option("--audit", help="an audit taken before; a new one if not said", show_default=False)
    ] = "",
    own_notebooks: Annotated[
        bool, typer.Option(help="run the engagement's own notebooks, which is to run its code")
    ] = False,
    fail_under: FailUnder = None,
    fail_on: FailOn = None,
    as_json: Json = False,
) -> None:
    """Take an audit and build the report: one page that needs no network."""
    from decom_nb import audit as audits
    from decom_nb.book import Book
    from decom_nb.gate import gate
    from decom_nb.report import build, check_place

    book = Book.open(folder)
    if output:
        check_place(book.engagement.path, output)
    if audit_id:
        file = book.engagement.audit_path(audit_id)
        taken = audits.read(file)
    else:
        taken, file = book.take_audit()
    place = output or book.engagement.deliverables_path / "report.html"
    failed = build(book.engagement.path, taken.id, place, own_notebooks=own_notebooks)
    failures = gate(taken, fail_under, fail_on)
    out = Out(as_json)
    out.data(
        {"audit": str(file), "report": str(place), **out.summary(taken), "gate": failures, "failed_notebooks": failed}
    )
    out.reported(taken)
    out.line(f"Audit:  {file}")
    out.line(f"Report: {place}")
    if failed:
        raise DecomError(f"these notebooks failed, and the report says so in their place: {', '.join(failed)}")
    if failures:
        raise GateFailed("\n".join(failures))


@app.command(epilog="Example: decom batch clients --workers 2")
def batch(
    root: Annotated[
        Path, typer.Argument(metavar="ROOT", help="a folder with engagements below it", show_default=False)
    ],
    workers: Annotated[int, typer.Option(min=1, max=64, help="how many at a time")] = os.cpu_count() or 1,
    again: Annotated[bool, typer.Option(help="also those whose inputs have not changed")] = False,
    fail_under: FailUnder = None,
    fail_on: FailOn = None,
    as_json: Json = False,
) -> None:
    """Audit and report every engagement below a folder, several at a time."""
    from decom_nb.batch import batch as run

    rows = run(root, workers=workers, again=again, fail_under=fail_under, fail_on=fail_on, progress=not as_json)
    out = Out(as_json)
    out.data({"engagements": [row.model_dump(mode="json") for row in rows]})
    out.batch(rows)
    if any(row.error for row in rows):
        raise InputError([Mistake(row.engagement, 0, "", row.error) for row in rows if row.error])
    if failures := [f"{row.engagement}: {said}" for row in rows for said in row.gate]:
        raise GateFailed("\n".join(failures))


@app.command(epilog="Example: decom serve clients --port 8866")
def serve(
    root: Annotated[
        Path, typer.Argument(metavar="ROOT", help="a folder with engagements below it", show_default=False)
    ],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one")] = 8866,
    host: Annotated[str, typer.Option(help="the address to listen on")] = "127.0.0.1",
    token: Annotated[
        str, typer.Option(envvar="DECOM_TOKEN", help="made up and printed if not said", show_default=False)
    ] = "",
    open_access: Annotated[bool, typer.Option("--open", help="ask nobody for a token")] = False,
    own_notebooks: Annotated[
        bool, typer.Option("--own-notebooks", help="show the engagements' own notebooks, which is to run their code")
    ] = False,
    browser: Annotated[bool, typer.Option("--browser", help="open the browser")] = False,
) -> None:
    """Show the engagements below a folder as read-only dashboards, until Ctrl-C."""
    from decom_nb.serve import serve as run

    run(
        root,
        port=port,
        host=host,
        token=token or None,
        open_access=open_access,
        open_browser=browser,
        own_notebooks=own_notebooks,
    )


@app.command(epilog="Example: decom lab acme")
def lab(
    folder: Dir,
    refresh: Annotated[bool, typer.Option(help="bring the notebooks up to this version; remarks are kept")] = False,
    browser: Annotated[bool, typer.Option(help="open the browser")] = True,
) -> None:
    """Open the engagement's notebooks in JupyterLab, forms and all."""
    from decom_nb.book import Book
    from decom_nb.lab import lab as run

    run(Book.open(folder).engagement.path, refresh=refresh, open_browser=browser)


@app.command(epilog="Example: decom catalogue --json")
def catalogue(as_json: Json = False) -> None:
    """List what this version knows: rooms, documents, questions, rules."""
    from decom_nb.book import rooms

    out = Out(as_json)
    out.data({"rooms": [out.room(room) for room in rooms()]})
    out.catalogue(rooms())


@app.command(epilog="Example: decom schema audit > audit.schema.json")
def schema(
    of: Annotated[
        str, typer.Argument(metavar="NAME", help="audit, engagement, or a document such as brief", show_default=False)
    ],
) -> None:
    """Print the JSON Schema of the audit file or of a document."""
    from decom_nb.audit import Audit
    from decom_nb.book import document_classes
    from decom_nb.document import json_schema
    from decom_nb.engagement import Settings
    from decom_nb.suggest import instead

    models: dict[str, Any] = {"audit": Audit, "engagement": Settings, **document_classes()}
    if of not in models:
        raise InputError(Mistake("", 0, of, "there is no schema of that name", instead(of, models)))
    schema = Audit.model_json_schema(mode="serialization") if of == "audit" else json_schema(models[of])
    typer.echo(
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2, ensure_ascii=False)
    )


@app.command(
    epilog="Example: decom diff acme/audits/20260101T000000000Z-1a2b3c4d acme/audits/20260401T000000000Z-5e6f7a8b"
)
def diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="an audit's file or folder", show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="a later one's", show_default=False)],
    as_json: Json = False,
) -> None:
    """Tell what changed from one audit to another, and whether the platform or our rules moved the score."""
    from decom_nb.audit import read
    from decom_nb.difference import difference

    found = difference(read(before), read(after))
    out = Out(as_json)
    out.data(found.model_dump(mode="json"))
    out.difference(found)


def _usage(error: typer.TyperException) -> InputError:
    """Say what is wrong with the command line, and where its help is."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "decom"
    return InputError(Mistake("", 0, command, error.format_message(), f"{command} --help"))


def main() -> None:
    """Run the command line and exit with its code."""
    as_json = "--json" in sys.argv
    Out.has_data = False
    code = 0
    try:
        code = _ended(as_json)
        sys.stdout.flush()
    except (BrokenPipeError, ReaderGone):
        # The reader of our output has gone (as with `| head`): nothing is wrong, and there is nobody left to tell.
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)


def _ended(as_json: bool) -> int:
    """Run the command, say what went wrong if anything did, and give the exit code."""
    try:
        ended = app(standalone_mode=False)  # typer gives the code of an interruption back instead of raising
    except typer.Exit as stop:
        return stop.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except typer.TyperException as error:
        Out(as_json).error(_usage(error))
        return 2
    except DecomError as error:
        Out(as_json).error(error)
        return error.exit_code
    except (BrokenPipeError, ReaderGone):
        raise
    except Exception as error:
        sys.stderr.write("".join(traceback.format_exception(error)[-6:]))
        sys.stderr.write(
            "decom failed, and that is a bug of ours. Please report it with the lines above, the command and "
        )
        sys.stderr.write("the output of `decom --version`.\n")
        return 3
    return ended if isinstance(ended, int) else 0
