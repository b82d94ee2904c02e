"""What statements cost: a warehouse's spend in the month, in proportion to the time that its statements took."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from decom_nb.phases.cost.flag import Looked


class QueryCost:
    """Costs of statements in the last `days` days of the query log.

    A warehouse's spend is that of charges for a resource of its name. Where the bill knows no such resource, nobody can tell.
    """

    def __init__(self, looked: Looked, days: float) -> None:
        self._looked = looked
        ends_at = looked.query_log.ends_at if looked.query_log else None
        self.since: datetime | None = (ends_at - timedelta(days=days)).replace(tzinfo=None) if ends_at else None
        self.days = min(days, looked.query_log.days) if looked.query_log else 0.0

    def of(self, told: Mapping[str, Any]) -> Decimal | None:
        """Give what statements with these `seconds` in that `warehouse` cost in a month; nothing where it is not known."""
        spend, seconds = self.spend.get(told["warehouse"].casefold()), self.seconds.get(told["warehouse"])
        if spend is None or not seconds or told["seconds"] is None:
            return None
        return spend * min(Decimal(repr(told["seconds"])) / Decimal(repr(seconds)), Decimal(1))

    @cached_property
    def seconds(self) -> dict[str, float]:
        """How long the statements of each warehouse took."""
        if self._looked.query_log is None:
            return {}
        rows = self._looked.query_log.query(
            """
            SELECT coalesce(warehouse, '') AS warehouse, sum(seconds) AS seconds FROM query_log.queries
            WHERE started_at IS NULL OR $since IS NULL OR started_at >= $since GROUP BY ALL ORDER BY ALL
            """,
            {"since": self.since},
        )
        return {row["warehouse"]: row["seconds"] for row in rows if row["seconds"]}

    @cached_property
    def spend(self) -> dict[str, Decimal]:
        """What each warehouse costs in the month looked at, by its name in small letters."""
        looked = self._looked
        if looked.bill is None or looked.month is None:
            return {}
        rows = looked.bill.query(
            f"""
            WITH named AS (
                SELECT unnest(list_distinct([lower(resource_name), lower(resource_id)])) AS name, {looked.column} AS spend
                FROM cost.monthly
                WHERE month = $month AND currency = $currency AND category = 'compute'
                    AND kind IN ('usage', 'credit', 'adjustment')
            )

            SELECT name, sum(spend)::DECIMAL(38,12) AS spend FROM named WHERE name IS NOT NULL GROUP BY name
            """,  # noqa: S608 - a column of ours
            {"month": looked.month.month, "currency": looked.currency},
        )
        named = {name.casefold() for name in self.seconds if name}
        return {row["name"]: row["spend"] for row in rows if row["name"] in named and row["spend"] > 0}
