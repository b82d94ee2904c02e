"""Writes files so that nobody ever sees half of one, and keeps two savers apart. All that writes documents uses it."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from decom_nb.errors import InputError, Mistake

PATIENCE = 20.0
"""Seconds to wait for somebody else's save before giving up."""


def write(path: Path, data: bytes) -> None:
    """Put `data` into the file at once: written beside it, flushed to the disk, renamed over it.

    A symbolic link stays one: what it points to is written. An existing file keeps its mode.
    """
    path = Path(os.path.realpath(path))
    mode = None
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if not os.access(path, os.W_OK):
            raise InputError(Mistake(str(path), 0, "", "is read-only", "make it writable, or save under another name"))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise _unwritable(path, error) from error
    beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.tmp")
    try:
        with os.fdopen(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode), "wb"
        ) as opened:
            opened.write(data)
            opened.flush()
            if mode is not None:
                os.fchmod(opened.fileno(), mode)
            os.fsync(opened.fileno())
        beside.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> InputError:
    what = f"cannot be written: {error.strerror or error}"
    return InputError(Mistake(str(path), 0, "", what, "check that the folder exists, is writable and has space"))


def flush_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, so that a renamed file is still there after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other threads and processes of this package from saving in the folder meanwhile.

    The lock lies on the folder itself: no lock file is left behind, and the system lets go of it when a process dies.
    """
    if sys.platform == "win32":  # pragma: no cover - there is no such lock there
        yield
        return
    import fcntl

    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        what = f"cannot be opened: {error.strerror}"
        raise InputError(Mistake(str(folder), 0, "", what, "check that the folder still exists")) from error
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    what = f"somebody else has been saving here for more than {PATIENCE:g} s"
                    raise InputError(Mistake(str(folder), 0, "", what, "try again, or end the other process")) from None
                time.sleep(0.002)
            except OSError:
                break  # some network file systems know no locks on folders: then the check for changes has to do
        yield
    finally:
        os.close(handle)
