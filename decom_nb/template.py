"""Keeps ``templates/`` in step with the models: a blank for each document. ``python -m decom_nb.template`` writes them."""

from __future__ import annotations

from pathlib import Path

from decom_nb import shipped
from decom_nb.book import document_classes
from decom_nb.document import Document, blank
from decom_nb.engagement import Settings


def templates() -> dict[str, str]:
    """Give the text of every template by file name."""
    documents: tuple[type[Document], ...] = (Settings, *document_classes().values())
    return {f"{document.name}.yaml": blank(document) for document in documents}


def write(folder: Path) -> None:
    """Write every template into the folder, and remove those of documents that are gone."""
    wanted = templates()
    for file in folder.glob("*.yaml"):
        if file.name not in wanted:
            file.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(shipped.folder("templates"))
