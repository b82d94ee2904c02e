"""dbt projects as a page: what the audit found theme by theme, coverage by layer, and the checklist. `views.py` calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.chart import Figure
from decom_nb.phases.testing import charts
from decom_nb.phases.testing.dbt_audit import checks, themes
from decom_nb.row_table import row_table
from decom_nb.view import View, render, view
from decom_nb.wording import listed

Row = Mapping[str, Any]

NAMED = 6
"""How many names stand beside a check; the rest is a table that folds out."""
LISTED = 60
"""How many models the list of what is missing shows."""


def projects_view(projects: Sequence[Row]) -> View:
    """Show what every check found, project by project."""
    blocks = []
    for project in projects:
        told = _themes(project)
        found, clean = sum(len(each["found"]) for each in told), sum(len(each["clean"]) for each in told)
        values = {"project": project, "themes": told, "found": found, "looked": found + clean}
        blocks.append(_html("projects.html", **values, row_table=row_table))
    return view(*blocks)


def _themes(project: Row) -> list[dict[str, Any]]:
    told = []
    for theme, title in themes().items():
        found = []
        for check in project["checks"]:
            column = checks()[check["check"]][0].names
            if check["theme"] == theme and column:
                names = list(dict.fromkeys(str(row[column]) for row in check["rows"]))
                found.append({**check, "names": names[:NAMED], "more": max(0, check["named"] - NAMED)})
        told.append(
            {
                "title": title,
                "found": [each for each in found if each["total"]],
                "clean": [each["title"] for each in found if not each["total"]],
            }
        )
    return told


def coverage_view(projects: Sequence[Row]) -> View:
    """Draw, for each project, how many models of each layer have a test and a description."""
    figures = []
    for project in projects:
        rows = charts.coverage_rows(project)
        if rows:
            whole = [row for row in rows if row["layer"] == "all models"]
            alt = "Of all models " + listed(f"{row['label']} {row['models']}" for row in whole) + "."
            title = f"{project['project']}: models with tests and descriptions, by layer"
            shown = [{name: row[name] for name in ("layer", "models", "percent")} for row in rows]
            figures.append(Figure(charts.coverage_chart(rows), title, alt, shown, _COVERAGE_NOTE))
    return view(*figures)


def checklist_view(checklist: Row) -> View:
    """Draw models against the items of the checklist, and list what is missing."""
    rows = charts.matrix_rows(checklist)
    sums = listed(f"{item['short']} {item['has']} of {item['asked']}" for item in checklist["items"] if item["asked"])
    note = f"✓ tested; ✕ not tested; 2/5 two of five columns. All models together: {sums}."
    if checklist["without_columns"]:
        note += f" Of {checklist['without_columns']:,} models no column is known: a catalog.json would tell."
    if (left := checklist["total"] - charts.MOST_MODELS) > 0:
        note += f" {left:,} more models are not drawn; these lack most."
    alt = f"{min(checklist['total'], charts.MOST_MODELS)} models by {len(checklist['items'])} items of the checklist: {sums}."
    shown = [{name: row[name] for name in ("model", "item", "state", "sign")} for row in rows]
    drawn = Figure(charts.matrix_chart(rows), "Models by what is tested", alt, shown, note)
    lacking = [each for each in checklist["models"] if each["lacking"]]
    return view(
        drawn, _html("checklist.html", told=checklist, lacking=lacking[:LISTED], more=max(0, len(lacking) - LISTED))
    )


_COVERAGE_NOTE = "A model has its layer by the prefix of its name, else by its folder."


def _html(template: str, **values: Any) -> Any:
    return render("decom_nb.phases.testing", template, **values)
