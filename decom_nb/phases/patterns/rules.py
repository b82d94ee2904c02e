"""What must hold of the patterns in use."""

from __future__ import annotations

from decom_nb.phases.patterns.connector.capture_rule import (
    capture_follows_its_decisions,
    connectors_have_what_they_need,
    message_schemas_are_registered,
)
from decom_nb.phases.patterns.features.feature_rule import (
    feature_keys_stand_in_their_sources,
    feature_names_are_unique,
    features_are_described_and_owned,
    features_live_until_the_next_run,
    on_demand_features_are_not_stored,
    online_features_expire,
    point_in_time_features_know_their_arrival,
    point_in_time_features_know_their_time,
    real_time_features_are_not_batch,
    streaming_features_read_streams,
    training_data_is_point_in_time_correct,
)
from decom_nb.phases.patterns.lake.lake_rule import (
    lake_access_follows_the_team,
    lake_datasets_have_a_consumer,
    lake_datasets_have_an_owner,
    lake_files_are_large_enough,
    lake_tables_have_a_table_format,
)
from decom_nb.phases.patterns.mesh.mesh_rule import (
    mesh_claims_agree_with_evidence,
    mesh_fits_where_it_is_planned,
    mesh_principles_are_in_place,
)
from decom_nb.phases.patterns.tenancy.tenant_rule import (
    joins_stay_within_a_tenant,
    keys_hold_the_tenant,
    queries_name_their_tenant,
    tables_carry_their_tenant,
    tenants_are_kept_apart,
)
from decom_nb.phases.patterns.timing.timing_rule import (
    columns_without_zone_are_in_utc,
    late_rows_fit_into_their_window,
    timestamps_carry_their_zone,
)

__all__ = [
    "capture_follows_its_decisions",
    "columns_without_zone_are_in_utc",
    "connectors_have_what_they_need",
    "feature_keys_stand_in_their_sources",
    "feature_names_are_unique",
    "features_are_described_and_owned",
    "features_live_until_the_next_run",
    "joins_stay_within_a_tenant",
    "keys_hold_the_tenant",
    "lake_access_follows_the_team",
    "lake_datasets_have_a_consumer",
    "lake_datasets_have_an_owner",
    "lake_files_are_large_enough",
    "lake_tables_have_a_table_format",
    "late_rows_fit_into_their_window",
    "mesh_claims_agree_with_evidence",
    "mesh_fits_where_it_is_planned",
    "mesh_principles_are_in_place",
    "message_schemas_are_registered",
    "on_demand_features_are_not_stored",
    "online_features_expire",
    "point_in_time_features_know_their_arrival",
    "point_in_time_features_know_their_time",
    "queries_name_their_tenant",
    "real_time_features_are_not_batch",
    "streaming_features_read_streams",
    "tables_carry_their_tenant",
    "tenants_are_kept_apart",
    "timestamps_carry_their_zone",
    "training_data_is_point_in_time_correct",
]
