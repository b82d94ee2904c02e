"""What this room makes ready for everybody: names, held to the conventions."""

from __future__ import annotations

from decom_nb.phases.modeling.naming.naming_measure import naming_lint

READERS = (naming_lint,)
