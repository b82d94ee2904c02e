"""How a client's engine is reached: by the name of its connection, which stands in the environment or a keyring."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from decom_nb.errors import InputError, MissingExtra, Mistake, need
from decom_nb.evidence.tables import TableSource
from decom_nb.evidence.tables.secret import Secrets

_SCHEMES = {
    "postgres": "postgres", "postgresql": "postgres", "redshift": "postgres", "snowflake": "snowflake",
    "bigquery": "bigquery", "databricks": "databricks", "trino": "trino", "pyspark": "pyspark", "spark": "pyspark",
}  # fmt: skip
"""The scheme of an address, and the backend of ibis that reads it."""
_DRIVERS = {
    "postgres": "psycopg", "snowflake": "snowflake.connector", "bigquery": "google.cloud.bigquery",
    "databricks": "databricks.sql", "trino": "trino", "pyspark": "pyspark",
}  # fmt: skip
"""What ibis needs for each, by which it is seen whether it is installed."""


def connect(named: str) -> Any:
    """Give the backend of ibis for a connection: the environment variable or keyring entry of that name holds its address.

    An address without a secret, such as ``pyspark://``, may be given as it is. Raises `InputError` where there is no such
    connection or it does not answer, `MissingExtra` where a driver is not installed. The address is never shown.
    """
    secrets = Secrets()
    address = named if "://" in named else secrets.connection(named)
    secrets.learn(address)
    shown = "the address" if "://" in named else named
    if not address:
        what = f"no environment variable or keyring entry of the name {named} holds an address"
        raise InputError(
            Mistake("", 0, "connection", what, "set it to one such as postgresql://user:password@host/database")
        )
    scheme = address.partition("://")[0].lower()
    backend = _SCHEMES.get(scheme)
    if backend is None:
        what = f"{shown} is an address of the kind {scheme}://, and no such engine is known"
        raise InputError(Mistake("", 0, "connection", what, f"one of {', '.join(sorted(_SCHEMES))}"))
    ibis = need("ibis", "pushdown", "running checks on the client's engine")
    if backend != "postgres":
        _driver(backend)
    rest = address.partition("://")[2]
    try:
        return ibis.connect(f"{backend}://{rest}")
    except Exception as error:  # drivers have errors of their own, and some of them quote the address
        lines = str(error).strip().splitlines()
        said = secrets.hidden(lines[0] if lines else type(error).__name__)[:300]
        raise InputError(
            Mistake("", 0, "connection", f"{shown} does not answer: {said}", "see that it is right")
        ) from None


def dialect_of(named: str) -> str:
    """Give the dialect that an address asks for where its backend does not tell: Redshift answers as PostgreSQL does."""
    address = named if "://" in named else Secrets().connection(named)
    return "redshift" if address.lower().startswith("redshift://") else ""


def names_there(sources: Iterable[TableSource], named: str) -> dict[str, str]:
    """Give the names that tables of a connection have there, by the names that suites call them."""
    return {
        each.name or each.table.rpartition(".")[2].strip('"'): each.table
        for each in sources
        if each.connection == named and each.table
    }


def _driver(backend: str) -> None:
    """Say in one sentence what a client installs for an engine, if it is not there."""
    import importlib.util

    module = _DRIVERS[backend]
    try:
        found = importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        found = False
    if not found:
        raise MissingExtra(f'checks on {backend} need {module}: pip install "ibis-framework[{backend}]"')
