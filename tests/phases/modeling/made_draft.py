"""Tables for drafts: of SQL, and drafted on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from decom_nb.evidence.tables import Tables, TableSource
from decom_nb.phases.modeling.draft.drafted import drafted
from decom_nb.phases.modeling.draft.from_tables import Asking, from_tables
from decom_nb.phases.modeling.draft.reason import Draft
from decom_nb.phases.modeling.draft.seen import SeenTable, merged
from decom_nb.sql.ddl_reading import read_ddl
from decom_nb.sql.text import name


def of_tables(folder: Path, tables: Mapping[str, str], declared: str = "") -> Draft:
    """Draft from tables that queries give, by name; `declared` is DDL of the same tables."""
    path = folder / "made.duckdb"
    with duckdb.connect(str(path)) as connection:
        for called, query in tables.items():
            connection.execute(f"CREATE OR REPLACE TABLE {name(called)} AS {query}")
    told = [SeenTable(each, "ddl") for each in read_ddl(declared).tables] if declared else []
    notes: list[str] = []
    with Tables([TableSource(path=str(path))]) as session, from_tables(session, session.names, notes) as seen:
        return drafted(merged([*seen, *told]), Asking(session.connection), notes=notes)


def of_ddl(text: str) -> Draft:
    """Draft from DDL alone."""
    return drafted([SeenTable(each, "ddl") for each in read_ddl(text).tables])
