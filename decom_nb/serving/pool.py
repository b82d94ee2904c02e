"""Kernels for the dashboards: a few stand warm, each draws one page and is gone, and there are never more than so many.

Nobody outside ever speaks to a kernel: what it is to draw is told to it here, and its notebook is the server's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

log = logging.getLogger("decom_nb.serve")

START_SECONDS = 60


# What every dashboard needs, for kernels that were not forked from a process that has it.
WARM_UP = "import decom_nb.cells, decom_nb.chart"


@dataclass(frozen=True)
class Limits:
    """How much of the machine the dashboards may take."""

    ready: int = 2  # kernels that stand by
    most: int = 4  # pages that are drawn at once
    patience: float = 20  # seconds to wait for one of these before being told
    idle: int = 600  # seconds after which a kernel that was forgotten is culled


class Busy(Exception):  # noqa: N818 - says what is the matter, and is no mistake of anybody's
    """Every kernel there may be is at work, and stayed so for as long as a person waits."""


class Kernels(AsyncMappingKernelManager):
    """Voila's kernels. The culler takes any that were forgotten, and leaves alone those that stand ready."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)  # type: ignore[no-untyped-call] # jupyter_server leaves types out
        self.kept: set[str] = set()

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """Cull a kernel that idles, unless the pool keeps it for the next visitor."""
        if kernel_id not in self.kept:
            await super().cull_kernel_if_idle(kernel_id)  # type: ignore[no-untyped-call] # as above


@dataclass(frozen=True)
class Seat:
    """A warm kernel and the line to it."""

    kernel_id: str
    manager: Any
    client: Any


class Pool:
    """Hands out warm kernels, as many as `Limits` allow. They start in `folder`, and with `env`."""

    def __init__(self, kernels: Kernels, folder: Path, env: Mapping[str, str], limits: Limits) -> None:
        self.kernels = kernels
        self.folder = folder
        self.env = dict(env)
        self.limits = limits
        self._free = asyncio.Semaphore(limits.most)
        self._standing: list[asyncio.Task[Seat]] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    def fill(self) -> None:
        """Start kernels until enough stand ready."""
        while not self._closed and len(self._standing) < self.limits.ready:
            self._standing.append(asyncio.create_task(self._start()))

    @contextlib.asynccontextmanager
    async def seat(self, env: Mapping[str, str], folder: Path | None = None) -> AsyncIterator[Seat]:
        """Lend a kernel that knows `env`, for one page; then it is shut down, and another warms up in its place."""
        try:
            async with asyncio.timeout(self.limits.patience):
                await self._free.acquire()
        except TimeoutError:
            raise Busy from None
        seat = None
        try:
            seat = await self._take()
            await _run(
                seat.client, f"import os; os.environ.update({dict(env)!r}); os.chdir({str(folder or self.folder)!r})"
            )
            yield seat
        finally:
            self._free.release()
            if seat is not None:
                self.dismiss(seat)
            self.fill()

    def dismiss(self, seat: Seat) -> None:
        """Shut a kernel down without waiting for it; whatever it was at is cut off."""
        task = asyncio.create_task(self._stop(seat))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Shut all kernels down."""
        self._closed = True
        for task in self._standing:
            if not task.cancel() and not task.exception():
                self.dismiss(task.result())
        await asyncio.gather(*self._standing, *self._closing, return_exceptions=True)
        self._standing.clear()
        await self.kernels.shutdown_all(now=True)

    async def _take(self) -> Seat:
        while self._standing:
            seat = await self._standing.pop(0)
            self.kernels.kept.discard(seat.kernel_id)
            if seat.kernel_id in self.kernels and await seat.manager.is_alive():
                return seat
            log.warning("a kernel that stood ready is gone; another takes its place")
            self.dismiss(seat)
        seat = await self._start()
        self.kernels.kept.discard(seat.kernel_id)
        return seat

    async def _start(self) -> Seat:
        began = time.perf_counter()
        kernel_id = await self.kernels.start_kernel(cwd=str(self.folder), env=self.env)
        self.kernels.kept.add(kernel_id)
        manager: Any = self.kernels.get_kernel(kernel_id)
        client: Any = manager.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=START_SECONDS)
            await _run(client, WARM_UP)
        except BaseException:
            await self._stop(Seat(kernel_id, manager, client))
            raise
        log.debug("a kernel stands ready after %.0f ms", 1000 * (time.perf_counter() - began))
        return Seat(kernel_id, manager, client)

    async def _stop(self, seat: Seat) -> None:
        self.kernels.kept.discard(seat.kernel_id)
        with contextlib.suppress(Exception):  # a kernel that is already dead leaves pieces of its channels behind
            seat.client.stop_channels()
        if seat.kernel_id in self.kernels:
            try:
                await self.kernels.shutdown_kernel(seat.kernel_id, now=True)  # type: ignore[no-untyped-call] # as above
            except Exception:
                log.exception("a kernel could not be shut down")


async def _run(client: Any, code: str) -> None:
    reply = await client.execute(code, silent=True, store_history=False, reply=True, timeout=START_SECONDS)
    if reply["content"]["status"] != "ok":
        log.error(
            "a kernel could not be prepared: %s: %s", reply["content"].get("ename"), reply["content"].get("evalue")
        )
