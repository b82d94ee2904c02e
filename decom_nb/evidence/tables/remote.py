"""Object storage: S3, GCS, Azure and plain https, with credentials from the environment, held in memory only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from decom_nb.errors import MissingExtra
from decom_nb.evidence.tables.extension import Loader
from decom_nb.evidence.tables.place import Place
from decom_nb.evidence.tables.reading import NotReadableError
from decom_nb.evidence.tables.secret import Secrets
from decom_nb.sql.text import name, string

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_S3 = ("s3", "s3a", "s3n")
_GCS = ("gs", "gcs")
_AZURE = ("az", "azure", "abfs", "abfss")
_PATTERNS = {"parquet": "*.parquet", "csv": "*.csv*", "jsonl": "*.jsonl*"}


def scheme(address: str) -> str:
    """Give the scheme of an address.

    >>> scheme("S3://lake/x")
    's3'
    """
    return address.split("://", 1)[0].lower()


def prepare(place: Place, alias: str, connection: DuckDBPyConnection, secrets: Secrets, load: Loader) -> None:
    """Load what reads the address, and hand over the credentials. Raises `MissingExtra` or `NotReadableError`."""
    kind = scheme(place.address)
    if kind in _AZURE:
        load("azure", "lake", "reading from Azure")
        _azure(place, alias, connection, secrets)
        return
    load("httpfs", "tables", f"reading {kind}:// addresses")
    if kind in _S3:
        _s3(place, alias, connection, secrets, load)
    elif kind in _GCS:
        keys = _stated(place, secrets) or _from_env(secrets, {"key_id": "GCS_ACCESS_KEY_ID", "secret": "GCS_SECRET"})
        _create("gcs", keys, place, alias, connection, secrets)


def fenced(place: Place) -> tuple[str, str]:
    """Give what of the storage may be looked at: a folder, or else a single object."""
    fixed = re.split(r"[*?\[]", place.address)[0]
    if fixed != place.address or not _is_object(place):
        return fixed[: fixed.rindex("/") + 1] if fixed != place.address else place.address.rstrip("/") + "/", ""
    return "", place.address


def found(place: Place, connection: DuckDBPyConnection) -> Place:
    """Give the place with the addresses of its objects: of a pattern or a folder, those that are there."""
    if place.kind in ("delta", "iceberg") or (_is_object(place) and not re.search(r"[*?\[]", place.address)):
        return replace(place, addresses=(place.address,))
    pattern = place.address
    if not re.search(r"[*?\[]", pattern):
        pattern = f"{pattern.rstrip('/')}/**/{_PATTERNS.get(place.kind, '*')}"
    rows = connection.execute(f"SELECT file FROM glob({string(pattern)}) ORDER BY file").fetchall()
    if not rows:
        raise NotReadableError("nothing is stored there", "see that the path is right", key="path")
    top = re.split(r"[*?\[]", pattern)[0]
    return replace(place, addresses=tuple(row[0] for row in rows), top=top[: top.rindex("/") + 1])


def _is_object(place: Place) -> bool:
    return place.kind not in ("delta", "iceberg") and bool(re.search(r"\.\w+$", place.address.rsplit("/", 1)[-1]))


def _s3(place: Place, alias: str, connection: DuckDBPyConnection, secrets: Secrets, load: Loader) -> None:
    keys = _stated(place, secrets) or _from_env(
        secrets,
        {
            "key_id": "AWS_ACCESS_KEY_ID",
            "secret": "AWS_SECRET_ACCESS_KEY",
            "session_token": "AWS_SESSION_TOKEN",
            "region": "AWS_REGION AWS_DEFAULT_REGION",
            "endpoint": "AWS_ENDPOINT_URL_S3 AWS_ENDPOINT_URL",
        },
    )
    if not keys.get("key_id"):
        try:  # a profile, a role or a single sign-on, as the tools of AWS find them
            load("aws", "lake", "credentials of AWS")
        except MissingExtra:
            return
        scope = string(_scope(place))
        connection.execute(
            f"CREATE TEMPORARY SECRET {name(alias)} (TYPE s3, PROVIDER credential_chain, VALIDATION 'none', SCOPE {scope})"
        )
        return
    _create("s3", keys, place, alias, connection, secrets)


def _azure(place: Place, alias: str, connection: DuckDBPyConnection, secrets: Secrets) -> None:
    import duckdb

    text = secrets.connection(place.source.connection or "AZURE_STORAGE_CONNECTION_STRING")
    if place.source.connection and not text:
        raise _unknown(place)
    if not text:
        return
    scope = string(_scope(place))
    failed = False
    try:
        connection.execute(
            f"CREATE TEMPORARY SECRET {name(alias)} (TYPE azure, CONNECTION_STRING {string(text)}, SCOPE {scope})"
        )
    except (duckdb.Error, ValueError):
        failed = True
    if failed:
        raise NotReadableError("its connection string is none that Azure takes", key="connection")


def _create(
    type_: str, keys: Mapping[str, str], place: Place, alias: str, connection: DuckDBPyConnection, secrets: Secrets
) -> None:
    import duckdb

    if not keys:
        return
    told = dict(keys)
    for each in ("secret", "session_token"):
        if told.get(each):
            secrets.learn_value(told[each])
    if endpoint := told.pop("endpoint", ""):
        told["endpoint"] = endpoint.split("://", 1)[-1].rstrip("/")
        told.setdefault("url_style", "path")
        if endpoint.lower().startswith("http://"):
            told["use_ssl"] = "false"
    options = ", ".join(f"{key.upper()} {string(value)}" for key, value in told.items() if re.fullmatch(r"\w+", key))
    failed = False
    try:
        connection.execute(
            f"CREATE TEMPORARY SECRET {name(alias)} (TYPE {type_}, {options}, SCOPE {string(_scope(place))})"
        )
    except (duckdb.Error, ValueError):
        failed = True
    if failed:
        wrong = "what its connection holds is no credentials"
        raise NotReadableError(wrong, "write key_id=… secret=… region=… endpoint=…", key="connection")


def _scope(place: Place) -> str:
    """Give the bucket, for which alone the credentials hold."""
    return "/".join(place.address.split("/", 3)[:3])


def _stated(place: Place, secrets: Secrets) -> dict[str, str]:
    """Give the credentials that the source's connection holds, as key=value pairs."""
    if not place.source.connection:
        return {}
    text = secrets.connection(place.source.connection)
    if not text:
        raise _unknown(place)
    return {key.lower(): value for key, value in re.findall(r"(\w+)=([^\s;]+)", text)}


def _from_env(secrets: Secrets, names: Mapping[str, str]) -> dict[str, str]:
    told = {key: next(filter(None, map(secrets.env, each.split())), "") for key, each in names.items()}
    return {key: value for key, value in told.items() if value} if told.get("key_id") else {}


def _unknown(place: Place) -> NotReadableError:
    return NotReadableError(*unknown_connection(place.source.connection), key="connection")


def unknown_connection(named: str) -> tuple[str, str]:
    """Say that a connection is kept nowhere, and where it is to be put."""
    what = f"neither the environment nor a keyring has a connection {named!r}"
    return what, f"set the environment variable {named}, or run: keyring set decom_nb {named}"
