"""What the notebook shows of the model as a picture: the drawing, and under it the keys that its lines stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.made.star import SHOWN, star, star_rows
from decom_nb.row_table import row_table
from decom_nb.view import View, view
from decom_nb.wording import counted

HEADINGS = {"kept": "changes are kept by"}


def star_view(dimensional_model: Mapping[str, Any]) -> View:
    """Show a model as it was filled in."""
    rows = star_rows(DimensionalModel.model_validate(dict(dimensional_model)))
    facts, dimensions = ({row[kind] for row in rows if row[kind]} for kind in ("fact", "dimension"))
    left_out = max(len(facts) - SHOWN, 0) + max(len(dimensions) - SHOWN, 0)
    note = Markup('<p class="decom-note">{} more are not drawn; decom modeling erd DIR --format svg draws all.</p>')
    more = note.format(counted(left_out, "table")) if left_out else Markup()
    keys = [{name: row[name] for name in ("fact", "column", "role", "dimension", "kept")} for row in rows]
    table = Markup('<details class="decom-fold"><summary>{} as a table</summary>{}</details>').format(
        counted(sum(bool(row["column"]) for row in rows), "key"), row_table(keys, headings=HEADINGS)
    )
    return view(star(rows) + more + table)
