"""Holds names to conventions: each column and table that a convention is about, whether it follows, and what it would be called.

A column's convention is told by its declared type, that of identifiers, amounts and counts by words of its name. A table's is
told by its layer; what nothing tells of a layer is listed as not told, and not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from decom_nb.phases.modeling.naming.named import NamedColumn, NamedTable, in_all
from decom_nb.phases.modeling.naming.naming_document import Naming
from decom_nb.phases.modeling.naming.naming_table import Layer, naming_table
from decom_nb.phases.modeling.naming.proposal import cased_name, column_name, table_name
from decom_nb.phases.modeling.naming.standard import Convention, Standard
from decom_nb.phases.modeling.naming.word import words

CASE = "case_style"
"""The convention that names are written in the case style that somebody wrote down."""

_IN_COMPANY = 2
"""How many tables with telling prefixes make such prefixes a habit: a single one may be a word of the trade."""


@dataclass(frozen=True)
class Judged:
    """One name that a convention is about."""

    table: NamedTable
    column: NamedColumn | None
    convention: str
    says: str
    because: str
    follows: bool
    proposed: str = ""
    missing: str = ""
    """What would have to be told for a proposal, where there is none; beside one, what else could be done."""
    layer: str = ""
    told_by: str = ""
    excepted: str = ""
    """Why it is accepted as it is."""

    @property
    def found(self) -> bool:
        """Tell whether it is a finding: it does not follow, and nobody accepts that."""
        return not self.follows and not self.excepted

    @property
    def name(self) -> str:
        """Give the name that is judged."""
        return self.column.name if self.column else self.table.name

    def row(self) -> dict[str, Any]:
        """Give it as a row."""
        line = (self.column.line if self.column else 0) or self.table.line
        return {
            "name": f"{self.table.full_name}.{self.column.name}" if self.column else self.table.full_name,
            "kind": "column" if self.column else "table",
            "type": self.column.type if self.column else self.layer,
            "convention": self.convention,
            "says": self.says,
            "proposed": self.proposed,
            "missing": self.missing,
            "because": self.because,
            "file": self.table.file,
            "line": line,
            "told_by": "" if self.column else self.told_by,
        }


@dataclass(frozen=True)
class Linted:
    """All names of some tables, judged."""

    tables: tuple[NamedTable, ...]
    judged: tuple[Judged, ...]
    layer_not_told: tuple[str, ...] = ()
    type_not_told: int = 0
    """Columns without a declared type, of which their type's convention cannot be told."""
    made_elsewhere: int = 0
    unread: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)
    """Statements and tables that could not be read: file, line, what."""

    @property
    def findings(self) -> tuple[Judged, ...]:
        """Give those that do not follow their convention."""
        return tuple(each for each in self.judged if each.found)

    def by_convention(self) -> list[dict[str, Any]]:
        """Give for each convention how many names it is about, how many follow, are accepted, and do not."""
        counts: dict[str, list[int]] = {}
        says = {each.convention: each.says for each in self.judged}
        for each in self.judged:
            count = counts.setdefault(each.convention, [0, 0, 0])
            count[0] += 1
            count[1] += each.follows
            count[2] += bool(each.excepted) and not each.follows
        order = {row.object: at for at, row in enumerate(naming_table().conventions)}
        return [
            {
                "convention": name,
                "says": says[name],
                "names": names,
                "follow": follow,
                "accepted": accepted,
                "found": names - follow - accepted,
            }
            for name, (names, follow, accepted) in sorted(
                counts.items(), key=lambda each: (order.get(each[0], 99), each[0])
            )
        ]

    def classified(self) -> dict[str, Any]:
        """Give the columns of each convention, and the names of those that follow it: what each was taken for."""
        kinds = {
            row.object: row.object.removesuffix("_columns")
            for row in naming_table().conventions
            if row.kind == "column"
        }
        told: dict[str, Any] = {"tables": sorted(each.name for each in self.tables), "columns": in_all(self.tables)}
        for convention, kind in kinds.items():
            of_it = [each for each in self.judged if each.convention == convention and each.column]
            told[kind] = [[each.table.name, each.name, each.column.type.upper()] for each in of_it if each.column]
            told[f"{kind}_ok"] = [each.name for each in of_it if each.follows]
        return told


def lint(tables: Iterable[NamedTable], naming: Naming | None = None) -> Linted:
    """Hold the names of tables and of their columns to the conventions.

    >>> found = lint([NamedTable("orders", (NamedColumn("created", "TIMESTAMP", "timestamp"),))]).findings
    >>> [(each.name, each.convention, each.proposed) for each in found]
    [('created', 'timestamp_columns', 'created_at')]
    """
    standard = Standard(naming or Naming())
    given = tuple(tables)
    judged: list[Judged] = []
    not_told: list[str] = []
    taken_by_schema: dict[str, set[str]] = {}
    for each in given:
        taken_by_schema.setdefault(each.schema.casefold(), set()).add(each.name.casefold())
    untyped = made = 0
    alone = sum(standard.prefix_of(each.name) is not None for each in given) < _IN_COMPANY
    for table in given:
        layer, told_by = standard.layer_of(table, alone)
        if layer is None and table.judged and told_by == "":
            not_told.append(table.full_name)
        judged += _table(table, layer, told_by, standard, taken_by_schema[table.schema.casefold()])
        taken = {each.name.casefold() for each in table.columns}
        for column in table.columns:
            untyped += not column.family
            if _made_elsewhere(column.name, layer):
                made += 1
                continue
            judged += _column(column, table, standard, taken)
    return Linted(given, tuple(judged), tuple(not_told), untyped, made)


