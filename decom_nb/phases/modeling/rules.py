"""What must hold of models and of their names."""

from __future__ import annotations

from decom_nb.phases.modeling.naming.names_rule import (
    column_names_follow_the_conventions,
    table_names_follow_the_conventions,
)

__all__ = ["column_names_follow_the_conventions", "table_names_follow_the_conventions"]
