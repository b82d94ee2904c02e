"""A real PostgreSQL server for the tests: made in a temporary folder, reached over loopback, stopped by its own number."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PASSWORD = secrets.token_hex(12)
USER = "decom"


def find(program: str) -> Path | None:
    """Give a program of PostgreSQL: of the newest version that Debian installed, or of the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda at: int(at.parts[-3]))
    on_path = shutil.which(program)
    return versions[-1] if versions else Path(on_path) if on_path else None


class NoServer(RuntimeError):  # noqa: N818 - reads as what it says
    """None is installed, or it does not start; the message says why, with its last words."""


def missing() -> str:
    """Say why no server can be started; empty if one can."""
    absent = [each for each in ("initdb", "postgres") if find(each) is None]
    return f"PostgreSQL is not installed: no {' and no '.join(absent)}" if absent else ""


@contextmanager
def running() -> Iterator[str]:
    """Run a server as `server` does; raise `NoServer` where it is not installed or does not start, in words."""
    if reason := missing():
        raise NoServer(f"NO POSTGRESQL, SO NOTHING WAS PROVEN ON IT: {reason}")
    with ExitStack() as stack:
        try:
            url = stack.enter_context(server())
        except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
            said = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip()
            raise NoServer(f"POSTGRESQL DOES NOT START, SO NOTHING WAS PROVEN ON IT: {error} {said}") from error
        yield url


@contextmanager
def database(server_url: str) -> Iterator[str]:
    """Make a database of its own on a server, give its address, and drop it with whoever is still connected."""
    import psycopg

    called = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {called}")
        try:
            yield server_url.rpartition("/")[0] + f"/{called}"
        finally:
            admin.execute(f"DROP DATABASE IF EXISTS {called} WITH (FORCE)")


def free_port() -> int:
    """Give a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def somebody() -> dict[str, object]:
    """Give what makes a process run as somebody who is not root, as the server demands."""
    if os.getuid() != 0:
        return {}
    names = {each.pw_name: each for each in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def server() -> Iterator[str]:
    """Run a server and give the address of its database, with a password in it; take everything away afterwards."""
    initdb, postgres = find("initdb"), find("postgres")
    assert initdb is not None
    assert postgres is not None
    who = somebody()
    folder = Path(tempfile.mkdtemp(prefix="decom-postgres-"))
    try:
        if who:
            os.chown(folder, int(str(who["user"])), int(str(who["group"])))
        secret, data, port = folder / "password", folder / "data", free_port()
        secret.write_text(PASSWORD)
        secret.chmod(0o644)  # for the one moment in which the server's user reads it
        settings = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--no-sync"]
        subprocess.run(
            [initdb, "-D", data, "-U", USER, f"--pwfile={secret}", *settings],
            check=True, capture_output=True, cwd=folder, **who,  # type: ignore[call-overload]
        )  # fmt: skip
        secret.unlink()
        options = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off",
            "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "64MB",
        }  # fmt: skip
        arguments = [part for key, text in options.items() for part in ("-c", f"{key}={text}")]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [postgres, "-D", data, *arguments],
                cwd=folder, stdout=log, stderr=log, **who,  # type: ignore[call-overload]
            )  # fmt: skip
        try:
            url = f"postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres"
            wait(url, process, folder / "log")
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # a fast shutdown: it does not wait for connections to close
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers; raise with its log if it ends before."""
    import time

    import psycopg

    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the server did not start:\n{log.read_text()}")
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server did not answer:\n{log.read_text()}")
