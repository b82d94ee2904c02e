"""A draft as the notebook's button shows it: each table with what is proposed of it, why, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from decom_nb.view import View, render, view

if TYPE_CHECKING:
    from decom_nb.phases.modeling.draft.draft_file import Kept
    from decom_nb.phases.modeling.draft.reason import Draft, Reason

_KINDS = {"high": "good", "medium": "unknown", "low": "warn"}
_FIRST = 25
"""Tables that are shown open to be read; the rest is counted."""


def draft_view(made: Draft, kept: Kept | None = None) -> View:
    """Show a draft."""
    from decom_nb.phases.modeling.draft.drafted import summary

    tables = [{**each, "reasons": _of(made.reasons, str(each["table"]))} for each in made.tables[:_FIRST]]
    return view(
        render(
            "decom_nb.phases.modeling", "draft.html", summary=summary(made), tables=tables, kinds=_KINDS, kept=kept,
            more=max(0, len(made.tables) - _FIRST), notes=made.notes,
        )
    )  # fmt: skip


def _of(reasons: Sequence[Reason], table: str) -> list[dict[str, Any]]:
    """Give what is proposed of a table and of its columns, as rows."""
    return [
        {**each.row(), "about": each.subject.removeprefix(table).removeprefix(".")}
        for each in reasons
        if each.subject == table or each.subject.startswith(f"{table}.")
    ]
