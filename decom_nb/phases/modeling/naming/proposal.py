"""Corrected names: what a name would be by its convention. None is proposed that is taken, reserved, or would be found again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from itertools import count, islice

from decom_nb.phases.modeling.naming.named import NamedColumn, NamedTable
from decom_nb.phases.modeling.naming.naming_table import ConventionRow, Layer, naming_table
from decom_nb.phases.modeling.naming.pattern import Pattern
from decom_nb.phases.modeling.naming.standard import Convention, Standard
from decom_nb.phases.modeling.naming.word import CaseStyle, singular, words

_TRIES = 60
"""How many names are tried before none is proposed."""


def column_name(
    column: NamedColumn, table: NamedTable, convention: Convention, standard: Standard, taken: Set[str]
) -> str:
    """Give the corrected name of a column, empty if none can be told; `taken` are names in use, in small letters."""
    kept = standard.document.abbreviations
    style = standard.style(table.name)
    cut = words(column.name, kept)
    pattern, core = _core(cut, convention.row, convention.patterns)
    if len(pattern.parts) != 1:  # what stands in which of several parts nothing tells
        return ""
    entity = entity_words(table, standard)
    for words_tried in islice(_tries(core, cut, entity, pattern), _TRIES):
        name = _cased(pattern.filled({pattern.parts[0]: words_tried}, style), column.name, style)
        if _free(name, taken) and convention.matches(name, style, kept):
            return name
    return ""


def cased_name(name: str, table: str, standard: Standard, taken: Set[str]) -> str:
    """Give a name in the case style of its table, empty if that is taken."""
    cut = words(name, standard.document.abbreviations)
    made = Pattern("[name]").filled({"name": cut}, standard.style(table)) if cut else ""
    return made if made and _free(made, taken) else ""


def table_name(
    table: NamedTable, layer: Layer, conventions: Sequence[Convention], standard: Standard, taken: Set[str]
) -> tuple[str, str]:
    """Give the corrected name of a table, or an empty text and what would have to be told for it."""
    if len(conventions) != 1:
        return "", "which of these it is"
    convention, pattern = conventions[0], conventions[0].patterns[0]
    style = standard.style(table.name)
    cut = words(table.name, standard.document.abbreviations)
    while len(cut) > 1 and standard.prefix_of("_".join(cut)):
        cut = cut[1:]
    given = {pattern.parts[-1]: cut}
    if len(pattern.parts) == 2 and layer in ("raw", "staging"):
        system = words(table.system) or _system_of(table, standard)
        if not system:
            return "", f"its {pattern.parts[0]}"
        lead = [each.casefold() for each in cut[: len(system)]]
        if lead == [each.casefold() for each in system] and len(cut) > len(system):
            cut = cut[len(system) :]
        given = {pattern.parts[0]: system, pattern.parts[-1]: cut}
    elif len(pattern.parts) == 2 and len(cut) > 1:
        given = {pattern.parts[0]: cut[:-1], pattern.parts[-1]: cut[-1:]}
    elif len(pattern.parts) != 1:
        return "", f"its {pattern.parts[-1]}"
    name = _cased(pattern.filled(given, style), table.name, style)
    if not _free(name, taken) or not convention.matches(name, style, standard.document.abbreviations):
        return "", "another name, as the corrected one is taken"
    return name, ""


def entity_words(table: NamedTable, standard: Standard) -> list[str]:
    """Give what a table is about, in the singular: its name without prefix and source."""
    style, kept = standard.style(table.name), standard.document.abbreviations
    for convention in standard.conventions:
        if convention.row.kind == "table" and convention.row.layer in ("raw", "staging"):
            for pattern in convention.patterns:
                if len(pattern.parts) > 1 and (found := pattern.split(table.name, style, kept)):
                    cut = words(found[pattern.parts[-1]])
                    return [*cut[:-1], singular(cut[-1])]
    cut = words(table.name, kept)
    if len(cut) > 1 and standard.prefix_of(table.name):
        cut = cut[1:]
    return [*cut[:-1], singular(cut[-1])] if cut else ["row"]


def _system_of(table: NamedTable, standard: Standard) -> list[str]:
    """Give the source system that a schema such as ``raw_shop`` names beside its layer."""
    known = {each for row in naming_table().layers for each in row.schemas}
    cut = words(table.schema, standard.document.abbreviations)
    return [each for each in cut if each.casefold() not in known] if known & {each.casefold() for each in cut} else []


def _core(cut: Sequence[str], row: ConventionRow, patterns: Sequence[Pattern]) -> tuple[Pattern, list[str]]:
    """Give the pattern that a corrected name has, and the words that it takes over."""
    left = list(cut)
    low = [each.casefold() for each in left]
    pattern = patterns[0]
    by_text = {each.text: each for each in patterns}
    dropped_last = False
    while len(left) > 0 and low[-1] in row.drop_last:
        left, low, dropped_last = left[:-1], low[:-1], True
    turn = next((each for each in row.turns if low and low[0] in each.first), None)
    turned = Pattern(turn.pattern) if turn else None
    if turned and len(left) > 1 and (turned.text in by_text or turned.starts_with in {p.starts_with for p in patterns}):
        pattern, left = turned, left[1:]
    elif not (dropped_last and left):
        for first in sorted((each.split() for each in row.drop_first), key=len, reverse=True):
            if low[: len(first)] == first:
                left, low = left[len(first) :], low[len(first) :]
                break
        while left and low[0] in row.between:
            left, low = left[1:], low[1:]
    left = [each for at, each in enumerate(left) if not (each.casefold() in row.between and at and _zone(left, at))]
    if left and len(left) == len(cut) and (cut_off := _unglued(left[-1], row)):
        left = [*left[:-1], cut_off]
    if row.singular and left:
        left = [*left[:-1], singular(left[-1])]
    return pattern, left


def _zone(left: Sequence[str], at: int) -> bool:
    """Tell whether all that follows a word is the zone of a time, as in ``updated_at_utc``."""
    return [each.casefold() for each in left[at + 1 :]] in (["utc"], ["local"], ["tz"], ["ntz"])


def _unglued(word: str, row: ConventionRow) -> str:
    """Take off an ending that was written without an underscore, such as that of ``customerid``."""
    low = word.casefold()
    for end in row.glued:
        if low.endswith(end) and len(low) > len(end) + 1:
            return word[: -len(end)]
    return ""


def _tries(core: Sequence[str], cut: Sequence[str], entity: Sequence[str], pattern: Pattern) -> Iterator[Sequence[str]]:
    """Give the words to try, the best first: those of the name, the table's with them, all of the name, then numbered."""
    literals = [each.casefold() for each in pattern.literals]
    if core:
        yield core
        yield [*entity, *core]
    else:
        yield entity
    if cut and [each.casefold() for each in cut] != literals:
        yield cut
        yield [*entity, *cut]
    for number in count(2):
        yield [*(core or entity), str(number)]


def _cased(name: str, before: str, style: CaseStyle) -> str:
    """Give a name in capitals where the one before is in capitals: an engine folded both."""
    return name.upper() if style == "snake" and before.isupper() and len(before) > 1 else name


def _free(name: str, taken: Set[str]) -> bool:
    return bool(name) and name.casefold() not in taken and name.casefold() not in naming_table().reserved.words
