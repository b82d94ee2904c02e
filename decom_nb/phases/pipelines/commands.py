"""Verbs of the pipelines room: ``decom pipelines check``."""

from __future__ import annotations

import typer

from decom_nb.phases.pipelines import check_verb
from decom_nb.phases.pipelines.load import sql_verb
from decom_nb.phases.pipelines.orchestrator import orchestrate_verb
from decom_nb.phases.pipelines.proof import verb as proof_verb

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.command(epilog="Example: decom pipelines check acme --pipeline load_orders --json")(check_verb.check)
app.command(epilog=sql_verb.EPILOG)(sql_verb.sql)
app.command(epilog="Example: decom pipelines prove acme --pipeline load_orders --write")(proof_verb.prove)
app.command(epilog="Example: decom pipelines orchestrate acme --for airflow --write")(orchestrate_verb.orchestrate)


@app.callback()
def _pipelines() -> None:
    """Work with pipelines' designs, their loads and their proofs."""
