"""From pointers to files: walks folders, opens plain and gzipped files alike, says how a path is shown.

`collect.py` and the collectors call it.

Nothing here raises for what it meets on disk: a file that cannot be read comes with the reason.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import stat
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, cast

from decom_nb.evidence.source import Pointer

HEAD_BYTES = 1 << 16
"""How much of a file's beginning is looked at to recognise it."""

WHOLE_BYTES = 1 << 26
"""Up to which size a table is known by its whole content."""

SAMPLE_BYTES = 1 << 20
"""How much is read in each place of a larger one."""

OFTEN_EMPTY = frozenset({".py", ".typed"})
"""Endings of files that are empty on purpose in repositories, and tell nothing."""

GZIP_MAGIC = b"\x1f\x8b"

EMPTY = "the file is empty"

_HIDDEN_EVIDENCE = frozenset({".github", ".gitlab-ci.yml", ".gitlab-ci.yaml"})
_TOOLS_OWN = frozenset({"__pycache__", "node_modules", "site-packages"})

DAMAGED = (OSError, EOFError, zlib.error)
"""What reading a damaged gzip file raises."""


class Pointing(Protocol):
    """Anything that points at evidence as a `Pointer` does."""

    @property
    def path(self) -> str | Path:
        """Where it lies."""

    @property
    def kind(self) -> str | None:
        """What it is, if somebody said."""


@dataclass(frozen=True)
class Listed:
    """A file or what stood in its place; `reason` says why it cannot be read, and is empty if it can be tried.

    `stated` is the kind that somebody gave to it, `outright` whether they pointed at this very file and not at its
    folder, `bytes` is its size.
    """

    path: Path
    shown: str
    stated: str = ""
    outright: bool = False
    reason: str = ""
    bytes: int = 0


def listed(items: Iterable[Path | str | Pointing], root: Path) -> tuple[Listed, ...]:
    """Give every file behind the items, each once, in the order of the shown paths.

    A path is taken as the operating system would, and gives nothing if nothing is there; a pointer is relative to
    `root`, and one that leads nowhere is listed with that reason. What a folder holds is walked, but for hidden files
    and folders; a hidden file that is named outright is read.
    """
    found: dict[str, Listed] = {}
    for item in items:
        if isinstance(item, str | Path):
            pointer, place = Pointer(str(item)), Path(item)
            if not os.path.lexists(place):
                continue
        else:
            pointer, place = Pointer(str(item.path), item.kind or ""), root / item.path
        shown = shown_path(pointer.path, place, root)
        for path, below in _walk(place):
            each = _listed(path, "/".join(part for part in (shown, below) if part), pointer.kind, not below)
            name = os.path.abspath(path)  # noqa: PTH100 - resolving symlinks would merge what people keep apart
            if name not in found or (each.stated and not found[name].stated):
                found[name] = each
    return tuple(sorted(found.values(), key=lambda each: each.shown))


def shown_path(written: str, place: Path, root: Path) -> str:
    """Give the path relative to `root` if it lies within (empty for `root` itself), else as it was written."""
    inside = os.path.abspath(place), os.path.abspath(root)  # noqa: PTH100 - symlinks stay as people laid them
    if Path(inside[0]).is_relative_to(inside[1]):
        inner = Path(inside[0]).relative_to(inside[1]).as_posix()
        return "" if inner == "." else printable(inner)
    return printable(Path(written).as_posix())


