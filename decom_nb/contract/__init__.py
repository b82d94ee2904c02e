"""Data contracts: what a producer promises of a table, as documents and in the Open Data Contract Standard.

    validate("orders.odcs.yaml")                     what is wrong with a file, with lines
    import_contracts("schema.yml").contracts         from ODCS, the Data Contract Specification, or dbt
    export_contracts(["orders.yaml"]).contract.text  to ODCS 3.1
    compare("v1.yaml", "v2.yaml")                    what changed, who breaks, which version it has to be
    suite_of(contract)                               the checks that hold it, for the engine
    enforced(contract, run, runs)                    whether each clause is kept

Rooms, the collector of contract files and the commands use this. What is asked for is imported when it is asked for: whoever
opens an engagement needs the document alone.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decom_nb.contract.clause import Clause, clauses, suite_of
    from decom_nb.contract.contract_difference import (
        Bump,
        Change,
        ContractDifference,
        PolicyVerdict,
        Rename,
        difference,
    )
    from decom_nb.contract.dbt_import import from_dbt_yaml, from_manifest
    from decom_nb.contract.dcs_import import from_dcs
    from decom_nb.contract.enforcement import Availability, ClauseResult, availability, enforced
    from decom_nb.contract.model import Column, ColumnCheck, Contract, FurtherClause, Sla, Terms
    from decom_nb.contract.odcs import OdcsContract, read_odcs
    from decom_nb.contract.odcs_export import Exported, to_odcs
    from decom_nb.contract.odcs_import import Imported, from_odcs
    from decom_nb.contract.odcs_validity import Validity, validity
    from decom_nb.contract.types import TypeChange, type_change
    from decom_nb.contract.verbs import (
        FORMS,
        FileVerdict,
        compare,
        document_name,
        document_text,
        export_contracts,
        form_of,
        import_contracts,
        read_contract,
        validate,
        validate_bytes,
    )

__all__ = [
    "FORMS",
    "Availability",
    "Bump",
    "Change",
    "Clause",
    "ClauseResult",
    "Column",
    "ColumnCheck",
    "Contract",
    "ContractDifference",
    "Exported",
    "FileVerdict",
    "FurtherClause",
    "Imported",
    "OdcsContract",
    "PolicyVerdict",
    "Rename",
    "Sla",
    "Terms",
    "TypeChange",
    "Validity",
    "availability",
    "clauses",
    "compare",
    "difference",
    "document_name",
    "document_text",
    "enforced",
    "export_contracts",
    "form_of",
    "from_dbt_yaml",
    "from_dcs",
    "from_manifest",
    "from_odcs",
    "import_contracts",
    "read_contract",
    "read_odcs",
    "suite_of",
    "to_odcs",
    "type_change",
    "validate",
    "validate_bytes",
    "validity",
]

_HOMES = {
    "Availability": "enforcement",
    "Bump": "contract_difference",
    "Change": "contract_difference",
    "Clause": "clause",
    "ClauseResult": "enforcement",
    "Column": "model",
    "ColumnCheck": "model",
    "Contract": "model",
    "ContractDifference": "contract_difference",
    "Exported": "odcs_export",
    "FORMS": "verbs",
    "FileVerdict": "verbs",
    "FurtherClause": "model",
    "Imported": "odcs_import",
    "OdcsContract": "odcs",
    "PolicyVerdict": "contract_difference",
    "Rename": "contract_difference",
    "Sla": "model",
    "Terms": "model",
    "TypeChange": "types",
    "Validity": "odcs_validity",
    "availability": "enforcement",
    "clauses": "clause",
    "compare": "verbs",
    "difference": "contract_difference",
    "document_name": "verbs",
    "document_text": "verbs",
    "enforced": "enforcement",
    "export_contracts": "verbs",
    "form_of": "verbs",
    "from_dbt_yaml": "dbt_import",
    "from_dcs": "dcs_import",
    "from_manifest": "dbt_import",
    "from_odcs": "odcs_import",
    "import_contracts": "verbs",
    "read_contract": "verbs",
    "read_odcs": "odcs",
    "suite_of": "clause",
    "to_odcs": "odcs_export",
    "type_change": "types",
    "validate": "verbs",
    "validate_bytes": "verbs",
    "validity": "odcs_validity",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
