"""The evidence store: one DuckDB database on disk, which collectors fill with what is too much to hold in Python.

`collect.collect` makes one when a collector needs it. Each collector has a schema of its own; names in SQL are always qualified.
The file goes away with the store.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decom_nb.errors import InputError, Mistake
from decom_nb.evidence.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import duckdb

    from decom_nb.evidence.relation import Relation

MEMORY = "1GB"
"""What DuckDB may hold at once; the rest goes to disk."""


class Store:
    """A database that can be filled, then asked. Once sealed it reaches no file but its own.

    All its timestamps are in UTC, without a zone.
    """

    def __init__(self, memory: str = MEMORY) -> None:
        import duckdb

        folder = Path(tempfile.mkdtemp(prefix="decom-store-"))
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "temp_directory": str(folder / "spilled"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "false",
        }
        try:
            self.con: duckdb.DuckDBPyConnection = duckdb.connect(str(folder / "store.duckdb"), config=config)
            self.con.execute("SET GLOBAL TimeZone = 'UTC'")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self.folder = folder
        self._relations: dict[str, Relation] = {}
        self._end = weakref.finalize(self, _remove, self.con, folder)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def relations(self) -> tuple[Relation, ...]:
        """What it holds, in the order in which it was created."""
        return tuple(self._relations.values())

    def create(self, relations: Iterable[Relation]) -> None:
        """Create relations as empty tables, with their schemas."""
        for each in relations:
            self.con.execute(f"CREATE SCHEMA IF NOT EXISTS {each.schema}")
            self.con.execute(each.ddl())
            self._relations[each.name] = each

    def declare(self, relations: Iterable[Relation]) -> None:
        """Say of tables or views that somebody has made here what they hold."""
        self._relations.update({each.name: each for each in relations})

    @contextmanager
    def ordered(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor by which tables come in the order of what is read; what is temporary goes away with it."""
        self.con.execute("SET preserve_insertion_order = true")
        cursor = self.con.cursor()
        try:
            yield cursor
        finally:
            cursor.close()
            self.con.execute("SET preserve_insertion_order = false")

    def seal(self) -> None:
        """Take from the database its way to other files, for good. It can still be asked and added to."""
        self.con.execute("SET enable_external_access = false; SET lock_configuration = true")

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Give the rows of a query; values go in as ``$name``. Its timestamps are in UTC, and say so."""
        return rows_of(self.con.cursor().execute(sql, dict(parameters or {})))

    def asked(self, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Give the rows of a person's query: one SELECT, which changes nothing. What is none raises `InputError`."""
        import duckdb

        try:
            statements = duckdb.extract_statements(sql)
            if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
                raise InputError(
                    Mistake("", 0, "query", "this is not one SELECT", "ask for rows; evidence stays as it was read")
                )
            return self.query(sql, values)
        except duckdb.Error as error:
            known = ", ".join(self._relations) or "nothing yet"
            raise InputError(Mistake("", 0, "query", str(error).strip(), f"relations here: {known}")) from error

    def contents(self) -> list[dict[str, Any]]:
        """Give each relation with its rows counted, what it holds, and the names of its columns."""
        return [
            {
                "relation": each.name,
                "rows": self.query(f"SELECT count(*) AS rows FROM {each.name}")[0]["rows"],  # noqa: S608 - a name of ours
                "what": each.what,
                "columns": [column.name for column in each.columns],
            }
            for each in self.relations
        ]

    def close(self) -> None:
        """Close the database and remove its files; a store that is let go of does so by itself."""
        self._end()


def _remove(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    con.close()
    shutil.rmtree(folder, ignore_errors=True)
