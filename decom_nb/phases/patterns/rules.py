"""What must hold of the patterns in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.contract.model import Contract
from decom_nb.decide import Decision
from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.object_listing import Objects
from decom_nb.evidence.query_log import QueryLog
from decom_nb.finding import Finding
from decom_nb.phases.patterns.lake import lake_finding
from decom_nb.phases.patterns.lake.lake_document import DataLake
from decom_nb.phases.patterns.mesh import mesh_finding
from decom_nb.phases.patterns.mesh.mesh_document import DataMesh
from decom_nb.phases.patterns.tenancy import tenant_finding
from decom_nb.phases.patterns.tenancy.tenancy_document import Tenancy
from decom_nb.rule import rule


@rule
def mesh_fits_where_it_is_planned(data_mesh: DataMesh, decisions: Mapping[str, Decision]) -> Finding:
    """No data mesh is planned or built where the facts rule one out."""
    return mesh_finding.fits(data_mesh, decisions)


@rule
def mesh_principles_are_in_place(data_mesh: DataMesh, mesh_readiness: Mapping[str, Any]) -> Finding:
    """A data mesh that stands rests on all four of its principles."""
    return mesh_finding.principles_are_in_place(data_mesh, mesh_readiness["principles"])


@rule
def mesh_claims_agree_with_evidence(
    data_mesh: DataMesh, dbt: Dbt | None, contract: Sequence[Contract] | None, *, least_share: float
) -> Finding:
    """What is claimed of a data mesh is borne out by what can be counted."""
    return mesh_finding.claims_agree(data_mesh, dbt, contract or (), least_share=least_share)


@rule
def lake_files_are_large_enough(objects: Objects, *, small_mb: float, many: int, target_mb: float) -> Finding:
    """No dataset in the lake is scattered over many small files."""
    return lake_finding.files_are_large_enough(objects, small_mb=small_mb, many=many, target_mb=target_mb)


@rule
def lake_tables_have_a_table_format(objects: Objects, data_lake: DataLake | None, *, least_mb: float) -> Finding:
    """What is queried as a table in the lake has a table format."""
    return lake_finding.tables_have_a_format(objects, data_lake, least_mb=least_mb)


@rule
def lake_datasets_have_an_owner(objects: Objects, data_lake: DataLake) -> Finding:
    """Every dataset in the lake lies in an area that is somebody's."""
    return lake_finding.datasets_have_an_owner(objects, data_lake)


@rule
def lake_datasets_have_a_consumer(objects: Objects, data_lake: DataLake) -> Finding:
    """Every dataset in the lake is there for somebody who is known."""
    return lake_finding.datasets_have_a_consumer(objects, data_lake)


@rule
def lake_access_follows_the_team(data_lake: DataLake) -> Finding:
    """Who may read the lake follows the team, and nobody administers all of it by default."""
    return lake_finding.access_is_by_team(data_lake)


@rule
def tables_carry_their_tenant(tenancy: Tenancy, dbt: Dbt) -> Finding:
    """Every table that is not everybody's names the tenant of each row."""
    return tenant_finding.tables_carry_their_tenant(tenancy, dbt)


@rule
def keys_hold_the_tenant(tenancy: Tenancy, dbt: Dbt) -> Finding:
    """Keys of tenants' tables hold the tenant, or are unique across tenants."""
    return tenant_finding.keys_hold_the_tenant(tenancy, dbt)


@rule
def queries_name_their_tenant(tenancy: Tenancy, dbt: Dbt, query_log: QueryLog, *, most: int) -> Finding:
    """Every query on tenants' tables names the tenant, or is held to one by the warehouse."""
    return tenant_finding.queries_name_their_tenant(tenancy, dbt, query_log, most=most)


@rule
def joins_stay_within_a_tenant(tenancy: Tenancy, dbt: Dbt, query_log: QueryLog, *, most: int) -> Finding:
    """No query joins tenants' tables without comparing their tenants, unless somebody said why."""
    return tenant_finding.joins_stay_within_a_tenant(tenancy, dbt, query_log, most=most)


@rule
def tenants_are_kept_apart(tenancy: Tenancy) -> Finding:
    """Rows, compute and backfills of one tenant do not reach another."""
    return tenant_finding.tenants_are_kept_apart(tenancy)
