"""What a draft says of itself: each proposal with why, how sure, and the figures; and the draft as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.draft.seen import Confidence


@dataclass(frozen=True)
class Reason:
    """One proposal and its evidence."""

    subject: str
    """The table it is about, or a column of it: ``orders.customer_id``."""
    what: str
    """What kind of thing is proposed: table, grain, foreign key, measure, hierarchy …"""
    proposed: str
    because: str
    confidence: Confidence
    drafted: bool = True
    """Whether it stands in the draft; what is only told of does not."""
    figures: Mapping[str, Any] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """Give it as data."""
        return {
            "subject": self.subject,
            "what": self.what,
            "proposed": self.proposed,
            "because": self.because,
            "confidence": self.confidence,
            "drafted": self.drafted,
            "figures": dict(self.figures),
        }


@dataclass(frozen=True)
class Draft:
    """A drafted model with everything that speaks for it."""

    model: DimensionalModel
    reasons: tuple[Reason, ...] = ()
    tables: tuple[Mapping[str, Any], ...] = ()
    """What became of each table: name, role, rows, place, what it is drafted as."""
    notes: tuple[str, ...] = ()
    """What could not be read or was left out."""

    def of(self, subject: str, what: str = "") -> tuple[Reason, ...]:
        """Give the reasons about a table or a column."""
        return tuple(
            each
            for each in self.reasons
            if each.subject.casefold() == subject.casefold() and (not what or each.what == what)
        )

    def row(self) -> dict[str, Any]:
        """Give it as data."""
        return {
            "model": self.model.model_dump(mode="json", exclude_defaults=True),
            "reasons": [each.row() for each in self.reasons],
            "tables": [dict(each) for each in self.tables],
            "notes": list(self.notes),
        }
