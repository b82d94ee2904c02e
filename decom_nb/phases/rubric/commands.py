"""Verbs of the rubric room: ``decom rubric recompute``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decom_nb.errors import GateFailed
from decom_nb.terminal import Out

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _rubric() -> None:
    """Work with scores."""


@app.command(epilog="Example: decom rubric recompute acme/audits/20260101T000000Z-1a2b3c4d")
def recompute(
    audit: Annotated[Path, typer.Argument(metavar="AUDIT", help="an audit's file or folder", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="print data instead of text")] = False,
) -> None:
    """Work the score out again from the audit's file alone; exit 1 if it is not the one in the file."""
    from decom_nb.audit import read, recomputed
    from decom_nb.score import shown

    kept = read(audit)
    again = recomputed(kept)
    same = again == kept.scorecard
    out = Out(as_json)
    out.data({"same": same, "scorecard": again.model_dump(mode="json")})
    out.line(f"Recomputed from {audit}: {shown(again.low)} to {shown(again.high)} of 100.")
    if not same:
        raise GateFailed(
            f"the file says {shown(kept.scorecard.low)} to {shown(kept.scorecard.high)}: it was changed after the audit"
        )
    out.line("The same as in the file.")
