"""What people fill in for patterns."""

from __future__ import annotations

from decom_nb.phases.patterns.connector.capture_document import Capture
from decom_nb.phases.patterns.features.feature_document import FeatureStore
from decom_nb.phases.patterns.lake.lake_document import DataLake
from decom_nb.phases.patterns.mesh.mesh_document import DataMesh
from decom_nb.phases.patterns.tenancy.tenancy_document import Tenancy

DOCUMENTS = (Capture, DataMesh, DataLake, Tenancy, FeatureStore)
