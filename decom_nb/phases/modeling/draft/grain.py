"""The smallest set of columns that names a row: declared, found in the data, or guessed by names.

In data the search goes level by level, from single columns to sets of four: a set is left out if a part of it is a key
already, if its columns have too few values to name all rows, or if one of them is determined by another. What repeats in a
sample of the rows is no key; what does not is counted over all.
Abedjan, Golab and Naumann, Profiling relational data, VLDB Journal 24, 2015.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from decom_nb.phases.modeling.draft.from_tables import Asking
from decom_nb.phases.modeling.draft.seen import Confidence, SeenTable
from decom_nb.phases.modeling.draft.word import first, is_key_word, is_surely_key, known, parts_of, singular
from decom_nb.sql.text import name, names
from decom_nb.wording import counted, listed

NEAR = 0.7
"""Share of different values from which a column is counted exactly: a sketch is off by up to a fifth."""

_FEW = 20_000
"""Rows that are tried before all are counted."""


@dataclass(frozen=True)
class Grain:
    """What names a row of a table."""

    columns: tuple[str, ...]
    """Empty where nothing does."""
    because: str
    confidence: Confidence
    declared: bool = False
    rows: int | None = None
    duplicates: int = 0
    """Rows that repeat a declared key."""
    alternatives: tuple[tuple[str, ...], ...] = ()
    """Other sets that name every row, too."""
    keys: tuple[tuple[str, ...], ...] = ()
    """Single columns that name every row, in data or as declared, `columns` among them: what others may point to."""


def grain(table: SeenTable, thing: str, asking: Asking | None) -> Grain:
    """Give what names a row; `thing` is what the table is called for, such as ``orders``."""
    declared = table.definition.primary_key
    if table.rows is None or asking is None:
        return _by_words(table, thing)
    if table.rows == 0:
        guess = _by_words(table, thing)
        said = guess.because if declared else f"The table is empty; by names only. {guess.because}"
        return Grain(guess.columns, said, "low", bool(declared), 0, keys=guess.keys)
    singles = _singles(table, asking)
    if declared:
        return _tested(table, declared, asking, singles)
    ranked = sorted(singles, key=lambda each: _rank(table, thing, each))
    good = [each for each in ranked if _worth(table, thing, each) <= 2]
    keys = tuple((each,) for each in ranked)
    if good:
        return _single(table, thing, good[0], [(each,) for each in ranked if each != good[0]], keys)
    if dirty := _nearly(table, thing, asking):
        return replace(dirty, alternatives=keys)
    found = list(_sets(table, thing, asking, singles))
    if found:
        best, *others = found
        coincidences = [(each,) for each in ranked]
        said = f"{listed(best)} together are different in {_rows(table)}; no smaller set of columns is, but by chance."
        if not ranked:
            said = f"{listed(best)} together are different in {_rows(table)}, and no smaller set of columns is."
        sure: Confidence = "high" if all(is_key_word(each) for each in best) else "medium"
        return Grain(best, said, _less(table, sure), rows=table.rows, alternatives=(*others, *coincidences), keys=keys)
    if ranked:
        said = f"{ranked[0]} is different in {_rows(table)}, which may be chance: its name and type are not those of a key."
        return Grain((ranked[0],), said, "low", rows=table.rows, alternatives=keys[1:], keys=keys)
    most = int(known().number("grain_columns"))
    said = f"No set of up to {most} columns without gaps tells all rows apart."
    if repeats := _whole_repeats(table, asking):
        said += f" {counted(repeats, 'row')} repeat another in every column."
    return Grain((), said, "low", rows=table.rows, duplicates=repeats)


def _rows(table: SeenTable) -> str:
    number = f"{table.rows:,}"
    return f"all {number} rows" if table.whole else f"a sample of {number} rows"


def _less(table: SeenTable, sure: Confidence) -> Confidence:
    """Give less confidence to what a sample or a few rows show."""
    if not table.whole or (table.rows or 0) < known().number("few_rows"):
        return "medium" if sure == "high" else "low"
    return sure


def _singles(table: SeenTable, asking: Asking) -> list[str]:
    """Give the columns without a gap that are different in every row, counted exactly."""
    near = [
        each
        for each in table.columns
        if table.family(each) not in ("other", "float", "boolean")
        and table.figures[each].filled == table.rows
        and table.figures[each].distinct >= NEAR * (table.rows or 0)
    ]
    near = [each for each in near if not _repeats_at_once(table, asking, (each,))]
    return [each for each in near if asking.distinct(table, (each,)) == table.rows]


def _repeats_at_once(table: SeenTable, asking: Asking, columns: Sequence[str]) -> bool:
    """Tell whether columns repeat within the first rows, which saves counting all."""
    if (table.rows or 0) <= _FEW:
        return False
    some = f"(SELECT {names(columns)} FROM {table.source} LIMIT {_FEW})"
    repeats = asking.one(f"SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT * FROM {some})) FROM {some}")
    return int(repeats[0]) > 0


def _worth(table: SeenTable, thing: str, column: str) -> int:
    """Say how likely a column is meant to tell rows apart: 0 its own key, 1 an id, 2 a code, 3 a date or label, 9 a measure."""
    parts = parts_of(table.bare(column))
    kind = table.family(column)
    if is_own_key(table, thing, column):
        return 0
    if kind == "uuid" or (is_surely_key(column) and kind in ("whole", "text", "decimal")):
        return 1
    if is_key_word(column) and kind in ("whole", "text") and not first(known().measures, parts):
        return 1 if first(known().sequences, parts) else 2
    if kind == "moment":
        return 5
    if kind == "date":
        return 3
    if kind == "text":
        long = table.figures[column].length > known().number("long_text") if column in table.figures else False
        return 7 if long else 3
    if kind == "boolean":
        return 4
    if first(known().attributes, parts) and kind == "whole":
        return 3
    return 9


def is_own_key(table: SeenTable, thing: str, column: str) -> bool:
    """Tell whether a column is named as the key of its own table: id, or order_id in orders."""
    parts = parts_of(table.bare(column))
    if not parts or not (is_surely_key(column) or parts[-1] in ("code", "no", "nr", "number")):
        return False
    joined = "".join(parts)
    one = singular(thing)
    names_of_thing = {one.replace("_", ""), thing.replace("_", "")}
    if column == table.columns[0]:
        names_of_thing.add(one.rpartition("_")[2])
    return joined in ("id", "key", "uuid", "guid", "pk", "sk") or any(
        joined == f"{each}{end}"
        for each in names_of_thing
        for end in ("id", "key", "sk", "pk", "uuid", "guid", "code", "no")
    )


def _rank(table: SeenTable, thing: str, column: str) -> tuple[int, int]:
    return _worth(table, thing, column), table.columns.index(column)


def _single(
    table: SeenTable, thing: str, column: str, others: Sequence[tuple[str, ...]], keys: tuple[tuple[str, ...], ...]
) -> Grain:
    named = is_own_key(table, thing, column)
    why = "and is named as the key of the table" if named else "and is named as a key"
    said = f"{column} is different in {_rows(table)}, has no gaps, {why}."
    most = int(known().number("grain_alternatives"))
    return Grain(
        (column,), said, _less(table, "high" if named else "medium"), rows=table.rows, alternatives=tuple(others[:most]),
        keys=keys,
    )  # fmt: skip


def _tested(table: SeenTable, declared: tuple[str, ...], asking: Asking, singles: Sequence[str]) -> Grain:
    """Hold a declared key against the data."""
    where = table.declared.get(",".join(declared), "declared as the primary key")
    filled = " AND ".join(f"{name(each)} IS NOT NULL" for each in declared)
    whole = int(asking.one(f"SELECT count(*) FROM {table.source} WHERE {filled}")[0])
    different = asking.distinct(table, declared)
    rows = table.rows or 0
    gaps, repeats = rows - whole, max(0, rows - different)
    keys = tuple(dict.fromkeys([declared, *((each,) for each in singles)])) if len(declared) == 1 else tuple(
        (each,) for each in singles
    )  # fmt: skip
    if not gaps and not repeats:
        said = f"{listed(declared)}: {where}, and different in {_rows(table)}."
        return Grain(declared, said, _less(table, "high"), True, rows, keys=keys)
    said = f"{listed(declared)}: {where}, but {_wrong(gaps, repeats)} of {rows:,}."
    return Grain(declared, said, "low", True, rows, repeats, keys=keys)


def _by_words(table: SeenTable, thing: str) -> Grain:
    """Give what names a row as far as declarations and names tell."""
    declared = table.definition.primary_key
    unique = [each for each in table.definition.unique if all(table.is_filled(column) for column in each)]
    named = [each for each in table.columns if is_own_key(table, thing, each)]
    keys = [each for each in (declared, *unique) if len(each) == 1] + [(each,) for each in named[:1]]
    if declared:
        where = table.declared.get(",".join(declared), "declared as the primary key")
        return Grain(declared, f"{listed(declared)}: {where}.", "high", True, keys=tuple(dict.fromkeys(keys)))
    if unique:
        said = f"{listed(unique[0])}: declared unique and never missing."
        return Grain(unique[0], said, "high", True, keys=tuple(dict.fromkeys(keys)))
    if named:
        sure: Confidence = "medium" if table.is_filled(named[0]) or table.origin == "dbt" else "low"
        said = f"{named[0]} is named as the key of the table; nothing declares it, and no data is at hand."
        return Grain((named[0],), said, sure, keys=tuple(keys))
    ids = tuple(each for each in table.columns if is_surely_key(each) and not table.column(each).nullable)
    if ids:
        said = f"No column is named as the key of the table; {listed(ids)} are its ids that are never missing."
        if len(ids) == 1:
            said = f"No column is named as the key of the table; {ids[0]} is its only id that is never missing."
        most = int(known().number("grain_columns"))
        return Grain(ids if len(ids) <= most else (), said, "low")
    return Grain((), "Neither a declaration nor a name tells what names a row, and no data is at hand.", "low")


def _nearly(table: SeenTable, thing: str, asking: Asking) -> Grain | None:
    """Give the column that is named as the key of the table and is one but for a few rows: dirt, and no other grain."""
    rows = table.rows or 0
    for each in table.columns:
        if not is_own_key(table, thing, each) or table.figures[each].distinct < NEAR * rows:
            continue
        gaps = rows - table.figures[each].filled
        repeats = rows - gaps - (asking.distinct(table, (each,)) - (1 if gaps else 0))
        if 0 < gaps + repeats <= (1 - known().number("found")) * rows:
            wrong = _wrong(gaps, repeats)
            said = f"{each} is named as the key of the table, and is one but for dirt: {wrong} of {rows:,}."
            return Grain((each,), said, "low", rows=rows, duplicates=repeats, keys=((each,),))
    return None


def _wrong(gaps: int, repeats: int) -> str:
    told = [
        f"{counted(repeats, 'row')} repeat another" if repeats else "",
        f"{counted(gaps, 'row')} have none" if gaps else "",
    ]
    return listed(each for each in told if each)


def _sets(table: SeenTable, thing: str, asking: Asking, singles: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Give the sets of two to four columns that name every row, the likeliest first; those of the smallest size only."""
    usable = [
        each
        for each in table.columns
        if table.figures[each].filled == table.rows
        and each not in singles
        and table.figures[each].distinct > 1
        and _worth(table, thing, each) <= 5
        and table.family(each) not in ("other", "float")
    ]
    usable = sorted(usable, key=lambda each: _rank(table, thing, each))[: int(known().number("grain_candidates"))]
    counts = {each: table.figures[each].distinct for each in usable}
    determined: set[frozenset[str]] = set()
    for size in range(2, int(known().number("grain_columns")) + 1):
        found: list[tuple[str, ...]] = []
        ordered = sorted(combinations(usable, size), key=lambda some: _order(table, thing, some))
        for some in ordered:
            whole = frozenset(some)
            if any(pair <= whole for pair in determined) or math.prod(counts[each] for each in some) < NEAR * (
                table.rows or 0
            ):
                continue
            if found and _order(table, thing, some)[:2] > _order(table, thing, found[0])[:2]:
                break
            if _repeats_at_once(table, asking, some):
                continue
            different = asking.distinct(table, some)
            if different == table.rows:
                found.append(some)
                if len(found) > known().number("grain_alternatives"):
                    break
            elif size == 2 and different in {asking.distinct(table, (each,)) for each in some}:
                determined.add(whole)
        if found:
            yield from found
            return


def _order(table: SeenTable, thing: str, columns: Sequence[str]) -> tuple[int, bool, list[tuple[int, int]]]:
    """Order sets by how likely they are meant: by their least likely column, and such with a line number first."""
    counts_rows = any(first(known().sequences, parts_of(table.bare(each))) for each in columns)
    ranks = [_rank(table, thing, each) for each in columns]
    return max(rank for rank, _ in ranks), not counts_rows, ranks


def _whole_repeats(table: SeenTable, asking: Asking) -> int:
    usable = [each for each in table.columns if table.family(each) != "other"]
    return (table.rows or 0) - asking.distinct(table, usable) if usable else 0
