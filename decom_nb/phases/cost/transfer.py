"""A red flag: data that is moved from one region to another."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from decom_nb import knowledge
from decom_nb.knowledge import Row as KnowledgeRow
from decom_nb.phases.cost.category import TABLES
from decom_nb.phases.cost.dominance import WITHOUT_A_BILL
from decom_nb.phases.cost.flag import Flag, Looked, rounded
from decom_nb.phases.cost.money import ZERO, total
from decom_nb.sql import text

Kind = Literal["delivery", "between zones", "cross-region", "into", "internet"]


class TransferRow(KnowledgeRow):
    """Words by which a kind of transfer is known."""

    kind: Kind
    description: str


class TransferTable(BaseModel):
    """tables/transfers.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: tuple[TransferRow, ...]


@cache
def transfer_sql() -> str:
    """Give the expression that says of a charge for transfer which kind it is; NULL where its words do not tell."""
    table = knowledge.load(TransferTable, TABLES / "transfers.yaml", sources=knowledge.citations(TABLES))
    words = "concat_ws(' ', charge_description, sku_meter, usage_type)"
    cases = " ".join(
        f"WHEN regexp_matches({words}, {text.string(row.description)}, 'i') THEN {text.string(row.kind)}"
        for row in table.rows
    )
    return f"CASE {cases} END"


def data_stays_in_region(looked: Looked, *, share: float) -> Flag:
    """Look for charges for data that goes from one region to another, worth more than a share of the month's spend."""
    if looked.bill is None or looked.month is None:
        return Flag("not_known", WITHOUT_A_BILL)
    found = looked.bill.query(
        f"""
        SELECT
            {transfer_sql()} AS transfer, charge_description AS description, service_name AS service, region_id AS region,
            sum({looked.column})::DECIMAL(38,12) AS cost, sum(charges)::BIGINT AS charges
        FROM cost.monthly WHERE month = $month AND currency = $currency AND category = 'egress'
        GROUP BY ALL ORDER BY cost DESC, description
        """,  # noqa: S608 - an expression of ours
        {"month": looked.month.month, "currency": looked.currency},
    )
    described = looked.spend("charge_description IS NOT NULL OR usage_type IS NOT NULL OR sku_meter IS NOT NULL")
    if not found and described <= 0 < looked.whole:
        return Flag(
            "not_known",
            "The bill's charges have no description; what they are for cannot be told.",
            at_most=looked.whole,
        )
    across = [row for row in found if row["transfer"] == "cross-region"]
    unclear = total(row["cost"] for row in found if row["transfer"] is None)
    money = total(row["cost"] for row in across)
    free = sum(row["charges"] for row in across if row["cost"] == 0)
    rest = f" {free:,} more charges of that kind cost nothing." if free else ""
    at_most = unclear if unclear > 0 else None
    if money <= looked.whole * Decimal(str(share)):
        so_far = (
            "No data is charged for being moved from one region to another"
            if not across or money <= 0
            else (f"Moving data from one region to another costs next to nothing: {looked.amount(money)}")
        )
        return Flag("true", f"{so_far}.{rest}", money=max(money, ZERO), at_most=at_most)
    rows = tuple(
        {
            "charge": row["description"],
            "service": row["service"],
            "region": row["region"],
            "charges": row["charges"],
            "cost": rounded(row["cost"]),
            "currency": looked.currency,
        }
        for row in across
        if row["cost"] > 0
    )
    message = f"Data is moved from one region to another: {looked.amount(money)}.{rest}"
    return Flag("false", message, rows, money=money, at_most=at_most)
