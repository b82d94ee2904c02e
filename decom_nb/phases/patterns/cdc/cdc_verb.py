"""The verb ``decom patterns cdc``. `commands.py` puts it among the room's verbs."""

# ruff: noqa: S608 - the table's name is ours, and the file's goes through sql/text.py

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.terminal import Json, Out

if TYPE_CHECKING:
    from decom_nb.phases.patterns.cdc.reduction import Reduced

EPILOG = "Example: decom patterns cdc shop.customers.jsonl.gz --as scd2 --to customers.parquet"
SHOWN = 20
"""How many rows a person is shown."""
FORMATS = {".parquet": "FORMAT parquet", ".csv": "FORMAT csv, HEADER true"}


def cdc(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Debezium's messages, as JSON lines or a JSON array")],
    key: Annotated[
        list[str] | None, typer.Option(help="column of the key, where messages have none; may be given again")
    ] = None,
    table: Annotated[str, typer.Option(help="the one to take, where a file holds several", show_default=False)] = "",
    as_: Annotated[
        str, typer.Option("--as", help="current: the rows as they are now; scd2: with their history")
    ] = "current",
    to: Annotated[
        Path | None, typer.Option(help="write the table to this .parquet or .csv", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Reduce a file of change events to the table as it is now, or with its history, whatever order they lie in."""
    from decom_nb.phases.patterns.cdc.reduction import reduced
    from decom_nb.suggest import instead

    mistakes = []
    if as_ not in ("current", "scd2"):
        mistakes.append(Mistake("", 0, "--as", f"{as_} is not known", instead(as_, ("current", "scd2"))))
    if to is not None and to.suffix.lower() not in FORMATS:
        mistakes.append(Mistake("", 0, "--to", f"{to} ends in nothing that is known", "end it in .parquet or .csv"))
    if mistakes:
        raise InputError(mistakes)
    with reduced(file, key=key or (), table=table, as_=as_) as made:  # type: ignore[arg-type]  # checked above
        if to is not None:
            _write(made, to)
        _tell(Out(as_json), made, to)


def _write(made: Reduced, to: Path) -> None:
    """Write the table to a file, whole or not at all."""
    import duckdb

    from decom_nb.sql.text import string

    partial = to.with_name(f".{to.name}.part")
    try:
        made.connection.execute(
            f"COPY (SELECT * FROM {made.table} {_order(made)}) TO {string(str(partial))} ({FORMATS[to.suffix.lower()]})"
        )
        partial.replace(to)
    except (duckdb.IOException, OSError) as error:
        partial.unlink(missing_ok=True)
        what = f"cannot be written: {str(error).splitlines()[0]}"
        raise InputError(Mistake(str(to), 0, "--to", what, "choose a folder that is there")) from error


def _order(made: Reduced) -> str:
    """Order rows by their key, and the versions of one key by when they began."""
    from decom_nb.sql.history_columns import VALID_FROM
    from decom_nb.sql.text import names

    columns = [column for column, _ in made.columns]
    by = [*made.key, *([VALID_FROM] if VALID_FROM in columns else [])]
    return f"ORDER BY {names(by)}" if by else "ORDER BY ALL"


def _tell(out: Out, made: Reduced, to: Path | None) -> None:
    counts = made.counts
    shown = made.connection.execute(f"SELECT * FROM {made.table} {_order(made)} LIMIT {SHOWN}").fetchall()
    columns = [column for column, _ in made.columns]
    out.data(
        {
            "key": list(made.key),
            "columns": [{"name": column, "type": type_} for column, type_ in made.columns],
            "rows": made.rows,
            "first_rows": [dict(zip(columns, map(_plain, row), strict=True)) for row in shown],
            "read": counts.read,
            "events": {kind: n for kind, n in counts.by_kind.items() if n},
            "duplicates": counts.duplicates,
            "out_of_order": counts.out_of_order,
            "unreadable": counts.unreadable,
            "unreadable_lines": [{"line": line, "why": why} for line, why in counts.unreadable_lines],
            "remarks": counts.remarks,
            "written": str(to) if to else None,
        }
    )
    out.table(columns, [tuple("" if value is None else str(value) for value in row) for row in shown])
    if made.rows > len(shown):
        out.line(f"… and {made.rows - len(shown):,} more; --to writes them all")
    out.line()
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in counts.by_kind.most_common() if n)
    out.line(f"{made.rows:,} rows by {', '.join(made.key)} of {counts.read:,} messages: {kinds or 'none'}")
    told = f"{counts.duplicates:,} duplicates dropped, {counts.out_of_order:,} out of order, {counts.unreadable:,} unreadable"
    out.line(told)
    for line, why in counts.unreadable_lines:
        out.line(f"line {line} {why}", "yellow")
    for remark in counts.remarks:
        out.line(remark, "yellow")
    if to is not None:
        out.line(f"Written to {to}")


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
