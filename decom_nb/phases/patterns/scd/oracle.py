"""What a dimension must hold, asked in one SELECT of all that was ever delivered: it knows no ledger, no MERGE, no load before.

It is written apart from `timeline.py`, from what a specification promises, so that a proof holds one against the other: states
are compared whole instead of column by column, values of the past come from aggregates instead of joins.
"""

# ruff: noqa: S608 - writing SQL is what this is for; every name goes through sql/text.py

from __future__ import annotations

from decom_nb.phases.patterns.scd.specification import ScdSpecification
from decom_nb.proof.case import LOADS, SEEN
from decom_nb.sql.history_columns import current, open_end, previous
from decom_nb.sql.text import name


def oracle(spec: ScdSpecification) -> str:
    """Give the SELECT in DuckDB's SQL of the dimension's rows, all columns but the surrogate key.

    It reads the source's name with ``_seen`` and ``_loads`` behind it, as `LoadCase.oracle` says.
    """
    parts = [("delivered", _delivered(spec))]
    if spec.complete and spec.deletes != "keep":
        parts += _comings_and_goings(spec)
        parts.append(("every_event", _moved(spec)))
    else:
        parts.append(("every_event", "SELECT * FROM delivered"))
    parts += [
        ("event", _one_of_each_instant(spec)),
        (
            "now",
            f"SELECT {_keys(spec)}, arg_max(scd_held, scd_at) AS scd_held FROM event"
            f" WHERE NOT scd_gone GROUP BY {_keys(spec)}",
        ),
    ]
    if spec.versions:
        parts.append(("version", _version(spec)))
        last = _versions(spec)
    else:
        last_of_all = f"SELECT {_keys(spec)}, arg_max(scd_gone, scd_at) AS scd_gone FROM event GROUP BY {_keys(spec)}"
        parts.append(("ended", last_of_all))
        last = _one_row(spec)
    return f"WITH {', '.join(f'{called} AS ({text})' for called, text in parts)} {last}"


def _source(spec: ScdSpecification, more: str) -> str:
    *schema, own = spec.source.split(".")
    return ".".join(map(name, (*schema, own + more)))


def _keys(spec: ScdSpecification, alias: str = "") -> str:
    return ", ".join(f"{alias}{name(each)}" for each in spec.natural_key)


def _same(spec: ScdSpecification, one: str, other: str) -> str:
    return " AND ".join(f"{one}.{name(each)} = {other}.{name(each)}" for each in spec.natural_key)


def _delivered(spec: ScdSpecification) -> str:
    """Give each row that was ever delivered and can be placed: its key, what it holds as a struct, when it took effect."""
    keys = [f"{spec.in_source('s', each)} AS {name(each)}" for each in spec.natural_key]
    held = "".join(f", {name(each)} := {spec.in_source('s', each)}" for each in spec.attributes)
    at = f"CAST(s.{name(spec.effective)} AS TIMESTAMP)" if spec.effective else "s.seen_at"
    gone = f"COALESCE(s.{name(spec.deleted)}, FALSE)" if spec.deleted else "FALSE"
    order = "".join(f", s.{name(of)} AS order_{n}" for n, of in enumerate(spec.order_by))
    placed = [f"{spec.in_source('s', each)} IS NOT NULL" for each in spec.natural_key]
    placed += [f"s.{name(spec.effective)} IS NOT NULL"] if spec.effective else []
    placed += [f"NOT {gone}"] if spec.deletes == "keep" else []
    row = f"{', '.join(keys)}, struct_pack(scd_there := TRUE{held}) AS scd_held, {at} AS scd_at, {gone} AS scd_gone{order}"
    if spec.complete:
        row += ", s.seen_in, s.seen_at"
    return f"SELECT {row} FROM {_source(spec, SEEN)} AS s WHERE {' AND '.join(placed)}"


def _comings_and_goings(spec: ScdSpecification) -> list[tuple[str, str]]:
    """Give, for a source that holds everything, of each key the loads in which it is there, and those in which it went."""
    grid = (
        f"SELECT k.*, l.*, d.seen_in IS NOT NULL AS there FROM (SELECT DISTINCT {_keys(spec)} FROM delivered) AS k"
        f" CROSS JOIN {_source(spec, LOADS)} AS l"
        f" LEFT JOIN (SELECT DISTINCT {_keys(spec)}, seen_in FROM delivered) AS d"
        f" ON {_same(spec, 'd', 'k')} AND d.seen_in = l.seen_in"
    )
    was = f"LAG(there) OVER (PARTITION BY {_keys(spec)} ORDER BY seen_in) AS was_there"
    newest = f"SELECT MAX(d.scd_at) FROM delivered AS d WHERE {_same(spec, 'd', 'p')} AND d.seen_in < p.seen_in"
    return [
        ("presence", f"SELECT *, {was} FROM ({grid}) AS g"),
        (
            "went",
            f"SELECT {_keys(spec, 'p.')}, p.seen_in, GREATEST(p.seen_at, ({newest})) AS scd_at"
            " FROM presence AS p WHERE p.was_there AND NOT p.there",
        ),
    ]


