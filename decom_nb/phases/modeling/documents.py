"""What people fill in for modeling: what the choice of a methodology needs, the dimensional model, how things are named."""

from __future__ import annotations

from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.naming.naming_document import Naming
from decom_nb.phases.modeling.needs_document import ModelingNeeds

DOCUMENTS = (ModelingNeeds, DimensionalModel, Naming)
