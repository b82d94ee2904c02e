"""How the columns of a table differ from those that were promised. `judge` calls this."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from decom_nb.check import SchemaIs
from decom_nb.errors import InputError
from decom_nb.sql import guard
from decom_nb.sql.undecidable import Undecidable
from decom_nb.suggest import did_you_mean

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Table


def schema_differences(check: SchemaIs, table: Table) -> list[str]:
    """Give each difference in words: a column that is missing, of another type, unexpected, or out of order."""
    found: list[str] = []
    promised = [each.name for each in check.has]
    for each in check.has:
        if each.name not in table.types:
            near = did_you_mean(each.name, [name for name in table.types if name not in promised])
            found.append(f"{each.name} is missing" + (f" (there is {near})" if near else ""))
        elif each.type:
            wanted, is_ = _canonical(each.type, each.name), table.types[each.name]
            if wanted != _canonical(is_):
                found.append(f"{each.name} is {is_}, not {each.type}")
    if not check.others:
        found += [f"{name} is not expected" for name in table.types if name not in promised]
    if check.in_order:
        here = [promised.index(each) for each in table.types if each in promised]
        moved = len(here) - _longest_rising(here)
        found += [f"{moved} column{'s stand' if moved > 1 else ' stands'} out of order"] * moved
    return found


def _canonical(type_: str, column: str = "") -> str:
    """Give a type as DuckDB writes it; as it is, if it is a table's and DuckDB cannot make it here."""
    try:
        return guard.canonical_type(guard.type_name(type_))
    except InputError as error:
        if column:
            raise Undecidable(f"{column}: {error.mistakes[0].what}") from None
        return type_


def _longest_rising(numbers: list[int]) -> int:
    """Give the length of the longest rising subsequence: what need not move to put the rest in order."""
    ends: list[int] = []
    for each in numbers:
        at = bisect_left(ends, each)
        ends[at : at + 1] = [each]
    return len(ends)
