"""The options with which verbs of this room take what lies outside an engagement: files to read, and whose SQL they are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decom_nb.option import one_of

From = Annotated[
    list[Path] | None,
    typer.Option(
        "--from",
        help="instead of what the engagement points to: a table, a database, DDL, dbt artifacts, or a folder; may be given again",
        show_default=False,
    ),
]
DdlDialect = Annotated[
    str, typer.Option("--dialect", help="whose SQL a file of DDL is; guessed if left out", show_default=False)
]


def known_dialect(given: str) -> None:
    """Raise `InputError` where a dialect is given in which no DDL can be read."""
    if given:
        from sqlglot.dialects.dialect import Dialects

        one_of("--dialect", given, [each.value for each in Dialects if each.value])
