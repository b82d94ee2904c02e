"""Who may look: the token, and the cookie a browser gets for it. Every handler of `decom serve` asks here first."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode, urlsplit


@dataclass(frozen=True)
class Access:
    """What opens the door. Without a token it stands open, to whoever reaches the port."""

    token: str | None = field(repr=False)
    port: int = 0
    local_only: bool = True

    def opens(self, token: str) -> bool:
        """Tell whether this is the token, in a time that does not depend on how much of it is right."""
        return self.token is None or hmac.compare_digest(_digest(token), _digest(self.token))

    @property
    def cookie_name(self) -> str:
        """The cookie's name: browsers keep cookies by host, so two servers on two ports need two names."""
        return f"decom-{self.port}"

    @property
    def cookie(self) -> str:
        """What a browser keeps in place of the token: it opens the same door and does not give the token away."""
        return hmac.new((self.token or "").encode(), b"decom_nb serve: cookie, version 1", hashlib.sha256).hexdigest()

    def knows(self, cookie: str | None) -> bool:
        """Tell whether a browser brought the cookie back."""
        return self.token is None or (cookie is not None and hmac.compare_digest(_digest(cookie), _digest(self.cookie)))

    def meets(self, host: str) -> bool:
        """Tell whether a request may be addressed to this host name.

        An open server on this machine answers to this machine's own names only: otherwise any web page could point a
        name of its own at 127.0.0.1 and read along (DNS rebinding). With a token such a page would lack the cookie.
        """
        return self.token is not None or not self.local_only or is_local(host_name(host))


def new_token() -> str:
    """Make a token that cannot be guessed."""
    return secrets.token_urlsafe(32)


def is_local(name: str) -> bool:
    """Tell whether a host name or address means this machine only.

    >>> is_local("localhost"), is_local("127.0.0.1"), is_local("::1"), is_local("0.0.0.0"), is_local("example.org")
    (True, True, True, False, False)
    """
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower().rstrip(".") == "localhost"


def host_name(host: str) -> str:
    """Give the name in a Host header, without port and brackets.

    >>> host_name("localhost:8866"), host_name("[::1]:8866")
    ('localhost', '::1')
    """
    return re.sub(r":\d+$", "", host).strip("[]")


def from_header(authorization: str | None) -> str | None:
    """Give the token of an Authorization header, ``token …`` or ``Bearer …``."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() in ("token", "bearer") else None


def without_token(uri: str) -> str:
    r"""Give a request's path and query on this server, without any token, safe to redirect to.

    >>> without_token("/dashboards/00_start?engagement=acme&token=secret")
    '/dashboards/00_start?engagement=acme'
    >>> [without_token(uri) for uri in ("//other.example/", "/\\other.example", "https://other.example/x")]
    ['/other.example/', '/%5Cother.example', '/x']
    """
    parts = urlsplit("/" + uri.lstrip("/") if uri.startswith("/") else uri)
    path = "/" + quote(parts.path.lstrip("/"), safe="/%:@!$&'()*+,;=~-._")
    query = urlencode([(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "token"])
    return f"{path}?{query}" if query else path


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
