"""Gathers what a model can be drafted from: tables at hand, DDL, dbt; those of an engagement, or files that somebody names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decom_nb.errors import InputError, Mistake
from decom_nb.evidence import files
from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.source import Pointer
from decom_nb.evidence.tables import FoundTables, TableSource, combined, sources_in
from decom_nb.phases.modeling.draft.from_dbt import from_dbt
from decom_nb.phases.modeling.draft.from_tables import Asking, Step, from_tables
from decom_nb.phases.modeling.draft.seen import SeenTable, merged
from decom_nb.phases.modeling.draft.word import known
from decom_nb.wording import listed

if TYPE_CHECKING:
    from decom_nb.engagement import Engagement

_DDL = (".sql", ".ddl")
_SHARED = 2
"""Columns of one name from which two tables may be the same; an id alone is in many."""
_LONGEST = 64 << 20
"""Bytes of a file of DDL; a dump with more is data."""


@dataclass(frozen=True)
class Places:
    """Where to look."""

    root: Path
    sources: tuple[TableSource, ...] = ()
    dbt: Dbt | None = None
    ddl: tuple[Path, ...] = ()


def of_engagement(
    engagement: Engagement, table_sources: Any | None, tables: FoundTables | None, dbt: Dbt | None
) -> Places:
    """Give what an engagement points to, and what lies in its evidence."""
    written = table_sources.sources if table_sources else ()
    return Places(
        engagement.path,
        combined(written, sources_in(tables)),
        dbt,
        _ddl_files(engagement.evidence_pointers(), engagement.path),
    )


def of_files(paths: Sequence[Path]) -> Places:
    """Give what somebody names: files and folders of tables, DDL, dbt artifacts; all that is not there is told at once."""
    from decom_nb.evidence.collect import collect

    missing = [Mistake(str(each), 0, "--from", "there is nothing at this path", "name a file or a folder") for each in paths
               if not each.exists()]  # fmt: skip
    if missing:
        raise InputError(missing)
    root = Path.cwd()
    alone = tuple(each for each in paths if each.is_file() and each.suffix.lower() in _DDL)
    pointers = [Pointer(str(each.absolute())) for each in paths if each not in alone]
    found = collect(pointers, root, only=("dbt", "tables")).values if pointers else {}
    return Places(root, sources_in(found.get("tables")), found.get("dbt"), (*alone, *_ddl_files(pointers, root)))


@contextmanager
def gathered(
    places: Places, dialect: str = "", step: Step | None = None
) -> Iterator[tuple[tuple[SeenTable, ...], Asking | None, list[str]]]:
    """Give the tables, what asks those at hand further, and what could not be read.

    A table at hand is told once, with the keys that DDL or dbt declare of it. Without tables at hand and without DDL the marts
    of the dbt project are given. Raises `InputError` where there is nothing to draft from.
    """
    notes: list[str] = []
    defined = [each for path in places.ddl for each in _defined(path, dialect, notes)]
    if not places.sources:
        told = defined or list(from_dbt(places.dbt) if places.dbt else ())
        if not told:
            raise _nothing(places, notes)
        yield merged(told), None, notes
        return
    from decom_nb.evidence.tables import Tables

    with Tables(places.sources, places.root) as tables:
        names = tables.names
        notes += [str(each) for each in tables.mistakes]
        with from_tables(tables, names, notes, step) as seen:
            told = [*seen, *defined]
            at_hand = {each.definition.name[-1].casefold(): each for each in told}
            for each in from_dbt(places.dbt, everything=True) if places.dbt else ():
                if (same := at_hand.get(each.definition.name[-1].casefold())) is None:
                    continue
                if _is_same(same, each):
                    told.append(each)
                else:
                    notes.append(_namesake(same, each))
            if not told:
                raise _nothing(places, notes)
            yield merged(told), Asking(tables.connection), list(dict.fromkeys(notes))


def _is_same(at_hand: SeenTable, told: SeenTable) -> bool:
    """Tell whether what dbt tells of is the table at hand: it lies in the same schema, or its columns are the same.

    A name alone says little: many projects have customers. Of columns, two of dbt's at least and nearly all have to be there.
    """
    mine = {each.casefold() for each in at_hand.columns}
    theirs = {each.casefold() for each in told.columns}
    shared = len(mine & theirs)
    schema = at_hand.definition.name[-2].casefold() if len(at_hand.definition.name) > 1 else ""
    if schema and schema == told.schema.casefold():
        return shared > 0
    return shared >= _SHARED and shared >= known().number("same_columns") * len(theirs)


def _namesake(at_hand: SeenTable, told: SeenTable) -> str:
    mine = {each.casefold() for each in at_hand.columns}
    missing = [each for each in told.columns if each.casefold() not in mine]
    why = f"{listed(missing[:3])} of its columns {'is' if len(missing) == 1 else 'are'} not there" if missing else (
        "it tells of too few columns to say that it is the same"
    )  # fmt: skip
    return f"the tests of {told.place}, a namesake of {at_hand.name}: {why}, so they are not taken for tests of it."


def _nothing(places: Places, notes: Sequence[str]) -> InputError:
    what = "neither tables nor DDL nor a dbt manifest were found to draft from"
    hint = "name tables in documents/table_sources.yaml, copy DDL or dbt's manifest.json to evidence/, or use --from"
    return InputError(
        [Mistake(str(places.root), 0, "", what, hint), *(Mistake("", 0, "", each) for each in dict.fromkeys(notes))]
    )


def _ddl_files(pointers: Iterable[Any], root: Path) -> tuple[Path, ...]:
    """Give the files of SQL that create tables; queries and dbt's models are none."""
    listed = (each for each in files.listed(pointers, root) if each.path.suffix.lower() in _DDL and not each.reason)
    return tuple(each.path for each in listed if "CREATE TABLE" in _head(each.path).upper())


def _head(path: Path) -> str:
    try:
        with files.opened(path) as file:
            return " ".join(file.read(files.WHOLE_BYTES >> 3).decode("utf-8", "replace").split())
    except files.DAMAGED:
        return ""


def _defined(path: Path, dialect: str, notes: list[str]) -> list[SeenTable]:
    """Read a file of DDL; what cannot be read is put to the notes with its line."""
    from decom_nb.sql.ddl_reading import read_ddl

    try:
        size = path.stat().st_size
        if size > _LONGEST:
            notes.append(f"{path.name}: {size:,} bytes are more than a file of DDL has; it was not read.")
            return []
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        notes.append(f"{path.name}: {files.why(error)}")
        return []
    read = read_ddl(text, dialect)
    notes += [f"{path.name}:{each.line}: {each.what}" for each in read.unread]
    if not read.tables:
        notes.append(f"{path.name}: no CREATE TABLE was found in it.")
    return [SeenTable(each, "ddl", f"{path.name}:{read.lines.get('.'.join(each.name), 0)}") for each in read.tables]
