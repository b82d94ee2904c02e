"""The Data Engineering Command Center as a workbook.

What one may use from a notebook or a script; everything else is an inner matter. Importing this costs no display library.

    from decom_nb import Book
    book = Book.open("examples/nordwind")
    book.decide("architecture.pattern").winners
    book.audit().scorecard
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decom_nb.audit import Audit
    from decom_nb.book import Book
    from decom_nb.cells import open_book
    from decom_nb.decide import Decision
    from decom_nb.engagement import Engagement
    from decom_nb.errors import DecomError, InputError, Mistake
    from decom_nb.finding import Finding
    from decom_nb.score import Scorecard

__all__ = [
    "Audit",
    "Book",
    "Decision",
    "DecomError",
    "Engagement",
    "Finding",
    "InputError",
    "Mistake",
    "Scorecard",
    "open_book",
]

_HOMES = {
    "Audit": "audit",
    "Book": "book",
    "Decision": "decide",
    "DecomError": "errors",
    "Engagement": "engagement",
    "Finding": "finding",
    "InputError": "errors",
    "Mistake": "errors",
    "Scorecard": "score",
    "open_book": "cells",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, so that a command starts quickly."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
