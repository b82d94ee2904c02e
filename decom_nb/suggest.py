"""Guesses what somebody meant to write. Errors about unknown names use it."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ALIKE = 0.6


def did_you_mean(word: str, names: Iterable[str]) -> str | None:
    """Give the name that the word was probably meant to be, None if none is alike.

    >>> did_you_mean("data_consumer", ["data_consumers", "constraints"])
    'data_consumers'
    >>> did_you_mean("Real Time", ["batch", "real-time"])
    'real-time'
    >>> did_you_mean("banana", ["batch", "real-time"])
    """
    wanted = _folded(word)
    best = max(names, key=lambda name: _likeness(wanted, _folded(name)), default=None)
    return best if best is not None and wanted and _likeness(wanted, _folded(best)) >= _ALIKE else None


def instead(word: str, names: Iterable[str]) -> str:
    """Say in words what somebody should have written: the likely name, or all of them.

    >>> instead("architecture.patern", ["architecture.pattern"]), instead("x", ["b", "a"])
    ('did you mean architecture.pattern?', 'one of: a, b')
    """
    known = sorted(names)
    meant = did_you_mean(word, known)
    return f"did you mean {meant}?" if meant else f"one of: {', '.join(known)}"


def _likeness(wanted: str, name: str) -> float:
    if wanted == name:
        return 1.0
    from rapidfuzz import fuzz  # here, for only a mistake needs it
    from rapidfuzz.distance import OSA

    letters = OSA.normalized_similarity(wanted, name)
    words = fuzz.token_sort_ratio(wanted, name) / 100
    # A word that is part of the name, or the other way round ("team" for "team size"), counts as likely.
    contained = 0.7 if min(len(wanted), len(name)) > 3 and set(wanted.split()) & set(name.split()) else 0.0
    return max(letters, words, contained)


def _folded(name: str) -> str:
    return " ".join(re.split(r"[\W_]+", name[:200].casefold())).strip()
