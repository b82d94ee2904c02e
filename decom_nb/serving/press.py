"""What dashboards are drawn with, and pages already drawn: the same facts are drawn once, not for each reader."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable
from pathlib import Path
from typing import Any

KEPT_BYTES = 32 * 2**20


class Press:
    """Voila's parts for a renderer, and the finished pages that fit into `KEPT_BYTES`."""

    def __init__(self, parts: dict[str, Any]) -> None:
        self.parts = parts
        self._pages: OrderedDict[Hashable, bytes] = OrderedDict()
        self._locks: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    def kept(self, key: Hashable) -> bytes | None:
        """Give a page drawn before, if nothing it was drawn from has changed."""
        if key in self._pages:
            self._pages.move_to_end(key)
        return self._pages.get(key)

    def keep(self, key: Hashable, page: bytes) -> None:
        """Keep a page; those not asked for in the longest time make room."""
        self._pages[key] = page
        while sum(map(len, self._pages.values())) > KEPT_BYTES:
            self._pages.popitem(last=False)

    @contextlib.asynccontextmanager
    async def alone(self, key: Hashable) -> AsyncIterator[None]:
        """Let one reader at a time draw a page; the others wait and then find it drawn."""
        lock, waiting = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks.pop(key)
            if waiting > 1:
                self._locks[key] = (lock, waiting - 1)


def facts(engagement: Path) -> str:
    """Give what changes when a document or an audit of the engagement does, from names, times and sizes."""
    seen = hashlib.sha256()
    for file in (engagement / "engagement.yaml", *_files(engagement / "documents"), *_files(engagement / "audits")):
        with contextlib.suppress(OSError):
            stat = file.stat()
            seen.update(f"{file}\0{stat.st_mtime_ns}\0{stat.st_size}\0".encode("utf-8", "surrogateescape"))
    return seen.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(Path(place) / name for place, _, names in os.walk(folder) for name in names)
