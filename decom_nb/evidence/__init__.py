"""Evidence: typed facts read from outside sources, with where and when they came from.

`collect.collect` recognises files by their content and gives an `Evidence`. A new source is a module with a collector, and a
line in `collect.COLLECTORS`. What is asked for is imported when it is asked for: whoever opens a table needs no dbt.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decom_nb.evidence.airflow import Airflow
    from decom_nb.evidence.billing import Billing
    from decom_nb.evidence.check_runs import CheckRuns
    from decom_nb.evidence.collect import COLLECTORS, KINDS
    from decom_nb.evidence.contracts import Contracts
    from decom_nb.evidence.dbt import Dbt
    from decom_nb.evidence.dbt_information import DbtInformation
    from decom_nb.evidence.dbt_logs import DbtLogs
    from decom_nb.evidence.load_proofs import LoadProofs
    from decom_nb.evidence.model_checks import ModelChecks
    from decom_nb.evidence.mutation_runs import MutationRuns
    from decom_nb.evidence.object_listing import Objects
    from decom_nb.evidence.openlineage import OpenLineage
    from decom_nb.evidence.query_log import QueryLog
    from decom_nb.evidence.runs import Runs
    from decom_nb.evidence.source import UNRECOGNISED, Evidence, Pointer, Problem, Source, SourceFile
    from decom_nb.evidence.test_code import TestCode
    from decom_nb.evidence.timings import Timings

__all__ = [
    "COLLECTORS",
    "KINDS",
    "UNRECOGNISED",
    "Airflow",
    "Billing",
    "CheckRuns",
    "Contracts",
    "Dbt",
    "DbtInformation",
    "DbtLogs",
    "Evidence",
    "LoadProofs",
    "ModelChecks",
    "MutationRuns",
    "Objects",
    "OpenLineage",
    "Pointer",
    "Problem",
    "QueryLog",
    "Runs",
    "Source",
    "SourceFile",
    "TestCode",
    "Timings",
]

_HOMES = {
    "COLLECTORS": "collect",
    "KINDS": "collect",
    "Airflow": "airflow",
    "Billing": "billing",
    "CheckRuns": "check_runs",
    "Contracts": "contracts",
    "Dbt": "dbt",
    "DbtInformation": "dbt_information",
    "DbtLogs": "dbt_logs",
    "LoadProofs": "load_proofs",
    "ModelChecks": "model_checks",
    "MutationRuns": "mutation_runs",
    "Objects": "object_listing",
    "OpenLineage": "openlineage",
    "QueryLog": "query_log",
    "Runs": "runs",
    "TestCode": "test_code",
    "Timings": "timings",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES.get(name, 'source')}"), name)
