"""The queries behind a load, in DuckDB's SQL: what arrived, what is known of each key by then, and the rows that follow.

A dimension is a function of the changes that are known of its keys. So a load first adds what is new to the known changes, then
works out the whole timeline of every key that the batch touches, and brings the dimension's rows to that; it never asks what the
load before did. That is why a late change finds its place, and why a batch that is loaded again changes nothing.
"""

# ruff: noqa: S608 - writing SQL is what this is for; every name goes through sql/text.py

from __future__ import annotations

from collections.abc import Iterable, Sequence

from decom_nb.phases.patterns.scd.specification import ScdSpecification
from decom_nb.sql.history_columns import current, open_end, previous
from decom_nb.sql.text import name, names
from decom_nb.sql.utc import utc

AT, GONE, LOADED = "scd_changed_at", "scd_deleted", "scd_loaded_at"
"""Columns of a change: when it took effect, whether it is a deletion, when it was first loaded."""
WAS, DROP = "scd_was_from", "scd_drop"
"""Columns of what is to be done: the beginning of the row that is there, and whether that row goes."""
NOW = "scd_loaded_at_parameter"
"""Stands for the parameter :loaded_at until the text is in the engine's words."""
_LAST = "CAST('9999-12-31 23:59:59' AS TIMESTAMP)"
INSTANT = f"CAST({NOW} AS TIMESTAMP)"


def table(dotted: str) -> str:
    """Give a table's name, each part of it quoted."""
    return ".".join(name(part) for part in dotted.split("."))


def same_key(spec: ScdSpecification, one: str, other: str) -> str:
    """Say that two rows are about the same thing."""
    return " AND ".join(f"{one}.{name(key)} = {other}.{name(key)}" for key in spec.natural_key)


def orders(spec: ScdSpecification) -> list[str]:
    """Give the columns that order changes of one instant, as a change has them."""
    return [f"scd_order_{n}" for n in range(1, len(spec.order_by) + 1)]


def change_columns(spec: ScdSpecification) -> list[str]:
    """Give the columns of a change, all but when it was loaded."""
    return [*spec.stored, AT, GONE, *orders(spec)]


def _no_order(spec: ScdSpecification) -> list[str]:
    """Give nothing, of the types that the source's ordering columns have."""
    return [f"(SELECT o.{name(of)} FROM {table(spec.source)} AS o WHERE 1 = 0) AS {as_}" for of, as_ in
            zip(spec.order_by, orders(spec), strict=True)]  # fmt: skip


def _newest_first(spec: ScdSpecification) -> str:
    """Order the changes of one instant, the last of them first.

    Where nothing orders them, a deletion is the last, and else what they hold decides, so that it is always the same one.
    """
    by = [f"{name(each)} DESC NULLS LAST" for each in orders(spec)]
    by.append(f"CASE WHEN {GONE} THEN 0 ELSE 1 END")
    by += [f"{name(each)} DESC NULLS LAST" for each in spec.attributes]
    return ", ".join(by)


def _effective(spec: ScdSpecification) -> str:
    """Give the time of a change in UTC, so that a load means the same whatever the session's zone."""
    return utc(f"s.{name(spec.effective)}")


def left_out(spec: ScdSpecification) -> str:
    """Give the rows of the source that no load can place: a part of their key, or their time, is missing."""
    needed = [spec.in_source("s", key) for key in spec.natural_key]
    needed += [_effective(spec)] if spec.effective else []
    return f"SELECT s.* FROM {table(spec.source)} AS s WHERE {' OR '.join(f'{each} IS NULL' for each in needed)}"


