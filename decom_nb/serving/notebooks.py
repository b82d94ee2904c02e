"""The notebooks that are shown as dashboards: the package's, or the engagement's own if who serves said so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from decom_nb import shipped


@dataclass(frozen=True)
class Notebook:
    """A notebook and the name it has in an address."""

    path: Path
    title: str

    @property
    def name(self) -> str:
        """The file's name without its ending, such as ``01_architecture``."""
        return self.path.stem

    def mark(self) -> tuple[int, int]:
        """Give what changes when the file does."""
        seen = self.path.stat()
        return (seen.st_mtime_ns, seen.st_size)

    def content(self) -> dict[str, Any]:
        """Read the notebook."""
        read: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return read


class Notebooks:
    """Finds notebooks by name."""

    def __init__(self, *, own: bool = False, folder: Path | None = None) -> None:
        self.own = own
        self.folder = folder or shipped.folder("notebooks")
        self._titles: dict[tuple[Path, tuple[int, int]], str] = {}

    def all(self, engagement: Path) -> tuple[Notebook, ...]:
        """List the notebooks shown for an engagement, in order."""
        found: dict[str, Path] = {path.name: path for path in _in(self.folder)}
        if self.own:
            found |= {path.name: path for path in _in(engagement / "notebooks")}
        return tuple(Notebook(found[name], self._title(found[name])) for name in sorted(found))

    def find(self, name: str, engagement: Path) -> Notebook | None:
        """Give the notebook of that name, or none."""
        return next((notebook for notebook in self.all(engagement) if notebook.name == name), None)

    def _title(self, path: Path) -> str:
        untitled = Notebook(path, "")
        key = (path, untitled.mark())
        if key not in self._titles:
            self._titles[key] = title(untitled.content(), path.stem)
        return self._titles[key]


def title(content: dict[str, Any], stem: str) -> str:
    r"""Give a notebook's first heading, or what its file name says.

    >>> title({"cells": [{"cell_type": "markdown", "source": ["# Where we are\n", "Text"]}]}, "00_start")
    'Where we are'
    >>> title({"cells": []}, "01_architecture")
    'Architecture'
    """
    for cell in content["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and (heading := re.search(r"^# +(.+?)\s*$", text, re.MULTILINE)):
            return heading[1]
    return re.sub(r"^\d+_", "", stem).replace("_", " ").capitalize()


def _in(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.glob("[0-9]*.ipynb") if path.is_file())
