"""Which columns point to which table: declared, or by name and type, held against the data where there is any.

A column is a candidate where its name is that of another table's key, or ends with it (``gender_concept_id`` for
``concept_id``), or names the other table (``customer_id`` for ``id`` of customers). Data then says which share of its values
is found there. That names and inclusion together tell foreign keys: Rostin and others, WebDB 2009.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from decom_nb.phases.modeling.draft.from_tables import Asking
from decom_nb.phases.modeling.draft.grain import Grain, is_own_key
from decom_nb.phases.modeling.draft.seen import Confidence, SeenTable
from decom_nb.phases.modeling.draft.word import first, is_key_word, known, parts_of, singular
from decom_nb.sql import column_type
from decom_nb.sql.text import name
from decom_nb.wording import floored, listed

_GENERIC = ("id", "key", "code", "uuid", "guid", "no", "nr", "number", "name", "pk", "sk")
"""Keys whose names say nothing of their table."""


@dataclass(frozen=True)
class Reference:
    """Columns of one table that point to another's key."""

    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    because: str
    confidence: Confidence
    role: str = ""
    """What it plays, as its name says: ``gender`` of ``gender_concept_id``."""
    declared: bool = False
    share: float | None = None
    """Of the rows with a value, those whose value is found there; None where nothing was compared."""
    orphans: int = 0
    """Rows whose value is not found."""
    loose: bool = False
    """Whether values are found only once case and spaces at the ends are left out."""
    kept: bool = True
    """Whether it is taken for a foreign key."""


def references(
    tables: Sequence[SeenTable], called: Mapping[str, str], grains: Mapping[str, Grain], asking: Asking | None
) -> tuple[Reference, ...]:
    """Give what points where, each column to one table at most; what data speaks against is given as not kept."""
    by_name = {each.name.casefold(): each for each in tables}
    by_last = {each.definition.name[-1].casefold(): each for each in tables}
    index = _parents(tables, called, grains)
    found: list[Reference] = []
    several = [each for each in tables if len(grains[each.name].columns) > 1]
    for table in tables:
        declared = list(_declared(table, by_name, by_last, called, asking))
        found += declared
        taken = {each.columns[0] for each in declared if len(each.columns) == 1}
        for column in table.columns:
            if column not in taken:
                found += _of_column(table, column, index, called, grains, asking)
        found += _composite(table, several, grains, asking, found)
    return tuple(found)


@dataclass(frozen=True)
class _Parent:
    table: SeenTable
    key: str
    own: bool
    """Whether the key is named for this table."""


def _parents(
    tables: Sequence[SeenTable], called: Mapping[str, str], grains: Mapping[str, Grain]
) -> Mapping[str, tuple[_Parent, ...]]:
    """Give the keys that may be pointed to, by the names under which others would."""
    found: dict[str, list[_Parent]] = {}
    for table in tables:
        one = singular(called[table.name])
        for (key,) in (each for each in grains[table.name].keys if len(each) == 1):
            bare = table.bare(key)
            own = is_own_key(table, called[table.name], key)
            if bare not in _GENERIC and is_key_word(key):
                for word in dict.fromkeys((bare, "_".join(parts_of(key)))):
                    found.setdefault(word, []).append(_Parent(table, key, own))
            if own and bare in _GENERIC:
                for end in dict.fromkeys((bare, "id", "key")):
                    found.setdefault(f"{one}_{end}", []).append(_Parent(table, key, True))
            if own or (key,) == grains[table.name].columns:
                found.setdefault(one, []).append(_Parent(table, key, own))
    return {word: tuple(parents) for word, parents in found.items()}


def _declared(
    table: SeenTable,
    by_name: Mapping[str, SeenTable],
    by_last: Mapping[str, SeenTable],
    called: Mapping[str, str],
    asking: Asking | None,
) -> Iterator[Reference]:
    for each in table.definition.foreign_keys:
        parent = by_name.get(".".join(each.table).casefold()) or by_last.get(each.table[-1].casefold())
        if parent is None or not each.references or not set(each.references) <= set(parent.columns):
            continue
        where = table.declared.get(",".join(each.columns), "declared as a foreign key")
        role = _role(table, each.columns[0], parent, each.references[0], called) if len(each.columns) == 1 else ""
        made = Reference(
            table.name,
            each.columns,
            parent.name,
            each.references,
            f"{listed(each.columns)}: {where}.",
            "high",
            role,
            True,
        )
        yield _measured(made, table, parent, asking) if asking else made


