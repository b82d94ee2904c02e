"""History in dimensions as a page: the engagement's dimensions and their loads, and the template's trial. `views.py` calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.errors import InputError
from decom_nb.phases.patterns.scd.from_model import Choices, Model, specification
from decom_nb.view import View, render, view
from decom_nb.wording import listed

Rows = Sequence[Mapping[str, Any]]
MOST = 200
"""How many dimensions the audit keeps."""
_KINDS = {1: "newest value", 2: "versions", 3: "value before", 4: "table beside", 6: "versions and newest"}


def dimension_rows(model: Model) -> list[dict[str, Any]]:
    """Give each dimension that is made from a source: how its columns are kept, and what a load of it would lack."""
    rows = []
    for each in model.dimensions:
        if not (each.source or each.attributes) or each.name == "dim_dates":
            continue
        row: dict[str, Any] = {"dimension": each.name, "source": each.source, "kept": {}, "tables": [], "mistakes": []}
        try:
            spec = specification(model, each.name, Choices())
        except InputError as error:
            row["mistakes"] = [f"{mistake.key}: {mistake.what}" for mistake in error.mistakes]
        else:
            kinds = {1: spec.type_1, 2: spec.type_2, 3: spec.type_3, 4: spec.type_4, 6: spec.type_6}
            row["kept"] = {str(kind): list(columns) for kind, columns in kinds.items() if columns}
            beside = [spec.ledger] if spec.ledger else []
            row["tables"] = [*beside, *([spec.history.table] if spec.type_4 else [])]
            row["natural_key"] = list(spec.natural_key)
        rows.append(row)
    return rows[:MOST]


def dimensions_view(rows: Rows) -> View:
    """Show which loads can be written, and what is missing for the others."""
    told = [
        {**row, "kept": [(int(kind), _KINDS[int(kind)], columns) for kind, columns in row["kept"].items()]}
        for row in rows
    ]
    return view(render(__package__.rpartition(".")[0], "scd_dimensions.html", rows=told))


def trial_view(rows: Rows) -> View:
    """Show each situation with what the template and our load made of it."""
    return view(
        render(
            __package__.rpartition(".")[0], "scd_template.html", rows=[{**row, "told": _verdict(row)} for row in rows]
        )
    )


def _verdict(row: Mapping[str, Any]) -> str:
    """Say in a few words what is wrong with the template's rows, from the rows."""
    if row["refused"]:
        return "the statement is refused"
    if not row["differs"]:
        return "the same rows"
    if not row["template"]:
        return "nothing is loaded"
    if row["without_current"]:
        return f"no current row of customer {listed([str(each) for each in row['without_current']])}"
    if row["current_twice"]:
        return f"two current rows of customer {listed([str(each) for each in row['current_twice']])}"
    return "the change is lost" if row["template"] == row["before"] else "other rows"