def _delivered(spec: ScdSpecification) -> str:
    """Give the batch as changes, one for each key and instant."""
    columns = [f"{spec.in_source('s', column)} AS {name(column)}" for column in spec.stored]
    at = _effective(spec) if spec.effective else INSTANT
    gone = f"COALESCE(s.{name(spec.deleted)}, FALSE)" if spec.deleted else "FALSE"
    columns += [f"{at} AS {AT}", f"{gone} AS {GONE}"]
    columns += [f"s.{name(of)} AS {as_}" for of, as_ in zip(spec.order_by, orders(spec), strict=True)]
    whole = [f"{spec.in_source('s', key)} IS NOT NULL" for key in spec.natural_key]
    whole += [f"{_effective(spec)} IS NOT NULL"] if spec.effective else []
    if spec.deleted and spec.deletes == "keep":
        whole.append(f"NOT {gone}")
    rows = f"SELECT {', '.join(columns)} FROM {table(spec.source)} AS s WHERE {' AND '.join(whole)}"
    keys = names((*spec.natural_key, AT))
    nth = f"ROW_NUMBER() OVER (PARTITION BY {keys} ORDER BY {_newest_first(spec)}) AS scd_nth"
    ranked = f"SELECT d.*, {nth} FROM ({rows}) AS d"
    return f"SELECT {names(change_columns(spec))} FROM ({ranked}) AS r WHERE r.scd_nth = 1"


def _told_by_dimension(spec: ScdSpecification) -> str:
    """Give what the dimension's own rows tell of changes, for keys of which nothing else is known."""
    unknown = ""
    if spec.ledger:
        unknown = f"NOT EXISTS (SELECT 1 FROM {table(spec.ledger)} AS c WHERE {same_key(spec, 'c', 'd')})"
    stored = [f"d.{name(column)}" for column in spec.stored]
    is_gone = f"COALESCE(d.{name(spec.is_deleted)}, FALSE)"
    gone = is_gone if spec.deletes == "mark" and spec.versions else "FALSE"
    long_ago = "CAST('0001-01-02' AS TIMESTAMP)"
    at = f"d.{name(spec.valid_from)}" if spec.versions else long_ago
    from_ = f"FROM {table(spec.table)} AS d"
    where = f" WHERE {unknown}" if unknown else ""
    row = ", ".join([*stored, f"{at} AS {AT}", f"{gone} AS {GONE}", *_no_order(spec), f"{at} AS {LOADED}"])
    told = [f"SELECT {row} {from_}{where}"]
    if spec.versions and spec.deletes == "close":
        end = f"d.{name(spec.valid_to)}"
        row = ", ".join([*stored, f"{end} AS {AT}", f"TRUE AS {GONE}", *_no_order(spec), f"{end} AS {LOADED}"])
        begins = f"{same_key(spec, 'n', 'd')} AND n.{name(spec.valid_from)} = {end}"
        successor = f"SELECT 1 FROM {table(spec.table)} AS n WHERE {begins}"
        closed = [
            f"{end} IS NOT NULL",
            f"{end} < {open_end('far')}",
            f"NOT EXISTS ({successor})",
            *([unknown] if unknown else []),
        ]
        told.append(f"SELECT {row} {from_} WHERE {' AND '.join(closed)}")
    if not spec.versions and spec.deletes == "mark":  # what it was, and then that it went: or the next load forgets it
        end = "CAST('0001-01-03' AS TIMESTAMP)"
        row = ", ".join([*stored, f"{end} AS {AT}", f"TRUE AS {GONE}", *_no_order(spec), f"{end} AS {LOADED}"])
        told.append(f"SELECT {row} {from_} WHERE {is_gone}{f' AND {unknown}' if unknown else ''}")
    if not spec.versions and spec.type_3 and not spec.ledger:
        before = [f"d.{name(previous(c) if c in spec.type_3 else c)} AS {name(c)}" for c in spec.stored]
        earlier = "CAST('0001-01-01' AS TIMESTAMP)"
        any_ = " OR ".join(f"d.{name(previous(column))} IS NOT NULL" for column in spec.type_3)
        row = ", ".join([*before, f"{earlier} AS {AT}", f"FALSE AS {GONE}", *_no_order(spec), f"{earlier} AS {LOADED}"])
        told.append(f"SELECT {row} {from_} WHERE {any_}")
    return " UNION ALL ".join(told)


