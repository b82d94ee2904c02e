"""The warm parent: a process that has imported everything and forks a kernel whenever one is asked for.

`kernel.py` starts it as ``python -m decom_nb.warm_parent`` and holds the other end of its standard input: when that
closes, for whatever reason, the parent ends, and every kernel with it. It listens on a socket that `kernel.py` has
bound. A request is one line of JSON, and its connection is the kernel's lifeline: on it come signals to pass on, on
it goes back how the kernel ended, and when it closes the kernel is killed. So no kernel outlives whoever asked for
it.

The parent keeps to one thread and runs no query, since a fork copies only the thread that forks.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
from typing import Any, Final, NoReturn

import decom_nb.quick_import  # noqa: F401 - first, for its effect on what is imported below

PRELOADED: Final = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "IPython.core.completer",
    "numpy",
    "pandas",
    "altair",
    "duckdb",
    "decom_nb.cells",
    "decom_nb.chart",
    "decom_nb.book",
    "decom_nb.page",
)
"""What the notebooks import; a module that is not installed is left out."""

_ROOMS_PARTS: Final = ("views", "charts", "rules", "measures", "answers", "documents")
_DIE_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG of prctl(2)


def main() -> None:
    """Preload, then fork until standard input closes."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    _preload()
    _Parent(listener, folder=sys.argv[2]).run()


def _preload() -> None:
    # Warming is a favour: whatever fails here fails again in the notebook that needs it, where it is told.
    for name in PRELOADED:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    for warm in (_warm_charts, _warm_rooms):
        with contextlib.suppress(Exception):
            warm()
    gc.collect()
    gc.freeze()  # what is here now stays shared with the kernels: a collection in one of them does not touch it


def _warm_charts() -> None:
    from decom_nb.chart import Figure, alt

    chart = alt.Chart(alt.Data(values=[{"x": 1, "y": "a"}])).mark_bar().encode(x="x:Q", y=alt.Y("y:N", title=None))
    Figure(chart + chart.mark_text(), "warm", "warm", [{"x": 1}]).to_html()


def _warm_rooms() -> None:
    from decom_nb.book import decision_tables, document_classes, rooms

    for room in rooms():
        for part in _ROOMS_PARTS:
            room.part(part)
    document_classes()
    decision_tables()


class _Parent:
    """Waits for requests, lifelines and the ends of kernels, all in one thread."""

    def __init__(self, listener: socket.socket, folder: str) -> None:
        self.listener = listener
        self.folder = folder
        self.kernels: dict[int, socket.socket] = {}  # by process id
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ, self._accept)
        self.selector.register(sys.stdin.fileno(), selectors.EVENT_READ, self._owner_gone)
        self.ended, waker = socket.socketpair()
        for end in (self.ended, waker):
            end.setblocking(False)
        self.waker = waker
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._owner_gone)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the owner, who ends us when it is done
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        self.selector.register(self.ended, selectors.EVENT_READ, self._reap)

    def run(self) -> None:
        """Serve for ever; `_owner_gone` ends it."""
        while True:
            for key, _ in self.selector.select():
                key.data(key.fileobj)

    def _accept(self, _: Any) -> None:
        line, _address = self.listener.accept()
        line.settimeout(10)
        try:
            request = json.loads(_read_line(line))
        except (OSError, ValueError):
            line.close()
            return
        pid = os.fork()
        if pid == 0:
            _become_kernel(self, line, request)
        self.kernels[pid] = line
        line.setblocking(False)
        self.selector.register(line, selectors.EVENT_READ, self._heard)
        with contextlib.suppress(OSError):
            line.send(b'{"pid": %d}\n' % pid)

    def _heard(self, line: Any) -> None:
        pid = next(each for each, its in self.kernels.items() if its is line)
        try:
            data = line.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._hang_up(line)
            _kill_group(pid, signal.SIGKILL)
            return
        for word in data.split():
            _kill_group(pid, int(word))

    def _reap(self, _: Any) -> None:
        with contextlib.suppress(BlockingIOError):
            while self.ended.recv(4096):
                pass
        for pid in list(self.kernels):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            _kill_group(
                pid, signal.SIGKILL
            )  # what the kernel started and left behind; until we reap, the id is its own
            _, status = os.waitpid(pid, 0)
            line = self.kernels.pop(pid)
            with contextlib.suppress(OSError):
                line.send(b'{"exit": %d}\n' % os.waitstatus_to_exitcode(status))
            self._hang_up(line)

    def _hang_up(self, line: socket.socket) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(line)
        line.close()

    def _owner_gone(self, *_: Any) -> NoReturn:
        for pid in self.kernels:
            _kill_group(pid, signal.SIGKILL)
        for pid in self.kernels:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        shutil.rmtree(self.folder, ignore_errors=True)  # an owner that was killed could not tidy up
        os._exit(0)


def _read_line(line: socket.socket) -> bytes:
    read = b""
    while not read.endswith(b"\n"):
        if not (more := line.recv(65536)):
            raise ValueError("the request broke off")
        read += more
    return read


def _kill_group(pid: int, number: int) -> None:
    # Between fork and setsid the child has no group of its own yet: then the process itself is meant.
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    except PermissionError:  # macOS, for a group of zombies
        pass


def _become_kernel(parent: _Parent, line: socket.socket, request: dict[str, Any]) -> NoReturn:
    """Turn this fork into the kernel that was asked for; never returns into the parent's code."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        owner = os.getppid()
        os.setsid()
        _die_with_parent()
        parent.selector.close()
        for ours in (parent.listener, parent.ended, parent.waker, line, *parent.kernels.values()):
            ours.close()
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a descriptor is wanted
            os.dup2(nothing.fileno(), 0)
        if os.getppid() != owner:
            os._exit(1)  # the parent died before it could take us along
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        _reseed()
        status = _run_kernel(request["arguments"], owner)
    except BaseException:  # nothing may unwind into the parent's loop; the client sees the kernel die
        status = 1
    finally:
        os._exit(status)


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies, even while it is busy; elsewhere ipykernel polls for it."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(_DIE_WITH_PARENT, int(signal.SIGKILL), 0, 0, 0)


def _reseed() -> None:
    """Give this fork its own randomness: two forks would otherwise draw the same numbers."""
    import random

    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _run_kernel(arguments: list[str], parent_pid: int) -> int:
    import atexit

    sys.argv = ["ipykernel_launcher", *arguments]
    app: Any = importlib.import_module("ipykernel.kernelapp").IPKernelApp.instance(parent_handle=parent_pid)
    app.initialize([*arguments, "--HistoryManager.enabled=False"])
    app.start()
    atexit._run_exitfuncs()
    return 0


if __name__ == "__main__":
    main()
