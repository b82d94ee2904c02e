"""Kernels for running notebooks: forked warm in milliseconds where that works, plain everywhere else.

`kernels()` starts a warm parent (`warm_parent.py`) and gives a `Kernels`, from which `report.py` takes a kernel per
notebook. Through the kernelspec it writes and the provisioner `decom-warm`, anything that speaks Jupyter can use them
unchanged. Where forking is not to be had, or the parent is gone, kernels are plain processes, and one sentence says
why.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Final

import decom_nb.quick_import  # noqa: F401 - first, for its effect on what is imported below
from decom_nb.errors import need

_client: Any = need("jupyter_client", "report", "Running notebooks")
_provisioning: Any = need("jupyter_client.provisioning", "report", "Running notebooks")
_specs: Any = need("jupyter_client.kernelspec", "report", "Running notebooks")
_asynchronous: Any = need("jupyter_core.utils", "report", "Running notebooks")

log = logging.getLogger("decom_nb.kernel")

NAME: Final = "decom"
PROVISIONER: Final = "decom-warm"
_SOCKET: Final = "warm.sock"
_LONGEST_SOCKET_PATH: Final = 90  # sun_path holds 104 bytes on macOS, 108 on Linux; the sockets' endings come on top
_START_SECONDS: Final = 60


class WarmProvisioner(_provisioning.LocalProvisioner):  # type: ignore[misc] # imported late: absent is one sentence
    """Gets a kernel from the warm parent that listens at `address`, or starts a plain process if none answers."""

    def __init__(self, *, address: str = "", **settings: Any) -> None:
        super().__init__(**settings)
        self.address = address
        self._line: socket.socket | None = None
        self._ended: int | None = None
        self._heard = b""

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel, running or not yet waited for."""
        return self._line is not None or super().has_process

    async def launch_kernel(self, cmd: list[str], **settings: Any) -> Any:
        """Ask for a fork; whatever goes wrong with that, a plain kernel is next best."""
        try:
            self._line, self.pid = await asyncio.to_thread(_ask, self.address, cmd, settings)
        except (OSError, ValueError) as error:
            warn_once(
                f"Warm kernels are not available ({error}), so notebooks run in plain ones, which start more slowly."
            )
            return await super().launch_kernel(cmd, **settings)
        self._ended = None
        self._heard = b""
        self.pgid = self.pid
        self.cwd = settings.get("cwd") or str(Path.cwd())
        return self.connection_info

    async def poll(self) -> int | None:
        """Give the kernel's exit status, or None while it runs."""
        if self._line is None:
            return self._ended if self._ended is not None else await super().poll()
        try:
            while more := self._line.recv(4096):
                self._heard += more
            self._ended = -9  # the parent is gone, and takes its kernels along
        except BlockingIOError:
            pass
        except OSError:
            self._ended = -9
        for said in self._heard.splitlines():
            self._ended = json.loads(said).get("exit", self._ended)
        return self._ended

    async def wait(self) -> int | None:
        """Wait for the kernel to end, and let go of it."""
        if self._line is None:
            return await super().wait()  # type: ignore[no-any-return]
        while await self.poll() is None:
            await asyncio.sleep(0.01)
        self._line.close()
        self._line = None
        return self._ended

    async def send_signal(self, signum: int) -> None:
        """Have the parent send a signal to the kernel and all it has started."""
        if self._line is None:
            await super().send_signal(signum)
            return
        with contextlib.suppress(OSError):
            self._line.send(b"%d\n" % signum)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel at once."""
        if self._line is None:
            await super().kill(restart)
        else:
            await self.send_signal(9)

    async def terminate(self, restart: bool = False) -> None:
        """Ask the kernel to end."""
        if self._line is None:
            await super().terminate(restart)
        else:
            await self.send_signal(15)

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of the kernel: without its lifeline the parent kills it."""
        await super().cleanup(restart)
        if self._line is not None:
            self._line.close()
            self._line = None


