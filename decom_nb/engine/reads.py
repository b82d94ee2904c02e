"""Which columns a quantity reads: what is not needed is not parsed, not decoded, and not kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from decom_nb.evidence.tables import Table
from decom_nb.sql.quantity import Groups, Matching, Orphans, OwnQuery, Quantity, Unmet

_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_TEXT = re.compile(r"'(?:[^']|'')*'")
_COUNTED = re.compile(r"count\s*\(\s*\*\s*\)", re.IGNORECASE)


def quoted(sql: str, columns: Iterable[str]) -> set[str]:
    """Give the columns that a text of SQL names in double quotes, as the guard writes every column.

    >>> sorted(quoted('"a" > 1 AND "b" < 2', ["a", "b", "c"]))
    ['a', 'b']
    """
    found = {each.replace('""', '"') for each in _QUOTED.findall(_TEXT.sub("''", sql))}
    return found.intersection(columns)


def columns_of(quantity: Quantity, table: Table) -> set[str]:
    """Give the columns of `table`, the quantity's own, that it may read; more than it needs does no harm."""
    columns = table.types
    read = set(quantity.by) | set(quantity.columns) | quoted(quantity.where, columns)
    if isinstance(quantity, Matching) and isinstance(quantity.wrong, Unmet):
        read |= quoted(quantity.wrong.condition, columns)
    elif isinstance(quantity, Groups):
        read |= quoted(" ".join((*quantity.group, *quantity.figures)), columns)
    elif isinstance(quantity, OwnQuery):
        read |= _named(quantity.text, columns)
    return read.intersection(columns)


def columns_of_other(quantity: Quantity, other: Table) -> set[str]:
    """Give the columns of another table, such as a parent, that the quantity may read."""
    if isinstance(quantity, Orphans) and quantity.parent == other.name:
        return set(quantity.parent_columns)
    if isinstance(quantity, OwnQuery) and other.name in quantity.others:
        return _named(quantity.text, other.types)
    return set()


def _named(text: str, columns: Mapping[str, str]) -> set[str]:
    """Give the columns that a query may read: by its words, or all of them where it has a star."""
    if "*" in _TEXT.sub("''", _COUNTED.sub("", text)) or "COLUMNS" in text.upper():
        return set(columns)
    folded = text.casefold()
    return {each for each in columns if each.replace('"', '""').casefold() in folded}