def arrivals(spec: ScdSpecification) -> list[tuple[str, str]]:
    """Give the named queries that end in `scd_new`: the changes that were not known, as `change_columns`, and `scd_seed`."""
    columns = change_columns(spec)
    listed = names(columns)
    with_load = names([*columns, LOADED])
    known = f"SELECT {with_load} FROM scd_seed"
    if spec.ledger:
        known = f"SELECT {with_load} FROM {table(spec.ledger)} UNION ALL {known}"
    found = [("scd_seed", _told_by_dimension(spec)), ("scd_known", known), ("scd_batch", _delivered(spec))]
    by_load = not spec.effective
    if spec.complete or by_load:
        # As of this load and not of today: a batch that is loaded again is held against what its first load found.
        nth = f"ROW_NUMBER() OVER (PARTITION BY {names(spec.natural_key)} ORDER BY {AT} DESC, {_newest_first(spec)}) AS scd_nth"
        ranked = f"SELECT k.*, {nth} FROM scd_known AS k WHERE k.{LOADED} <= {INSTANT}"
        found.append(("scd_last", f"SELECT {listed} FROM ({ranked}) AS r WHERE r.scd_nth = 1"))
    arrived = f"SELECT {listed} FROM scd_batch"
    if spec.complete and spec.deletes != "keep":
        found += [("scd_present", _present(spec)), ("scd_missing", _missing(spec))]
        arrived = f"SELECT {listed} FROM scd_present UNION ALL SELECT {listed} FROM scd_missing"
    found += [
        ("scd_arrived", arrived),
        ("scd_unknown", f"SELECT {listed} FROM scd_arrived EXCEPT SELECT {listed} FROM scd_known"),
    ]
    if by_load:  # what is as it was is no change, or every load of a whole table would add all of its rows
        stays = ", ".join(INSTANT if each == AT else name(each) for each in columns)
        found.append(("scd_new", f"SELECT {listed} FROM scd_unknown EXCEPT SELECT {stays} FROM scd_last"))
    else:
        found.append(("scd_new", f"SELECT {listed} FROM scd_unknown"))
    return found


def _present(spec: ScdSpecification) -> str:
    """Give the batch of a whole table: a key that had gone and is there again came back with this load, if not later."""
    back = f"CASE WHEN l.{GONE} AND b.{AT} <= l.{AT} THEN {INSTANT} ELSE b.{AT} END AS {AT}"
    row = ", ".join(back if each == AT else f"b.{name(each)}" for each in change_columns(spec))
    return f"SELECT {row} FROM scd_batch AS b LEFT JOIN scd_last AS l ON {same_key(spec, 'l', 'b')}"


def _missing(spec: ScdSpecification) -> str:
    """Give a deletion for each key that was there and is not in the batch of a whole table."""
    at = f"CASE WHEN l.{AT} > {INSTANT} THEN l.{AT} ELSE {INSTANT} END AS {AT}"  # clocks of source and load may differ
    row = ", ".join({AT: at, GONE: f"TRUE AS {GONE}"}.get(each, f"l.{name(each)}") for each in change_columns(spec))
    there = f"SELECT 1 FROM scd_batch AS b WHERE {same_key(spec, 'b', 'l')}"
    return f"SELECT {row} FROM scd_last AS l WHERE NOT l.{GONE} AND NOT EXISTS ({there})"


