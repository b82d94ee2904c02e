"""What must hold of the pipelines: they succeed, recover, keep their promises and stay as they are."""

from __future__ import annotations

from decom_nb.phases.monitoring.health_rule import (
    checks_pass_in_runs,
    failures_do_not_cascade,
    pipelines_are_fresh,
    pipelines_are_not_flaky,
    pipelines_still_run,
    runtime_is_stable,
    volumes_are_steady,
)
from decom_nb.phases.monitoring.run_rule import (
    failed_runs_recover_by_themselves,
    runs_have_headroom,
    runs_keep_their_sla,
    runs_succeed,
)
from decom_nb.phases.monitoring.watch_rule import (
    anomalies_are_watched,
    dashboards_show_health,
    failures_are_noticed_in_time,
    failures_raise_alerts,
    freshness_is_watched,
    logs_follow_the_standard,
)

__all__ = [
    "anomalies_are_watched",
    "checks_pass_in_runs",
    "dashboards_show_health",
    "failed_runs_recover_by_themselves",
    "failures_are_noticed_in_time",
    "failures_do_not_cascade",
    "failures_raise_alerts",
    "freshness_is_watched",
    "logs_follow_the_standard",
    "pipelines_are_fresh",
    "pipelines_are_not_flaky",
    "pipelines_still_run",
    "runs_have_headroom",
    "runs_keep_their_sla",
    "runs_succeed",
    "runtime_is_stable",
    "volumes_are_steady",
]
