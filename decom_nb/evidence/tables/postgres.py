"""Postgres servers, attached read-only: every query runs in a transaction that is read only on the server too.

The password goes into a secret of the session, in memory, and never into the text that DuckDB attaches and repeats in
its errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from decom_nb.evidence.tables.database import Attached
from decom_nb.evidence.tables.reading import NotReadableError
from decom_nb.evidence.tables.secret import Secrets
from decom_nb.sql.text import name, string

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CONNECT_SECONDS = "10"
"""How long a server may take to answer, unless the connection says so itself: libpq would wait for minutes."""

_ADDRESS = re.compile(
    r"(?is)^postgres(?:ql)?(?:\+\w+)?://(?:(?P<user>[^@/?]*)@)?(?P<hosts>[^/?]*)(?:/(?P<db>[^?]*))?(?:\?(?P<more>.*))?$"
)
_PAIR = re.compile(r"\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s\\']|\\.)*))(?=\s|$)", re.DOTALL)
_HIDDEN_KEYS = ("password", "passfile", "sslpassword")


def parameters(text: str) -> dict[str, str]:
    r"""Give the parts of an address or of a string as libpq takes it; raises `NotReadableError` without repeating it.

    >>> parameters("postgresql://ann:a%40b@db:5433/shop?sslmode=require")
    {'user': 'ann', 'password': 'a@b', 'host': 'db', 'port': '5433', 'dbname': 'shop', 'sslmode': 'require'}
    >>> parameters("host=db password='it\\'s'")
    {'host': 'db', 'password': "it's"}
    """
    text = text.strip()
    if address := _ADDRESS.match(text):
        return _of_address(address)
    pairs, at = {}, 0
    while at < len(text) and (pair := _PAIR.match(text, at)):
        written = pair[2] if pair[2] is not None else pair[3]
        pairs[pair[1].lower()] = re.sub(r"\\(.)", r"\1", written, flags=re.DOTALL)
        at = pair.end()
    if at < len(text.rstrip()) or not pairs:
        instead = "an address as postgresql://…@host:5432/database, or pairs as host=… dbname=… user=…"
        raise NotReadableError(
            "its connection string is none that Postgres takes", f"write {instead}", key="connection"
        )
    return pairs


def _of_address(address: re.Match[str]) -> dict[str, str]:
    parts: dict[str, str] = {}
    user, colon, password = (address["user"] or "").partition(":")
    if user:
        parts["user"] = unquote(user)
    if colon:
        parts["password"] = unquote(password)
    hosts = [
        each.rpartition(":") if re.search(r":\d*$", each) else (each, "", "") for each in address["hosts"].split(",")
    ]
    if any(host for host, _, _ in hosts):
        parts["host"] = ",".join(unquote(host.strip("[]")) for host, _, _ in hosts)
    if any(port for _, _, port in hosts):
        parts["port"] = ",".join(port for _, _, port in hosts)
    if address["db"]:
        parts["dbname"] = unquote(address["db"])
    return {**parts, **dict(parse_qsl(address["more"] or "", keep_blank_values=True))}


def attach_postgres(text: str, alias: str, connection: DuckDBPyConnection, secrets: Secrets) -> Attached:
    """Attach a server's database for reading. Raises `NotReadableError`, in words that hold no secret."""
    import duckdb

    told = {"connect_timeout": CONNECT_SECONDS, "application_name": "decom_nb", **parameters(text)}
    for each in _HIDDEN_KEYS:
        if told.get(each):
            secrets.learn_value(told[each])
    password = told.pop("password", "")
    shown = " ".join(f"{key}={_libpq(value)}" for key, value in told.items())
    options = "TYPE postgres, READ_ONLY"
    said = ""
    try:
        if password:
            secret = name(f"{alias}_secret")
            connection.execute(f"CREATE TEMPORARY SECRET {secret} (TYPE postgres, PASSWORD {string(password)})")
            options += f", SECRET {secret}"
        connection.execute(f"ATTACH {string(shown)} AS {name(alias)} ({options})")
        return Attached(alias, connection)
    except (duckdb.Error, ValueError) as error:
        said = secrets.hidden(" ".join(str(error).split()))
    raise NotReadableError(*_why_not(said, told))


def _libpq(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _why_not(said: str, told: dict[str, str]) -> tuple[str, str]:
    """Give what is wrong and what to do, for the failures that are known."""
    server = ":".join(part for part in (told.get("host", ""), told.get("port", "")) if part) or "the local server"
    user, database = told.get("user", "its user"), told.get("dbname", told.get("user", ""))
    if "password authentication failed" in said or "no password supplied" in said:
        return f"{server} does not accept the password of {user}", "see what the connection holds"
    if re.search(r'database ".*" does not exist', said):
        return f"{server} has no database {database!r}", "see what the connection holds"
    if re.search(r"could not translate host name|Name or service not known", said):
        return f"there is no host {told.get('host')!r}", "see what the connection holds, and that the network is there"
    if re.search(r"Connection refused|No route to host|timeout expired|No such file or directory", said):
        return f"{server} cannot be reached", "see that it is up, and that the network or the VPN is there"
    after = said.split('": ', 1)[-1] if "Unable to connect" in said else said
    return f"{server} cannot be connected to: {after[:300]}", ""
