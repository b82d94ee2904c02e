"""Verbs of the architecture room: ``decom architecture adr``."""

from __future__ import annotations

import typer

from decom_nb.adr_verb import adr

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _architecture() -> None:
    """Work with decisions on the architecture."""


app.command(epilog="Example: decom architecture adr acme architecture.pattern")(adr)
