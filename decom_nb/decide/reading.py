"""How an answer came about: said by somebody, derived from what was said, or read from words."""

from __future__ import annotations

from typing import Literal, NamedTuple

from decom_nb.condition import Answer


class Reading(NamedTuple):
    """An answer and how it came about: `said` by somebody, `derived` from what was said, `read` from words."""

    value: Answer
    how: Literal["said", "derived", "read", "open"]
    whence: str
    """The field, or of what was read the words."""
