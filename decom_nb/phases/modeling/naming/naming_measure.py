"""Names as the audit keeps them: what was judged by each convention, and the first findings. `measures.py` takes it from here."""

from __future__ import annotations

from typing import Any

from decom_nb.evidence.dbt import Dbt
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.naming.lint import Linted, lint
from decom_nb.phases.modeling.naming.naming_document import Naming
from decom_nb.phases.modeling.naming.reading import first_told, of_dbt, of_model

MOST_ROWS = 200
"""How many findings are kept; `total` says how many there are."""
MOST_TABLES = 50
"""How many tables of no told layer are kept by name."""


def naming_lint(dbt: Dbt | None, dimensional_model: DimensionalModel | None, naming: Naming | None) -> Linted | None:
    """Give the names of dbt's models and of the dimensional model, held to the conventions; nothing where neither is there."""
    built = of_dbt(dbt) if dbt is not None and dbt.current else ()
    designed = of_model(dimensional_model) if dimensional_model is not None else ()
    tables = first_told([*built, *designed])
    return lint(tables, naming) if tables else None


def naming_findings(naming_lint: Linted | None) -> dict[str, Any] | None:
    """Give how many names each convention is about and how many follow it, and the first that do not."""
    return None if naming_lint is None else summary(naming_lint, MOST_ROWS)


def summary(linted: Linted, most: int | None = None) -> dict[str, Any]:
    """Give what a lint came to as plain data; `most` findings of it, None for all."""
    rows = [each.row() for each in linted.findings]
    not_told = linted.layer_not_told
    return {
        "tables": len(linted.tables),
        "columns": sum(len(each.columns) for each in linted.tables),
        "judged": len(linted.judged),
        "by_convention": linted.by_convention(),
        "total": len(rows),
        "rows": rows[:most],
        "accepted": [
            {"name": each.row()["name"], "convention": each.convention, "because": each.excepted}
            for each in linted.judged
            if each.excepted
        ][:most],
        "layer_not_told": list(not_told[:MOST_TABLES] if most else not_told),
        "layers_not_told": len(not_told),
        "type_not_told": linted.type_not_told,
        "made_elsewhere": linted.made_elsewhere,
    }
