"""What people fill in for data quality: where tables lie, and what must hold of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from decom_nb.check import Suite
from decom_nb.contract import Contract
from decom_nb.document import Document
from decom_nb.evidence.contracts import Contracts
from decom_nb.evidence.tables import FoundTables, TableSource, combined, sources_in
from decom_nb.phases.quality.lineage import bare


class TableSources(Document):
    """Where the client's tables lie, so that they can be profiled and checked. They are read, never written to."""

    name: ClassVar[str] = "table_sources"

    sources: tuple[TableSource, ...] = Field((), description="a file, a folder of files, or a database for each")


def promised(contract: Sequence[Contract], contracts: Contracts | None) -> tuple[Contract, ...]:
    """Give the contracts there are: those that people wrote here, then those among the evidence of tables without one."""
    written = {bare(each.table) for each in contract}
    lying = contracts.contracts if contracts else ()
    return (*contract, *(each for each in lying if each.table and bare(each.table) not in written))


def located(table_sources: TableSources | None, tables: FoundTables | None) -> tuple[TableSource, ...]:
    """Give where tables lie: what people wrote down, then what lies in the evidence itself."""
    return combined(table_sources.sources if table_sources else (), sources_in(tables))


DOCUMENTS = (TableSources, Suite, Contract)
