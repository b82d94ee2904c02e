"""Verdicts equal those of the official JSON Schema on published files, and name the property and its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from decom_nb.contract.odcs import OdcsContract, odcs_of, parse_mapping, read_odcs
from decom_nb.contract.odcs_validity import validity

CONTRACTS = Path(__file__).parents[3] / "shared/data/4_contracts"

HEAD = "apiVersion: v3.1.0\nkind: DataContract\nid: a\nversion: 1.0.0\nstatus: draft\n"


def made(text: str) -> OdcsContract:
    return odcs_of(parse_mapping(text.encode(), "a.yaml"))


def _published() -> list[Path]:
    return sorted(path for path in CONTRACTS.rglob("*.yaml") if "dcs_examples" not in path.parts)


def test_every_published_file_gets_the_official_verdict() -> None:
    if not CONTRACTS.is_dir():
        pytest.skip("the published contracts are not beside the checkout")
    expected = json.loads((CONTRACTS / "odcs_jsonschema_expected.json").read_text())
    judged = {path.name: validity(read_odcs(path)) for path in _published()}
    assert len(judged) >= 24
    assert {name: found.valid for name, found in judged.items()} == {name: expected[name]["valid"] for name in judged}
    for name, found in judged.items():
        assert bool(found.mistakes) != found.valid, name
        assert all(mistake.line and mistake.key for mistake in found.mistakes), name
        version = expected[name]["schema"]
        assert version.startswith(found.version), name


@pytest.mark.parametrize(
    ("file", "keys"),
    [
        ("lint/invalid.odcs.yaml", {"status"}),
        ("lint/invalid_multiple_errors.odcs.yaml", {"status", "version"}),
        ("lint/invalid_multiple_schema_errors.odcs.yaml", {"schema[0].description"}),
        ("lint/valid.odcs.yaml", {"team"}),
        ("odcs_examples/column-completeness.odcs.yaml", {"schema[0].properties[0].quality[0].rule"}),
        ("changelog_pair/changelog_integration_v2.yaml", {"schema[1].properties[5].logicalType"}),
    ],
)
def test_the_property_that_is_wrong_is_named(file: str, keys: set[str]) -> None:
    if not CONTRACTS.is_dir():
        pytest.skip("the published contracts are not beside the checkout")
    assert {mistake.key for mistake in validity(read_odcs(CONTRACTS / file)).mistakes} == keys


def test_all_mistakes_are_told_with_their_lines() -> None:
    text = (
        HEAD
        + "owner: Ann\nschema:\n  - name: a\n    properties:\n      - name: b\n        required: yes\n        logicaltype: x\n"
    )
    found = validity(made(text))
    assert [(each.line, each.key) for each in found.mistakes] == [
        (6, "owner"),
        (11, "schema[0].properties[0].required"),
        (12, "schema[0].properties[0].logicaltype"),
    ]
    assert "write true" in found.mistakes[1].instead
    assert "logicalType" in found.mistakes[2].instead


def test_a_contract_of_an_unknown_version_is_told_which_there_are() -> None:
    found = validity(made(HEAD.replace("v3.1.0", "v9.0.0")))
    assert [each.key for each in found.mistakes] == ["apiVersion"]
    assert "v3.1.0" in found.mistakes[0].what


def test_a_newer_contract_may_hold_what_came_with_it() -> None:
    text = HEAD.replace("v3.1.0", "v3.2.0").replace("status: draft\n", "") + "context: ask about orders\n"
    assert validity(made(text)).valid
    assert not validity(made(text.replace("v3.2.0", "v3.1.0"))).valid


def test_json_with_tabs_is_read() -> None:
    assert validity(made('{\n\t"apiVersion": "v3.1.0",\n\t"kind": "DataContract", "id": "a", "version": "1",'
                         '\n\t"status": "draft"\n}')).valid  # fmt: skip
