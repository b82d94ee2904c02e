"""Contracts among the evidence are recognised by content, judged, and never followed anywhere."""

from __future__ import annotations

import gzip
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from decom_nb.evidence.collect import collect
from decom_nb.evidence.contracts import KIND, Contracts
from decom_nb.evidence.source import Evidence, Pointer, Source

PUBLISHED = Path(__file__).parents[3] / "shared/data/4_contracts"

ODCS = (
    "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\nschema:\n- name: orders\n"
    "  properties:\n  - {name: id, physicalType: BIGINT, required: true}\n"
)
OURS = "# ours\ndocument: contract\nversion: 1\ncontract:\n  name: customers\n"


def read(folder: Path) -> Evidence:
    return collect([Pointer(".")], folder)


def contracts(evidence: Evidence) -> Contracts:
    value = evidence.values["contracts"]
    assert isinstance(value, Contracts)
    return value


def source(evidence: Evidence) -> Source:
    found = evidence.source(KIND)
    assert found is not None
    return found


def test_contracts_are_told_by_their_content(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ODCS)
    (tmp_path / "b.yaml").write_text(OURS)
    (tmp_path / "c.json").write_text(json.dumps({"dataContractSpecification": "1.1.0", "id": "i", "models": {"m": {}}}))
    (tmp_path / "d.yaml.gz").write_bytes(gzip.compress(ODCS.replace("orders", "items").encode()))
    (tmp_path / "k8s.yaml").write_text("apiVersion: apps/v1\nkind: Deployment\n")
    (tmp_path / "note.md").write_text("A contract begins with `kind: DataContract`.\n")
    evidence = read(tmp_path)
    told = contracts(evidence)
    assert [each.path for each in told.files] == ["a.txt", "b.yaml", "c.json", "d.yaml.gz"]
    assert [each.tables for each in told.files] == [("orders",), ("customers",), ("m",), ("items",)]
    assert all(each.valid for each in told.files)
    assert told.of("orders")[0].columns[0].nullable is False
    found = source(evidence)
    assert (found.rows, found.totals["tables"], found.totals["invalid"]) == (4, 4, 0)
    assert found.counts == {"valid": 4}
    assert found.totals["clauses"] == sum(each.clauses for each in told.files) > 0


def test_what_is_wrong_has_its_line_and_the_rest_counts(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(ODCS + "owner: Ann\n")
    (tmp_path / "worse.yaml").write_text("kind: DataContract\n\tid: x\n")
    (tmp_path / "good.yaml").write_text(ODCS.replace("orders", "items"))
    evidence = read(tmp_path)
    found = source(evidence)
    assert [(each.path, each.line) for each in found.problems] == [("bad.yaml", 10), ("worse.yaml", 2)]
    assert "owner" in found.problems[0].what
    assert {each.path: each.valid for each in contracts(evidence).files} == {
        "bad.yaml": False,
        "good.yaml": True,
        "worse.yaml": False,
    }
    assert len(contracts(evidence).contracts) == 2  # an invalid file may still say what it promises


def test_one_that_is_too_large_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_text(ODCS + "# " + "x" * 2_000_001)
    evidence = read(tmp_path)
    assert "contracts" not in evidence.values
    assert "larger than 2 MB" in source(evidence).problems[0].what


def test_no_address_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    text = ODCS + "authoritativeDefinitions: [{type: x, url: 'http://127.0.0.1:9/x'}]\n"
    (tmp_path / "a.yaml").write_text(text)
    (tmp_path / "b.yaml").write_text(
        "dataContractSpecification: 1.0\nid: a\nmodels: {m: {fields: {f: {$ref: 'http://127.0.0.1:9/x.yaml'}}}}\n"
    )
    assert [each.valid for each in contracts(read(tmp_path)).files] == [True, True]


def test_published_contracts_are_all_recognised() -> None:
    if not PUBLISHED.is_dir():
        pytest.skip("the published contracts are not beside the checkout")
    told = contracts(read(PUBLISHED))
    here = {str(path.relative_to(PUBLISHED)) for path in PUBLISHED.rglob("*.yaml")}
    assert {each.path for each in told.files} == here
    expected = json.loads((PUBLISHED / "odcs_jsonschema_expected.json").read_text())
    for each in told.files:
        name = each.path.rsplit("/", 1)[-1]
        assert each.valid == expected.get(name, {"valid": True})["valid"], name
