"""`decom serve`: every engagement below a folder as read-only dashboards, in a browser, for who has the token."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import typer

from decom_nb.errors import InputError, Mistake, need
from decom_nb.serving.access import Access, is_local, new_token

if TYPE_CHECKING:
    from decom_nb.serving.pool import Limits

SHORT_TOKEN = 16


def serve(
    root: Path,
    *,
    port: int = 8866,
    host: str = "127.0.0.1",
    token: str | None = None,
    open_access: bool = False,
    open_browser: bool = False,
    own_notebooks: bool = False,
    notebooks: Path | None = None,
    limits: Limits | None = None,
    say: Callable[[str], object] = typer.echo,
) -> None:
    """Serve the engagements below `root` until Ctrl-C.

    A `token` is made up and printed if none is given (nor in ``DECOM_TOKEN``); with `open_access` nobody is asked for
    one. The dashboards are the package's notebooks, or those in the folder `notebooks`; `own_notebooks` prefers those
    in the engagements' folders, and runs whatever code they hold. `port` 0 takes a free one.
    """
    import decom_nb.quick_import  # noqa: F401 - before Voila imports jsonschema

    need("voila", "serve", "Serving dashboards")
    if not root.is_dir():
        raise InputError(
            Mistake(str(root), 0, "", "there is no such folder", "name the folder that holds the engagements")
        )
    given = token or os.environ.get("DECOM_TOKEN")
    os.environ.pop("DECOM_TOKEN", None)  # the processes we start need not know it
    made_up = not given and not open_access
    token = None if open_access else given or new_token()
    sockets = _listen(port, host)
    port = sockets[0].getsockname()[1]
    address = f"http://{_shown(host)}:{port}/"

    from decom_nb.serving.server import Server, run

    logging.getLogger("decom_nb").setLevel(logging.INFO)
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S", level=logging.WARNING)
    server = Server(
        root,
        Access(token, port, local_only=is_local(host)),
        own_notebooks=own_notebooks,
        limits=limits,
        notebooks=notebooks,
    )
    entry = f"{address}?{urlencode({'token': token})}" if made_up and token else address

    def ready() -> None:
        count = len(server.shelf.items())
        say(f"Serving {count} engagement{'' if count == 1 else 's'} below {root}: {entry}")
        for warning in _warnings(host, token, open_access, own_notebooks):
            say(warning)
        say("Ctrl-C ends it.")
        if open_browser:
            webbrowser.open(f"{address}?{urlencode({'token': token})}" if token else address)

    asyncio.run(run(server, sockets, ready))


def _listen(port: int, host: str) -> list[socket.socket]:
    from tornado.netutil import bind_sockets

    try:
        return bind_sockets(port, host)
    except (OSError, OverflowError) as error:
        what = f"port {port} of {host} cannot be listened on: {getattr(error, 'strerror', None) or error}"
        raise InputError(Mistake("", 0, "port", what, "choose another: --port 0 takes a free one")) from error


def _warnings(host: str, token: str | None, open_access: bool, own_notebooks: bool) -> list[str]:
    warnings = []
    if open_access and not is_local(host):
        warnings.append(
            f"Warning: whoever reaches {host} from the network can read all of it, for nobody is asked for a token."
        )
    elif not is_local(host):
        warnings.append(
            "Warning: tokens and pages travel unencrypted. Put a server that speaks https in front of this one."
        )
    if token and len(token) < SHORT_TOKEN:
        warnings.append(f"Warning: a token of fewer than {SHORT_TOKEN} characters can be guessed.")
    if own_notebooks:
        warnings.append(
            "Warning: notebooks in the engagements' folders are run. Serve only engagements whose authors you trust."
        )
    return warnings


def _shown(host: str) -> str:
    name = socket.gethostname() if host in ("", "0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    return f"[{name}]" if ":" in name else name
