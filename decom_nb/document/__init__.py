"""YAML documents that people fill in: reading, saving, blanks and schemas. Rooms, forms and the engagement use this.

A document is a pydantic model derived from `Document`, its parts from `Group`. A form does

    opened = read(Brief, path)
    opened = save(opened, changed_brief)      # on every change; other people's changes come back merged
"""

from __future__ import annotations

from decom_nb.document.blank import blank
from decom_nb.document.model import Document, Group, json_schema
from decom_nb.document.reading import Opened, load, read
from decom_nb.document.saving import DocumentConflict, save
from decom_nb.document.shelf import Shelf
from decom_nb.document.sitting import Sitting

__all__ = [
    "Document",
    "DocumentConflict",
    "Group",
    "Opened",
    "Shelf",
    "Sitting",
    "blank",
    "json_schema",
    "load",
    "read",
    "save",
]
