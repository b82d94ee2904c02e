"""Which tables hold a tenant's rows, by the columns they are known to have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from decom_nb.evidence.dbt import Dbt
from decom_nb.phases.patterns.tenancy.tenancy_document import Tenancy


@dataclass(frozen=True)
class TenantTable:
    """A dbt model or source with what is known of its columns."""

    name: str
    columns: tuple[str, ...]
    """Lower case; of the warehouse where dbt looked, else of the project's YAML."""
    keys: tuple[tuple[str, ...], ...]
    """What tells its rows apart, as the project says, lower case."""
    shared: bool

    def tenant(self, tenancy: Tenancy) -> str:
        """Give the column that names the tenant; empty if it has none."""
        wanted = [each.lower() for each in tenancy.tenant_columns]
        return next((each for each in wanted if each in self.columns), "")


def tenant_tables(dbt: Dbt, tenancy: Tenancy) -> tuple[TenantTable, ...]:
    """Give the models and seeds of the client's own projects whose columns are known, in the order of their names."""
    return tuple(sorted(_known(dbt, tenancy), key=lambda each: each.name))


def _known(dbt: Dbt, tenancy: Tenancy) -> Iterator[TenantTable]:
    looked: Mapping[object, tuple[str, ...]] = {
        each.key: tuple(name.lower() for name, _ in each.columns) for each in dbt.catalog
    }
    for each in (*dbt.models, *dbt.seeds):
        columns = looked.get(each.key) or tuple(column.name.lower() for column in each.columns)
        if not each.own or not columns:
            continue
        name = each.alias or each.name
        keys = {tuple(column.lower() for column in key) for key in (each.primary_key, each.unique_key) if key}
        yield TenantTable(name, columns, tuple(sorted(keys)), is_shared(tenancy, name))


def is_shared(tenancy: Tenancy, table: str) -> bool:
    """Tell whether people said that a table belongs to no tenant."""
    return any(fnmatchcase(table.lower(), each.table.lower()) for each in tenancy.shared_tables if each.table)
