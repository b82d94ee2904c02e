"""Generated tests as files: YAML that means what it should, in the form of the project's dbt, and nothing open in force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from decom_nb.phases.testing.deliverables import dbt_tests
from tests.phases.dbt_case import manifest
from tests.phases.testing.test_dbt_checklist import checklist, columns

SUITES = [
    {
        "table": "fct_orders",
        "checks": [
            {"check": "range", "column": "total_amount", "min": 0, "max": 2500},
            {"check": "accepted_values", "column": "order_status", "values": ["yes", "no", "it's"]},
        ],
    }
]
ORDERS = {
    "path": "models/marts/fct_orders.sql",
    "node": columns("order_id", "order_status", "total_amount", "paid_amount"),
}


def files(folder: Path, case: dict[str, Any], **told: Any) -> dict[str, str]:
    return {
        path.removeprefix("dbt_tests/shop/"): text for path, text in dbt_tests(checklist(folder, case, **told)).items()
    }


def model_of(text: str) -> dict[str, Any]:
    (model,) = yaml.safe_load(text)["models"]
    return dict(model)


def test_what_is_known_is_a_test_and_what_is_open_is_a_comment(tmp_path: Path) -> None:
    made = files(tmp_path, {"models": {"fct_orders": ORDERS}}, suites=SUITES)
    text = made["models/marts/decom_missing_tests.yml"]
    assert model_of(text)["columns"] == [
        {"name": "order_id", "data_tests": ["unique", "not_null"]},
        {"name": "order_status", "data_tests": [{"accepted_values": {"arguments": {"values": ["yes", "no", "it's"]}}}]},
        {
            "name": "total_amount",
            "data_tests": [{"decom_accepted_range": {"arguments": {"min_value": 0, "max_value": 2500}}}],
        },
        {"name": "paid_amount"},
    ]
    assert "# TODO decom_accepted_range: write down between which bounds it has to lie" in text
    assert "{% test decom_accepted_range(" in made["tests/generic/decom_tests.sql"]


def test_taking_the_number_signs_away_leaves_yaml(tmp_path: Path) -> None:
    text = files(tmp_path, {"models": {"fct_orders": ORDERS}})["models/marts/decom_missing_tests.yml"]
    lines = []
    for line in text.splitlines()[3:]:
        head, mark, rest = line.partition("# ")
        lines.append(line if not mark or head.strip() or rest.startswith("TODO") else head + rest)
    columns_ = {column["name"]: column for column in model_of("\n".join(lines))["columns"]}
    bounds = {"arguments": {"min_value": None, "max_value": None}}
    assert columns_["paid_amount"]["data_tests"] == [{"decom_accepted_range": bounds}]


@pytest.mark.parametrize(
    ("version", "key", "nested"),
    [
        ("1.7.4", "tests", False),
        ("1.9.0", "data_tests", False),
        ("1.10.5", "data_tests", True),
        ("", "data_tests", True),
    ],
)
def test_the_form_is_that_of_the_projects_dbt(
    version: str, key: str, nested: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_version(case: dict[str, Any]) -> dict[str, Any]:
        content = manifest(case)
        content["metadata"]["dbt_version"] = version
        return content

    monkeypatch.setattr("tests.phases.testing.test_dbt_checklist.manifest", of_version)
    text = files(tmp_path, {"models": {"fct_orders": ORDERS}}, suites=SUITES)["models/marts/decom_missing_tests.yml"]
    (told,) = model_of(text)["columns"][2][key]
    bounds = {"min_value": 0, "max_value": 2500}
    assert told["decom_accepted_range"] == ({"arguments": bounds} if nested else bounds)


def test_a_project_with_dbt_utils_uses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def with_utils(case: dict[str, Any]) -> dict[str, Any]:
        return {**manifest(case), "macros": {"macro.dbt_utils.test_accepted_range": {}}}

    monkeypatch.setattr("tests.phases.testing.test_dbt_checklist.manifest", with_utils)
    made = files(tmp_path, {"models": {"fct_orders": ORDERS}}, suites=SUITES)
    assert list(made) == ["models/marts/decom_missing_tests.yml"]
    assert "dbt_utils.accepted_range:" in made["models/marts/decom_missing_tests.yml"]


def test_versions_of_a_model_stand_under_it(tmp_path: Path) -> None:
    models = {
        f"fct_orders_v{at}": {
            "path": f"models/marts/fct_orders_v{at}.sql",
            "node": {"name": "fct_orders", "version": at, **columns("order_id")},
        }
        for at in (1, 2)
    }
    model = model_of(files(tmp_path, {"models": models})["models/marts/decom_missing_tests.yml"])
    assert [each["v"] for each in model["versions"]] == [1, 2]
    assert model["versions"][0]["columns"] == [{"name": "order_id", "data_tests": ["unique", "not_null"]}]


def test_a_combined_key_is_tested_as_a_whole(tmp_path: Path) -> None:
    lines = {"path": "models/marts/fct_lines.sql", "node": columns("order_id", "line_nr")}
    suites = [{"table": "fct_lines", "key": ["order_id", "line_nr"]}]
    model = model_of(
        files(tmp_path, {"models": {"fct_lines": lines}}, suites=suites)["models/marts/decom_missing_tests.yml"]
    )
    arguments = {"combination_of_columns": ["order_id", "line_nr"]}
    assert model["data_tests"] == [{"decom_unique_combination": {"arguments": arguments}}]
    assert model["columns"] == [{"name": name, "data_tests": ["not_null"]} for name in ("order_id", "line_nr")]


def test_names_and_values_cannot_become_code(tmp_path: Path) -> None:
    evil = "a: b\n- {{ env_var('SECRET') }} # \u202e"
    node = columns("order_id", "order_status", evil)
    suites = [
        {
            "table": "fct_orders",
            "instance": evil,
            "checks": [{"check": "accepted_values", "column": "order_status", "values": [evil]}],
        }
    ]
    suites[0].pop("instance")
    orders = {"path": "models/../../marts/fct_orders.sql", "node": {**node, "name": "fct_orders"}}
    made = files(tmp_path, {"models": {"fct_orders": orders}}, suites=suites)
    assert all(".." not in path for path in made)
    (text,) = (text for path, text in made.items() if path.endswith(".yml"))
    columns_ = {column["name"]: column for column in model_of(text)["columns"]}
    assert "data_tests" not in columns_["order_status"]
    assert not [line for line in text.splitlines() if "env_var" in line and not line.strip().startswith("#")]
