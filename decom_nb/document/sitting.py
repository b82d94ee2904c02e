"""A sitting: one person changing one document, change by change. Forms take it as their `save`."""

from __future__ import annotations

from pathlib import Path
from typing import Generic

from decom_nb.document.model import D
from decom_nb.document.reading import Opened, read
from decom_nb.document.saving import DocumentConflict, save


class Sitting(Generic[D]):
    """Saves one version of a document after the other, and knows the two ways out of a conflict."""

    def __init__(self, cls: type[D], path: Path | str) -> None:
        self.opened: Opened[D] = read(cls, path)
        self.conflict: DocumentConflict | None = None

    @property
    def document(self) -> D:
        """Give the document as it was last read or saved."""
        return self.opened.document

    def __call__(self, document: D) -> D:
        """Save the document and give it as it is now on disk, other people's changes included.

        A version that was kept beside the file is removed as soon as the file holds its answers.
        """
        try:
            self.opened = save(self.opened, document)
        except DocumentConflict as conflict:
            self.conflict = conflict
            raise
        self.conflict = None
        return self.document

    def keep_mine(self, document: D) -> D:
        """Write this document's answer wherever both sides changed the same; what else others changed stays."""
        self.opened = save(self.opened, document, mine_wins=True)
        self._settled()
        return self.document

    def take_theirs(self) -> D:
        """Give up what was changed here, and give what is on disk."""
        self.opened = read(type(self.document), self.opened.path)
        self._settled()
        return self.document

    def _settled(self) -> None:
        """Remove the version that was kept beside the file: the person has chosen."""
        if self.conflict is not None:
            self.conflict.kept.unlink(missing_ok=True)
        self.conflict = None
