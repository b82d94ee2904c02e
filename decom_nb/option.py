"""Options that verbs of several rooms share, beside the folder and ``--json`` of `terminal.py`, so that each is said once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

import typer

from decom_nb.errors import InputError, Mistake

FailOn = Annotated[
    Literal["critical", "high", "medium", "low"] | None,
    typer.Option(help="exit 1 if a rule of this severity or worse does not hold or failed to run", show_default=False),
]
"""Of every command that judges by rules."""
Engine = Annotated[str, typer.Option("--dialect", help="duckdb, postgres, snowflake, bigquery, redshift or databricks")]
"""Of every verb that writes one engine's SQL; `one_of` holds it against what can be written."""
Write = Annotated[
    bool, typer.Option("--write", help="write to the engagement's deliverables; what was edited by hand is kept")
]
"""Of every verb that makes files; `made_file.py` writes them."""


def one_of(option: str, given: str, known: Iterable[str]) -> None:
    """Raise `InputError` if what was given for an option is none of what is known.

    >>> one_of("--keys", "uuid", ["number", "hash"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    decom_nb.errors.InputError: ...
    """
    from decom_nb.suggest import instead

    if given not in (names := tuple(known)):
        raise InputError(Mistake("", 0, option, f"{given} is not known", instead(given, names)))
