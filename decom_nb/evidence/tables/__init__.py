"""Tables: where they lie, what they are, and how they are read without a trace. The engine and rooms open them here."""

from __future__ import annotations

from decom_nb.evidence.tables.session import Tables
from decom_nb.evidence.tables.source import TableSource
from decom_nb.evidence.tables.table import Column, Table

__all__ = ["Column", "Table", "TableSource", "Tables"]