def wanted(spec: ScdSpecification, changes: str) -> list[tuple[str, str]]:
    """Give the named queries that end in `scd_wanted`: the rows that follow from the known changes of the touched keys."""
    listed, keys = names(change_columns(spec)), names(spec.natural_key)
    of_batch = " AND ".join(f"{spec.in_source('s', key)} = k.{name(key)}" for key in spec.natural_key)
    touched = "" if spec.complete else f" WHERE EXISTS (SELECT 1 FROM {table(spec.source)} AS s WHERE {of_batch})"
    nth = f"ROW_NUMBER() OVER (PARTITION BY {names((*spec.natural_key, AT))} ORDER BY {_newest_first(spec)}) AS scd_nth"
    every = f"SELECT {listed}, {LOADED} FROM {changes}"
    ranked = f"SELECT k.*, {nth} FROM ({every}) AS k{touched}"
    latest = (
        f"ROW_NUMBER() OVER (PARTITION BY {keys} ORDER BY CASE WHEN {GONE} THEN 1 ELSE 0 END, {AT} DESC) AS scd_latest"
    )
    found = [
        ("scd_change", f"SELECT {listed}, {LOADED} FROM ({ranked}) AS r WHERE r.scd_nth = 1"),
        ("scd_latest_first", f"SELECT c.*, {latest} FROM scd_change AS c"),
        ("scd_now", f"SELECT {listed} FROM scd_latest_first WHERE scd_latest = 1 AND NOT {GONE}"),
    ]
    if spec.type_3:
        found += _before(spec)
    return [*found, *(_versions(spec) if spec.versions else _one_row(spec))]


def _before(spec: ScdSpecification) -> list[tuple[str, str]]:
    """Give, for type 3, the value that each key had before the one it has now."""
    differs = {column: f"c.{name(column)} IS DISTINCT FROM n.{name(column)}" for column in spec.type_3}
    last = ", ".join(
        f"MAX(CASE WHEN {differs[column]} THEN c.{AT} END) AS {name(f'scd_at_{column}')}" for column in spec.type_3
    )
    join = f"FROM scd_change AS c JOIN scd_now AS n ON {same_key(spec, 'c', 'n')}"
    keys = ", ".join(f"n.{name(key)}" for key in spec.natural_key)
    value = ", ".join(
        f"MAX(CASE WHEN c.{AT} = d.{name(f'scd_at_{column}')} THEN c.{name(column)} END) AS {name(previous(column))}"
        for column in spec.type_3
    )
    ours = ", ".join(f"d.{name(key)}" for key in spec.natural_key)
    return [
        ("scd_last_other", f"SELECT {keys}, {last} {join} WHERE NOT c.{GONE} GROUP BY {keys}"),
        (
            "scd_before",
            f"SELECT {ours}, {value} FROM scd_last_other AS d JOIN scd_change AS c ON {same_key(spec, 'c', 'd')} "
            f"WHERE NOT c.{GONE} GROUP BY {ours}",
        ),
    ]


def _beside(spec: ScdSpecification) -> tuple[list[str], str]:
    """Give the columns that hold what is true now, or was before, and the joins that they need."""
    columns = [f"n.{name(column)}" for column in spec.overwritten]
    columns += [f"b.{name(previous(column))}" for column in spec.type_3]
    columns += [f"n.{name(column)} AS {name(current(column))}" for column in spec.type_6]
    join = f" LEFT JOIN scd_before AS b ON {same_key(spec, 'b', 'n')}" if spec.type_3 else ""
    return columns, join


