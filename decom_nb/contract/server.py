"""In whose words the physical types of an ODCS contract are written, by the servers it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decom_nb.contract.model import Dialect

_DIALECTS: Mapping[str, Dialect] = {
    "duckdb": "duckdb", "postgres": "postgres", "postgresql": "postgres", "snowflake": "snowflake",
    "bigquery": "bigquery", "databricks": "databricks", "redshift": "redshift", "trino": "trino", "athena": "trino",
    "presto": "trino",
}  # fmt: skip
"""By the type of a server. Athena is Trino under another name, and Presto its older one."""


def dialect_of(data: Mapping[str, Any]) -> Dialect | None:
    """Give the dialect of a contract's servers, None where they are of several or of none that is known."""
    servers = data.get("servers")
    listed = servers if isinstance(servers, list) else list(servers.values()) if isinstance(servers, dict) else []
    types = {str(each.get("type")) for each in listed if isinstance(each, dict)}
    found = {_DIALECTS.get(each) for each in types}
    return found.pop() if len(found) == 1 else None
