"""What is worked out of models and kept in the audit."""

from __future__ import annotations

from decom_nb.phases.modeling.model_summary import bus_matrix, model_summary, scd_types
from decom_nb.phases.modeling.naming.naming_measure import naming_findings

MEASURES = (
    model_summary,
    bus_matrix,
    scd_types,
    naming_findings,
)