def printable(path: str) -> str:
    r"""Give a path that can be written as UTF-8: bytes of a name that no encoding explains are spelt out.

    >>> printable("caf\udce9.json")
    'caf\\xe9.json'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def head(path: Path) -> bytes:
    """Give the first bytes of a file, decompressed if it is gzipped; raises one of `DAMAGED`."""
    found, damage = _head(path)
    if damage:
        raise damage
    return found


def head_before_damage(path: Path) -> bytes:
    """Give the first bytes of a file, of a damaged one those before the damage; raises one of `DAMAGED` if there are none."""
    found, damage = _head(path)
    if damage and not found:
        raise damage
    return found


def damage(path: Path) -> str:
    """Say how the first bytes of a file are damaged; empty if they are not."""
    found = _head(path)[1]
    return why(found) if found else ""


def _head(path: Path) -> tuple[bytes, Exception | None]:
    """Give the first bytes of a file as far as they can be read, and what ended the reading early."""
    found = b""
    try:
        with opened(path) as file:
            read1 = file.read1  # type: ignore[attr-defined]  # unlike read, it loses nothing before the damage
            while len(found) < HEAD_BYTES and (more := read1(HEAD_BYTES - len(found))):
                found += more
    except DAMAGED as error:
        return found, error
    return found, None


def opened(path: Path) -> IO[bytes]:
    """Open a file for reading bytes, through gzip if its first bytes say so."""
    return cast(IO[bytes], gzip.open(path)) if is_gzip(path) else path.open("rb")


def is_gzip(path: Path) -> bool:
    """Tell by the first bytes whether a file is gzipped."""
    with path.open("rb") as file:
        return file.read(2) == GZIP_MAGIC


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file as it lies there."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sample_sha256(path: Path) -> tuple[str, str]:
    """Give the SHA-256 of a file, and of a large one that of its size and of samples, with a note that says so.

    The samples are its beginning, its end and seven places between, a MiB each: a table that was written anew or added
    to differs in one of them, as formats keep sums and places of what they hold at the end. What was changed in place
    elsewhere, byte for byte, goes unseen; to read a table of many GB for each audit would cost more than that is worth.
    """
    size = path.stat().st_size
    if size <= WHOLE_BYTES:
        return sha256(path), ""
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for part in range(9):
            file.seek((size - SAMPLE_BYTES) * part // 8)
            digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest(), f"known by its size and 9 samples of {SAMPLE_BYTES >> 20} MiB, not by its whole content"


def why(error: BaseException) -> str:
    """Say why a file could not be read, without the path that system errors carry."""
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror.lower()}"
    return "not a path" if isinstance(error, ValueError) else "the gzip stream is damaged"


def _listed(path: Path, shown: str, stated: str, outright: bool) -> Listed:
    reason, size = _unreadable(path)
    return Listed(path, printable(shown), stated, outright, reason, size)


def _unreadable(path: Path) -> tuple[str, int]:
    """Say why a path cannot be read, if so, and how large it is."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        missing = isinstance(error, FileNotFoundError)
        return "there is nothing at this path" if missing else why(error), 0
    if stat.S_ISDIR(status.st_mode):
        return "this folder cannot be listed", 0
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file", 0
    return "" if status.st_size else EMPTY, status.st_size


def is_readable(path: Path) -> bool:
    """Tell whether a path is a regular file that may be read: no folder, no pipe, no link to nowhere."""
    try:
        return stat.S_ISREG(path.stat().st_mode) and os.access(path, os.R_OK)
    except (OSError, ValueError):
        return False


def _walk(place: Path) -> Iterator[tuple[Path, str]]:
    """Give the files at or below a place with their path below it; a folder that links reach twice is walked once."""
    if not _leads_to_folder(place):
        yield place, ""
        return
    top = Path("/").stat()
    seen = {(top.st_dev, top.st_ino)}  # a link to the whole machine (/proc/self/root) is not followed
    folders = [(place, "")]
    while folders:
        folder, below = folders.pop()
        try:
            status = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            yield folder, below
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        if any(entry.name == "pyvenv.cfg" for entry in entries):
            continue  # a virtual environment: thousands of files that nobody here wrote
        for entry in entries:
            if _is_passed_over(entry.name, folder):
                continue
            name = f"{below}/{entry.name}" if below else entry.name
            if _is_folder(entry):
                folders.append((Path(entry.path), name))
            else:
                yield Path(entry.path), name


def _is_passed_over(name: str, folder: Path) -> bool:
    """Tell what is never walked into: hidden things, but for CI workflows, and what tools keep beside people's own files."""
    if folder.name == ".github":
        return name != "workflows"
    return (name.startswith(".") and name not in _HIDDEN_EVIDENCE) or name in _TOOLS_OWN


def _leads_to_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except OSError:  # as where the name is too long, or the folder around it may not be looked into
        return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
