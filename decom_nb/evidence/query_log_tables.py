"""Which tables the statements of a query log touch: by the log's own word where it gives it, else parsed, each shape once.

`query_log_files.py` calls it: `begin` before the first file, `note` after each, `find` after the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from decom_nb.evidence.query_engine import ENGINES
from decom_nb.evidence.rows import rows_of
from decom_nb.sql.touched import touched

if TYPE_CHECKING:
    from decom_nb.evidence.store import Store

MOST_PARSED = 20_000
"""How many statements that differ in more than literals are parsed, the most used first; the others are counted."""

_AT_ONCE = 500


def begin(store: Store) -> None:
    """Make room for what logs say themselves."""
    store.con.execute(_NAMED)


def note(store: Store) -> None:
    """Keep what the log in the table `incoming` says of its tables."""
    store.con.execute(_REFERENCED)
    store.con.execute(_DESTINATION)


def find(store: Store) -> dict[str, int]:
    """Parse each shape once and fill `query_log.tables`; give how many statements could not be parsed, by file."""
    engines = {each.engine: each for each in ENGINES}
    store.con.execute("CREATE TEMP TABLE parsed (engine VARCHAR, fingerprint VARCHAR, parts VARCHAR[], access VARCHAR)")
    store.con.execute("CREATE TEMP TABLE understood (engine VARCHAR, fingerprint VARCHAR)")
    store.con.execute(_SHAPES, {"most": MOST_PARSED})
    at = 0
    while some := store.con.execute(_SOME_SHAPES, {"from": at, "to": at + _AT_ONCE - 1}).fetchall():
        at += _AT_ONCE
        known: list[tuple[str, str]] = []
        found: list[tuple[str, str, list[str], str]] = []
        for engine, fingerprint, text in some:
            known_as = engines[engine]
            if known_as.cut_at and len(text) >= known_as.cut_at:
                continue  # what is left of it may name other tables than it did, or fewer
            told = touched(text, known_as.dialect)
            if told.parsed:
                known.append((engine, fingerprint))
            found += [(engine, fingerprint, list(parts), "reads") for parts in told.reads]
            found += [(engine, fingerprint, list(parts), "writes") for parts in told.writes]
            found += [(engine, fingerprint, list(parts), "defines") for parts in told.defines]
        _put(store, "understood", known, 2)
        _put(store, "parsed", found, 4)
    store.con.execute(_TABLES_OF_PARSED)
    store.con.execute(_THROUGH_VIEWS)
    store.con.execute(_PARSED)
    for table in ("parsed", "understood", "named", "shapes"):
        store.con.execute(f"DROP TABLE {table}")
    return {row["origin"]: row["rows"] for row in rows_of(store.con.execute(_UNPARSED))}


def _put(store: Store, table: str, rows: Sequence[tuple[Any, ...]], width: int) -> None:
    """Add rows to a table in one statement."""
    if rows:
        lists = {f"c{at}": [row[at] for row in rows] for at in range(width)}
        unnested = ", ".join(f"unnest(${column})" for column in lists)
        store.con.execute(f"INSERT INTO {table} SELECT {unnested}", lists)


_NAMED = "CREATE TEMP TABLE named (query_id VARCHAR, engine VARCHAR, table_name VARCHAR, access VARCHAR)"

_REFERENCED = """
INSERT INTO named
SELECT query_id, engine, lower(concat_ws('.', each.project_id, each.dataset_id, each.table_id)), 'reads'
FROM (
    SELECT query_id, engine,
        unnest(from_json(referenced, '[{"project_id": "VARCHAR", "dataset_id": "VARCHAR", "table_id": "VARCHAR"}]')) AS each
    FROM incoming WHERE text IS NOT NULL AND json_type(referenced) = 'ARRAY'
)
WHERE each.table_id IS NOT NULL
"""

# What a query gives is kept in a nameless table of a hidden dataset; that is nobody's.
_DESTINATION = """
INSERT INTO named
SELECT query_id, engine, lower(concat_ws('.', to_.project_id, to_.dataset_id, to_.table_id)), 'writes'
FROM (
    SELECT query_id, engine,
        from_json(destination, '{"project_id": "VARCHAR", "dataset_id": "VARCHAR", "table_id": "VARCHAR"}') AS to_
    FROM incoming WHERE text IS NOT NULL AND json_type(destination) = 'OBJECT'
)
WHERE to_.table_id IS NOT NULL AND NOT starts_with(to_.dataset_id, '_')
    AND query_id IN (SELECT query_id FROM named WHERE access = 'reads')
"""

_SHAPES = """
CREATE TEMP TABLE shapes AS
SELECT
    engine, fingerprint, arg_min(text, query_id) AS text,
    row_number() OVER (ORDER BY sum(calls) DESC, engine, fingerprint) - 1 AS place
FROM query_log.queries ANTI JOIN named USING (query_id, engine)
GROUP BY engine, fingerprint QUALIFY place < $most
"""

_SOME_SHAPES = "SELECT engine, fingerprint, text FROM shapes WHERE place BETWEEN $from AND $to ORDER BY place"

_TABLES_OF_PARSED = """
INSERT INTO query_log.tables
SELECT DISTINCT query_id, engine, table_name, access FROM named
UNION
SELECT DISTINCT
    query_id, engine,
    CASE
        WHEN len(parts) = 1 AND schema_name IS NOT NULL
            THEN concat_ws('.', lower(database), lower(schema_name), parts[1])
        WHEN len(parts) = 2 AND NOT regexp_full_match(database, '\\d+') -- which is an object id, and no name
            THEN concat_ws('.', lower(database), parts[1], parts[2])
        ELSE array_to_string(parts, '.')
    END,
    access
FROM query_log.queries JOIN parsed USING (engine, fingerprint) ANTI JOIN named USING (query_id, engine)
"""

# Who reads a view that the log saw being made reads what it is made on.
_THROUGH_VIEWS = """
INSERT INTO query_log.tables
WITH RECURSIVE made AS (
    SELECT DISTINCT engine, written.table_name AS view, defined.table_name AS base
    FROM query_log.tables AS written JOIN query_log.tables AS defined USING (query_id, engine)
    WHERE written.access = 'writes' AND defined.access = 'defines'
),

below AS (
    FROM made
    UNION
    SELECT below.engine, below.view, made.base FROM below JOIN made ON made.engine = below.engine AND made.view = below.base
)

SELECT query_id, tables.engine, base, 'reads'
FROM query_log.tables AS tables JOIN below ON below.engine = tables.engine AND below.view = table_name
WHERE access = 'reads'
EXCEPT
SELECT query_id, engine, table_name, access FROM query_log.tables
"""

_PARSED = """
UPDATE query_log.queries SET parsed = true
WHERE (engine, fingerprint) IN (SELECT (engine, fingerprint) FROM understood)
    OR (engine, query_id) IN (SELECT (engine, query_id) FROM named)
"""

_UNPARSED = "SELECT origin, count(*) AS rows FROM query_log.queries WHERE NOT parsed GROUP BY origin"