def _table(
    table: NamedTable, layer: Layer | None, told_by: str, standard: Standard, taken: set[str]
) -> Sequence[Judged]:
    if layer is None or not table.judged:
        return _only_case(table, None, standard, taken)
    conventions = standard.of_layer(layer)
    if not conventions:
        return _only_case(table, None, standard, taken)
    style, kept = standard.style(table.name), standard.document.abbreviations
    fitting = [each for each in conventions if each.matches(table.name, style, kept)]
    chosen = fitting or list(conventions)
    convention = chosen[0].object if len(chosen) == 1 else "mart_tables"
    says = " or ".join(each.says for each in chosen)
    proposed = missing = ""
    if not fitting:
        proposed, missing = table_name(table, layer, conventions, standard, taken - {table.name.casefold()})
        taken.add(proposed.casefold())
    because = chosen[0].because if len(chosen) == 1 else "In a mart the prefix tells facts from dimensions and metrics."
    excepted = "" if fitting else standard.excepted(convention, table.name)
    made = Judged(
        table,
        None,
        convention,
        says,
        because,
        bool(fitting),
        "" if excepted else proposed,
        missing,
        layer,
        told_by,
        excepted,
    )
    return (made,)


def _column(column: NamedColumn, table: NamedTable, standard: Standard, taken: set[str]) -> Sequence[Judged]:
    style, kept = standard.style(table.name), standard.document.abbreviations
    for convention in standard.of_columns:
        if not convention.is_about(column, kept):
            continue
        follows = convention.matches(column.name, style, kept)
        excepted = "" if follows else standard.excepted(convention.object, table.name, column.name)
        proposed = missing = ""
        if not follows and not excepted:
            excepted = _doubt(column, table, convention, kept)
        if not follows and not excepted:
            proposed = column_name(column, table, convention, standard, taken)
            taken.add(proposed.casefold())
            missing = _of_type(column, convention, kept)
        return (
            Judged(
                table,
                column,
                convention.object,
                convention.says,
                convention.because,
                follows,
                proposed,
                missing,
                excepted=excepted,
            ),
        )
    return _only_case(table, column, standard, taken)


def _doubt(column: NamedColumn, table: NamedTable, convention: Convention, kept: Sequence[str]) -> str:
    """Say why a corrected name would be no better; empty where it would."""
    row = convention.row
    cut = [each.casefold() for each in words(column.name, kept)]
    if len(cut) > 1 and cut[-1] in row.meant_last:
        return f"“{cut[-1]}” says by itself what its convention would"
    if row.beside and not set(row.beside).intersection(_said_around(column, table, kept)):
        return "nothing beside it says that it is money"
    return ""


def _said_around(column: NamedColumn, table: NamedTable, kept: Sequence[str]) -> set[str]:
    """Give the words of a table's name and of its columns."""
    names = [table.name, *(each.name for each in table.columns)]
    return {word.casefold() for name in names for word in words(name, kept)}


def _of_type(column: NamedColumn, convention: Convention, kept: Sequence[str]) -> str:
    """Say that the type may be wrong and not the name, where a moment is called a day; empty where it is not."""
    cut = [each.casefold() for each in words(column.name, kept)]
    if not convention.row.days or "date" not in cut[-1:]:
        return ""
    if set(cut).intersection(convention.row.days):
        return f"or keep the name: the type is probably wrong, {cut[0]} is a day ({column.name} DATE)"
    return f"or keep the name, if it holds days only ({column.name} DATE)"


def _only_case(table: NamedTable, column: NamedColumn | None, standard: Standard, taken: set[str]) -> Sequence[Judged]:
    """Hold a name that no other convention is about to the case style, if one was written down."""
    if not standard.styled(table.name):
        return ()
    name, style = (column or table).name, standard.style(table.name)
    proposed = cased_name(name, table.name, standard, taken - {name.casefold()})
    follows = proposed == name or (style == "snake" and proposed.casefold() == name.casefold())
    excepted = "" if follows else standard.excepted(CASE, table.name, column.name if column else "")
    says: dict[str, Literal["snake_case", "camelCase", "PascalCase"]]
    says = {"snake": "snake_case", "camel": "camelCase", "pascal": "PascalCase"}
    because = "One way to put words together, so that nobody has to remember which."
    return (
        Judged(
            table,
            column,
            CASE,
            says[style],
            because,
            follows,
            "" if follows or excepted else proposed,
            excepted=excepted,
        ),
    )


def _made_elsewhere(name: str, layer: Layer | None) -> bool:
    low = name.casefold()
    return any(
        fnmatchcase(low, pattern)
        for row in naming_table().made_elsewhere
        if not row.layers or layer in row.layers
        for pattern in row.columns
    )
