"""The forms in which values are written, and the regular expression for the forms that were meant. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

Weighted = Sequence[tuple[str, int]]
"""Values with how many rows have them."""

_RUN = re.compile(r"[0-9]+|[^\W\d_]+|.", re.DOTALL)
_NUMBER = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?([eE][-+]?\d+)?")
_MEASURE = re.compile(r"\s*([$€£¥]?)\s*([-+]?[0-9][0-9.,]*)\s*([^0-9]*?)\s*")
LISTED = 12
"""Most words in one place of a form that are listed; more are any word."""
FREQUENT = 0.01
"""Share of the rows from which a word in one place of a form is frequent."""
LONG_WORD = 4
"""Shorter words are a letter apart by nature."""
LONGEST = 64
"""Values that are longer have no form."""


def runs(value: str) -> list[str]:
    """Cut a value into runs of digits, runs of letters and single other characters.

    >>> runs("AA-12 x")
    ['AA', '-', '12', ' ', 'x']
    """
    return _RUN.findall(value)


def _class(run: str) -> str:
    """Give the class of a run: 9, A (capitals), a (small), W (mixed), or the character itself."""
    if run[0].isdecimal():
        return "9"
    if run[0].isalpha():
        return "A" if run.isupper() else "a" if run.islower() else "W"
    return run


def form(value: str) -> str:
    """Give the form of a value without lengths.

    >>> form("AA-3859-IAH"), form("7:10 a.m."), form("Bend")
    ('A-9-A', '9:9 a.a.', 'W')
    """
    return "".join(map(_class, runs(value)))


def forms(values: Weighted) -> list[tuple[str, int]]:
    """Give the forms with their rows, the most frequent first."""
    counted: Counter[str] = Counter()
    for value, rows in values:
        counted[form(value) if len(value) <= LONGEST else "…"] += rows
    return sorted(counted.items(), key=lambda each: (-each[1], each[0]))


@dataclass(frozen=True)
class Meant:
    """The forms that were meant."""

    forms: tuple[str, ...]
    rows: int
    pattern: str
    """A regular expression (RE2) for all of them, anchored."""
    shown: str
    """The same for people, such as ``9:9 a.a.``, with the lengths of runs."""


def meant(values: Weighted, *, dominant: float, own: float, most: int) -> Meant | None:
    """Give the forms that were meant, None where there is no telling: free text, or too many forms.

    `dominant` is the share of rows that these forms have to have, `own` the share from which a form is meant by itself.

    >>> meant([("AA-12", 50), ("BB-345", 49), ("?", 1)], dominant=0.9, own=0.05, most=4).pattern
    '^(?:(?:AA|BB)-[0-9]{2,3})$'
    """
    total = sum(rows for _, rows in values)
    accepted: list[str] = []
    covered = 0
    for each, rows in forms(values):
        if covered >= dominant * total and rows < own * total:
            break
        accepted.append(each)
        covered += rows
    if not total or len(accepted) > most or "…" in accepted or covered < dominant * total:
        return None
    patterns, shown = [], []
    for each in accepted:
        made = _pattern([(value, rows) for value, rows in values if form(value) == each])
        if made is None:
            return None
        patterns.append(made[0])
        shown.append(made[1])
    return Meant(tuple(accepted), covered, f"^(?:{'|'.join(patterns)})$", " or ".join(shown))


def _pattern(values: Weighted) -> tuple[str, str] | None:
    """Give the expression for the values of one form; None if it is free text."""
    cut = [(runs(value), rows) for value, rows in values]
    places: list[dict[str, int]] = [defaultdict(int) for _ in cut[0][0]]
    for each, rows in cut:
        for place, run in zip(places, each, strict=True):
            place[run] += rows
    parts, shown, open_words, marked = [], [], 0, False
    for place in places:
        kind = _class(next(iter(place)))
        if kind == "9":
            low, high = _lengths(place)
            parts.append(f"[0-9]{_times(low, high)}")
            shown.append("9" * low if low == high and low <= LONG_WORD else "9…")
            marked = True
        elif kind in "AaW":
            low, high = _lengths(place)
            frequent = _meant_words(place)
            if frequent:
                parts.append(
                    _escaped(frequent[0]) if len(frequent) == 1 else f"(?:{'|'.join(map(_escaped, frequent))})"
                )
                shown.append("|".join(frequent[:3]) + ("|…" if len(frequent) > 3 else ""))
            else:
                plain = all(word.isascii() for word in place)
                letters = (
                    {"A": "[A-Z]", "a": "[a-z]", "W": "[A-Za-z]"}
                    if plain
                    else {"A": r"\p{Lu}", "a": r"\p{Ll}", "W": r"\p{L}"}
                )
                open_words += high - low > 2
                parts.append(letters[kind] + _times(low, high))
                shown.append({"A": "A", "a": "a", "W": "Aa"}[kind] * (low if low == high and low < 5 else 1))
        else:
            parts.append(_escaped(kind))
            shown.append(kind)
            marked = marked or kind != " "
    fixed = all(len({len(run) for run in place}) == 1 for place in places)
    if open_words > (1 if marked else 0) or (open_words and places and len(places) > 8) or not (marked or fixed):
        return None
    return "".join(parts), "".join(shown)


def _escaped(mark: str) -> str:
    """Escape what means something in RE2, and nothing else, so that people can read the expression."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", mark)


def _meant_words(place: dict[str, int]) -> list[str]:
    """Give the words in one place, if they are few, without those that are a slip of a frequent one."""
    from rapidfuzz.distance import OSA

    total = sum(place.values())
    frequent = [word for word, rows in place.items() if rows >= FREQUENT * total]
    if len(frequent) > LISTED or sum(place[word] for word in frequent) < (1 - 10 * FREQUENT) * total:
        return []

    def slip(word: str) -> bool:
        long = [each for each in frequent if max(len(word), len(each)) >= LONG_WORD]
        return any(OSA.distance(word, each, score_cutoff=2) <= 2 for each in long)

    kept = sorted([*frequent, *(word for word in place if word not in frequent and not slip(word))])
    return kept if len(kept) <= LISTED else []


def _lengths(place: dict[str, int]) -> tuple[int, int]:
    """Give the usual lengths of the runs in one place, without those that hardly occur."""
    counted: Counter[int] = Counter()
    for run, rows in place.items():
        counted[len(run)] += rows
    usual = [length for length, rows in counted.items() if rows >= max(2, 0.002 * sum(counted.values()))] or list(
        counted
    )
    return min(usual), max(usual)


def _times(low: int, high: int) -> str:
    return f"{{{low}}}" if low == high else f"{{{low},{high}}}"


def is_number(value: str) -> bool:
    """Tell whether a value is a number, perhaps with separators between thousands."""
    return _NUMBER.fullmatch(value.strip()) is not None


def measure(value: str) -> tuple[str, str, str] | None:
    """Cut a value into currency, number and unit; None if it is nothing of that kind.

    >>> measure("12.0 oz."), measure("$5"), measure("7:10 a.m.")
    (('', '12.0', 'oz.'), ('$', '5', ''), None)
    """
    found = _MEASURE.fullmatch(value)
    return (found[1], found[2], found[3]) if found else None


def plain_unit(unit: str) -> str:
    """Give a unit without case, marks and spaces, so that its spellings can be compared."""
    return re.sub(r"[\W_]+", "", unit).casefold()
