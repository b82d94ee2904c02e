"""Verbs of the patterns room: ``decom patterns scd2``."""

from __future__ import annotations

import typer

from decom_nb.phases.patterns.scd import scd_verb

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.command(epilog=scd_verb.EPILOG)(scd_verb.scd2)


@app.callback()
def _patterns() -> None:
    """Work with history in dimensions, change data capture, features and a data mesh."""
