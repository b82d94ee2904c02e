"""The tables of a run: opened once, each with what the planner has to know of it, and read into memory where they are text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from decom_nb.check import Check
from decom_nb.engine import footers
from decom_nb.engine.session import ZONED, Session
from decom_nb.engine.work import Facts
from decom_nb.errors import InputError
from decom_nb.sql.beside import beside
from decom_nb.sql.column_type import family
from decom_nb.sql.text import names
from decom_nb.sql.undecidable import Undecidable

if TYPE_CHECKING:
    from decom_nb.evidence.tables import Table, Tables

_PARSED = {"csv", "jsonl", "sqlite", "postgres"}
"""Kinds that are read once into a temporary table: every further scan would parse or fetch them again."""


class Opened:
    """Tables by the names that suites and checks use for them."""

    def __init__(self, tables: Tables, session: Session, *, dry: bool = False) -> None:
        """Begin with none open; `dry`: texts are not read, as only a plan is asked for."""
        self._tables = tables
        self._dry = dry
        self._session = session
        self._facts: dict[str, Facts] = {}
        self._wanted: dict[str, set[str]] = {}
        self.fingerprints: dict[str, str] = {}

    def table(self, called: str) -> Table:
        """Open a table. Raises `InputError`."""
        table = self._tables.open(called)
        if table.name not in self.fingerprints:
            self.fingerprints[table.name] = self._tables.fingerprint(table)
            self._session.zoned = self._session.zoned or any(ZONED in each.type for each in table.columns)
        return table

    def others(self, check: Check, table: Table) -> dict[str, Table]:
        """Open the tables that a check looks at beside its own. Raises `Undecidable`."""
        try:
            return {each: self.table(each) for each in beside(check, table)}
        except InputError as error:
            raise Undecidable("; ".join(str(each) for each in error.mistakes)) from None

    def want(self, table: Table, columns: set[str]) -> None:
        """Say which columns of a table will be read. What was known of it is forgotten if that was not among it."""
        wanted = self._wanted.setdefault(table.name, set())
        if not columns <= wanted:
            wanted |= columns
            self.forget(table)

    def forget(self, table: Table) -> None:
        """Let go of what was read of a table."""
        facts = self._facts.pop(table.name, None)
        if facts is not None and facts.staged:
            self._session.drop(facts.source)

    def facts(self, called: str) -> Facts:
        """Give what is known of a table: its footers are read, or its text is parsed, the first time."""
        table = self._tables.open(called)
        if table.name not in self._facts:
            self._facts[table.name] = self._seen(table)
        return self._facts[table.name]

    def _seen(self, table: Table) -> Facts:
        wanted = [each.name for each in table.columns if each.name in self._wanted.get(table.name, ())]
        if table.kind in _PARSED and self._dry:
            return Facts(table, table.source, "")
        if table.kind in _PARSED:
            listed = names(wanted) or "1 AS one"
            made = self._session.temporary(f"SELECT {listed} FROM {table.source}")
            counted = self._session.rows(f"SELECT count(*) FROM {made}")[0][0]
            return Facts(table, made, "rowid", staged=True, counted=counted)
        floats = {each: table.types[each] for each in wanted if family(table.types[each]) == "float"}
        if table.kind not in ("parquet", "iceberg", "delta"):
            return Facts(table, table.source)
        seen = footers.read(self._session, table, wanted)
        if seen is None:
            return Facts(table, footers.opaque(table.source, floats) if floats else table.source)
        plain = not table.partitions and not {"file_row_number", "file_index"} & {each.lower() for each in table.types}
        source = footers.source_of(table) if plain else table.source
        address = footers.address_of(table) if plain else ""
        if floats and not seen.believed:
            # What no column says of itself has to be passed on by name.
            source = footers.opaque(source, floats, ", file_index, file_row_number" if plain else "")
        return Facts(table, source, address, seen)

    def stage(self, called: str) -> Facts:
        """Read a table into a temporary one, whatever it is: the way out where DuckDB cannot do something on its files."""
        table = self._tables.open(called)
        facts = self._facts.get(table.name)
        if facts is None or not facts.staged:
            wanted = [each.name for each in table.columns if each.name in self._wanted.get(table.name, ())]
            source = facts.source if facts is not None else table.source
            made = self._session.temporary(f"SELECT {names(wanted) or '1 AS one'} FROM {source}")
            self._facts[table.name] = Facts(table, made, "", staged=True)
        return self._facts[table.name]

    def changed(self, table: Table) -> bool:
        """Tell whether a table is not what it was when it was opened."""
        return self._tables.fingerprint(table) != self.fingerprints[table.name]

    def reread(self, table: Table) -> Table:
        """Open a text anew by all of its rows; gives the same table if that changes nothing."""
        self.forget(table)
        return self._tables.reread(table)

    def sources(self, others: Mapping[str, Table]) -> dict[str, str]:
        """Give what stands after FROM for other tables."""
        return {each: self.facts(each).source for each in others}
