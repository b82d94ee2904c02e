"""What this room reads for everybody: dbt projects, held against what is asked of them."""

from __future__ import annotations

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.dbt_manifest import Key
from decom_nb.phases.testing.dbt_audit import DbtAudit, audited
from decom_nb.phases.testing.documents import DbtStandards


def dbt_audit(dbt: Dbt, dbt_standards: DbtStandards | None) -> DbtAudit | None:
    """Give the audit of all dbt projects; nothing where there is no manifest."""
    return audited(dbt, dbt_standards) if dbt.current else None


def dbt_left_out(dbt_audit: DbtAudit) -> frozenset[Key]:
    """Give the keys of all models and sources that nobody wants to hear of, so that no room judges them."""
    return frozenset(
        node.resource.key for each in dbt_audit.projects for node in each.graph.nodes.values() if node.excluded
    )


READERS = (dbt_audit, dbt_left_out)
