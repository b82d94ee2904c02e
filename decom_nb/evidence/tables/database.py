"""A database that is attached, whatever its kind, and the tables that it offers by name."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from decom_nb.evidence.tables.reading import NotReadableError
from decom_nb.sql.text import name, string
from decom_nb.suggest import instead

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DEFAULT_SCHEMAS = ("main", "public")
_SYSTEM = "'information_schema', 'pg_catalog', 'pg_toast'"


@dataclass(frozen=True)
class Attached:
    """A database that was attached; what it holds is (schema, table) in order."""

    alias: str
    connection: DuckDBPyConnection = field(repr=False, compare=False)

    @cached_property
    def tables(self) -> tuple[tuple[str, str], ...]:
        """Give its tables and views, those of the system left out. Looked up when it is first asked for."""
        of = f"database_name = {string(self.alias)} AND NOT internal AND schema_name NOT IN ({_SYSTEM})"
        rows = self.connection.execute(
            f"SELECT schema_name, table_name FROM duckdb_tables() WHERE {of} UNION ALL "
            f"SELECT schema_name, view_name FROM duckdb_views() WHERE {of} ORDER BY ALL"
        ).fetchall()
        return tuple((schema, table) for schema, table in rows)

    def offered(self) -> dict[str, tuple[str, str]]:
        """Give what each table is called: by its own name, or with its schema where two schemas have one of that name."""
        counts = Counter(table.casefold() for _, table in self.tables)
        return {
            (table if counts[table.casefold()] == 1 else f"{schema}.{table}"): (schema, table)
            for schema, table in self.tables
        }

    def find(self, wanted: str) -> tuple[str, str]:
        """Give schema and table of what somebody wrote as ``table`` or ``schema.table``, with or without quotes."""
        exact = [each for each in self.tables if wanted in (each[1], ".".join(each))]
        bare = [each for each in self.tables if _unquoted(wanted) in ((each[1],), each)]
        loose = [each for each in self.tables if wanted.casefold() in (each[1].casefold(), ".".join(each).casefold())]
        found = exact or bare or loose
        defaults = [each for each in found if each[0] in _DEFAULT_SCHEMAS]
        if len(found) == 1 or len(defaults) == 1:
            return found[0] if len(found) == 1 else defaults[0]
        if found:
            raise NotReadableError(
                f"{wanted!r} is in several schemas: {', '.join(sorted(each[0] for each in found))}",
                "write it with its schema",
                key="table",
            )
        near = (
            instead(wanted, [*self.offered(), *(".".join(each) for each in self.tables)][:200]) if self.tables else ""
        )
        raise NotReadableError(f"there is no table {wanted!r}", near or "it holds no table at all", key="table")

    def sql(self, schema: str, table: str) -> str:
        """Give what stands after FROM."""
        return f"{name(self.alias)}.{name(schema)}.{name(table)}"


def _unquoted(wanted: str) -> tuple[str, ...]:
    return tuple(part[1:-1].replace('""', '"') for part in re.findall(r'"(?:[^"]|"")+"', wanted))
