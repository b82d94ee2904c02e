"""What is worked out of models and kept in the audit."""

from __future__ import annotations

from decom_nb.phases.modeling.naming.naming_measure import naming_findings

MEASURES = (naming_findings,)
