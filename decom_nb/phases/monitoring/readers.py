"""What every room may ask for of runs: the history, what is promised, days, health, and what is out of the ordinary."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from decom_nb.history import History
from decom_nb.phases.monitoring import health as readings
from decom_nb.phases.monitoring import irregular as found
from decom_nb.phases.monitoring import pipeline_day as days
from decom_nb.phases.monitoring.documents import ServiceLevels
from decom_nb.phases.monitoring.health import Health
from decom_nb.phases.monitoring.health_table import health_table
from decom_nb.phases.monitoring.irregular import Flaky, Irregular
from decom_nb.phases.monitoring.pipeline_day import Days
from decom_nb.phases.monitoring.promise import Promises
from decom_nb.phases.monitoring.promise import promises as promised
from decom_nb.phases.monitoring.stopped import due

if TYPE_CHECKING:
    from decom_nb.contract import Contract
    from decom_nb.evidence.check_runs import CheckRuns
    from decom_nb.evidence.contracts import Contracts
    from decom_nb.evidence.dbt import Dbt
    from decom_nb.evidence.runs import Runs


def history(
    runs: Runs | None,
    airflow: Any | None,
    openlineage: Any | None,
    dbt: Dbt | None,
    dbt_logs: Any | None,
    service_levels: ServiceLevels | None,
) -> History | None:
    """What ran, when, and how it ended."""
    # Not the parameter `store`, which stands for bills and query logs too: a finding names the files that it rests on.
    store = next((each.store for each in (runs, airflow, openlineage, dbt_logs, dbt) if each and each.store), None)
    if store is None:
        return None
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


def pipeline_days(history: History, service_levels: ServiceLevels | None, today: date) -> Days:
    """What the pipelines that matter most did, day by day."""
    return days.pipeline_days(history, service_levels, readings.nows(history, today))


def irregular(pipeline_days: Days) -> Irregular:
    """Unusual days and changes of level in durations and volumes."""
    return found.irregular(pipeline_days)


def flaky(history: History) -> tuple[Flaky, ...]:
    """Pipelines that fail and pass when they are tried again."""
    return found.flaky(history)


def health(
    history: History,
    promises: Promises,
    pipeline_days: Days,
    service_levels: ServiceLevels | None,
    check_runs: CheckRuns | None,
    dbt: Dbt | None,
    today: date,
) -> Health:
    """The health metrics that runs and checks tell, per pipeline and over all."""
    now = readings.nows(history, today)
    end = max(now.values(), default=None)
    told = readings.recent(history, dict.fromkeys(now, end) if end else {})
    aside = readings.aside(told, end)
    window = timedelta(days=health_table().settings.window_days.value)
    on_tables, loose = readings.checks_on_tables(history, check_runs, end - window if end else None)
    return Health(
        (
            *readings.success_rates(told),
            *readings.runtimes(told, promises),
            *readings.freshness(told, promises, now, readings.loaded(history, dbt), end),
            *readings.volumes(pipeline_days, [name for name in told if name not in aside]),
            *readings.check_rates(told, on_tables, loose),
            *readings.failures(told, now, end),
        ),
        due(history, service_levels, now, end),
        aside,
        end,
    )


READERS = (history, promises, pipeline_days, irregular, flaky, health)
