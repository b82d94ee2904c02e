"""What every room may ask for of runs: the history, from all sources, under the names of the service levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from decom_nb.history import History
from decom_nb.phases.monitoring.documents import ServiceLevels
from decom_nb.phases.monitoring.promise import Promises
from decom_nb.phases.monitoring.promise import promises as promised

if TYPE_CHECKING:
    from decom_nb.contract import Contract
    from decom_nb.evidence.contracts import Contracts
    from decom_nb.evidence.dbt import Dbt
    from decom_nb.evidence.runs import Runs
    from decom_nb.evidence.store import Store


def history(
    store: Store | None,
    runs: Runs | None,
    airflow: Any | None,
    openlineage: Any | None,
    dbt: Dbt | None,
    service_levels: ServiceLevels | None,
) -> History | None:
    """What ran, when, and how it ended."""
    executed = dbt is not None and any(each.executed for each in dbt.invocations)
    if not (runs or airflow or openlineage or executed):
        return None
    if store is None:
        from decom_nb.evidence.store import Store as Opened

        store = Opened()
    levels = service_levels or ServiceLevels()
    names = tuple(sorted((name, each.pipeline) for name, each in levels.by_name.items()))
    writes = tuple((each.pipeline, table) for each in levels.pipelines for table in each.writes)
    return History(store, runs, dbt, names, writes).made()


def promises(
    history: History,
    service_levels: ServiceLevels | None,
    contract: tuple[Contract, ...] | None,
    contracts: Contracts | None,
    dbt: Dbt | None,
) -> Promises:
    """What each pipeline promises, and where that is written."""
    return promised(history, service_levels, contract or (), contracts, dbt)


READERS = (history, promises)
