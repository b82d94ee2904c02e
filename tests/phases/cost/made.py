"""Small bills, histories and query logs in a store, for the tests of the cost room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

from decom_nb.evidence.billing import CHARGES
from decom_nb.evidence.object_listing import OBJECTS
from decom_nb.evidence.query_log import QUERIES, TABLES
from decom_nb.evidence.store import Store
from decom_nb.history.relations import RELATIONS as HISTORY
from decom_nb.phases.cost.monthly_bill import MonthlyBill, put_together

RELATIONS = (CHARGES, QUERIES, TABLES, OBJECTS, *HISTORY)


@dataclass(frozen=True, eq=False)
class Lying:
    """Evidence that lies in a store, as collectors give it."""

    store: Store

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        return self.store.query(sql, parameters)


def store_of(charges: Iterable[Mapping[str, Any]] = ()) -> Store:
    """Give a store with a bill; a charge says what it says, the rest is an ordinary day of use in October 2026.

    It is always the same store, emptied first: to make one takes longer than most tests.
    """
    store = _store()
    for name in sorted(_FILLED):
        store.con.execute(f"DELETE FROM {name}")
    _FILLED.clear()
    fill_charges(store, charges)
    put_together(store)
    return store


def new_store() -> Store:
    """Make an empty store."""
    store = Store()
    store.create(RELATIONS)
    return store


_store = cache(new_store)
_FILLED: set[str] = set()


def fill_charges(store: Store, charges: Iterable[Mapping[str, Any]]) -> None:
    """Put charges into the bill; one with `times` comes so often, a period after the other."""
    for number, each in enumerate(charges):
        said = dict(each)
        times = said.pop("times", 1)
        fill(store, "billing.charges", [{**charge(**said), "origin": f"c{number}"}])
        if times > 1:
            store.con.execute(_AGAIN, {"origin": f"c{number}", "times": times})


_AGAIN = """
INSERT INTO billing.charges
WITH later AS (SELECT unnest(range(1, $times)) AS n)

SELECT c.* REPLACE (
    charge_period_start + to_microseconds(n * epoch_us(charge_period_end) - n * epoch_us(charge_period_start))
        AS charge_period_start,
    charge_period_end + to_microseconds(n * epoch_us(charge_period_end) - n * epoch_us(charge_period_start))
        AS charge_period_end
)
FROM billing.charges AS c, later WHERE origin = $origin
"""


def charge(
    at: str = "2026-10-01", cost: Any = "1", days: float = 1, month: str | None = None, hours: float = 0, **said: Any
) -> dict[str, Any]:
    """Give one charge: by default a day of a virtual machine."""
    start = datetime.fromisoformat(at)
    period = datetime.fromisoformat(f"{month}-01") if month else start.replace(day=1, hour=0, minute=0)
    return {
        "billing_period_start": period,
        "charge_period_start": start,
        "charge_period_end": start + (timedelta(hours=hours) if hours else timedelta(days=days)),
        "charge_category": "Usage",
        "service_category": "Compute",
        "service_name": "Virtual Machines",
        "charge_description": "instance hours",
        "billing_currency": "USD",
        "billed_cost": cost,
        "effective_cost": cost,
        **said,
    }


def fill(store: Store, relation: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put rows into a relation; what a row does not say is NULL."""
    _FILLED.add(relation)
    for row in rows:
        names = ", ".join(row)
        values = ", ".join(f"${name}" for name in row)
        store.con.execute(f"INSERT INTO {relation} ({names}) VALUES ({values})", dict(row))


def bill_of(*charges: Mapping[str, Any]) -> MonthlyBill:
    """Give a bill put together by months."""
    return MonthlyBill(store_of(charges))


def levels(**names: Iterable[str]) -> Any:
    """Give a list of pipelines, each with its other names."""
    entries = [SimpleNamespace(pipeline=name, also_known_as=tuple(others)) for name, others in names.items()]
    by_name = {name: each for each in entries for name in (each.pipeline, *each.also_known_as)}
    return SimpleNamespace(pipelines=entries, by_name=by_name)


def runs(*said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give runs of a history: {pipeline, at, seconds, rows}."""
    return [
        {
            "source": "run_logs",
            "pipeline": each.get("pipeline", "load_orders"),
            "run_id": f"r{number}",
            "status": "success",
            "started_at": datetime.fromisoformat(each.get("at", "2026-10-05")),
            "seconds": each.get("seconds", 60),
            "rows_written": each.get("rows", 1000),
        }
        for number, each in enumerate(said)
    ]
