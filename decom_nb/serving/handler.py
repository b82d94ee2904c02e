"""The handler all others inherit from: it asks for the token, sets headers, and turns every refusal into a sentence."""

from __future__ import annotations

import logging
import secrets
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from tornado import web

from decom_nb.escape import visible
from decom_nb.serving.access import Access, from_header, without_token
from decom_nb.serving.frame import render

log = logging.getLogger("decom_nb.serve")

# What may happen in our own pages. Scripts come from files of ours only; a style attribute can colour, not call.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "Content-Type": "text/html; charset=utf-8",
}
SENTENCES = {
    400: "The address is not one this server understands.",
    403: "This address is not open to you.",
    404: "There is nothing at this address.",
    405: "These pages can be read, not written to.",
    500: "This page could not be made. The server's log says why.",
}


class Handler(web.RequestHandler):
    """A page of `decom serve`. Whoever has no token meets the login page, on every address alike."""

    access: Access
    nonce: str

    def initialize(self, access: Access, **parts: Any) -> None:
        """Keep what the server hands to its handlers: `access`, and what each of them names in its class."""
        self.access = access
        for name, part in parts.items():
            setattr(self, name, part)

    def set_default_headers(self) -> None:
        """Set the headers of every answer, refusals included."""
        self.nonce = secrets.token_urlsafe(16)
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.set_header("Content-Security-Policy", POLICY.format(nonce=self.nonce))

    async def prepare(self) -> None:
        """Let in who has the token or the cookie; everybody else gets a page that says what to do."""
        if not self.access.meets(self.request.host):
            self.refuse(403, "This server is open to this computer only, under the names localhost and 127.0.0.1.")
            return
        if self.access.token is None:
            return
        token = from_header(self.request.headers.get("Authorization"))
        asked = self.get_query_arguments("token", strip=True)
        if token is None and asked:
            token = asked[-1]
        if token is None:
            if not self.access.knows(self.get_cookie(self.access.cookie_name)):
                self.stranger()
        elif not self.access.opens(token):
            self.ask(403, "This is not the token. It was printed where the server was started.")
        elif asked and self.request.method in ("GET", "HEAD"):
            self.welcome(without_token(self.request.uri or "/"))

    def stranger(self) -> None:
        """Answer a request that brought nothing: the login page."""
        headers = self.request.headers
        if headers.get("Sec-Fetch-Site") == "cross-site" and headers.get("Sec-Fetch-Mode") == "navigate":
            # A strict cookie stays at home when a link on another site is followed. Ask once more, from this site.
            self.onward(without_token(self.request.uri or "/"), status=401)
        else:
            self.ask(401, "")

    def ask(self, status: int, refusal: str) -> None:
        """Show the login page."""
        self.set_status(status)
        self.show("login", refusal=refusal, next=quote(without_token(self.request.uri or "/"), safe=""))

    def welcome(self, place: str) -> None:
        """Give the browser its cookie and send it on to a place on this server; the token leaves the address."""
        self.set_cookie(
            self.access.cookie_name,
            self.access.cookie,
            httponly=True,
            samesite="Strict",
            secure=self.request.protocol == "https" or self.request.headers.get("X-Forwarded-Proto") == "https",
        )
        if self.request.headers.get("Sec-Fetch-Site") == "cross-site":
            self.onward(
                place
            )  # after a redirect the browser would still think of the other site and keep the cookie back
        else:
            self.redirect(place, status=303)

    def onward(self, place: str, status: int = 200) -> None:
        """Send a browser on by a page instead of a redirect."""
        self.set_status(status)
        self.show("onward", place=place)

    def refuse(self, status: int, sentence: str, *, title: str = "", again: int = 0) -> None:
        """Answer with a page of one sentence; `again` asks the browser to come back after so many seconds."""
        self.set_status(status)
        if again:
            self.set_header("Retry-After", str(again))
        self.show("message", title=title or HTTPStatus(status).phrase, sentence=sentence, again=again)

    def show(self, page: str, **values: Any) -> None:
        """Finish with one of the pages in the theme."""
        self.finish(render(page, nonce=self.nonce, **values))

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        """Log what went wrong, but not the request as a whole: a token may stand in it."""
        if not isinstance(error, web.HTTPError):
            log.error("%s %s", self.request.method, visible(self.request.path), exc_info=(kind, error, trace))

    def write_error(self, status_code: int, **_: Any) -> None:
        """Turn an error into its sentence; what went wrong inside stays in the log."""
        known = SENTENCES.get(status_code) or SENTENCES[400 if status_code < 500 else 500]
        self.refuse(status_code, known)


class Missing(Handler):
    """Every address that is not one of ours."""

    async def prepare(self) -> None:
        """Ask for the token first: a stranger learns nothing about which addresses exist."""
        await super().prepare()
        if not self._finished:
            self.send_error(404)


class Login(Handler):
    """Takes the token from the login page."""

    def compute_place(self) -> str:
        """Give the place to go on to, always one on this server."""
        return without_token(self.get_query_argument("next", "/"))

    async def prepare(self) -> None:
        """Let everybody in: this is where the token is asked for."""
        if not self.access.meets(self.request.host):
            await super().prepare()

    def get(self) -> None:
        """Show the login page, or go on if there is nothing to ask."""
        if self.access.knows(self.get_cookie(self.access.cookie_name)):
            self.redirect(self.compute_place(), status=303)
        else:
            self.show("login", refusal="", next=quote(self.compute_place(), safe=""))

    def post(self) -> None:
        """Look at the token."""
        if self.access.opens(self.get_body_argument("token", "")):
            self.welcome(self.compute_place())
        else:
            self.set_status(403)
            refusal = "This is not the token. It was printed where the server was started."
            self.show("login", refusal=refusal, next=quote(self.compute_place(), safe=""))


def log_request(handler: web.RequestHandler) -> None:
    """Write one line per request, without its query: that is where a token could stand."""
    request = handler.request
    took = 1000 * (time.time() - request._start_time)
    level = logging.INFO if handler.get_status() < 400 else logging.WARNING
    log.log(level, "%d %s %s %.0f ms", handler.get_status(), request.method, visible(request.path), took)