def _of_column(
    table: SeenTable,
    column: str,
    index: Mapping[str, tuple[_Parent, ...]],
    called: Mapping[str, str],
    grains: Mapping[str, Grain],
    asking: Asking | None,
) -> list[Reference]:
    """Give what a column points to by its name, the best first; further ones are not kept."""
    if table.family(column) in ("other", "float", "boolean", "date", "moment", "time") and table.types.get(column):
        return []
    parts = parts_of(table.bare(column))
    own = grains[table.name].columns == (column,) and is_own_key(table, called[table.name], column)
    if own or not parts:
        return []
    candidates: list[tuple[int, _Parent, str]] = []
    for cut in range(len(parts)):
        for end in dict.fromkeys((len(parts), len(parts) - 1 if parts[-1].isdigit() else len(parts))):
            word = "_".join(parts[cut:end])
            for parent in index.get(word, ()):
                if parent.table.name == table.name and (cut == 0 or parent.key == column):
                    continue
                if not is_key_word(column) and (
                    cut or parent.table.name == table.name or not _may_name(table, column, parent)
                ):
                    continue
                candidates.append((cut, parent, "_".join((*parts[:cut], *parts[end:]))))
        if candidates:
            break
    if not candidates:
        candidates = _self(table, column, grains)
    ranked = sorted(candidates, key=lambda each: (not each[1].own, each[1].table.name))
    found: list[Reference] = []
    for cut, parent, role in ranked:
        made = _named(table, column, parent, role, cut)
        made = _measured(made, table, parent.table, asking) if asking else made
        if any(each.kept for each in found):
            break
        found.append(made)
    return found


def _may_name(table: SeenTable, column: str, parent: _Parent) -> bool:
    """Tell whether a column that is called as another table, such as ``country``, may hold its key and is no measure."""
    measure = first(known().measures, parts_of(table.bare(column)))
    return measure is None and table.family(column) == parent.table.family(parent.key)


def _self(table: SeenTable, column: str, grains: Mapping[str, Grain]) -> list[tuple[int, _Parent, str]]:
    """Take a column such as ``manager_id`` for one that points to a row of the same table."""
    key = grains[table.name].columns
    selves = first(known().selves, parts_of(column))
    if selves is None or len(key) != 1 or key[0] == column:
        return []
    same = column_type.family(table.types[column]) == column_type.family(table.types[key[0]])
    return [(1, _Parent(table, key[0], True), selves[1].replace(" ", "_"))] if same else []


def _named(table: SeenTable, column: str, parent: _Parent, role: str, cut: int) -> Reference:
    there = f"{parent.table.name}.{parent.key}"
    if parent.table.name == table.name:
        said = f"{column} is named as what points to another row of {table.name}."
    elif cut:
        said = f"The name of {column} ends as {there} is called."
    elif parent.own:
        said = f"{column} is called as the key of {parent.table.name}."
    else:
        said = f"{column} has the name of {there}, which is a key there."
    sure: Confidence = "medium" if parent.own or not cut else "low"
    told = table.types[column] and parent.table.types[parent.key]
    if told and not _comparable(table.family(column), parent.table.family(parent.key)):
        said += f" Their types differ: {table.types[column]} and {parent.table.types[parent.key]}."
        sure = "low"
    return Reference(table.name, (column,), parent.table.name, (parent.key,), said, sure, role)


def _role(table: SeenTable, column: str, parent: SeenTable, key: str, called: Mapping[str, str]) -> str:
    """Give what is left of a column's name without the name of what it points to.

    ``ship`` of ``ship_customer_id``, ``reports_to`` where nothing of the other's name is in it.
    """
    mine, theirs = parts_of(table.bare(column)), parts_of(parent.bare(key))
    one = tuple(singular(called[parent.name]).split("_"))
    for end in (theirs, (*one, *theirs), one):
        if end and mine[-len(end) :] == end:
            return "_".join(mine[: -len(end)])
    return "_".join(mine[:-1] if len(mine) > 1 and mine[-1] in _GENERIC else mine)


def _composite(
    table: SeenTable,
    several: Sequence[SeenTable],
    grains: Mapping[str, Grain],
    asking: Asking | None,
    found: Sequence[Reference],
) -> Iterator[Reference]:
    """Give the keys of several columns of other tables whose columns this table has by name."""
    mine = {table.bare(each): each for each in table.columns}
    declared = {each.columns for each in found if each.table == table.name and len(each.columns) > 1}
    for parent in several:
        key = grains[parent.name].columns
        theirs = [parent.bare(each) for each in key]
        if parent.name == table.name or not all(each in mine for each in theirs):
            continue
        columns = tuple(mine[each] for each in theirs)
        if columns in declared or set(columns) == set(grains[table.name].columns) or not all(map(is_key_word, key)):
            continue
        said = f"{listed(columns)} are called as the key of {parent.name}."
        made = Reference(table.name, columns, parent.name, key, said, "medium")
        yield _measured(made, table, parent, asking) if asking else made


