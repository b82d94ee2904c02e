"""What this room reads for everybody: dbt projects, held against what is asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from decom_nb.check import Suite
from decom_nb.contract import Contract
from decom_nb.evidence.contracts import Contracts
from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.dbt_manifest import Key
from decom_nb.phases.testing.dbt_audit import DbtAudit, audited
from decom_nb.phases.testing.dbt_checklist import Checklist, checklists
from decom_nb.phases.testing.dbt_fact import facts_of
from decom_nb.phases.testing.documents import DbtStandards


def dbt_audit(dbt: Dbt, dbt_standards: DbtStandards | None) -> DbtAudit | None:
    """Give the audit of all dbt projects; nothing where there is no manifest."""
    return audited(dbt, dbt_standards) if dbt.current else None


def dbt_left_out(dbt_audit: DbtAudit) -> frozenset[Key]:
    """Give the keys of all models and sources that nobody wants to hear of, so that no room judges them."""
    return frozenset(
        node.resource.key for each in dbt_audit.projects for node in each.graph.nodes.values() if node.excluded
    )


def dbt_checklist(
    dbt_audit: DbtAudit,
    dbt: Dbt,
    suite: Sequence[Suite] | None,
    contract: Sequence[Contract] | None,
    contracts: Contracts | None,
    service_levels: Any | None,
) -> Checklist:
    """Give what the testing checklist asks of every model, and what is there of it."""
    promised = (*(contract or ()), *(contracts.contracts if contracts else ()))
    return checklists(dbt_audit, dbt, facts_of(suite or (), promised, service_levels))


READERS = (dbt_audit, dbt_left_out, dbt_checklist)