def _versions(spec: ScdSpecification) -> list[tuple[str, str]]:
    """Give the versions of each key: a run of changes that say the same is one, and lasts until the next begins."""
    keys = names(spec.natural_key)
    then = f"OVER (PARTITION BY {keys} ORDER BY {AT})"
    versioned = (*spec.tracked, *spec.kept)
    lags = [f"LAG(c.{name(column)}) {then} AS {name(f'scd_was_{column}')}" for column in versioned]
    lags += [f"LAG(c.{GONE}) {then} AS scd_was_gone", f"ROW_NUMBER() {then} AS scd_nth"]
    differs = [f"{name(column)} IS DISTINCT FROM {name(f'scd_was_{column}')}" for column in spec.tracked]
    differ = f"{GONE} <> scd_was_gone OR (NOT {GONE} AND ({' OR '.join(differs)}))"
    opens = f"(scd_nth = 1 AND NOT {GONE}) OR (scd_nth > 1 AND ({differ}))"
    # A deletion tells nothing of the columns: the version that says so has those of the version before.
    values = [f"CASE WHEN {GONE} THEN {name(f'scd_was_{c}')} ELSE {name(c)} END AS {name(c)}" for c in versioned]
    ends = f"LEAD({AT}) {then} AS scd_ends_at"
    opened = ", ".join([keys, *values, AT, GONE, LOADED, ends])
    beside, join = _beside(spec)
    row = [f"v.{name(each)}" for each in (*spec.natural_key, *versioned)] + beside
    row += [
        f"v.{AT} AS {name(spec.valid_from)}",
        f"COALESCE(v.scd_ends_at, {open_end(spec.open_end)}) AS {name(spec.valid_to)}",
    ]
    row += [f"v.scd_ends_at IS NULL AS {name(spec.is_current)}"] if spec.is_current else []
    row += [f"v.{GONE} AS {name(spec.is_deleted)}"] if spec.deletes == "mark" else []
    # Never missing: with an OR in its condition, the join of `todo` would compare each row with each.
    row.append(f"COALESCE(v.scd_ends_at, {_LAST}) AS scd_ends_before")
    alive = f" WHERE NOT v.{GONE}" if spec.deletes != "mark" else ""
    return [
        ("scd_marked", f"SELECT c.*, {', '.join(lags)} FROM scd_change AS c"),
        ("scd_opened", f"SELECT {opened} FROM scd_marked WHERE {opens}"),
        (
            "scd_wanted",
            f"SELECT {', '.join(row)} FROM scd_opened AS v JOIN scd_now AS n ON {same_key(spec, 'n', 'v')}{join}{alive}",
        ),
    ]


def _one_row(spec: ScdSpecification) -> list[tuple[str, str]]:
    """Give one row for each key, with the newest values; a deleted key says so, or has no row."""
    keys = names(spec.natural_key)
    latest = f"ROW_NUMBER() OVER (PARTITION BY {keys} ORDER BY {AT} DESC) AS scd_nth"
    beside, join = _beside(spec)
    row = [f"n.{name(each)}" for each in (*spec.natural_key, *spec.kept)] + beside
    row += [f"e.{GONE} AS {name(spec.is_deleted)}"] if spec.deletes == "mark" else []
    alive = f" WHERE NOT e.{GONE}" if spec.deletes == "close" else ""
    return [
        ("scd_ranked", f"SELECT c.*, {latest} FROM scd_change AS c"),
        ("scd_end", f"SELECT {names([*spec.natural_key, GONE])} FROM scd_ranked WHERE scd_nth = 1"),
        (
            "scd_wanted",
            f"SELECT {', '.join(row)} FROM scd_now AS n JOIN scd_end AS e ON {same_key(spec, 'e', 'n')}{join}{alive}",
        ),
    ]


def row_columns(spec: ScdSpecification) -> list[str]:
    """Give the columns of a row of the dimension, all but the surrogate key."""
    columns = [*spec.natural_key, *spec.tracked, *spec.kept, *spec.overwritten]
    columns += [previous(column) for column in spec.type_3] + [current(column) for column in spec.type_6]
    if spec.versions:
        columns += [spec.valid_from, spec.valid_to, *([spec.is_current] if spec.is_current else [])]
    return [*columns, *([spec.is_deleted] if spec.deletes == "mark" else [])]


