"""What lies among an engagement's deliverables: which command made each file, from what, and whether somebody has edited it.

The rubric room keeps the list in the audit, and the report links the files from it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from decom_nb import generated_file

State = Literal["as generated", "edited", "edited, newer offered", "outdated", "not ours"]
STATES: tuple[State, ...] = ("outdated", "edited, newer offered", "edited", "as generated", "not ours")
"""What asks for something comes first. An edited file is not outdated: whoever edited it answers for it; `changed` tells."""
FACES = frozenset({"report.html", "report.pdf"})
"""What shows an audit and is not made from documents."""


@dataclass(frozen=True)
class Deliverable:
    """One file."""

    file: str
    """Its path below the folder of deliverables."""
    state: State
    made_by: str = ""
    made_from: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """What of `made_from` is not as it was, or gone."""
    offered: str = ""
    """Ours beside theirs, below the folder of deliverables."""


def deliverables(engagement: Path, folder: Path) -> tuple[Deliverable, ...]:
    """List the files in an engagement's folder of deliverables, by path; what cannot be read is passed over."""
    found = list(_files(folder))
    apart = {generated_file.made_beside(path) for path in found}
    beside = {new: path for path in found for new in generated_file.offered(path) if new in set(found)}
    digests: dict[str, str] = {}
    told = []
    for path in found:
        if path in apart or path in beside or path.relative_to(folder).as_posix() in FACES:
            continue
        new = next((each for each, of in beside.items() if of == path), None)
        told.append(_told(path, new, engagement, folder, digests))
    return tuple(told)


def _files(folder: Path) -> Iterator[Path]:
    try:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                yield path
    except OSError:
        return


def _told(path: Path, new: Path | None, engagement: Path, folder: Path, digests: dict[str, str]) -> Deliverable:
    name = _shown(path, folder)
    head, theirs = generated_file.looked_at(path)
    if head is None:
        return Deliverable(name, "not ours")
    changed = tuple(
        file for file, sha in head.origin.made_from if _digest(engagement, file, digests) not in (sha, "outside")
    )
    state: State = "outdated" if changed else "as generated"
    if theirs:
        state = "edited, newer offered" if new else "edited"
    offered = _shown(new, folder) if new else ""
    return Deliverable(name, state, head.origin.made_by, tuple(f for f, _ in head.origin.made_from), changed, offered)


def _shown(path: Path, folder: Path) -> str:
    """Give a path below a folder as text that can be written down, whatever bytes its name is made of."""
    return os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "replace")


def _digest(engagement: Path, file: str, digests: dict[str, str]) -> str:
    """Give the digest of a file of the engagement; a header is text that anybody may have written, and leads nowhere else."""
    if file not in digests:
        root, real = engagement.resolve(), (engagement / file).resolve()
        if not real.is_relative_to(root):
            digests[file] = "outside"
        else:
            try:
                digests[file] = generated_file.digest(real) if real.is_file() else "gone"
            except OSError:
                digests[file] = "gone"
    return digests[file]
