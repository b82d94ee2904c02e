"""What is worked out of tests and kept in the audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from decom_nb.check import Suite
from decom_nb.contract import Contract
from decom_nb.evidence.check_runs import CheckRuns
from decom_nb.evidence.contracts import Contracts
from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.test_code import TestCode
from decom_nb.history.history import History
from decom_nb.phases.testing.pyramid import Pyramid, contracts_of, pyramid_rows

Row = dict[str, Any]


def pyramid_of_tests(
    test_code: TestCode | None,
    dbt: Dbt | None,
    check_runs: CheckRuns | None,
    contract: Sequence[Contract] | None,
    contracts: Contracts | None,
    suite: Sequence[Suite] | None,
    history: History | None,
    service_levels: Any | None,
) -> list[Row]:
    """Give the six layers of the test pyramid, from the base up: what tests there are, when they ran, what is missing."""
    return pyramid_rows(
        Pyramid(
            code=test_code or TestCode(),
            dbt=dbt or Dbt(),
            check_runs=check_runs,
            contracts=contracts_of(contract or (), contracts),
            suites=suite or (),
            history=history,
            service_levels=service_levels,
        )
    )


MEASURES = (pyramid_of_tests,)
