"""The hand-written loads in `bad/` and `good/` as cases: each says first what it claims and, if bad, what catches it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from decom_nb.proof.case import Claims, LoadCase
from decom_nb.proof.client_sql import client_load
from decom_nb.sql.table_definition import ColumnDefinition as Column
from decom_nb.sql.table_definition import TableDefinition

HERE = Path(__file__).parent
COLUMNS = (
    Column("order_id", "BIGINT", nullable=False),
    Column("customer", "VARCHAR"),
    Column("status", "VARCHAR"),
    Column("amount", "DECIMAL(18,2)"),
    Column("ordered_on", "DATE", nullable=False),
    Column("updated_at", "TIMESTAMP", nullable=False),
)
SOURCE = TableDefinition(("shop", "orders"), COLUMNS)
NAMES = ", ".join(each.name for each in COLUMNS)
SETUP = """
CREATE SCHEMA IF NOT EXISTS staging;
CREATE TABLE control.watermarks (pipeline VARCHAR PRIMARY KEY, position TIMESTAMP);
INSERT INTO control.watermarks VALUES ('orders', TIMESTAMP '1970-01-01');
"""


def told(path: Path) -> dict[str, str]:
    """Give what a file says of itself, by key."""
    return dict(re.findall(r"^-- ([a-z ]+): (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE))


def oracle(deletes: str) -> str:
    now = f"SELECT {NAMES} FROM shop.orders QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1"
    seen = (
        f"SELECT {NAMES} FROM shop.orders_seen "
        "QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC, seen_in DESC) = 1"
    )
    if deletes == "soft":
        return f"SELECT *, order_id NOT IN (SELECT order_id FROM shop.orders) AS is_deleted FROM ({seen})"
    return seen if deletes == "kept" else now


def orders_case(path: Path) -> LoadCase:
    """Give the case of a file."""
    said = told(path)
    load = client_load(path.read_text(encoding="utf-8"), setup=SETUP, file=path.name)
    deletes = said.get("deletes", "ignored")
    number, _, _ = said.get("lookback", "").partition(" ")
    lookback = timedelta(hours=int(number)) if number else None
    more = [Column("is_deleted", "BOOLEAN")] if deletes == "soft" else []
    more += [Column("loaded_on", "DATE")] if "loaded_on" in path.read_text(encoding="utf-8") else []
    target = TableDefinition(("raw", "orders"), (*(replace(each, nullable=True) for each in COLUMNS), *more))
    if load.conflicts or "unique" in said:
        target = replace(target, primary_key=("order_id",))
    claims = Claims(
        updates=said.get("updates") != "no",
        deletes=deletes,  # type: ignore[arg-type] # the file's word
        lookback=lookback,
        duplicates=said.get("duplicates") != "no",
        versions=said.get("versions") != "no",
    )
    return LoadCase(
        name=path.stem,
        script=load.script,
        sources=(SOURCE,),
        target=target,
        key=("order_id",),
        oracle=oracle(deletes),
        version="updated_at",
        event="ordered_on",
        setup=load.setup,
        claims=claims,
        left_out=("loaded_on",) if "loaded_on" in path.read_text(encoding="utf-8") else (),
    )
