"""A file's fields put into the columns of a relation, with a remark on each row in which something could not be read.

`billing_files.py`, `query_log_staging.py` and `object_sql.py` make their statements with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from decom_nb.evidence.export_field import is_text, meant, raw
from decom_nb.sql.text import string

if TYPE_CHECKING:
    from decom_nb.evidence.export_file import Column, ExportFile


@dataclass(frozen=True)
class Wanted:
    """A column that is wanted: its name and type, and the first of a file's columns that is there says what it is.

    `never_empty` finds fault with an empty field as well.
    """

    name: str
    type: str
    told: Column | None
    never_empty: bool = False


def fields(file: ExportFile, wanted: Iterable[Wanted]) -> str:
    """Give a query over a file, as what stands after FROM: the wanted columns by name, and `remark`."""
    columns = list(wanted)
    there = [(at, each, each.told) for at, each in enumerate(columns) if each.told is not None]
    first = [f"{raw(told, each.type)} AS r{at}" for at, each, told in there] or ["NULL AS none"]
    second, doubts = [], []
    for at, each in enumerate(columns):
        if each.told is None:
            second.append(f"CAST(NULL AS {each.type}) AS {each.name}")
            continue
        text = is_text(each.told, each.type)
        second.append(f"{meant(f'r{at}', each.type, text=text)} AS {each.name}")
        if each.never_empty or (each.type != "VARCHAR" and (text or each.type.startswith("DECIMAL"))):
            empty = "" if each.never_empty else f" AND r{at} IS NOT NULL"
            empty += f" AND r{at} <> 'null'" if each.type.startswith("MAP") else ""
            written = f"coalesce('\"' || left(CAST(r{at} AS VARCHAR), 40) || '\"', 'empty')"
            doubts.append(f"CASE WHEN {each.name} IS NULL{empty} THEN {string(each.name + ' is ')} || {written} END")
    names = ", ".join(each.name for each in columns)
    remark = f"nullif(concat_ws('; ', {', '.join(doubts)}), '')" if doubts else "NULL"
    within = " ".join(("SELECT", ", ".join(first), "FROM", file.sql))
    known = " ".join(("SELECT *,", ", ".join(second), "FROM (", within, ")"))
    return " ".join(("(SELECT", names, ",", remark, "AS remark FROM (", known, "))"))
