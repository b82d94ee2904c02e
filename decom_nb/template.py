"""Keeps what is written from models in step with them; ``python -m decom_nb.template`` writes it.

That is ``templates/``, a blank for each document, and ``docs/relations.md``, what the evidence store can be asked.
"""

from __future__ import annotations

from pathlib import Path

from decom_nb import shipped
from decom_nb.book import document_classes
from decom_nb.document import Document, blank
from decom_nb.engagement import Settings
from decom_nb.evidence.collect import COLLECTORS
from decom_nb.evidence.relation import Relation, page
from decom_nb.evidence.source import Loading
from decom_nb.history.relations import RELATIONS as HISTORY
from decom_nb.phases.cost.monthly_bill import MONTHLY


def templates() -> dict[str, str]:
    """Give the text of every template by file name."""
    documents: tuple[type[Document], ...] = (Settings, *document_classes().values())
    return {f"{document.name}.yaml": blank(document) for document in documents}


def relations() -> tuple[Relation, ...]:
    """Give every relation that can stand in the evidence store: the collectors' in their order, then what is made of them."""
    loading = [collector for collector in COLLECTORS if isinstance(collector, Loading)]
    return (*(relation for collector in loading for relation in collector.relations), *HISTORY, MONTHLY)


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
    Path("docs/relations.md").write_text(page(relations()), encoding="utf-8")
