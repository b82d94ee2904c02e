"""Hierarchies of a dimension: which columns determine which, exactly, and the chains that they form from wide to narrow.

A determines B if there are as many different pairs of A and B as values of A. The counts of one value and of pairs tell all
dependencies among the columns at once; they are taken over the different rows of those columns only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from decom_nb.phases.modeling.draft.from_tables import Asking
from decom_nb.phases.modeling.draft.seen import Confidence, SeenTable
from decom_nb.phases.modeling.draft.word import first, is_key_word, is_surely_key, known, parts_of
from decom_nb.sql.text import name
from decom_nb.wording import listed

_VALUES = name("decom levels")
_MOST = 3
"""Hierarchies drafted of one dimension."""


@dataclass(frozen=True)
class Chain:
    """Columns, the widest first, each of which is determined by the next."""

    columns: tuple[str, ...]
    because: str
    confidence: Confidence
    kept: bool = True


@dataclass(frozen=True)
class Levels:
    """What the columns of a dimension tell of hierarchies."""

    chains: tuple[Chain, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    """Columns that say the same, one to one: the label first, then its code."""


def levels(table: SeenTable, keys: Iterable[str], asking: Asking) -> Levels:
    """Give the hierarchies among the columns of a table; `keys` tell its rows apart and are no levels."""
    usable = _usable(table, set(keys))
    if len(usable) < 2 or not table.rows:
        return Levels()
    counts, determined = _counted(table, usable, asking)
    usable = [each for each in usable if 1 < counts[each] <= known().number("level_values")]
    usable = [each for each in usable if counts[each] <= table.figures[each].filled / 2 or counts[each] <= 2]
    pairs: list[tuple[str, str]] = []
    for a, b in combinations(list(usable), 2):
        if a in usable and b in usable and {(a, b), (b, a)} <= determined:
            label, code = sorted((a, b), key=lambda each: (is_key_word(each), table.columns.index(each)))
            pairs.append((label, code))
            usable.remove(code)
    above = {low: {high for high in usable if (low, high) in determined} for low in usable}
    chains = [_chain(table, each, counts) for each in _longest(above, counts)]
    return Levels(tuple(chains[:_MOST]), tuple(pairs))


def _usable(table: SeenTable, keys: set[str]) -> list[str]:
    """Give the columns that may be levels: words and codes with few values, no measures, no flags."""
    most = known().number("long_text")
    found = []
    for each in table.columns:
        kind, figures, parts = table.family(each), table.figures[each], parts_of(table.bare(each))
        if each in keys or not figures.filled or figures.distinct < 2 or first(known().technical, parts):
            continue
        if figures.distinct > known().number("level_values"):
            continue
        number = kind == "whole" and (is_key_word(each) or first(known().levels, parts) is not None)
        if number or (kind == "text" and figures.length <= most):
            found.append(each)
    ranked = sorted(found, key=lambda each: (table.family(each) != "text", table.columns.index(each)))
    return ranked[: int(known().number("level_candidates"))]


def _counted(table: SeenTable, columns: Sequence[str], asking: Asking) -> tuple[dict[str, int], set[tuple[str, str]]]:
    """Count the values of each column, and give the pairs of which the first determines the second.

    Rows with a gap in either are passed over; a column that says nothing for more than a few values of the other tells nothing.
    """
    listed_columns = ", ".join(f"{name(each)} AS c{at}" for at, each in enumerate(columns))
    asking.run(f"CREATE OR REPLACE TEMP TABLE {_VALUES} AS SELECT DISTINCT {listed_columns} FROM {table.source}")
    pairs = list(combinations(range(len(columns)), 2))
    try:
        asked = [f"count(DISTINCT c{at})" for at in range(len(columns))]
        for a, b in pairs:
            asked += (
                f"count(DISTINCT (c{a}, c{b})) FILTER (c{a} IS NOT NULL AND c{b} IS NOT NULL)",
                f"count(DISTINCT c{a}) FILTER (c{b} IS NOT NULL)",
                f"count(DISTINCT c{b}) FILTER (c{a} IS NOT NULL)",
            )
        told = [int(each) for each in asking.one(f"SELECT {', '.join(asked)} FROM {_VALUES}")]
    finally:
        asking.run(f"DROP TABLE IF EXISTS temp.main.{_VALUES}")
    counts = dict(zip(columns, told, strict=False))
    border = known().number("found")
    determined = set()
    for at, (a, b) in enumerate(pairs):
        together, first_of, second_of = told[len(columns) + 3 * at : len(columns) + 3 * at + 3]
        low, high = columns[a], columns[b]
        if together == first_of and first_of >= border * counts[low]:
            determined.add((low, high))
        if together == second_of and second_of >= border * counts[high]:
            determined.add((high, low))
    return counts, determined


def _longest(above: dict[str, set[str]], counts: dict[str, int]) -> list[tuple[str, ...]]:
    """Give the longest chain above each column that is below no other, the widest level first; none within another."""
    best: dict[str, tuple[str, ...]] = {}
    for each in sorted(above, key=lambda column: counts[column]):
        up = [best[high] for high in above[each]]
        best[each] = (*max(up, key=lambda chain: (len(chain), [-counts[c] for c in chain]), default=()), each)
    below = {high for highs in above.values() for high in highs}
    found = sorted((best[each] for each in above if each not in below), key=lambda chain: (-len(chain), chain))
    return [each for each in found if len(each) > 1]


def _chain(table: SeenTable, columns: tuple[str, ...], counts: dict[str, int]) -> Chain:
    lowest = columns[-1]
    each_value = table.figures[lowest].filled / max(1, counts[lowest])
    numbers = " > ".join(f"{each} ({counts[each]:,})" for each in columns)
    said = f"In all {table.rows:,} rows each value belongs to one of the level above: {numbers} values."
    if not table.whole:
        said = said.replace("In all", "In a sample of")
    if (table.rows or 0) < known().number("few_rows") or each_value < known().number("rows_of_value"):
        said += f" But {each_value:.1f} rows a value are too few to tell that from chance."
        return Chain(columns, said, "low", kept=False)
    sure: Confidence = "high" if each_value >= known().number("rows_of_sure_value") and table.whole else "medium"
    if any(is_surely_key(each) for each in columns):
        sure = "medium"
    return Chain(columns, said, sure)


def said_pairs(pairs: Sequence[tuple[str, str]]) -> str:
    """Say which columns are one to one."""
    return listed(f"{code} and {label}" for label, code in pairs)
