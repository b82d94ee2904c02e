"""All engagements below one folder: batches run over them, and a server finds the one that a request names."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from decom_nb.engagement.folder import SETTINGS
from decom_nb.errors import InputError, Mistake
from decom_nb.escape import visible

_DEEPEST = 8


def engagements(root: Path | str) -> tuple[Path, ...]:
    """Give the folders of all engagements below `root`, itself included, in order of their paths.

    Hidden folders and symbolic links are not entered, nor is an engagement: what lies in it is its own.
    """
    root = Path(root)
    if not root.is_dir():
        what = "is not a folder" if root.exists() else "does not exist"
        raise InputError(Mistake(visible(root), 0, "", what, "name the folder in which your engagements lie"))
    return tuple(sorted(_below(root, 0)))


def _below(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / SETTINGS).is_file():
        yield folder
        return
    if depth == _DEEPEST:
        return
    try:
        entries = [entry for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
    except OSError:  # somebody else's folder
        return
    for entry in entries:
        if not entry.name.startswith("."):
            yield from _below(Path(entry.path), depth + 1)


def within(root: Path | str, name: str) -> Path:
    """Give the folder of the engagement with a path below `root` that a stranger gave; nothing else is ever told of.

    The name is taken as it stands: no ``..``, no absolute path, no backslash, nothing encoded, no control or look-alike
    characters, no hidden folder, no symbolic link that leads out. An `InputError` says the same for all of them.
    """
    base = Path(os.path.realpath(root))
    if _is_plain(name):
        path = Path(os.path.realpath(base / name))
        settings = Path(os.path.realpath(path / SETTINGS))
        if path.is_relative_to(base) and settings.is_relative_to(base) and settings.is_file():
            return path
    what = "is no engagement here"
    raise InputError(Mistake(visible(name[:200]), 0, "", what, "choose one from the list of engagements"))


def _is_plain(name: str) -> bool:
    """Say whether a name is a path of plain folder names, whatever normal form a file system or browser gives it."""
    if name == ".":  # the root itself may be one
        return True
    if not 0 < len(name) <= 1000 or not name.isprintable() or any(sign in name for sign in "\\%:*?"):
        return False
    if max(len(part.encode()) for part in name.split("/")) > 255:
        return False
    folded = unicodedata.normalize("NFKC", name)
    parts = [part.strip() for form in (name, folded) for part in form.split("/")]
    return all(part and not part.startswith((".", "~")) for part in parts)
