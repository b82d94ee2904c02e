"""The server: Voila on its own, with our pages in place of its routes. Nothing is served that `routes` does not list.

Voila must not run as an extension of a Jupyter server: there, whatever a viewer sends to a kernel is run.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.web import Application
from traitlets.config import Config
from voila.app import Voila
from voila.configuration import VoilaConfiguration

from decom_nb import kernel, shipped
from decom_nb.serving.access import Access
from decom_nb.serving.asset import assets
from decom_nb.serving.dashboard import Dashboard
from decom_nb.serving.front import File, Front, Report
from decom_nb.serving.handler import Login, Missing, log_request
from decom_nb.serving.notebooks import Notebooks
from decom_nb.serving.pool import Limits, Pool
from decom_nb.serving.press import Press
from decom_nb.serving.search_path import search_path
from decom_nb.serving.shelf import Shelf

BODY_BYTES = 64 * 1024  # the only thing anybody sends is a token
BODY_SECONDS = 10
IDLE_SECONDS = 120  # after which a connection that asks for nothing is closed


class Server(Voila):
    """Standalone Voila that takes no configuration from the folder it is started in, nor from the user's Jupyter."""

    def __init__(
        self,
        root: Path,
        access: Access,
        *,
        own_notebooks: bool = False,
        limits: Limits | None = None,
        notebooks: Path | None = None,
    ) -> None:
        limits = limits or Limits()
        super().__init__(config=_config(limits), log_level=logging.WARNING)
        self.shelf = Shelf(root)
        self.notebooks = Notebooks(own=own_notebooks, folder=notebooks)
        self.access = access
        self.limits = limits
        self.config_file_paths = []  # Voila would run a voila.py that lies in an engagement
        self.root_dir = str(self.notebooks.folder)
        self.voila_configuration = VoilaConfiguration(parent=self)
        self.setup_template_dirs()

    def setup_template_dirs(self) -> None:
        """Use the template of the package and nothing that is installed beside it."""
        self.template_paths = [str(shipped.theme("voila"))]
        self.static_paths = []

    async def open(self, sockets: list[socket.socket], source: kernel.Kernels) -> None:
        """Answer on these sockets, and warm the first kernels up."""
        self.connection_dir = str(source.folder)
        self.init_settings()
        self.kernel_spec_manager.kernel_dirs = [str(source.jupyter_path / "kernels")]
        kernel.know_provisioner()
        empty = source.folder / "empty"
        empty.mkdir()
        env = {
            **os.environ,
            **search_path(),
            "DECOM_FACE": "dashboard",
            "DECOM_ROOT": str(self.shelf.root),
            "IPYTHONDIR": str(source.folder / "ipython"),
        }
        self.pool = Pool(self.kernel_manager, empty, env, self.limits)
        self.press = Press(
            {
                "voila_configuration": self.voila_configuration,
                "traitlet_config": self.config,
                "template_paths": self.template_paths,
                "contents_manager": self.contents_manager,
                "kernel_spec_manager": self.kernel_spec_manager,
                "config_manager": self.config_manager,
            }
        )
        self.app = Application(
            self.routes(),
            default_handler_class=Missing,
            default_handler_args={"access": self.access},
            log_function=log_request,
            compress_response=True,
        )
        self.http = HTTPServer(
            self.app, max_body_size=BODY_BYTES, body_timeout=BODY_SECONDS, idle_connection_timeout=IDLE_SECONDS
        )
        self.http.add_sockets(sockets)
        self.pool.fill()
        assets()  # puts them together now, and not while the first reader waits

    def routes(self) -> list[tuple[str, Any, dict[str, Any]]]:
        """List every address there is."""
        common: dict[str, Any] = {"access": self.access}
        shelf = common | {"shelf": self.shelf, "notebooks": self.notebooks}
        return [
            (r"/", Front, shelf),
            (r"/login", Login, common),
            (
                r"/(?:dashboards|voila/render)/([\w.-]+?)(?:\.ipynb)?",
                Dashboard,
                shelf | {"pool": self.pool, "press": self.press},
            ),
            (r"/reports/(.+)", Report, shelf),
            (r"/static/([\w.-]+)", File, common),
        ]

    async def close(self) -> None:
        """Take no more requests, end all kernels, and leave nothing behind."""
        self.http.stop()
        await self.pool.close()
        await self.http.close_all_connections()


def _config(limits: Limits) -> Config:
    config = Config()
    config.VoilaConfiguration.template = "decom"
    config.VoilaConfiguration.theme = "light"
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.allow_theme_override = "NO"
    config.VoilaConfiguration.file_allowlist = []
    config.VoilaConfiguration.show_tracebacks = False
    config.VoilaConfiguration.multi_kernel_manager_class = "decom_nb.serving.pool.Kernels"
    config.MappingKernelManager.cull_idle_timeout = limits.idle
    config.MappingKernelManager.cull_interval = max(1, limits.idle // 4)
    config.MappingKernelManager.cull_busy = True
    config.MappingKernelManager.transport_encryption = "disabled"  # see transport
    config.MappingKernelManager.default_kernel_name = kernel.NAME
    config.KernelManager.autorestart = False
    if os.name == "posix":
        config.KernelManager.transport = (
            "ipc"  # sockets in a folder of ours: no other user of the machine can reach them
        )
    return config


async def run(server: Server, sockets: list[socket.socket], ready: Callable[[], object]) -> None:
    """Serve until somebody presses Ctrl-C or the system asks to end."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(
            NotImplementedError
        ):  # Windows has no signal handlers in the loop; Ctrl-C raises there
            loop.add_signal_handler(name, over.set)
    with kernel.kernels() as source:
        await server.open(sockets, source)
        try:
            ready()
            await over.wait()
        finally:
            await server.close()
