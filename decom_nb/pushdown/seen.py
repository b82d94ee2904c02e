"""A table as the client's engine has it, and what is said when a question has no equal there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from decom_nb.sql.column_type import family


class NotTheSame(ValueError):  # noqa: N818 - reads as what it says
    """The engine has no way known here to say this with the same meaning; the message is what a person reads."""


@dataclass(frozen=True)
class Seen:
    """A table as the engine has it."""

    parts: tuple[str, ...]
    """What stands after FROM, from the catalog down to the table."""
    columns: tuple[tuple[str, str], ...]
    """Names as the engine spells them, and types as DuckDB would call them."""
    read_as: Mapping[str, str] = field(default_factory=dict)
    """Columns that have to be cast before they behave as their type does: name to type, in the engine's words."""

    @property
    def spelled(self) -> dict[str, str]:
        """Give the names by their folded form: DuckDB's names are equal without regard to case."""
        return {each.casefold(): each for each, _ in self.columns}


def kind_of(type_: str) -> str:
    """Give the kind of a DuckDB type: its family, floats and moments told apart.

    >>> kind_of("FLOAT"), kind_of("TIMESTAMP WITH TIME ZONE"), kind_of("INTERVAL")
    ('real', 'zoned', 'interval')
    """
    upper = type_.upper()
    if upper in ("FLOAT", "REAL", "FLOAT4"):
        return "real"
    if upper in ("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"):
        return "zoned"
    if upper == "INTERVAL":
        return "interval"
    aliases = {"TEXT": "VARCHAR", "INT": "INTEGER", "BOOL": "BOOLEAN", "STRING": "VARCHAR", "NUMERIC": "DECIMAL"}
    found = family(aliases.get(upper, type_))
    return "double" if found == "float" else str(found)
