"""Dimensions that keep their history: from a specification to the load of one engine, types 1, 2, 3, 4 and 6."""

from __future__ import annotations

from decom_nb.phases.patterns.scd.generator import left_out, script, setup
from decom_nb.phases.patterns.scd.specification import ScdSpecification

__all__ = ["ScdSpecification", "left_out", "script", "setup"]
