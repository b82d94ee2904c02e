"""A contract can be written by hand in the template's words, and all mistakes in it are told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.contract.model import Contract
from decom_nb.document import blank, load
from decom_nb.errors import InputError

HEAD = "document: contract\nversion: 1\n"

# The methodology's Data Contract Template, letter by letter.
TEMPLATE = """contract:
  name: ""
  version: ""
  owner: ""                    # team responsible for producing this data
  consumers: []                # teams consuming this data
  sla:
    freshness_hours: 0
    availability_percent: 99.9
    support_hours: ""          # business-hours | 24x7

  schema:
    - column: ""
      type: ""
      nullable: false
      description: ""
      business_definition: ""
      pii: false
      checks:
        - type: ""             # not_null | unique | range | enum | regex | custom
          params: {}

  breaking_change_policy: ""   # notify-30-days | version-bump | never-break
  notification_channel: ""
"""

FILLED = """contract:
  name: orders
  version: 1.10
  owner: Checkout
  consumers: [Finance, Sales]
  sla: {freshness_hours: 6, availability_percent: 99.5, support_hours: 24x7}
  schema:
    - column: order_id
      type: BIGINT
      nullable: false
      pii: false
      checks: [{type: unique}]
    - column: amount
      type: DECIMAL(12,2)
      checks:
        - type: range
          params: {min: 0, severity: P1, because: Refunds have a table of their own.}
        - {type: custom, params: {expression: amount < 1e9}}
    - column: status
      checks: [{type: enum, params: {values: [new, paid]}}, {type: regex, params: {pattern: "^[a-z]+$"}}]
  breaking_change_policy: version-bump
  notification_channel: "#orders"
  key: [order_id]
"""


def loaded(tmp_path: Path, text: str) -> Contract:
    path = tmp_path / "orders.yaml"
    path.write_text(HEAD + text)
    return load(Contract, path)


def test_the_template_of_the_methodology_is_a_contract_without_answers(tmp_path: Path) -> None:
    contract = loaded(tmp_path, TEMPLATE)
    assert contract.columns == ()
    assert contract.terms.sla.availability_percent == 99.9
    assert contract.terms.breaking_change_policy is None


def test_a_filled_contract_is_read(tmp_path: Path) -> None:
    contract = loaded(tmp_path, FILLED)
    assert contract.terms.version == "1.10"
    assert contract.table == "orders"
    checks = [check.check_of(column.column) for column in contract.columns for check in column.checks]
    assert [check and check.kind for check in checks] == ["unique", "range", "expression", "accepted_values", "regex"]
    assert checks[1] is not None
    assert checks[1].severity == "P1"
    assert checks[1].looks_at == ("amount",)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = """contract:
  nam: orders
  sla: {freshness_hours: soon}
  schema:
    - column: a
      nullable: perhaps
      checks:
        - {type: range, params: {minimum: 1}}
        - {type: enums}
        - {type: regex}
  breaking_change_policy: never
"""
    with pytest.raises(InputError) as raised:
        loaded(tmp_path, text)
    keys = [mistake.key for mistake in raised.value.mistakes]
    assert sorted(keys) == sorted(
        [
            "contract.nam",
            "contract.sla.freshness_hours",
            "contract.schema[0].nullable",
            "contract.schema[0].checks[0]",
            "contract.schema[0].checks[1].type",
            "contract.schema[0].checks[2]",
            "contract.breaking_change_policy",
        ]
    )
    said = str(raised.value)
    assert "`pattern` is missing" in said
    assert "did you mean 'enum'?" in said
    assert "did you mean 'never-break'?" in said


def test_names_that_lead_nowhere_are_told(tmp_path: Path) -> None:
    text = FILLED.replace("key: [order_id]", "key: [orderid]\n  freshness_column: loaded_at") + ("")
    with pytest.raises(InputError, match="did you mean `order_id`") as raised:
        loaded(tmp_path, text)
    assert "loaded_at" in str(raised.value)


def test_a_blank_contract_is_in_the_templates_order(tmp_path: Path) -> None:
    text = blank(Contract)
    assert loaded(tmp_path, text.split("version: 1\n", 1)[1]) == Contract()
    keys = ("name:", "version:", "owner:", "consumers:", "sla:", "schema:", "breaking_change_policy:", "table:")
    places = [text.index(f"\n  {key}") for key in keys]
    assert places == sorted(places)
