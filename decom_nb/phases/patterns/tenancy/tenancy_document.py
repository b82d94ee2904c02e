"""What people say of tenants: by which column they are told apart, which tables are shared, how they are kept apart."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from decom_nb.document import Document, Group


class SharedTable(Group):
    """A table that belongs to no tenant."""

    table: str = Field("", description="its name; * stands for anything", examples=["dim_date", "ref_*"])
    because: str = Field("", description="why it belongs to nobody", examples=["a calendar is everybody's"])


class GlobalKey(Group):
    """A key that is unique across tenants without holding the tenant."""

    table: str = Field("", description="its table", examples=["fct_orders"])
    because: str = Field("", description="what makes it unique", examples=["UUIDs made by the shop"])


class AllowedJoin(Group):
    """Queries that may look at several tenants at once."""

    user: str = Field("", description="who runs them; * stands for anything", examples=["billing_service"])
    because: str = Field("", description="the business reason", examples=["invoices for all tenants"])


class Tenancy(Document):
    """How tenants that share a platform are told apart and kept apart."""

    name: ClassVar[str] = "tenancy"

    several_tenants: bool | None = Field(
        None, description="several customers' data lies in one platform; no: the rest does not matter"
    )
    tenant_columns: tuple[str, ...] = Field(
        (), description="columns that name the tenant, by whichever name", examples=[["tenant_id", "account_id"]]
    )
    shared_tables: tuple[SharedTable, ...] = Field((), description="tables that belong to no tenant")
    global_keys: tuple[GlobalKey, ...] = Field((), description="keys that need not hold the tenant")
    across_tenants: tuple[AllowedJoin, ...] = Field((), description="who may look at several tenants at once")
    row_level_security: Literal["yes", "partly", "no"] | None = Field(
        None, description="the warehouse shows each tenant its own rows only, whatever the query says"
    )
    compute: Literal["per tenant", "limited", "shared"] | None = Field(
        None,
        description="whether one tenant's load can slow another down",
        json_schema_extra={
            "labels": {
                "per tenant": "each has compute of its own",
                "limited": "shared, with limits for each",
                "shared": "shared, first come first served",
            }
        },
    )
    backfills: Literal["by tenant", "all at once"] | None = Field(
        None, description="whether history can be processed again for one tenant alone"
    )
