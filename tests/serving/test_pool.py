"""The pool lends no more kernels than it may, lends none twice, and leaves none behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("voila", reason="needs the extra serve")

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from decom_nb.serving.pool import Busy, Kernels, Limits, Pool


class FakeKernels:
    """Kernels that are names, and remember what was run in them."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.running: dict[str, FakeKernel] = {}
        self.started = 0

    async def start_kernel(self, **_: Any) -> str:
        self.started += 1
        name = f"kernel {self.started}"
        self.running[name] = FakeKernel()
        return name

    def get_kernel(self, name: str) -> FakeKernel:
        return self.running[name]

    async def shutdown_kernel(self, name: str, now: bool) -> None:
        assert now
        del self.running[name]

    async def shutdown_all(self, now: bool) -> None:
        self.running.clear()

    def __contains__(self, name: str) -> bool:
        return name in self.running


class FakeKernel:
    """Its own manager and its own client."""

    def __init__(self) -> None:
        self.alive = True
        self.ran: list[str] = []

    async def is_alive(self) -> bool:
        return self.alive

    def client(self) -> FakeKernel:
        return self

    def start_channels(self) -> None: ...

    def stop_channels(self) -> None: ...

    async def wait_for_ready(self, timeout: float) -> None: ...

    async def execute(self, code: str, **_: Any) -> dict[str, Any]:
        self.ran.append(code)
        return {"content": {"status": "ok"}}


def with_pool(limits: Limits, test: Callable[[Pool, Any], Awaitable[None]]) -> Any:
    async def run() -> Any:
        kernels: Any = FakeKernels()
        pool = Pool(kernels, Path("somewhere"), {"A": "1"}, limits)
        pool.fill()
        await asyncio.sleep(0.01)
        try:
            await test(pool, kernels)
        finally:
            await pool.close()
        assert not kernels.running
        return kernels

    return asyncio.run(run())


def test_a_kernel_stands_warm_and_learns_what_it_is_for() -> None:
    async def test(pool: Pool, kernels: Any) -> None:
        assert len(kernels.running) == len(kernels.kept) == 2
        async with pool.seat({"DECOM_ENGAGEMENT": "a'b"}) as seat:
            assert seat.kernel_id not in kernels.kept
            assert seat.client.ran[0].startswith("import decom_nb")
            assert "{'DECOM_ENGAGEMENT': \"a'b\"}" in seat.client.ran[1]
        await asyncio.sleep(0.01)

    assert with_pool(Limits(ready=2), test).started == 3


def test_every_page_has_a_kernel_of_its_own() -> None:
    async def test(pool: Pool, kernels: Any) -> None:
        used = set()
        for _ in range(3):
            async with pool.seat({}) as seat:
                used.add(seat.kernel_id)
            await asyncio.sleep(0.01)
            assert seat.kernel_id not in kernels.running
        assert len(used) == 3

    with_pool(Limits(ready=1), test)


def test_who_waits_too_long_is_told_and_who_waits_less_gets_a_place() -> None:
    async def test(pool: Pool, kernels: Any) -> None:
        async with pool.seat({}), pool.seat({}):
            with pytest.raises(Busy):
                async with pool.seat({}):
                    pass
        async with pool.seat({}):
            assert len(kernels.running) <= 4

    with_pool(Limits(ready=1, most=2, patience=0.05), test)


def test_a_kernel_that_died_while_it_stood_by_is_replaced() -> None:
    async def test(pool: Pool, kernels: Any) -> None:
        first, second = kernels.running
        kernels.running[first].alive = False
        del kernels.running[second]
        async with pool.seat({}) as seat:
            assert seat.kernel_id not in (first, second)

    with_pool(Limits(ready=2), test)


def test_a_place_is_given_back_when_drawing_fails() -> None:
    async def test(pool: Pool, kernels: Any) -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                async with pool.seat({}):
                    1 / 0  # noqa: B018 - fails

    with_pool(Limits(most=1, patience=0.05), test)


def test_the_culler_takes_what_was_forgotten_and_not_what_stands_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    culled = []

    async def cull(self: Any, kernel_id: str) -> None:
        culled.append(kernel_id)

    monkeypatch.setattr(AsyncMappingKernelManager, "cull_kernel_if_idle", cull)
    kernels = Kernels.__new__(Kernels)
    kernels.kept = {"ready"}
    for kernel in ("ready", "forgotten"):
        asyncio.run(kernels.cull_kernel_if_idle(kernel))
    assert culled == ["forgotten"]
