"""Files that verbs make: printed, or written among an engagement's deliverables, with what became of each.

Rooms' verbs call it; `generated_file.py` keeps what people edited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from decom_nb import generated_file

if TYPE_CHECKING:
    from decom_nb.engagement import Engagement
    from decom_nb.terminal import Out

PLAIN_SQL: Mapping[str, tuple[str, str]] = {".sql": ("-- ", "")}
"""How a line becomes a comment in SQL that dbt does not read."""


def written(
    engagement: Engagement,
    place: str,
    files: Mapping[str, str],
    typed: str,
    documents: Iterable[Path] = (),
    comments: Mapping[str, tuple[str, str]] | None = None,
) -> list[dict[str, str]]:
    """Write files below a place among the deliverables; give of each where it lies and what became of it.

    `typed` is the command without ``--write``, `documents` are what it makes them from; `comments` say by a file's ending how a
    line becomes a comment, where that is not as usual.
    """
    origin = generated_file.origin(f"{typed} --write", engagement.path, documents)
    root, told = engagement.deliverables_path, []
    paths = {name: generated_file.confined(root / place / name, root) for name in files}  # all, before one is written
    for name, text in files.items():
        comment = (comments or {}).get(Path(name).suffix)
        outcome, lies = generated_file.put(paths[name], text, comment, origin, within=root)
        told.append({"file": str(lies), "outcome": outcome})
    return told


def tell(out: Out, files: Mapping[str, str], done: Sequence[Mapping[str, str]]) -> None:
    """Print what became of the files that were written; where none was, the files.

    Of several, each stands below its name, which is a comment of its format: what is printed can be piped into what reads it.
    """
    for each in done:
        out.line(generated_file.told(each["outcome"], each["file"]))
    if done:
        return
    for name, text in files.items():
        if len(files) > 1:
            before, after = PLAIN_SQL.get(Path(name).suffix) or generated_file.comment_of(Path(name)) or ("# ", "")
            out.line(f"{before}{name}{after}", "bold")
        out.line(text)