def _measured(made: Reference, table: SeenTable, parent: SeenTable, asking: Asking) -> Reference:
    """Hold a reference against the data: which share of the rows with a value finds it in the other table."""
    if table.rows is None or parent.rows is None:
        return made
    there = f"{parent.name}.{listed(made.parent_columns)}"
    if not table.rows or not parent.rows or all(not table.figures[each].filled for each in made.columns):
        why = "no value to compare" if table.rows and parent.rows else "an empty table has no values to compare"
        return replace(made, because=f"{made.because} There is {why}." if table.rows and parent.rows else
                       f"{made.because} Not compared: {why}.", confidence="low")  # fmt: skip
    alike = all(
        _comparable(table.family(mine), parent.family(theirs))
        for mine, theirs in zip(made.columns, made.parent_columns, strict=True)
    )
    filled, found = _found(made, table, parent, asking, "{0}" if alike else "CAST({0} AS VARCHAR)")
    share = found / filled if filled else 1.0
    loose = False
    text = any(table.family(each) == "text" for each in made.columns) or not alike
    border = known().number("found")
    if share < 1 and text:
        filled, close = _found(made, table, parent, asking, "lower(trim(CAST({0} AS VARCHAR)))")
        if close > found:
            loose = close / filled >= border > share
            said = f"{floored(found / filled)} of its values are found there as they are, {_share(close / filled)} " \
                   "once case and spaces at the ends are left out"  # fmt: skip
            share = close / filled if loose else share
            found = close if loose else found
            return _judged(made, said, share, filled - found, loose=loose)
    said = f"{_share(share)} of its {filled:,} values are found in {there}"
    if not alike:
        said += ", compared as text"
    if not table.whole:
        said += ", in a sample"
    return _judged(made, said, share, filled - found, loose=loose or not alike)


def _judged(made: Reference, said: str, share: float, orphans: int, *, loose: bool) -> Reference:
    border = known().number("found")
    if share < border and not made.declared:
        because = f"{made.because} But only {said}." if not said.startswith("only") else f"{made.because} But {said}."
        return replace(made, because=because, confidence="low", share=share, orphans=orphans, kept=False)
    sure: Confidence = "high" if share == 1 and not loose else "medium" if share >= border else "low"
    if made.confidence == "low" and sure == "high":
        sure = "medium"
    tail = f"; {orphans:,} rows point to nothing" if orphans else ""
    said = said[0].upper() + said[1:]
    return replace(
        made, because=f"{made.because} {said}{tail}.", confidence=sure, share=share, orphans=orphans, loose=loose
    )


def _share(share: float) -> str:
    return "all" if share == 1 else floored(share)


def _comparable(mine: column_type.Family, theirs: column_type.Family) -> bool:
    return mine == theirs or {mine, theirs} <= {"whole", "decimal"}


def _found(made: Reference, table: SeenTable, parent: SeenTable, asking: Asking, form: str) -> tuple[int, int]:
    """Count the rows with a value, and of these the ones whose value is found."""
    mine = [form.format(name(each)) for each in made.columns]
    theirs = [form.format(name(each)) for each in made.parent_columns]
    listed_mine = ", ".join(f"{each} AS k{at}" for at, each in enumerate(mine))
    listed_theirs = ", ".join(f"{each} AS k{at}" for at, each in enumerate(theirs))
    filled = " AND ".join(f"{name(each)} IS NOT NULL" for each in made.columns)
    same = " AND ".join(f"d.k{at} = p.k{at}" for at in range(len(mine)))
    row = asking.one(
        f"WITH d AS (SELECT {listed_mine}, count(*) AS n FROM {table.source} WHERE {filled} GROUP BY ALL), "
        f"p AS (SELECT DISTINCT {listed_theirs} FROM {parent.source}) "
        f"SELECT coalesce(sum(n), 0)::BIGINT, coalesce(sum(n) FILTER (p.k0 IS NOT NULL), 0)::BIGINT FROM d LEFT JOIN p ON {same}"
    )
    return int(row[0]), int(row[1])
