"""What is worked out of tests and kept in the audit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from decom_nb.check import Suite
from decom_nb.contract import Contract
from decom_nb.evidence.check_runs import CheckRuns
from decom_nb.evidence.contracts import Contracts
from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.test_code import TestCode
from decom_nb.history import History
from decom_nb.phases.testing.backfill_document import Backfill
from decom_nb.phases.testing.backfill_view import backfill_rows
from decom_nb.phases.testing.dbt_audit import DbtAudit, checks
from decom_nb.phases.testing.dbt_checklist import Checklist, ModelChecklist
from decom_nb.phases.testing.dbt_column import checklist_table
from decom_nb.phases.testing.dbt_standard import LIMITS
from decom_nb.phases.testing.pyramid import Pyramid, contracts_of, pyramid_rows

MOST_ROWS = 50
"""How many rows of a check are kept; `total` says how many there are."""
MOST_MODELS = 300
"""How many models the checklist keeps, those that lack most."""
MOST_LACKING = 20
"""How many lacking items of a model are kept."""

Row = dict[str, Any]


def pyramid_of_tests(
    test_code: TestCode | None,
    dbt: Dbt | None,
    check_runs: CheckRuns | None,
    contract: Sequence[Contract] | None,
    contracts: Contracts | None,
    suite: Sequence[Suite] | None,
    history: History | None,
    service_levels: Any | None,
) -> list[Row]:
    """Give the six layers of the test pyramid, from the base up: what tests there are, when they ran, what is missing."""
    return pyramid_rows(
        Pyramid(
            code=test_code or TestCode(),
            dbt=dbt or Dbt(),
            check_runs=check_runs,
            contracts=contracts_of(contract or (), contracts),
            suites=suite or (),
            history=history,
            service_levels=service_levels,
        )
    )


def dbt_findings(dbt_audit: DbtAudit) -> list[Row]:
    """Give for each dbt project what every check found: how much, and the first rows of it."""
    return [
        {
            "project": each.project,
            "origin": each.origin,
            "models": len(each.graph.of("model")),
            "sources": len(each.graph.of("source")),
            "left_out": each.graph.excluded,
            "layers": [layer.name for layer in each.standard.layers],
            "limits": {name: getattr(each.standard, name) for name in LIMITS},
            "checks": [
                {
                    "check": name,
                    "theme": text.theme,
                    "title": text.title,
                    "because": text.because,
                    "named": len({str(row[text.names]) for row in each.rows[name]}) if text.names else None,
                    "total": len(each.rows[name]),
                    "excepted": each.excepted.get(name, 0),
                    "rows": list(each.rows[name][:MOST_ROWS]),
                }
                for name, (text, _) in checks().items()
            ],
        }
        for each in dbt_audit.projects
    ]


def dbt_checklist_rows(dbt_checklist: Checklist) -> Row:
    """Give the checklist of every model, those that lack most first, and the sums over all."""
    models = sorted(dbt_checklist.models, key=lambda each: (-len(each.lacking), each.node.name))
    return {
        "items": [
            {
                "item": text.item,
                "title": text.title,
                "short": text.short,
                "has": dbt_checklist.counts[text.item][0],
                "asked": dbt_checklist.counts[text.item][1],
            }
            for text in checklist_table().items
        ],
        "models": [_checklist_row(each) for each in models[:MOST_MODELS]],
        "total": len(models),
        "offered": sum(not item.open for each in models for item in each.lacking),
        "open": sum(bool(item.open) for each in models for item in each.lacking),
        "without_columns": sum(not each.columns for each in models),
    }


def _checklist_row(model: ModelChecklist) -> Row:
    told: dict[str, list[int]] = {}
    for item in model.items:
        count = told.setdefault(item.item, [0, 0])
        count[0] += item.has
        count[1] += 1
    return {
        "model": model.node.name,
        "project": model.node.project,
        "layer": model.node.layer,
        "columns": len(model.columns),
        "items": {name: {"has": has, "asked": asked} for name, (has, asked) in told.items()},
        "lacks": [
            {"item": item.item, "columns": list(item.columns), "open": item.open, "because": item.because}
            for item in model.lacking[:MOST_LACKING]
        ],
        "lacking": len(model.lacking),
    }


def backfill_plans(
    backfill: tuple[Backfill, ...] | None, dbt: Dbt | None, history: History | None, deliverables: Path | None
) -> list[Row] | None:
    """Give every request to process history again, with its plan and how far it is."""
    return backfill_rows(backfill, dbt or Dbt(), history, deliverables) if backfill else None


MEASURES = (pyramid_of_tests, backfill_plans, dbt_findings, dbt_checklist_rows)
