"""``decom adr`` writes a decision of any room down as a record; ``decom architecture adr`` is the same by its older name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.suggest import instead
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.decide import Decision

_ASKED = 6
"""How many questions are named where no record can be written."""


def adr(
    context: typer.Context,
    folder: Dir,
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help="room.table, such as architecture.pattern", show_default=False)
    ],
    chosen: Annotated[
        str, typer.Option(help="what people chose, if not what is recommended: “A”, or “A + B”", show_default=False)
    ] = "",
    as_json: Json = False,
) -> None:
    """Write a decision down as a record (MADR); once its status is accepted, every audit watches its facts."""
    from decom_nb import atomic
    from decom_nb.adr import adr as worded
    from decom_nb.adr import adr_file_name
    from decom_nb.decision_record import FOLDER, basis, chosen_names, read_records

    book = context.obj(folder)  # the command line hands every verb the way to open a book
    decision = book.decide(question)
    names = [option.name for option in decision.options]
    picked = chosen_names(decision, chosen)
    if unknown := [name for name in picked if name not in names]:
        what = f"{question} has no option {unknown[0]}"
        raise InputError(Mistake("", 0, "--chosen", what, instead(unknown[0], names)))
    if decision.is_open and not chosen:
        raise InputError(_nothing_to_write(decision))
    records = _made(book.engagement.deliverables_path / FOLDER)
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
    today = datetime.now(UTC).date()
    text = worded(decision, book.table(question), _setting(book, question), today, number, chosen or None)
    file = records / adr_file_name(decision, number)
    atomic.write(file, text.encode())
    out.data({"record": str(file), "written": True, **told})
    out.line(f"Record: {file}")
    out.line(
        "It is proposed. Set its status to accepted when people have agreed: audits then report when its facts have moved."
    )


def _nothing_to_write(decision: Decision) -> list[Mistake]:
    """Give why no record is written: a title would name an option that nothing speaks for."""
    given = any(value is not None for value in decision.answers.values())
    what = "what is answered tells no option from another" if given else "nothing is answered that it rests on"
    hint = "answer what is asked below, or say what people chose with --chosen"
    asked = [*decision.unanswered, *decision.also_open][:_ASKED]
    return [
        Mistake("", 0, decision.question, what, hint),
        *(Mistake("", 0, next(iter(each.fields), each.answer), "not answered", each.question) for each in asked),
    ]


def _made(records: Path) -> Path:
    try:
        records.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder of records cannot be made: {error.strerror or error}"
        hint = "make room for it, or move what stands in its place"
        raise InputError(Mistake(str(records), 0, "", what, hint)) from error
    return records


def _setting(book: Any, question: str) -> Any:
    """Give what a record tells beside the decision: the project and the business as the brief tells them, and facts' origins."""
    from decom_nb.adr import Setting, proper_names

    brief = book.documents.get("brief")
    return Setting(
        subject=(brief.project_name if brief else "") or book.engagement.name,
        context=brief.business_context if brief else "",
        readings=book.readings(question),
        names=proper_names(book.options()),
    )
