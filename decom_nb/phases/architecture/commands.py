"""Verbs of the architecture room: ``decom architecture adr``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from decom_nb import atomic
from decom_nb.errors import InputError, Mistake
from decom_nb.suggest import instead
from decom_nb.terminal import Out

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _architecture() -> None:
    """Work with decisions on the architecture."""


@app.command(epilog="Example: decom architecture adr acme architecture.pattern")
def adr(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the engagement's folder", show_default=False)],
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help="such as architecture.pattern", show_default=False)
    ],
    chosen: Annotated[
        str, typer.Option(help="what people chose, if not what is recommended: “A”, or “A + B”", show_default=False)
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="print data instead of text")] = False,
) -> None:
    """Write a decision down as a record (MADR); once its status is accepted, every audit watches its facts."""
    from decom_nb.phases.architecture.decision_record import FOLDER, read_records
    from decom_nb.phases.architecture.deliverables import adr as written
    from decom_nb.phases.architecture.deliverables import adr_file_name, basis, chosen_names
    from decom_nb.phases.architecture.documents import Brief

    book = context.obj(folder)  # the command line hands every room the way to open a book
    decision = book.decide(question)
    names = [option.name for option in decision.options]
    picked = chosen_names(decision, chosen)
    if unknown := [name for name in picked if name not in names]:
        what = f"{question} has no option {unknown[0]}"
        raise InputError(Mistake("", 0, "--chosen", what, instead(unknown[0], names)))
    records = book.engagement.deliverables_path / FOLDER
    try:
        records.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder of records cannot be made: {error.strerror or error}"
        raise InputError(
            Mistake(str(records), 0, "", what, "make room for it, or move what stands in its place")
        ) from error
    out = Out(as_json)
    told = {"question": question, "chosen": list(picked), "recommended": list(decision.recommended)}
    newest = next((each for each in reversed(read_records(records)) if each.basis.question == question), None)
    if newest is not None and newest.basis == basis(decision, chosen):
        file = records / Path(newest.file).name
        out.data({"record": str(file), "written": False, **told})
        out.line(f"Nothing new to write down: {file} rests on the same facts and weights.")
        return
    numbers = (file.name.partition("-")[0] for file in records.glob("[0-9]*-*.md"))
    number = 1 + max((int(each) for each in numbers if each.isdigit()), default=0)
    brief = book.documents["brief"] or Brief()
    text = written(decision, book.engagement.name, brief, datetime.now(UTC).date(), number, chosen or None)
    file = records / adr_file_name(decision, number)
    atomic.write(file, text.encode())
    out.data({"record": str(file), "written": True, **told})
    out.line(f"Record: {file}")
    out.line(
        "It is proposed. Set its status to accepted when people have agreed: audits then report when its facts have moved."
    )
