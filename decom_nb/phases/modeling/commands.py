"""Verbs of the modeling room: ``decom modeling check``, ``draft``, ``ddl``, ``lint``."""

from __future__ import annotations

import typer

from decom_nb.phases.modeling import check_verb
from decom_nb.phases.modeling.draft import draft_verb
from decom_nb.phases.modeling.made import verbs
from decom_nb.phases.modeling.naming import lint_verb

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.command(epilog="Example: decom modeling check acme --fail-on high")(check_verb.check)
app.command(epilog="Example: decom modeling draft acme --from warehouse.duckdb --write")(draft_verb.draft)
app.command(epilog="Example: decom modeling lint acme --from schema.sql --dialect postgres --renames")(lint_verb.lint)
app.command(epilog="Example: decom modeling ddl acme --dialect snowflake --years 2015-2035 --write")(verbs.ddl)
app.command(epilog="Example: decom modeling dbt acme --dialect snowflake --write")(verbs.dbt)
app.command(epilog="Example: decom modeling erd acme --format dbml --write")(verbs.erd)


@app.callback()
def _modeling() -> None:
    """Work with the model and its names."""
