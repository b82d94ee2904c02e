"""Runs loads of dimensions on an engine, and tells in plain Python what should come out of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from decom_nb.phases.patterns.scd import ScdSpecification, script, setup
from decom_nb.sql.script import Script

EPOCH = datetime(2026, 1, 1)
Row = Mapping[str, Any]


def instant(day: int) -> datetime:
    return EPOCH + timedelta(days=day)


def run(connection: Any, written: Script, at: datetime) -> None:
    """Run a script, each of its blocks in a transaction where it says so."""
    for block in written.blocks:
        for text in (
            ["BEGIN", *(step.sql for step in block.steps), "COMMIT"] if block.atomic else [s.sql for s in block.steps]
        ):
            connection.execute(text.replace(":loaded_at", f"CAST('{at:%Y-%m-%d %H:%M:%S}' AS TIMESTAMP)"))


def prepare(connection: Any, spec: ScdSpecification, columns: Mapping[str, str], dialect: str = "duckdb") -> None:
    """Make the source, empty, and what the load writes to."""
    connection.execute(
        f"CREATE TABLE {spec.source} ({', '.join(f'{name} {type_}' for name, type_ in columns.items())})"
    )
    run(connection, setup(spec, dialect), EPOCH)


def load(
    connection: Any,
    spec: ScdSpecification,
    rows: Iterable[Row],
    at: datetime,
    *,
    dialect: str = "duckdb",
    merge: bool | None = None,
) -> None:
    """Load rows as one batch."""
    connection.execute(f"DELETE FROM {spec.source}")
    for row in rows:
        values = ", ".join("NULL" if value is None else f"'{value}'" for value in row.values())
        connection.execute(f"INSERT INTO {spec.source} ({', '.join(row)}) VALUES ({values})")
    run(connection, _written(spec.model_dump_json(), dialect, merge), at)


@cache
def _written(spec: str, dialect: str, merge: bool | None) -> Script:
    """Write a load once: that takes longer than to run it."""
    return script(ScdSpecification.model_validate_json(spec), dialect, merge=merge)


def rows(connection: Any, table: str, order: str) -> list[dict[str, Any]]:
    """Give a table's rows in an order, by column."""
    found = connection.execute(f"SELECT * FROM {table} AS t ORDER BY {order}")
    names = [each[0] for each in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def expected(
    events: Iterable[Row], keys: Sequence[str], tracked: Sequence[str], overwritten: Sequence[str], deletes: str
) -> list[dict[str, Any]]:
    """Give the history that follows from changes with a time `changed`, in whatever order they come, without a database."""
    of_key: dict[tuple[Any, ...], dict[Any, list[Row]]] = {}
    for event in events:
        if deletes == "keep" and event["gone"]:
            continue
        of_key.setdefault(tuple(event[key] for key in keys), {}).setdefault(event["changed"], []).append(event)
    history = []
    columns = [*tracked, *overwritten]
    for key, by_time in of_key.items():
        told = []
        for at in sorted(by_time):
            best = max(by_time[at], key=lambda e: (e["gone"], [(e[c] is not None, e[c] or 0) for c in columns]))
            told.append(best)
        alive = [each for each in told if not each["gone"]]
        if not alive:
            continue
        newest = {column: alive[-1][column] for column in overwritten}
        versions: list[dict[str, Any]] = []
        state: tuple[Any, ...] | None = None
        for each in told:
            seen = ("gone",) if each["gone"] else tuple(each[column] for column in tracked)
            if seen == state or (state is None and each["gone"]):
                continue
            values = {c: versions[-1][c] for c in tracked} if each["gone"] else {c: each[c] for c in tracked}
            if versions and versions[-1]["valid_to"] is None:
                versions[-1]["valid_to"] = each["changed"]
            state = seen
            versions.append(
                {**dict(zip(keys, key, strict=True)), **values, **newest, "valid_from": each["changed"], "valid_to": None,
                 "is_deleted": each["gone"]}
            )  # fmt: skip
        history += versions
    for version in history:
        version["is_current"] = version["valid_to"] is None
    if deletes != "mark":
        history = [version for version in history if not version["is_deleted"]]
        for version in history:
            del version["is_deleted"]
    return history
