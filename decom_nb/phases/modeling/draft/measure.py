"""Which numbers of a table are measures, and over what they may be summed: by their names, and by what the data holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from decom_nb.phases.modeling.dimensional_model import Aggregation, MeasureType
from decom_nb.phases.modeling.draft.seen import Confidence, SeenTable
from decom_nb.phases.modeling.draft.word import first, is_key_word, known, parts_of
from decom_nb.sql.column_type import NUMBERS


@dataclass(frozen=True)
class Number:
    """A column that is a measure, if its table is a fact table."""

    column: str
    type: MeasureType
    aggregation: Aggregation | None
    """None where a mean of means would mislead: it is worked out anew from its parts."""
    because: str
    confidence: Confidence


_ANEW = "No mean of it is proposed: over several rows it is one sum by another, and which is not told here."


def numbers(table: SeenTable, keys: Collection[str]) -> dict[str, Number]:
    """Give the measures by column; `keys` are the columns that tell rows apart or point elsewhere."""
    found = {}
    for each in table.columns:
        if each not in keys and (number := _number(table, each)):
            found[each] = number
    return found


def _number(table: SeenTable, column: str) -> Number | None:
    if table.family(column) not in NUMBERS:
        return None
    parts = parts_of(table.bare(column))
    said = first(known().measures, parts)
    if said is None and (is_key_word(column) or first(known().attributes, parts)):
        return None
    figures = table.figures.get(column)
    if figures is not None and not figures.filled:
        return None
    share = _is_share(table, column)
    if figures is not None and figures.low is not None and figures.low == figures.high and said is None:
        return None  # a column that always says the same measures nothing
    if said is None:
        return _unnamed(table, column, share)
    words, word = said
    if share and words.type == "additive":
        low, high = _said(figures.low if figures else ""), _said(figures.high if figures else "")
        because = f"Its values lie between {low} and {high} and are fractions: a rate, though its name says {word}."
        return Number(column, "non-additive", None, f"{because} {_ANEW}", "medium")
    because = f"Its name says {word}. {words.because}"
    if share:
        low, high = _said(figures.low if figures else ""), _said(figures.high if figures else "")
        because += f" Its values lie between {low} and {high}."
    if words.aggregation is None:
        return Number(column, words.type, None, f"{because} {_of_parts(table, column)}", "medium")
    return Number(column, words.type, words.aggregation, because, "high" if figures else "medium")


def _of_parts(table: SeenTable, column: str) -> str:
    """Say from which columns of the table a price is worked out over several rows; that none is known, where none is."""
    parts = {each: parts_of(table.bare(each)) for each in table.columns if table.family(each) in NUMBERS}
    quantity = next((each for each, said in parts.items() if {"quantity", "qty"} & set(said)), "")
    if not quantity or "price" not in "".join(parts[column]):
        return _ANEW
    amounts = ("amount", "total", "extended", "subtotal", "revenue")
    amount = next((each for each, said in parts.items() if set(amounts) & set(said) and each != column), "")
    above = amount or f"{column} * {quantity}"
    return f"Over several rows it is SUM({above}) / SUM({quantity})."


def _unnamed(table: SeenTable, column: str, share: bool) -> Number | None:
    """Judge a number whose name says nothing."""
    figures = table.figures.get(column)
    if share and figures:
        said = (
            f"Its values lie between {_said(figures.low)} and {_said(figures.high)} and are fractions: a rate or share."
        )
        return Number(column, "non-additive", None, f"{said} {_ANEW}", "medium")
    if figures and figures.low in (0, 1) and figures.high in (0, 1):
        return None  # a flag
    said = "A number that is no key and no known attribute; nothing tells over what it may be summed."
    return Number(column, "additive", "SUM", said, "low")


def _is_share(table: SeenTable, column: str) -> bool:
    """Tell whether all values lie between 0 and 1 and some are fractions."""
    figures = table.figures.get(column)
    return bool(
        figures
        and figures.fractions
        and isinstance(figures.low, int | float | type(figures.high))
        and figures.low is not None
        and figures.high is not None
        and figures.low >= 0
        and figures.high <= 1
    )


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