class Kernels:
    """Where kernels come from. `folder` is private, short-lived and holds every socket and connection file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def jupyter_path(self) -> Path:
        """The folder to put on JUPYTER_PATH, so that others find the kernelspec ``decom``."""
        return self.folder / "jupyter"

    @contextlib.contextmanager
    def start(self, env: Mapping[str, str]) -> Iterator[Any]:
        """Give the manager of a fresh kernel in an empty folder of its own; it is killed at the end."""
        place = Path(tempfile.mkdtemp(dir=self.folder, prefix="k"))
        (place / "cwd").mkdir()
        manager = _client.AsyncKernelManager(
            kernel_name=NAME,
            kernel_spec_manager=_specs.KernelSpecManager(kernel_dirs=[str(self.jupyter_path / "kernels")]),
            connection_file=str(place / "kernel.json"),
            transport_encryption="disabled",  # the sockets are files that only this user can open
            **self._transport(place),
        )
        know_provisioner()
        run = _asynchronous.run_sync
        # A notebook must not import what lies in an engagement, so it runs elsewhere; nor write to a person's profile.
        surroundings = {**os.environ, "IPYTHONDIR": str(self.folder / "ipython"), **env}
        try:
            run(manager.start_kernel)(env=surroundings, cwd=str(place / "cwd"))
            yield manager
        finally:
            with contextlib.suppress(Exception):  # a kernel that died has nothing left to shut down
                run(manager.shutdown_kernel)(now=True)
            manager.cleanup_connection_file()
            shutil.rmtree(place, ignore_errors=True)

    @staticmethod
    def _transport(place: Path) -> dict[str, Any]:
        """Sockets as files: no port to race for with the kernel next door, and none for anybody else to find."""
        path = str(place / "s")
        if os.name == "nt" or len(path) > _LONGEST_SOCKET_PATH:
            return {}
        return {"transport": "ipc", "ip": path}


@contextlib.contextmanager
def kernels(*, warm: bool = True) -> Iterator[Kernels]:
    """Give a source of kernels, warm if that is to be had here; at the end of the block nothing of it is left."""
    folder = Path(tempfile.mkdtemp(prefix="decom-"))  # for this user only
    parent = None
    try:
        address = folder / _SOCKET
        if reason := _why_plain(address) if warm else "they were asked to be plain":
            if warm:
                warn_once(f"Notebooks run in plain kernels, which start more slowly: {reason}.")
            _write_kernelspec(folder, None)
        else:
            parent = _start_parent(address)
            _write_kernelspec(folder, address)
        yield Kernels(folder)
    finally:
        if parent is not None:
            _end(parent)
        shutil.rmtree(folder, ignore_errors=True)


def warn_once(sentence: str) -> None:
    """Say a sentence about kernels, once in the life of this process."""
    if sentence not in _SAID:
        _SAID.add(sentence)
        log.warning(sentence)


_SAID: set[str] = set()


def _why_plain(address: Path) -> str:
    if not hasattr(os, "fork") or not hasattr(socket, "AF_UNIX"):
        return "this system cannot fork"
    if sys.platform == "darwin":
        # Frameworks that numpy loads there start threads of their own, and a fork of such a process may crash.
        return "forking is not safe on macOS"
    if len(str(address)) > _LONGEST_SOCKET_PATH:
        return "the folder for temporary files has too long a name for a socket"
    return ""


def _start_parent(address: Path) -> subprocess.Popen[bytes]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        before = os.umask(0o177)
        try:
            listener.bind(str(address))
        finally:
            os.umask(before)
        # Listening before the parent runs: whoever asks early waits in the queue while it imports.
        listener.listen(64)
        here = str(Path(__file__).parent.parent)
        found = [here, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        return subprocess.Popen(  # noqa: S603 - our own module
            # -P: the current folder may be somebody's engagement, and is no place to import from
            [sys.executable, "-P", "-m", "decom_nb.warm_parent", str(listener.fileno()), str(address.parent)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(listener.fileno(),),
            # One thread until the fork: BLAS would start some at import.
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(found),
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
            },
            start_new_session=True,
        )


def _end(parent: subprocess.Popen[bytes]) -> None:
    if parent.stdin is not None:
        parent.stdin.close()
    try:
        parent.wait(timeout=10)
    except subprocess.TimeoutExpired:
        parent.kill()
        parent.wait()


def _write_kernelspec(folder: Path, address: Path | None) -> None:
    place = folder / "jupyter" / "kernels" / NAME
    place.mkdir(parents=True)
    spec: dict[str, Any] = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "decom",
        "language": "python",
    }
    if address is not None:
        spec["metadata"] = {
            "kernel_provisioner": {"provisioner_name": PROVISIONER, "config": {"address": str(address)}}
        }
    (place / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def know_provisioner() -> None:
    """Register the provisioner by hand where the package runs from a checkout and has no entry points."""
    known = _provisioning.KernelProvisionerFactory.instance().provisioners
    known.setdefault(
        PROVISIONER, EntryPoint(PROVISIONER, "decom_nb.kernel:WarmProvisioner", "jupyter_client.kernel_provisioners")
    )


def _ask(address: str, command: list[str], settings: Mapping[str, Any]) -> tuple[socket.socket, int]:
    """Ask the parent for a kernel; give the kernel's lifeline and its process id."""
    arguments = command[command.index("ipykernel_launcher") + 1 :]
    request = {
        "arguments": arguments,
        "env": settings.get("env") or dict(os.environ),
        "cwd": settings.get("cwd") or str(Path.cwd()),
    }
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.settimeout(_START_SECONDS)
        line.connect(address)
        line.sendall(json.dumps(request).encode() + b"\n")
        said = b""
        while not said.endswith(b"\n"):
            if not (more := line.recv(4096)):
                raise ValueError("the process that forks them has ended")
            said += more
        line.setblocking(False)
        return line, int(json.loads(said)["pid"])
    except BaseException:
        line.close()
        raise
