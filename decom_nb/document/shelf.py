"""The shelf of a document of which there are many: one file for each, in one folder. The form of such a document works on it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Generic

from decom_nb import atomic
from decom_nb.document.blank import blank
from decom_nb.document.model import D
from decom_nb.document.saving import CONFLICT
from decom_nb.errors import InputError, Mistake
from decom_nb.escape import visible

REMOVED = ".removed"
"""The folder to which instances are moved that somebody removed; nothing reads it."""

_LONGEST = 100
_NAME = re.compile(r"[^\W_][\w.-]*")
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class Shelf(Generic[D]):
    """The instances of one document, by name."""

    def __init__(self, cls: type[D], folder: Path) -> None:
        self.cls = cls
        self.folder = folder

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names of all instances, in the order of their files."""
        files = (path for path in self.folder.glob("*.yaml") if path.is_file() and not path.name.startswith("."))
        return tuple(path.stem for path in sorted(files) if not CONFLICT.search(path.name))

    def path(self, name: str) -> Path:
        """Give the file of an instance, there or not."""
        return self.folder / f"{name}.yaml"

    def refusal(self, name: str) -> str:
        """Say why a new instance cannot have this name; empty if it can."""
        if not name:
            return "give it a name"
        if len(name) > _LONGEST:
            return f"the name is too long: at most {_LONGEST} characters"
        if not _NAME.fullmatch(name) or name.endswith("."):
            return "a name is made of letters, digits, _, - and ., and begins with a letter or a digit"
        if _DEVICE.fullmatch(name) or CONFLICT.search(f"{name}.yaml"):
            return "this name has a meaning of its own for a file: choose another"
        if twin := next((each for each in self.names if each.casefold() == name.casefold()), None):
            return f"there is {visible(twin)} already"
        return ""

    def begin(self, name: str) -> Path:
        """Make the file of a new instance, in which nothing is answered; `InputError` if the name will not do."""
        path = self.path(name)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with atomic.locked(self.folder.resolve()):
                if why := self.refusal(name):
                    raise InputError(Mistake(str(self.folder), 0, name[:60], why))
                atomic.write(path, blank(self.cls).encode())
        except OSError as error:
            what = f"cannot be made: {error.strerror or error}"
            raise InputError(Mistake(str(path), 0, "", what, "make room for it, or ask who may write there")) from error
        return path

    def remove(self, name: str) -> Path:
        """Move an instance aside, to where nothing reads it, and give where it lies now."""
        aside = self.folder / REMOVED
        try:
            aside.mkdir(exist_ok=True)
            with atomic.locked(self.folder.resolve()):
                number = 1
                while (kept := aside / f"{name}.{number}.yaml").exists():
                    number += 1
                self.path(name).rename(kept)
        except OSError as error:
            what = f"cannot be moved: {error.strerror or error}"
            raise InputError(Mistake(str(self.path(name)), 0, "", what, "it stays where it is")) from error
        return kept

    def bring_back(self, kept: Path) -> str:
        """Put an instance back that was moved aside, and give its name; `InputError` if another has its place by now."""
        name = kept.stem.rpartition(".")[0]
        try:
            with atomic.locked(self.folder.resolve()):
                if why := self.refusal(name):
                    raise InputError(Mistake(str(kept), 0, "", why, "rename the other first"))
                kept.rename(self.path(name))
        except OSError as error:
            what = f"cannot be moved back: {error.strerror or error}"
            raise InputError(Mistake(str(kept), 0, "", what, "it is still there")) from error
        return name
