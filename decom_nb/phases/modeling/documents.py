"""What people fill in for modeling: the dimensional model."""

from __future__ import annotations

from decom_nb.phases.modeling.dimensional_model import DimensionalModel

DOCUMENTS = (DimensionalModel,)
