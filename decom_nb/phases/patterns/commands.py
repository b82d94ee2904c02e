"""Verbs of the patterns room: ``decom patterns scd2``, ``cdc`` and ``timing``."""

from __future__ import annotations

import typer

from decom_nb.phases.patterns.cdc import cdc_verb
from decom_nb.phases.patterns.connector import connector_verb
from decom_nb.phases.patterns.features import features_verb
from decom_nb.phases.patterns.mesh import mesh_verb
from decom_nb.phases.patterns.scd import scd_verb
from decom_nb.phases.patterns.timing import timing_verb

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.command(epilog=scd_verb.EPILOG)(scd_verb.scd2)
app.command(epilog=cdc_verb.EPILOG)(cdc_verb.cdc)
app.command(epilog=connector_verb.EPILOG)(connector_verb.connectors)
app.command(epilog=mesh_verb.EPILOG)(mesh_verb.mesh)
app.command(epilog=timing_verb.EPILOG)(timing_verb.timing)
app.command(epilog=features_verb.EPILOG)(features_verb.features)


@app.callback()
def _patterns() -> None:
    """Work with history in dimensions, change data capture, features and a data mesh."""