def _moved(spec: ScdSpecification) -> str:
    """Give what was delivered, and the goings; a row that comes back with an older time took effect when it came back."""
    went = f"(SELECT MAX(w.scd_at) FROM went AS w WHERE {_same(spec, 'w', 'd')} AND w.seen_in < d.seen_in)"
    back = f"CASE WHEN NOT p.was_there AND d.scd_at <= {went} THEN d.seen_at ELSE d.scd_at END"
    joined = f"JOIN presence AS p ON {_same(spec, 'p', 'd')} AND p.seen_in = d.seen_in"
    return (
        f"SELECT d.* REPLACE ({back} AS scd_at) FROM delivered AS d {joined}"
        f" UNION ALL BY NAME SELECT {_keys(spec)}, scd_at, TRUE AS scd_gone, seen_in FROM went"
    )


def _one_of_each_instant(spec: ScdSpecification) -> str:
    """Give of each key and instant what counts: what the order says is last, then a deletion, then what holds more."""
    order = [f"order_{n} DESC NULLS LAST" for n in range(len(spec.order_by))]
    order += ["scd_gone DESC", *(f"scd_held.{name(each)} DESC NULLS LAST" for each in spec.attributes)]
    rank = f"ROW_NUMBER() OVER (PARTITION BY {_keys(spec)}, scd_at ORDER BY {', '.join(order)})"
    return f"SELECT * FROM every_event QUALIFY {rank} = 1"


def _version(spec: ScdSpecification) -> str:
    """Give the events that open a version, with what held by then and when the next one opens."""
    then = f"PARTITION BY {_keys(spec)} ORDER BY scd_at"
    tracked = ", ".join(f"CASE WHEN NOT scd_gone THEN scd_held.{name(each)} END" for each in spec.tracked)
    lasting = (
        f"LAST_VALUE(CASE WHEN NOT scd_gone THEN scd_held END IGNORE NULLS) OVER ({then} ROWS UNBOUNDED PRECEDING)"
    )
    told = f"SELECT * EXCLUDE (scd_held), ROW(scd_gone, {tracked}) AS state, {lasting} AS scd_held FROM event"
    before = f"LAG(state) OVER ({then})"
    # Before the first event there is nothing, as after a deletion.
    nothing = f"ROW(TRUE, {', '.join('NULL' for _ in spec.tracked)})"
    opens = f"state IS DISTINCT FROM COALESCE({before}, {nothing})"
    opened = f"SELECT * FROM ({told}) AS t QUALIFY {opens}"
    return f"SELECT *, LEAD(scd_at) OVER ({then}) AS ends FROM ({opened}) AS o"


def _beside(spec: ScdSpecification) -> list[str]:
    """Give the columns of what holds now, and of what held before that."""
    columns = [f"n.scd_held.{name(each)} AS {name(each)}" for each in spec.overwritten]
    for each in spec.type_3:
        differs = f"e.scd_held.{name(each)} IS DISTINCT FROM n.scd_held.{name(each)}"
        other = f"NOT e.scd_gone AND {differs} AND {_same(spec, 'e', 'n')}"
        last = f"SELECT arg_max(struct_pack(v := e.scd_held.{name(each)}), e.scd_at) FROM event AS e WHERE {other}"
        columns.append(f"({last}).v AS {name(previous(each))}")
    return [*columns, *(f"n.scd_held.{name(each)} AS {name(current(each))}" for each in spec.type_6)]


def _versions(spec: ScdSpecification) -> str:
    columns = [f"v.{name(each)}" for each in spec.natural_key]
    columns += [f"v.scd_held.{name(each)} AS {name(each)}" for each in (*spec.tracked, *spec.kept)]
    columns += _beside(spec)
    columns += [
        f"v.scd_at AS {name(spec.valid_from)}",
        f"COALESCE(v.ends, {open_end(spec.open_end)}) AS {name(spec.valid_to)}",
    ]
    columns += [f"v.ends IS NULL AS {name(spec.is_current)}"] if spec.is_current else []
    columns += [f"v.scd_gone AS {name(spec.is_deleted)}"] if spec.deletes == "mark" else []
    alive = "" if spec.deletes == "mark" else " WHERE NOT v.scd_gone"
    return f"SELECT {', '.join(columns)} FROM version AS v JOIN now AS n ON {_same(spec, 'v', 'n')}{alive}"


def _one_row(spec: ScdSpecification) -> str:
    columns = [f"n.{name(each)}" for each in spec.natural_key]
    columns += [f"n.scd_held.{name(each)} AS {name(each)}" for each in spec.kept]
    columns += _beside(spec)
    columns += [f"e.scd_gone AS {name(spec.is_deleted)}"] if spec.deletes == "mark" else []
    alive = " WHERE NOT e.scd_gone" if spec.deletes == "close" else ""
    return f"SELECT {', '.join(columns)} FROM now AS n JOIN ended AS e ON {_same(spec, 'n', 'e')}{alive}"
