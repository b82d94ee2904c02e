"""What the commands do with files in any form; nothing in a file makes them raise anything but a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decom_nb.contract import compare, document_name, document_text, export_contracts, import_contracts, validate
from decom_nb.contract.model import Contract
from decom_nb.contract.verbs import validate_bytes
from decom_nb.document import load
from decom_nb.errors import InputError

OURS = (
    "document: contract\nversion: 1\ncontract:\n  name: orders\n  version: 1.0.0\n"
    "  schema:\n    - {column: id, type: BIGINT}\n"
)
ODCS = (
    "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\nschema:\n- name: orders\n"
    "  properties:\n  - {name: id, physicalType: BIGINT}\n  - {name: n, physicalType: VARCHAR}\n"
)
DCS = (
    "dataContractSpecification: 1.1.0\nid: x\ninfo: {title: t, version: 2.0.0}\n"
    "models:\n  orders:\n    fields:\n      id: {type: bigint}\n"
)
DBT = "version: 2\nmodels:\n  - name: orders\n    columns: [{name: id, data_type: bigint, data_tests: [unique]}]\n"


@pytest.mark.parametrize(
    ("text", "form", "version"),
    [(OURS, "contract", "1.0.0"), (ODCS, "odcs", "1.0.0"), (DCS, "dcs", "2.0.0"), (DBT, "dbt", "")],
)
def test_each_form_is_told_by_its_content(tmp_path: Path, text: str, form: str, version: str) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(text)
    told = validate(path)
    assert (told.form, told.valid, told.version, told.tables) == (form, True, version, ("orders",))
    assert told.clauses >= 1


def test_imported_contracts_are_documents(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(DCS)
    (contract,) = import_contracts(path).contracts
    written = tmp_path / f"{document_name(contract)}.yaml"
    written.write_text(document_text(contract))
    assert load(Contract, written) == contract


def test_files_are_compared_across_forms(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(OURS)
    (tmp_path / "b.yaml").write_text(ODCS)
    told = compare(tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert "schema.n" in {each.path for each in told.judged}
    assert not told.breaking
    exported = export_contracts([tmp_path / "a.yaml"]).contract
    (tmp_path / "c.yaml").write_text(exported.text)
    assert not compare(tmp_path / "a.yaml", tmp_path / "c.yaml").judged


def test_one_of_several_tables_is_chosen_by_name(tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    path.write_text(DBT + "  - name: customers\n")
    with pytest.raises(InputError, match="several tables: orders, customers"):
        compare(path, path)
    assert not compare(path, path, table="orders").changes


def test_what_is_no_contract_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\n")
    told = validate(path)
    assert (told.form, told.valid) == (None, False)
    assert "is no contract" in str(told.mistakes[0])
    assert not validate(tmp_path / "missing.yaml").valid


@pytest.mark.parametrize(
    "text",
    [
        "kind: DataContract\n\tid: x\n",
        "kind: DataContract\nid: &a [*a]\n",
        "kind: DataContract\nschema: 3\n",
        "kind: DataContract\nschema: [1, {name: 2}]\n",
        "kind: DataContract\nslaProperties: {a: b}\n",
        "kind: DataContract\nschema: [{name: a, properties: [{name: b, quality: x}]}]\n",
        "kind: DataContract\na: !!python/object/apply:os.system [ls]\n",
        "a: &x [1,1,1,1,1,1,1,1]\nb: &y [*x,*x,*x,*x,*x,*x,*x,*x,*x]\nc: &z [*y,*y,*y,*y,*y,*y,*y,*y,*y]\n"
        "d: &w [*z,*z,*z,*z,*z,*z,*z,*z,*z]\ne: &v [*w,*w,*w,*w,*w,*w,*w,*w,*w]\nf: [*v,*v,*v,*v,*v]\nkind: DataContract\n",
        "dataContractSpecification: 1\nmodels: [1]\nservicelevels: 3\n",
        "dataContractSpecification: 1\nmodels: {a: {fields: {b: [1]}, primaryKey: 3}}\n",
        "document: contract\nversion: 9\ncontract: 1\n",
        "models: [{name: a, columns: 3}]\n",
        "models: [{name: a, columns: [{name: b, data_tests: [3, {}, {accepted_values: 3}]}], constraints: [1]}]\n",
    ],
)
def test_hostile_files_are_told_what_is_wrong(text: str) -> None:
    told = validate_bytes(text.encode(), "a.yaml")
    assert told.valid or told.mistakes


KEYS = [
    "name", "schema", "properties", "quality", "slaProperties", "property", "value", "type", "metric", "mustBe", "team",
    "support", "customProperties", "logicalTypeOptions", "enum", "relationships", "to", "servers", "columns", "tests",
    "data_tests", "constraints", "models", "fields", "contract", "sla", "checks", "column", "params", "items", "map",
]  # fmt: skip

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(KEYS), below, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([{"kind": "DataContract"}, {"dataContractSpecification": "1.0"}, {"models": [{"name": "a"}]},
                     {"document": "contract", "version": 1}]),
    st.dictionaries(st.sampled_from(KEYS), plain, max_size=5),
)  # fmt: skip
def test_nothing_in_a_file_raises(head: dict[str, object], data: dict[str, object]) -> None:
    import json

    told = validate_bytes(json.dumps({**data, **head}).encode(), "a.json")
    assert told.valid or told.mistakes
