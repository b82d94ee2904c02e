"""Tables: where they lie, what they are, and how they are read without a trace. The engine and rooms open them here.

`Tables` opens them, `sources_in` gives those that lie in the evidence, and `combined` puts those before them that people
wrote down.
"""

from __future__ import annotations

from decom_nb.evidence.tables.found import FoundTable, FoundTables, combined, sources_in
from decom_nb.evidence.tables.session import Tables
from decom_nb.evidence.tables.source import TableSource
from decom_nb.evidence.tables.table import Column, Table

__all__ = ["Column", "FoundTable", "FoundTables", "Table", "TableSource", "Tables", "combined", "sources_in"]
