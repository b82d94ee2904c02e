"""A DuckDB database with a case's tables, and loads run on it statement by statement, to a chosen place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb

from decom_nb.proof.case import SEEN, LoadCase
from decom_nb.sql.table_definition import TableDefinition
from decom_nb.sql.text import name, names


def quoted(parts: tuple[str, ...]) -> str:
    return ".".join(map(name, parts))


class Warehouse:
    """One database, and what complete loads of it saw."""

    def __init__(self, case: LoadCase) -> None:
        self.case, self.loads = case, 0
        self.con = duckdb.connect()
        self._make(case.sources[0], keyed=False)
        self._make(case.target, keyed=True)
        self.source, self.target = quoted(case.sources[0].name), quoted(case.target.name)
        self.seen = f'{self.source[:-1]}{SEEN}"'
        self.con.execute(
            f"CREATE TABLE {self.seen} AS SELECT *, 0 AS seen_in, TIMESTAMP '2000-01-01' AS seen_at FROM {self.source}"
        )
        for each in case.setup:
            self.con.execute(each)

    def _make(self, table: TableDefinition, keyed: bool) -> None:
        if len(table.name) > 1:
            self.con.execute(f"CREATE SCHEMA IF NOT EXISTS {name(table.name[0])}")
        columns = ", ".join(f"{name(each.name)} {each.type}" for each in table.columns)
        key = f", PRIMARY KEY ({names(table.primary_key)})" if keyed and table.primary_key else ""
        self.con.execute(f"CREATE TABLE {quoted(table.name)} ({columns}{key})")

    def insert(self, **values: Any) -> None:
        """Put one row into the source."""
        marks = ", ".join("?" for _ in values)
        self.con.execute(f"INSERT INTO {self.source} ({names(values)}) VALUES ({marks})", list(values.values()))

    def load(self, at: datetime, until: int | None = None) -> None:
        """Run the load; with `until`, only so many statements, as if it was killed then.

        What was killed after the write was committed counts as a load: only tables of its own were left.
        """
        done, committed = 0, False
        for block in self.case.script.blocks:
            if block.atomic:
                self.con.execute("BEGIN")
            try:
                for step in block.steps:
                    if done == until:
                        self._roll_back(block.atomic)
                        if committed:
                            self._remember(at)
                        return
                    self.con.execute(step.sql.replace(":loaded_at", f"'{at}'"))
                    done += 1
            except duckdb.Error:
                self._roll_back(block.atomic)
                raise
            if block.atomic:
                self.con.execute("COMMIT")
                committed = True
        self._remember(at)

    def _remember(self, at: datetime) -> None:
        self.loads += 1
        self.con.execute(f"INSERT INTO {self.seen} SELECT *, {self.loads}, ? FROM {self.source}", [at])

    def _roll_back(self, atomic: bool) -> None:
        if atomic:
            self.con.execute("ROLLBACK")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.con.execute(sql).fetchall()

    def differences(self) -> tuple[list[str], list[str]]:
        """Give the rows of the target that should not be there, and those that are missing."""
        columns = names(self.case.compared)
        there = sorted(map(repr, self.rows(f"SELECT {columns} FROM {self.target}")))
        wanted = sorted(map(repr, self.rows(f"SELECT {columns} FROM ({self.case.oracle}) AS wanted")))
        extra, missing = list(there), list(wanted)
        for each in wanted:
            if each in extra:
                extra.remove(each)
        for each in there:
            if each in missing:
                missing.remove(each)
        return extra, missing
