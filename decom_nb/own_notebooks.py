"""An engagement's own copies of the notebooks, and how they follow the package's without losing what a person wrote.

Each cell that came from the package carries a mark in its metadata: which cell it is and the digest of what it said. A
cell without a mark is the person's; one that says something else than its mark was changed. `lab.py` calls this.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from decom_nb import atomic, shipped
from decom_nb.errors import InputError, Mistake

FOLDER = "notebooks"
MARK = "decom"
REMARK = "**Your version** of the cell above, kept from before the notebook was brought up to date:"

Cell = dict[str, Any]
State = Literal["made", "kept", "refreshed", "behind"]


@dataclass(frozen=True)
class Copy:
    """What became of one notebook; `behind` means that the package's has moved on and nobody asked to follow it."""

    path: Path
    state: State


def copies(engagement: Path, *, refresh: bool = False) -> tuple[Copy, ...]:
    """Make the copies that are missing, and with `refresh` bring the others up to date."""
    folder = engagement / FOLDER
    if folder.exists() and not folder.resolve().is_relative_to(engagement.resolve()):
        raise InputError(
            Mistake(str(folder), 0, "", "this folder is a link that leads out of the engagement", "remove the link")
        )
    folder.mkdir(exist_ok=True)
    return tuple(
        _copy(source, folder / source.name, refresh) for source in sorted(shipped.folder("notebooks").glob("*.ipynb"))
    )


def _copy(source: Path, path: Path, refresh: bool) -> Copy:
    new = marked(_read(source))
    if not path.exists():
        _write(path, new)
        return Copy(path, "made")
    old = _read(path)
    if _marks(old) == _marks(new) and not (refresh and _changed(old)):
        return Copy(path, "kept")
    if not refresh:
        return Copy(path, "behind")
    _write(path, merged(old, new))
    return Copy(path, "refreshed")


def marked(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Give a notebook of the package as an engagement's copy: every cell marked, the engagement found one folder up."""
    cells = []
    for index, cell in enumerate(notebook["cells"]):
        metadata = dict(cell.get("metadata", {}))
        source = text(cell)
        if "parameters" in metadata.get("tags", []):
            source = 'engagement = ".."'
        metadata[MARK] = {"cell": cell.get("id", str(index)), "said": digest(source)}
        cells.append({**cell, "source": source, "metadata": metadata})
    return {**notebook, "cells": cells}


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Give `new` with all that the person wrote in `old`: cells where they stood, changed ones as remarks beside.

    A cell stands where it stood if it follows the same cell of the package. Drawn outputs stay while their cell does.
    """
    before: list[Cell] = []  # the person's cells ahead of the first of the package's
    after: dict[str, list[Cell]] = {}  # … and those that follow one of them
    known = {mark["cell"] for mark in _marks(new)}
    kept: dict[str, Cell] = {}
    place = before
    for cell, mark in _told(old):
        if mark is None:
            place.append(cell)
            continue
        if mark["cell"] in known:
            kept[mark["cell"]] = cell
            place = after.setdefault(mark["cell"], [])
        if digest(text(cell)) != mark["said"]:
            place.append(_remark(cell))
    cells = list(before)
    for cell in new["cells"]:
        mark = cell["metadata"][MARK]
        was = kept.get(mark["cell"])
        if was and text(was) == text(cell) and cell["cell_type"] == "code" == was["cell_type"]:
            cell = {**cell, "outputs": was.get("outputs", []), "execution_count": was.get("execution_count")}
        cells += [cell, *after.get(mark["cell"], [])]
    return {**new, "metadata": old.get("metadata", new["metadata"]), "cells": _with_own_ids(cells)}


def text(cell: Mapping[str, Any]) -> str:
    """Give a cell's source as one text."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def digest(source: str) -> str:
    """Give what tells two sources apart; spaces at the ends of lines say nothing."""
    return hashlib.sha256("\n".join(line.rstrip() for line in source.strip().splitlines()).encode()).hexdigest()[:16]


def _told(notebook: Mapping[str, Any]) -> Iterator[tuple[Cell, dict[str, str] | None]]:
    """Give each cell with its mark; a second cell of the same mark is a copy that the person made, and theirs."""
    seen = set()
    for cell in notebook["cells"]:
        mark = cell.get("metadata", {}).get(MARK)
        if isinstance(mark, dict) and {"cell", "said"} <= mark.keys() and mark["cell"] not in seen:
            seen.add(mark["cell"])
            yield cell, mark
        else:
            yield (
                {**cell, "metadata": {key: value for key, value in cell.get("metadata", {}).items() if key != MARK}},
                None,
            )


def _marks(notebook: Mapping[str, Any]) -> list[dict[str, str]]:
    return [mark for _, mark in _told(notebook) if mark]


def _changed(notebook: Mapping[str, Any]) -> bool:
    return any(mark and digest(text(cell)) != mark["said"] for cell, mark in _told(notebook))


def _remark(cell: Cell) -> Cell:
    """Give a changed cell as a remark. Code becomes text: run a second time it would draw, or save, a second time."""
    said = text(cell)
    if cell["cell_type"] != "markdown":
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", said)), default=0))
        said = f"{fence}python\n{said}\n{fence}"
    return {"cell_type": "markdown", "id": cell.get("id", ""), "metadata": {}, "source": f"{REMARK}\n\n{said}"}


def _with_own_ids(cells: list[Cell]) -> list[Cell]:
    """Give the cells with ids that differ, as the format asks: a person's cell gives way to the package's."""
    taken = {cell["id"] for cell in cells if MARK in cell["metadata"] and "id" in cell}
    made = []
    for number, cell in enumerate(cells):
        if MARK not in cell["metadata"] and cell.get("id", "") in taken | {""}:
            cell = {**cell, "id": hashlib.sha256(f"{number} {text(cell)}".encode()).hexdigest()[:8]}
        taken.add(cell.get("id", ""))
        made.append(cell)
    return made


def _read(path: Path) -> dict[str, Any]:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
            raise ValueError("it has no cells")
    except (OSError, ValueError) as error:
        what = f"this is not a notebook that can be read ({error})"
        raise InputError(Mistake(str(path), 0, "", what, "move it away, and a new one is made")) from error
    return notebook


def _write(path: Path, notebook: Mapping[str, Any]) -> None:
    atomic.write(path, (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode())
