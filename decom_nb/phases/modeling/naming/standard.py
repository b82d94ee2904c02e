"""What names of one engagement are held to: the conventions as its document `naming` leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import PurePosixPath

from decom_nb.phases.modeling.naming.named import NamedColumn, NamedTable
from decom_nb.phases.modeling.naming.naming_document import Naming, OwnConvention
from decom_nb.phases.modeling.naming.naming_table import MART, ConventionRow, Layer, naming_table
from decom_nb.phases.modeling.naming.pattern import Pattern
from decom_nb.phases.modeling.naming.word import CaseStyle, words


@dataclass(frozen=True)
class Convention:
    """One convention that holds here."""

    row: ConventionRow
    patterns: tuple[Pattern, ...]
    because: str

    @property
    def object(self) -> str:
        """Give its name."""
        return self.row.object

    @property
    def says(self) -> str:
        """Give its patterns in words."""
        return " or ".join(each.text for each in self.patterns)

    def matches(self, name: str, style: CaseStyle, kept: Sequence[str]) -> bool:
        """Tell whether a name has one of its patterns."""
        return any(each.matches(name, style, kept) for each in self.patterns)

    def is_about(self, column: NamedColumn, kept: Sequence[str]) -> bool:
        """Tell whether a column is one of those that the convention is about, by its declared type and the words of its name."""
        row = self.row
        if row.types and column.family not in row.types:
            return False
        if not (row.told_first or row.told_last or row.kept_last):
            return bool(row.types)
        cut = [each.casefold() for each in words(column.name, kept)]
        if not cut or column.family in ("boolean", "timestamp", "date", "time"):
            return False
        if cut[-1] in row.told_last or (cut[-1] in row.kept_last and column.family in row.kept_types):
            return True
        if column.is_key and any(cut[-1].endswith(each) for each in row.glued):
            return True
        return any(cut[: len(first)] == first for first in (each.split() for each in row.told_first))


@dataclass(frozen=True)
class Standard:
    """The conventions in force, and what is excepted."""

    document: Naming

    @cached_property
    def conventions(self) -> tuple[Convention, ...]:
        """Give the conventions that hold, the engagement's own last."""
        own = {each.object: each for each in self.document.conventions}
        made = []
        for row in naming_table().conventions:
            written = own.pop(row.object, None)
            if written is None:
                made.append(_convention(row))
            elif not written.off:
                made.append(_changed(row, written))
        return (*made, *(_owned(each) for each in own.values() if not each.off and each.patterns))

    @cached_property
    def of_columns(self) -> tuple[Convention, ...]:
        """Give those about columns; those of the engagement come first, as they are about fewer."""
        known = {row.object for row in naming_table().conventions}
        told = [each for each in self.conventions if each.row.kind == "column"]
        return tuple(sorted(told, key=lambda each: each.object in known))

    def of_layer(self, layer: Layer) -> tuple[Convention, ...]:
        """Give those about tables of a layer; of a mart, those of all its kinds."""
        layers = MART if layer == "mart" else (layer,)
        return tuple(each for each in self.conventions if each.row.kind == "table" and each.row.layer in layers)

    def style(self, table: str) -> CaseStyle:
        """Give the case style of a table's names."""
        for each in self.document.case_styles:
            if fnmatchcase(table.casefold(), each.tables.casefold()):
                return each.case
        return self.document.case or "snake"

    def styled(self, table: str) -> bool:
        """Tell whether every name of a table is held to its case style, because somebody wrote that down."""
        of_table = any(fnmatchcase(table.casefold(), each.tables.casefold()) for each in self.document.case_styles)
        return of_table or self.document.case is not None

    def excepted(self, convention: str, table: str, column: str = "") -> str:
        """Give why a name is accepted as it is; empty if it is not."""
        name = (f"{table}.{column}" if column else table).casefold()
        for each in self.document.exceptions:
            if each.convention in ("*", convention) and fnmatchcase(name, each.name.casefold()):
                return each.because or "accepted in documents/naming.yaml"
        return ""

    def layer_of(self, table: NamedTable, alone: bool = False) -> tuple[Layer | None, str]:
        """Give a table's layer and what tells it: the document, where it comes from, its prefix, folder or schema; else none.

        If no other table has a prefix that tells a layer (`alone`), only the prefixes of the conventions themselves tell:
        one ``fact_relationship`` among tables without prefixes is no fact table.
        """
        for each in self.document.layers:
            if fnmatchcase(table.name.casefold(), each.tables.casefold()):
                return (None if each.layer == "none" else each.layer), "documents/naming.yaml"
        if table.layer:
            return table.layer, table.told_by
        prefixed = self.prefix_of(table.name)
        if prefixed and not (alone and prefixed[1] not in self.own_prefixes):
            return prefixed[0], f"its prefix {prefixed[1]}"
        folders = [part.casefold() for part in PurePosixPath(table.folder).parts]
        cut = [each.casefold() for each in words(table.schema)]
        for row in naming_table().layers:
            if found := next((each for each in row.folders if each in folders), ""):
                return _finer(row.layer, prefixed, f"its folder {found}")
        for row in naming_table().layers:
            if any(each in cut for each in row.schemas):
                return _finer(row.layer, prefixed, f"its schema {table.schema}")
        return None, ""

    @cached_property
    def own_prefixes(self) -> frozenset[str]:
        """Give the words with which the conventions' own patterns of tables start."""
        tables = [each for each in self.conventions if each.row.kind == "table"]
        return frozenset(pattern.starts_with for each in tables for pattern in each.patterns)

    def prefix_of(self, name: str) -> tuple[Layer, str] | None:
        """Give the layer that the first word of a name tells, and that word; None if it tells none."""
        cut = [each.casefold() for each in words(name, self.document.abbreviations)]
        if len(cut) < 2:
            return None
        for convention in self.conventions:
            row = convention.row
            if row.kind == "table" and row.layer and any(cut[0] == each.starts_with for each in convention.patterns):
                return row.layer, cut[0]
        for told in naming_table().layers:
            if cut[0] in told.prefixes:
                return told.layer, cut[0]
        return None


def _finer(layer: Layer, prefixed: tuple[Layer, str] | None, told_by: str) -> tuple[Layer, str]:
    """Say which kind of a mart a table is where its prefix agrees with its place."""
    if layer == "mart" and prefixed and prefixed[0] in MART:
        return prefixed[0], f"{told_by} and its prefix {prefixed[1]}"
    return layer, told_by


def _convention(row: ConventionRow) -> Convention:
    return Convention(row, tuple(Pattern(each) for each in row.patterns), row.because)


def _changed(row: ConventionRow, written: OwnConvention) -> Convention:
    patterns = tuple(Pattern(each) for each in written.patterns or row.patterns)
    return Convention(row, patterns, written.because or row.because)


def _owned(written: OwnConvention) -> Convention:
    row = ConventionRow(
        object=written.object,
        title=written.object.replace("_", " ").capitalize(),
        kind=written.kind or ("table" if written.layer else "column"),
        layer=written.layer,
        types=tuple(written.types),
        patterns=written.patterns,
        told_last=tuple(each.casefold() for each in written.ends),
        drop_last=tuple(each.casefold() for each in written.ends),
        because=written.because or "agreed in documents/naming.yaml",
        source="documents/naming.yaml",
    )
    return _convention(row)
