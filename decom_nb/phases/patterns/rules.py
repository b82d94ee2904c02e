"""What must hold of the patterns in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.contract.model import Contract
from decom_nb.decide import Decision
from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.object_listing import Objects
from decom_nb.evidence.query_log import QueryLog
from decom_nb.evidence.timings import Timings
from decom_nb.finding import Finding
from decom_nb.phases.patterns.connector import capture_finding
from decom_nb.phases.patterns.connector.capture_document import Capture
from decom_nb.phases.patterns.features import feature_rule
from decom_nb.phases.patterns.features.feature_document import FeatureStore
from decom_nb.phases.patterns.lake import lake_finding
from decom_nb.phases.patterns.lake.lake_document import DataLake
from decom_nb.phases.patterns.mesh import mesh_finding
from decom_nb.phases.patterns.mesh.mesh_document import DataMesh
from decom_nb.phases.patterns.tenancy import tenant_finding
from decom_nb.phases.patterns.tenancy.tenancy_document import Tenancy
from decom_nb.phases.patterns.timing import timing_finding
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


@rule
def features_live_until_the_next_run(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every stored feature lives longer than the time to its next run."""
    return feature_rule.live_until_the_next_run(feature_store)


@rule
def streaming_features_read_streams(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every streaming feature reads a stream."""
    return feature_rule.streams_feed_streaming(feature_store)


@rule
def on_demand_features_are_not_stored(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """No on-demand feature is stored."""
    return feature_rule.on_demand_is_not_stored(feature_store)


@rule
def online_features_expire(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every feature that is served online has a time to live."""
    return feature_rule.online_values_expire(feature_store)


@rule
def real_time_features_are_not_batch(feature_store: tuple[FeatureStore, ...], *, batch_hours: float) -> Finding:
    """No feature that promises real time is computed in batch."""
    return feature_rule.real_time_is_not_batch(feature_store, batch_hours=batch_hours)


@rule
def point_in_time_features_know_their_time(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every source of training data that is to be correct in time names the time of its events."""
    return feature_rule.time_of_events_is_known(feature_store)


@rule
def point_in_time_features_know_their_arrival(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every source of training data that is to be correct in time says since when a row could be read."""
    return feature_rule.time_of_arrival_is_known(feature_store)


@rule
def training_data_is_point_in_time_correct(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Features that are read for training are correct in time."""
    return feature_rule.training_is_point_in_time(feature_store)


@rule
def feature_names_are_unique(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every feature has a name of its own among those of its entity."""
    return feature_rule.names_are_unique(feature_store)


@rule
def feature_keys_stand_in_their_sources(
    feature_store: tuple[FeatureStore, ...], dbt: Dbt | None, tables: Any | None
) -> Finding:
    """Every source of features has the columns that the feature store names."""
    return feature_rule.keys_stand_in_sources(feature_store, dbt, tables)


@rule
def features_are_described_and_owned(feature_store: tuple[FeatureStore, ...]) -> Finding:
    """Every feature is described and has an owner."""
    return feature_rule.are_described_and_owned(feature_store)


@rule
def late_rows_fit_into_their_window(timings: Timings, pipeline: Sequence[Any]) -> Finding:
    """Pipelines wait for late rows as long as those take."""
    return timing_finding.windows_hold_what_comes_late(timings, pipeline)


@rule
def timestamps_carry_their_zone(dbt: Dbt) -> Finding:
    """Columns that hold moments are of a type that carries a zone."""
    return timing_finding.timestamps_carry_their_zone(dbt)


@rule
def columns_without_zone_are_in_utc(timings: Timings) -> Finding:
    """No column without a zone is written by a clock that is put forward and back."""
    return timing_finding.clocks_are_known(timings)


@rule
def connectors_have_what_they_need(capture: Capture, pipeline: Sequence[Any] | None) -> Finding:
    """Every planned connector has what it needs to start, and no secret in the clear."""
    return capture_finding.connectors_are_complete(capture, pipeline or ())


@rule
def message_schemas_are_registered(capture: Capture) -> Finding:
    """Captured changes are written with a schema that a registry checks."""
    return capture_finding.schemas_are_registered(capture)


@rule
def capture_follows_its_decisions(capture: Capture, decisions: Mapping[str, Decision]) -> Finding:
    """Topics, registry and serialization are planned as the circumstances ask for."""
    return capture_finding.choices_follow_the_decisions(capture, decisions)
