"""Kernels start warm, know their own surroundings, and never outlive whoever asked for them."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_core.utils import run_sync

from decom_nb import kernel
from decom_nb.kernel import Kernels, kernels

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="warm kernels are forked, which is done on Linux alone"),
]

TOP = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def source() -> Iterator[Kernels]:
    with kernels() as found:
        yield found


def said(manager: Any, code: str) -> str:
    """What a kernel prints when it runs the code."""
    client = manager.client()
    client.start_channels()
    heard: list[str] = []
    try:
        run_sync(client.wait_for_ready)(timeout=60)
        run_sync(client.execute_interactive)(
            code, timeout=60, output_hook=lambda message: heard.append(message["content"].get("text", ""))
        )
    finally:
        client.stop_channels()
    return "".join(heard).strip()


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def eventually(true: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_a_kernel_knows_its_environment_and_works_in_an_empty_folder(source: Kernels) -> None:
    with source.start({"DECOM_FACE": "report", "DECOM_AUDIT": "x"}) as manager:
        told = said(manager, "import os; print(os.environ['DECOM_FACE'], os.environ['DECOM_AUDIT'], os.listdir())")
    assert told == "report x []"


def test_a_kernel_is_a_fork_that_has_everything_imported(source: Kernels) -> None:
    with source.start({}) as manager:
        there, parent = said(manager, "import os, sys; print('altair' in sys.modules, os.getppid())").split()
        assert there == "True"
        assert "decom_nb.warm_parent" in Path(f"/proc/{parent}/cmdline").read_text(encoding="utf-8")


def test_kernels_share_neither_variables_nor_randomness(source: Kernels) -> None:
    told = []
    for _ in range(2):
        with source.start({}) as manager:
            told.append(
                said(manager, "import random, numpy; print('x' in dir(), random.random(), numpy.random.rand())")
            )
            said(manager, "x = 1")
    assert all(each.startswith("False") for each in told)
    assert told[0] != told[1]


def test_a_kernel_is_gone_when_its_block_ends_even_if_it_was_busy(source: Kernels) -> None:
    with source.start({}) as manager:
        pid = int(said(manager, "import os; print(os.getpid())"))
        client = manager.client()
        client.start_channels()
        run_sync(client.wait_for_ready)(timeout=60)
        client.execute("while True: pass")
        client.stop_channels()
        assert alive(pid)
    assert eventually(lambda: not alive(pid))


def test_what_a_kernel_started_is_gone_with_it(source: Kernels) -> None:
    with source.start({}) as manager:
        pid = int(said(manager, "import subprocess; print(subprocess.Popen(['sleep', '600']).pid)"))
        assert alive(pid)
    assert eventually(lambda: not alive(pid))


def test_a_killed_kernel_is_noticed(source: Kernels) -> None:
    with source.start({}) as manager:
        pid = int(said(manager, "import os; print(os.getpid())"))
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not run_sync(manager.is_alive)())
        assert run_sync(manager.provisioner.poll)() == -signal.SIGKILL


def test_an_interrupt_reaches_the_kernel(source: Kernels) -> None:
    with source.start({}) as manager:
        client = manager.client()
        client.start_channels()
        run_sync(client.wait_for_ready)(timeout=60)
        asked = client.execute("print('busy', flush=True)\nwhile True: pass")
        while run_sync(client.get_iopub_msg)(timeout=10)["content"].get("text") != "busy\n":
            pass
        run_sync(manager.interrupt_kernel)()
        reply = run_sync(client.get_shell_msg)(timeout=10)
        while reply["parent_header"].get("msg_id") != asked:
            reply = run_sync(client.get_shell_msg)(timeout=10)
        client.stop_channels()
    assert reply["content"]["ename"] == "KeyboardInterrupt"


def test_sockets_and_connection_files_are_for_this_user_alone_and_leave_nothing() -> None:
    with kernels() as source:
        assert stat.S_IMODE(source.folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((source.folder / "warm.sock").stat().st_mode) == 0o600
        with source.start({}) as manager:
            said(manager, "1")
            assert manager.transport == "ipc"
    assert not source.folder.exists()


OWNER = """
import sys
from jupyter_core.utils import run_sync
from decom_nb.kernel import kernels
with kernels() as source, source.start({}) as manager:
    client = manager.client()
    client.start_channels()
    run_sync(client.wait_for_ready)(timeout=60)
    run_sync(client.execute_interactive)(
        f"import os; print(os.getpid(), os.getppid(), {str(source.folder)!r})",
        output_hook=lambda message: "text" in message["content"] and print(message["content"]["text"], flush=True),
    )
    client.execute("while True: pass")
    sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_is_left_when_the_owner_is_killed(how: signal.Signals) -> None:
    env = {**os.environ, "PYTHONPATH": str(TOP)}
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        words = owner.stdout.readline().split()
        pid, parent, folder = int(words[0]), int(words[1]), Path(words[2])
        assert alive(pid)
        assert alive(parent)
        owner.send_signal(how)
        owner.wait(10)
    assert eventually(lambda: not alive(pid) and not alive(parent))
    assert not folder.exists()


def test_kernels_die_with_a_parent_that_is_killed() -> None:
    with kernels() as source, source.start({}) as manager:
        pid, parent = map(int, said(manager, "import os; print(os.getpid(), os.getppid())").split())
        os.kill(parent, signal.SIGKILL)
        assert eventually(lambda: not alive(pid))
        assert eventually(lambda: not run_sync(manager.is_alive)())


def test_without_its_parent_a_kernel_is_plain_and_one_sentence_says_so(caplog: pytest.LogCaptureFixture) -> None:
    kernel._SAID.clear()
    with kernels() as source, caplog.at_level(logging.WARNING):
        with source.start({}) as manager:
            os.kill(int(said(manager, "import os; print(os.getppid())")), signal.SIGKILL)
        for _ in range(2):
            with source.start({"DECOM_FACE": "report"}) as manager:
                assert said(manager, "import os; print(os.environ['DECOM_FACE'])") == "report"
    (told,) = [record.message for record in caplog.records if record.name == "decom_nb.kernel"]
    assert told.startswith("Warm kernels are not available")
    assert "\n" not in told


def test_where_there_is_no_fork_kernels_are_plain(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kernel._SAID.clear()
    monkeypatch.delattr(os, "fork")
    with caplog.at_level(logging.WARNING), kernels() as source:
        assert not (source.folder / "warm.sock").exists()
    assert "this system cannot fork" in caplog.text


def test_a_plain_kernel_does_not_import_from_where_it_runs() -> None:
    with kernels(warm=False) as source, source.start({}) as manager:
        told = said(manager, "import os; print(os.listdir(), os.environ['IPYTHONDIR'])")
        assert told == f"[] {source.folder / 'ipython'}"


def test_others_find_the_kernels_by_their_kernelspec(source: Kernels) -> None:
    from jupyter_client.kernelspec import KernelSpecManager

    found = KernelSpecManager(kernel_dirs=[str(source.jupyter_path / "kernels")]).get_kernel_spec("decom")
    assert found.metadata["kernel_provisioner"]["provisioner_name"] == "decom-warm"


def test_a_request_that_breaks_off_does_no_harm(source: Kernels) -> None:
    import socket

    for nonsense in (b"", b"{}", b"not json\n", b'{"env": 1}\n'):
        with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(OSError):
            line.connect(str(source.folder / "warm.sock"))
            line.sendall(nonsense)
    with source.start({}) as manager:
        assert said(manager, "print(1)") == "1"
