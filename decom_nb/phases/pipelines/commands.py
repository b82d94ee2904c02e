"""Verbs of the pipelines room: ``decom pipelines check``."""

from __future__ import annotations

import typer

from decom_nb.phases.pipelines import check_verb

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.command(epilog="Example: decom pipelines check acme --pipeline load_orders --json")(check_verb.check)


@app.callback()
def _pipelines() -> None:
    """Work with pipelines' designs, their loads and their proofs."""
