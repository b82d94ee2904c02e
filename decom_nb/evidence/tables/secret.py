"""Secrets: where connection strings are kept, and how they are kept out of everything that is shown.

A source names its connection; the string itself stands in the environment or in a keyring. What DuckDB says of a
failure may hold it, so nothing that DuckDB says is passed on before it went through `Secrets.hidden`, and no error of
ours carries DuckDB's as its cause.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from decom_nb.errors import MissingExtra, need
from decom_nb.scrub import HIDDEN

SERVICE = "decom_nb"
"""The service under which a keyring keeps connection strings."""

# What holds a secret by its look, whoever wrote it: user:password@ of an address, and key=value as libpq, ODBC, Azure
# and S3 write it. `decom_nb.scrub` does the same for pages; here the string is nearer and more is known of it.
_IN_ADDRESS = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://[^\s/?#'\":@]*):([^\s/?#]*)@(?=[^@\s/]*)")
_KEY = r"(?:password|passwd|pwd|passfile|secret|token|access_?key|account_?key|credential|signature|(?<![\w-])sig(?![\w-]))"
_VALUE = r"(?:'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|[^\s&;,'\")]+)"
_NAMED = re.compile(rf"(?i)([\w-]{{0,40}}{_KEY}[\w-]{{0,40}}[\"']?\s*[=:]\s*){_VALUE}")
_SHORTEST = 3


def redacted(text: str) -> str:
    """Give a text with everything hidden that looks like a secret, whether or not it is known.

    >>> redacted("postgresql://ann:s3cr3t@db/shop?sslpassword=x is down, password='it''s'")
    'postgresql://ann:•••@db/shop?sslpassword=••• is down, password=•••'
    """
    return _NAMED.sub(rf"\1{HIDDEN}", _IN_ADDRESS.sub(rf"\1:{HIDDEN}@", text))


def holds_secret(path: str) -> bool:
    """Tell whether what stands as a path holds a password or a key; a folder that is called ``token=7`` holds none.

    >>> holds_secret("postgresql://ann@db/shop"), holds_secret("postgresql://ann:x@db/shop"), holds_secret("a/token=7/x.csv")
    (False, True, False)
    """
    if _IN_ADDRESS.search(path) or re.search(r"(?i)(?:^|[\s;])(?:password|pwd|accountkey)\s*=", path):
        return True
    return "?" in path and "://" in path and bool(_NAMED.search(path.split("?", 1)[1]))


class Secrets:
    """The secrets of one session: looked up once, hidden in every text after that."""

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        self._env = os.environ if env is None else env
        self._known: set[str] = set()

    def __repr__(self) -> str:
        """Show how many there are and nothing of them."""
        return f"Secrets({len(self._known)} known)"

    def connection(self, named: str) -> str:
        """Give the connection string of that name, from the environment or a keyring; empty if neither has one."""
        found = self._env.get(named, "") or _from_keyring(named)
        if found:
            self.learn(found)
        return found

    def env(self, named: str) -> str:
        """Give a variable of the environment; empty if it is not set."""
        return self._env.get(named, "")

    def learn_value(self, value: str) -> None:
        """Take a password or key as something that must not be shown, in any spelling."""
        self._add(value)

    def learn(self, text: str) -> None:
        """Take a connection string, or a secret itself, as something that must not be shown, in any spelling."""
        self._add(text)
        for part in _parts(text):
            self._add(part)

    def _add(self, part: str) -> None:
        for bare in {part, unquote(part), unquote_plus(part)}:
            spelled = {
                bare,
                quote(bare, safe=""),
                quote(bare),
                quote_plus(bare),
                bare.replace("'", "''"),
                _escaped(bare),
            }
            spelled |= {bare.replace("\\", "\\\\"), repr(bare)[1:-1], json.dumps(bare)[1:-1]}
            self._known |= {each for each in spelled if len(each) >= _SHORTEST}

    def hidden(self, text: str) -> str:
        """Give a text without any secret: neither those known here nor what looks like one."""
        for each in sorted(self._known, key=len, reverse=True):
            text = text.replace(each, HIDDEN)
        return redacted(text)


def _from_keyring(named: str) -> str:
    try:
        keyring = need("keyring", "keyring", "a connection from a keyring")
    except MissingExtra:
        return ""
    try:
        return keyring.get_password(SERVICE, named) or ""
    except Exception:  # a keyring without a backend raises its own errors: then there is no entry to be had
        return ""


def _parts(text: str) -> list[str]:
    """Give the passwords and keys in a connection string: of an address, and of key=value."""
    parts = [found[2] for found in _IN_ADDRESS.finditer(text)]
    for found in _NAMED.finditer(text):
        written = found[0][len(found[1]) :]
        bare = written[1:-1] if written[:1] in "'\"" else written
        parts += [bare, re.sub(r"\\(.)", r"\1", bare), bare.replace("''", "'")]
    return [each for each in parts if each]


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("'", "\\'")