def todo(spec: ScdSpecification) -> list[tuple[str, str]]:
    """Give the named queries that end in `scd_todo`: each wanted row beside the row that is there, and the rows that go.

    A row that is there stays the row of its version, even if the version turns out to have begun earlier: facts point to it.
    """
    keys = [f"d.{name(key)}" for key in spec.natural_key]
    begin = f"d.{name(spec.valid_from)}" if spec.versions else "1"
    touched = f" WHERE EXISTS (SELECT 1 FROM scd_change AS c WHERE {same_key(spec, 'c', 'd')})"
    found = [("scd_there", f"SELECT {', '.join(keys)}, {begin} AS {WAS} FROM {table(spec.table)} AS d{touched}")]
    ours = ", ".join(f"t.{name(key)}" for key in spec.natural_key)
    if spec.versions:
        rows_wanted, from_ = "scd_wanted", f"w.{name(spec.valid_from)}"
        within = f" AND {from_} <= t.{WAS} AND t.{WAS} < w.scd_ends_before"
    else:
        rows_wanted, from_, within = "(SELECT r.*, 1 AS scd_from FROM scd_wanted AS r)", "w.scd_from", ""
    joined = f"LEFT JOIN {rows_wanted} AS w ON {same_key(spec, 'w', 't')}{within}"
    placed = f"SELECT {ours}, t.{WAS}, {from_} AS scd_from FROM scd_there AS t {joined}"
    nth = f"ROW_NUMBER() OVER (PARTITION BY {names((*spec.natural_key, 'scd_from'))} ORDER BY {WAS}) AS scd_nth"
    found.append(("scd_placed", f"SELECT p.*, {nth} FROM ({placed}) AS p"))
    columns = row_columns(spec)
    kept = ", ".join(f"w.{name(column)}" for column in columns)
    begins = f"p.scd_from = w.{name(spec.valid_from)}" if spec.versions else "p.scd_from = 1"
    gone = ", ".join(f"p.{name(c)}" if c in spec.natural_key else f"NULL AS {name(c)}" for c in columns)
    there = f"LEFT JOIN scd_placed AS p ON {same_key(spec, 'p', 'w')} AND p.scd_nth = 1 AND {begins}"
    stray = "p.scd_from IS NULL OR p.scd_nth > 1"
    whole = [
        f"SELECT {kept}, p.{WAS}, FALSE AS {DROP} FROM scd_wanted AS w {there}",
        f"SELECT {gone}, p.{WAS}, TRUE AS {DROP} FROM scd_placed AS p WHERE {stray}",
    ]
    rows = " UNION ALL ".join(whole)
    made = surrogate(spec)
    found.append(("scd_todo", f"SELECT q.*{made} FROM ({rows}) AS q"))
    return found


def surrogate(spec: ScdSpecification) -> str:
    """Give the surrogate key that a row would get if it is new, as one more column; empty where the load makes none."""
    if not spec.surrogate_key or spec.surrogate == "identity":
        return ""
    key = name(spec.surrogate_key)
    by = [*spec.natural_key, *([spec.valid_from] if spec.versions else [])]
    if spec.surrogate == "hash":
        return f", MD5({told_apart(f'q.{name(each)}' for each in by)}) AS {key}"
    greatest = f"(SELECT COALESCE(MAX(m.{key}), 0) FROM {table(spec.table)} AS m)"
    ordered = ", ".join(f"q.{name(each)}" for each in by)
    part = f"CASE WHEN q.{WAS} IS NULL THEN 1 ELSE 0 END"
    return f", {greatest} + ROW_NUMBER() OVER (PARTITION BY {part} ORDER BY {ordered}) AS {key}"


def told_apart(columns: Iterable[str]) -> str:
    """Give several values as one text that no other values give: each with its length before it, and a missing one as -.

    >>> told_apart(["a"])
    "COALESCE(CAST(LENGTH(CAST(a AS VARCHAR)) AS VARCHAR) || ':' || CAST(a AS VARCHAR), '-')"
    """
    texts = (f"CAST({each} AS VARCHAR)" for each in columns)
    return " || ".join(f"COALESCE(CAST(LENGTH({text}) AS VARCHAR) || ':' || {text}, '-')" for text in texts)


def query(ctes: Iterable[tuple[str, str]], last: str) -> str:
    """Give a query with its named parts before it."""
    parts: Sequence[str] = [f"{each} AS ({text})" for each, text in ctes]
    return f"WITH {', '.join(parts)} {last}"
